"""The sheets of companies, their activities, and products."""

from companies.models import Activity, Company, Product
from etown.sheets import PartSheet, Sheet
from facts.sheets import sources

COMPANIES = Sheet(
    "companies",
    Company,
    "slug",
    "registration_code",
    "name_en",
    "name_zh_hans",
    "role",
    "presence",
    "founded_year",
    "website",
    "address_en",
    "address_zh_hans",
    "summary_en",
    "summary_zh_hans",
    "description_en",
    "description_zh_hans",
    sources(Company),
    "status",
    "updated_at",
    keys=("slug", "registration_code"),
)
ACTIVITIES = PartSheet(
    "activities",
    Activity,
    "company",
    "segment",
    "stage",
    "modality",
    "since",
    "note_en",
    "note_zh_hans",
    "source",
    "as_of",
    "basis",
    part="activities",
    keys=("company", "segment", "stage", "modality"),
)
PRODUCTS = Sheet(
    "products",
    Product,
    "slug",
    "name_en",
    "name_zh_hans",
    "company",
    "chain",
    "modality",
    "vector",
    "cell_source",
    "indication_en",
    "indication_zh_hans",
    "summary_en",
    "summary_zh_hans",
    sources(Product),
    "status",
    "updated_at",
)
