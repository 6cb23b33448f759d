"""The industrial chain: its stages, segments and modalities."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from companies.querysets import ModalityQuerySet
from etown.bilingual import Bilingual, pair
from etown.records import Record


class Chain(Record):
    """An industrial chain that the park builds; cell and gene therapy is the first."""

    slug = models.SlugField(_("key"), max_length=40, unique=True)
    name_en, name_zh_hans = pair(models.CharField, _("name"), max_length=120)
    name = Bilingual()
    summary_en, summary_zh_hans = pair(models.TextField, _("summary"), max_length=800, blank=True)
    summary = Bilingual()
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("chain")
        verbose_name_plural = _("chains")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name.plain


class ChainRow(Record):
    """What the chain's own rows share: stages, segments and modalities."""

    # Words of the `cell` filter that must stay free.
    RESERVED = frozenset({"unknown"})

    slug = models.SlugField(_("key"), max_length=40, unique=True, help_text=_("Its word in addresses and in the API."))
    name_en, name_zh_hans = pair(models.CharField, _("name"), max_length=120)
    name = Bilingual()
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name.plain

    def clean(self) -> None:
        super().clean()
        if self.slug in self.RESERVED:
            raise ValidationError({"slug": _("This word has a meaning of its own in filters; choose another one.")})


class Stage(ChainRow):
    """A step of the chain, in order: concept validation, early-stage R&D, pilot production, industrialisation."""

    chain = models.ForeignKey(Chain, models.PROTECT, verbose_name=_("chain"), related_name="stages")
    slug = models.CharField(
        _("key"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"\A[a-z0-9_]+\Z", _("Use small letters, digits and underscores."))],
        help_text=_("Its word in addresses and in the API."),
    )

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        ordering = ["chain__position", "position", "pk"]


class Segment(ChainRow):
    """A trade along the chain, such as plasmids, cold chain or therapy development."""

    chain = models.ForeignKey(Chain, models.PROTECT, verbose_name=_("chain"), related_name="segments")

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["chain__position", "position", "pk"]

    def clean(self) -> None:
        super().clean()
        if Modality.objects.filter(slug=self.slug).exists():
            raise ValidationError({"slug": _("A modality has this key; a cell of the chain map needs its own.")})


class Modality(ChainRow):
    """A class of therapy, as the regulator's centre groups them: two levels, a parent finds its children."""

    chain = models.ForeignKey(Chain, models.PROTECT, verbose_name=_("chain"), related_name="modalities")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, verbose_name=_("class"), related_name="children"
    )

    objects = ModalityQuerySet.as_manager()

    class Meta:
        verbose_name = _("modality")
        verbose_name_plural = _("modalities")
        ordering = ["chain__position", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=models.F("id")),
                name="companies_modality_not_own_parent",
                violation_error_message=_("A modality cannot be its own class."),
            )
        ]

    def clean(self) -> None:
        super().clean()
        if Segment.objects.filter(slug=self.slug).exists():
            raise ValidationError({"slug": _("A segment has this key; a cell of the chain map needs its own.")})
        if self.parent and (self.parent.parent_id or (self.pk and self.children.exists())):
            raise ValidationError({"parent": _("Modalities have two levels only.")})
