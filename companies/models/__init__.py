"""The industrial chain and who does what in it."""

from companies.models.chain import Chain, ChainRow, Modality, Segment, Stage
from companies.models.company import Activity, Company, CompanyAlias
from companies.models.product import Milestone, Product, ProductAlias
from companies.models.want import Want

__all__ = [
    "Activity",
    "Chain",
    "ChainRow",
    "Company",
    "CompanyAlias",
    "Milestone",
    "Modality",
    "Product",
    "ProductAlias",
    "Segment",
    "Stage",
    "Want",
]
