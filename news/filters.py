"""Which questions can be asked of news."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from companies.filters import companies
from companies.models import Product
from etown.bounds import date_bounds
from etown.filters import RecordFilterSet, TextFilter, record_filters, term_filters
from etown.orders import UPDATED_ORDERS, ordering
from news.models import Article, Category
from services.models import Service


def categories() -> QuerySet:
    return Category.objects.published()


def products() -> QuerySet:
    return Product.objects.published()


def services() -> QuerySet:
    return Service.objects.published()


class ArticleFilterSet(RecordFilterSet):
    q = TextFilter()
    category, category__not = term_filters("category", categories, _("Category"), can_be_unknown=False)
    company, company__not = record_filters("companies", companies, _("Company"))
    product, product__not = record_filters("products", products, _("Product"))
    service, service__not = record_filters("services", services, _("Service"))
    date_after, date_before = date_bounds("date", _("Date"))
    ordering = ordering({"date": ("date", "pk"), "-date": ("-date", "-pk")}, UPDATED_ORDERS)

    class Meta:
        model = Article
        fields: list[str] = []
