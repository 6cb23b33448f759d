"""What the park looks for at a place of the chain."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from companies.models.chain import Chain, Modality, Segment, Stage
from companies.querysets import WantQuerySet
from etown.bilingual import Bilingual, pair
from etown.records import Needs, Publishable
from etown.search import Searched
from facts.models import Sourced
from office.models import Desk

WANT_NEEDS = Needs(
    ("slug",),
    ("title_en", "title_zh_hans"),
    ("text_en", "text_zh_hans"),
    ("as_of",),
    known=("desk", "review_by"),
)


class Want(Publishable, Sourced):
    """What the office looks for: a segment or a modality, perhaps at one stage."""

    needs = WANT_NEEDS
    serializer = "companies.serializers.WantSerializer"
    searched = Searched(names=("title_en", "title_zh_hans"), texts=("text_en", "text_zh_hans"))

    chain = models.ForeignKey(Chain, models.PROTECT, verbose_name=_("chain"), related_name="wants")
    segment = models.ForeignKey(
        Segment, models.PROTECT, null=True, blank=True, verbose_name=_("segment"), related_name="wants"
    )
    modality = models.ForeignKey(
        Modality, models.PROTECT, null=True, blank=True, verbose_name=_("modality"), related_name="wants"
    )
    stage = models.ForeignKey(
        Stage,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("stage"),
        related_name="wants",
        help_text=_("Blank: any stage."),
    )
    title_en, title_zh_hans = pair(models.CharField, _("title"), max_length=160, blank=True)
    title = Bilingual()
    text_en, text_zh_hans = pair(models.TextField, _("text"), max_length=4000, blank=True)
    text = Bilingual()
    desk = models.ForeignKey(Desk, models.SET_NULL, null=True, blank=True, verbose_name=_("desk"), related_name="+")
    review_by = models.DateField(_("review by"), null=True, blank=True)

    objects = WantQuerySet.as_manager()

    class Meta:
        verbose_name = _("want")
        verbose_name_plural = _("wants")
        ordering = ["-as_of", "pk"]
        constraints = [
            WANT_NEEDS.constraint("companies_want_publishable"),
            models.CheckConstraint(
                condition=Q(segment__isnull=False, modality__isnull=True)
                | Q(segment__isnull=True, modality__isnull=False),
                name="companies_want_one_row",
                violation_error_message=_("Choose a segment or a modality, and only one of them."),
            ),
        ]

    def __str__(self) -> str:
        return self.title.plain

    def get_absolute_url(self) -> str:
        return reverse("companies:want", args=[self.slug])

    @property
    def row(self) -> Segment | Modality | None:
        """The segment or modality that is wanted; None only before it is saved."""
        return self.segment or self.modality
