"""Where a statement comes from, and what carries such statements."""

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Prefetch, Q
from django.utils.translation import gettext_lazy as _

from etown.bilingual import Bilingual, pair, pair_label
from etown.partial_dates import PartialDateField
from etown.records import Labelled, Record


class Source(Record):
    """A page, notice or filing that states something; cited by its headline as printed."""

    class Tier(models.TextChoices):
        OFFICIAL = "official", _("official site")
        COMPANY = "company", _("company's own statement")
        PRESS = "press", _("press")
        AGGREGATOR = "aggregator", _("aggregator")
        OFFICE = "office", _("this office's assessment")

    class Language(models.TextChoices):
        EN = "en", _("English")
        ZH_HANS = "zh-hans", _("Simplified Chinese")
        ZH_HANT = "zh-hant", _("Traditional Chinese")
        JA = "ja", _("Japanese")

    slug = models.SlugField(_("key"), max_length=80, unique=True)
    title = models.CharField(
        _("headline as printed"),
        max_length=300,
        blank=True,
        help_text=_("Blank if it was not recorded; describe it then."),
    )
    language = models.CharField(
        _("language"), max_length=8, choices=Language, default=Language.EN, db_default=Language.EN
    )
    description_en, description_zh_hans = pair(models.CharField, _("description"), max_length=300, blank=True)
    description = Bilingual()
    publisher = models.CharField(_("publisher"), max_length=120)
    url = models.URLField(
        _("web address"), max_length=1000, blank=True, validators=[URLValidator(schemes=["http", "https"])]
    )
    published_on = models.DateField(_("published on"), null=True, blank=True)
    tier = models.CharField(_("kind of source"), max_length=10, choices=Tier)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["publisher", "published_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(title="") | (~Q(description_en="") & ~Q(description_zh_hans="")),
                name="facts_source_titled_or_described",
                violation_error_message=_("Give the headline, or a description in both languages."),
            ),
            models.CheckConstraint(
                condition=~Q(publisher=""),
                name="facts_source_has_publisher",
                violation_error_message=_("Name the publisher."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.publisher}: {self.title or self.description.plain}"


class Basis(models.TextChoices):
    STATED = "stated", _("stated by the source")
    INFERRED = "inferred", _("the office's own assessment")


class Sourced(Labelled, models.Model):
    """A statement with its source, its date, and whether the source says so or the office infers it."""

    source = models.ForeignKey(Source, models.PROTECT, verbose_name=_("source"), related_name="+")
    as_of = PartialDateField(_("as of"), blank=True)
    basis = models.CharField(_("basis"), max_length=8, choices=Basis, default=Basis.STATED, db_default=Basis.STATED)

    class Meta:
        abstract = True


class Citation(Sourced):
    """One source for one field of a record, or for the record as a whole."""

    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    record = GenericForeignKey()
    field = models.CharField(
        _("field"),
        max_length=40,
        blank=True,
        help_text=_("The field that it supports; blank: the whole record."),
    )

    class Meta:
        verbose_name = _("citation")
        verbose_name_plural = _("citations")
        ordering = ["field", "pk"]
        constraints = [
            models.UniqueConstraint(
                "content_type",
                "object_id",
                "field",
                "source",
                name="facts_citation_once",
                violation_error_message=_("This source is cited for this field already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field_label or '*'} ← {self.source}"

    def clean(self) -> None:
        super().clean()
        model = self.content_type.model_class() if self.content_type_id else None
        if self.field and model and not self.supports(model, self.field):
            raise ValidationError({"field": _("This record has no such field.")})

    @staticmethod
    def supports(model: type[models.Model], field: str) -> bool:
        """A column, a part, or the common name of a pair of columns."""
        return not {field, f"{field}_en"}.isdisjoint(known.name for known in model._meta.get_fields())

    @property
    def field_label(self) -> str:
        """The field's name for readers, "" for the whole record."""
        if not self.field:
            return ""
        model = ContentType.objects.get_for_id(self.content_type_id).model_class()
        fields = {field.name: field for field in model._meta.get_fields()}
        if field := fields.get(self.field):
            return str(field.related_model._meta.verbose_name_plural if field.auto_created else field.verbose_name)
        return pair_label(fields[f"{self.field}_en"]) if f"{self.field}_en" in fields else self.field


class Cited(models.Model):
    """A record whose fields name their sources."""

    citations = GenericRelation(Citation)

    class Meta:
        abstract = True


def with_sources() -> Prefetch:
    """Prefetches a record's citations in one query."""
    return Prefetch("citations", Citation.objects.select_related("source"))
