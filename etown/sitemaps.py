"""What search engines may find, in both languages."""

from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from companies.models import Company, Product, Want
from etown.records import PublishableQuerySet
from facts.models import Figure
from news.models import Article
from office.models import Page
from services.models import Service

PAGES = (
    "home",
    "companies:chain",
    "companies:list",
    "products:list",
    "services:list",
    "news:list",
    "facts:list",
    "facts:corrections",
)


class BilingualSitemap(Sitemap):
    i18n = True
    alternates = True
    x_default = True


class PageSitemap(BilingualSitemap):
    """The pages that are there whatever staff write."""

    def items(self) -> tuple[str, ...]:
        return PAGES

    def location(self, name: str) -> str:
        return reverse(name)


class RecordSitemap(BilingualSitemap):
    def __init__(self, queryset: PublishableQuerySet) -> None:
        self.queryset = queryset

    def items(self) -> PublishableQuerySet:
        return self.queryset.order_by("pk")

    def lastmod(self, record):
        return record.updated_at


sitemaps = {
    "site": PageSitemap(),
    **{
        model._meta.model_name: RecordSitemap(model.objects.published())
        for model in (Company, Product, Want, Service, Article, Figure, Page)
    },
}
