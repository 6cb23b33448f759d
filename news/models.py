"""News of the park, each item with its source."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Product
from etown.bilingual import Bilingual, pair
from etown.formatted import FormattedTextField
from etown.models import Picture
from etown.records import Needs, Publishable, PublishableQuerySet, Record, public
from etown.search import Searched
from facts.models import Cited, Source, with_sources
from services.models import Service


class Category(Record):
    """A kind of news, such as facilities, approvals or investment."""

    slug = models.SlugField(_("key"), max_length=40, unique=True)
    name_en, name_zh_hans = pair(models.CharField, _("name"), max_length=80)
    name = Bilingual()
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name.plain


class ArticleQuerySet(PublishableQuerySet):
    def for_cards(self):
        return self.select_related("category")

    def for_listing(self):
        return self.select_related("category", "source", "picture").prefetch_related(
            public(self.model, "companies"),
            public(self.model, "products"),
            public(self.model, "services"),
            with_sources(),
        )


ARTICLE_NEEDS = Needs(("slug",), ("title_en", "title_zh_hans"), ("summary_en", "summary_zh_hans"), known=("date",))


class Article(Publishable, Cited):
    """A piece of news in our own words, dated as its source is."""

    PARTS = ("citations",)
    needs = ARTICLE_NEEDS
    serializer = "news.serializers.ArticleSerializer"
    searched = Searched(
        names=("title_en", "title_zh_hans"), texts=("summary_en", "summary_zh_hans", "body_en", "body_zh_hans")
    )

    category = models.ForeignKey(Category, models.PROTECT, verbose_name=_("category"), related_name="articles")
    date = models.DateField(_("date"), null=True, blank=True, db_index=True)
    title_en, title_zh_hans = pair(models.CharField, _("title"), max_length=200, blank=True)
    title = Bilingual()
    summary_en, summary_zh_hans = pair(models.TextField, _("summary"), max_length=800, blank=True)
    summary = Bilingual()
    body_en, body_zh_hans = pair(FormattedTextField, _("text"), blank=True)
    body = Bilingual()
    source = models.ForeignKey(Source, models.PROTECT, verbose_name=_("source"), related_name="+")
    picture = models.ForeignKey(
        Picture, models.SET_NULL, null=True, blank=True, verbose_name=_("picture"), related_name="+"
    )
    companies = models.ManyToManyField(Company, blank=True, verbose_name=_("companies"), related_name="articles")
    products = models.ManyToManyField(Product, blank=True, verbose_name=_("products"), related_name="articles")
    services = models.ManyToManyField(Service, blank=True, verbose_name=_("services"), related_name="articles")

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["-date", "-pk"]
        constraints = [ARTICLE_NEEDS.constraint("news_article_publishable")]

    def __str__(self) -> str:
        return self.title.plain

    def get_absolute_url(self) -> str:
        return reverse("news:detail", args=[self.slug])
