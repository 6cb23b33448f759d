"""What companies develop, and how far it has come."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from companies.models.chain import Chain, Modality
from companies.models.company import Company
from companies.querysets import ProductQuerySet
from etown.bilingual import Bilingual, pair
from etown.partial_dates import PartialDateField
from etown.records import Alias, Named, Needs, Publishable
from etown.search import Searched
from facts.models import Cited, Sourced

PRODUCT_NEEDS = Needs(("slug",), ("name_en", "name_zh_hans"), ("summary_en", "summary_zh_hans"), parts=("citations",))


class Product(Publishable, Named, Cited):
    """A therapy or drug under development or on the market."""

    class Vector(models.TextChoices):
        AAV = "aav", _("AAV")
        LENTIVIRAL = "lentiviral", _("Lentiviral")
        RETROVIRAL = "retroviral", _("Retroviral")
        HERPES_SIMPLEX = "herpes_simplex", _("Herpes simplex virus")
        OTHER = "other", _("Other vector")

    class CellSource(models.TextChoices):
        AUTOLOGOUS = "autologous", _("Autologous")
        ALLOGENEIC = "allogeneic", _("Allogeneic")

    PARTS = ("aliases", "milestones", "citations")
    AS_SOURCED = ("name",)
    needs = PRODUCT_NEEDS
    serializer = "companies.serializers.ProductSerializer"
    searched = Searched(
        names=("name_en", "name_zh_hans", "aliases__name"),
        texts=(
            "modality__name_en",
            "modality__name_zh_hans",
            "indication_en",
            "indication_zh_hans",
            "summary_en",
            "summary_zh_hans",
            "company__name_en",
            "company__name_zh_hans",
            "company__aliases__name",
        ),
    )

    company = models.ForeignKey(
        Company, models.PROTECT, null=True, blank=True, verbose_name=_("company"), related_name="products"
    )
    chain = models.ForeignKey(
        Chain,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("chain"),
        related_name="products",
        help_text=_("Blank: not a product of a chain, listed for context."),
    )
    modality = models.ForeignKey(
        Modality, models.PROTECT, null=True, blank=True, verbose_name=_("modality"), related_name="products"
    )
    vector = models.CharField(_("vector"), max_length=14, choices=Vector, blank=True)
    cell_source = models.CharField(_("cell source"), max_length=10, choices=CellSource, blank=True)
    indication_en, indication_zh_hans = pair(models.CharField, _("indication"), max_length=300, blank=True)
    indication = Bilingual()
    summary_en, summary_zh_hans = pair(models.TextField, _("summary"), max_length=800, blank=True)
    summary = Bilingual()

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["sort_en", "pk"]
        constraints = [PRODUCT_NEEDS.constraint("companies_product_publishable")]

    def get_absolute_url(self) -> str:
        return reverse("products:detail", args=[self.slug])

    def clean(self) -> None:
        super().clean()
        if self.modality and self.chain_id != self.modality.chain_id:
            raise ValidationError({"chain": _("Choose the chain of the modality.")})

    @property
    def current_milestone(self) -> "Milestone | None":
        """The last by sequence; never typed."""
        return max(self.milestones.all(), key=lambda milestone: milestone.sequence, default=None)


class ProductAlias(Alias):
    owner = models.ForeignKey(Product, models.CASCADE, related_name="aliases")


class Milestone(Sourced):
    """A regulatory or clinical step of a product, in the order of `sequence`; undated ones keep their place."""

    class Route(models.TextChoices):
        DRUG_REGISTRATION = "drug_registration", _("Drug registration")
        BIOMEDICAL_TECHNOLOGY = "biomedical_technology", _("Biomedical new technology")
        INVESTIGATOR_INITIATED = "investigator_initiated", _("Investigator-initiated trial")
        OTHER = "other", _("Other route")

    class Event(models.TextChoices):
        PRECLINICAL = "preclinical", _("Preclinical")
        PRE_IND = "pre_ind", _("Pre-IND meeting")
        IIT_STARTED = "iit_started", _("Investigator-initiated trial started")
        IND_SUBMITTED = "ind_submitted", _("Trial application filed")
        IND_ACCEPTED = "ind_accepted", _("Trial application accepted")
        IMPLIED_PERMISSION = "implied_permission", _("Trial cleared")
        PHASE_1 = "phase_1", _("Phase I")
        PHASE_1_2 = "phase_1_2", _("Phase I/II")
        PHASE_2 = "phase_2", _("Phase II")
        PHASE_3 = "phase_3", _("Phase III")
        BREAKTHROUGH = "breakthrough", _("Breakthrough therapy")
        ORPHAN_DESIGNATION = "orphan_designation", _("Orphan designation")
        PRIORITY_REVIEW = "priority_review", _("Priority review")
        BLA_ACCEPTED = "bla_accepted", _("Marketing application accepted")
        CONDITIONAL_APPROVAL = "conditional_approval", _("Conditional approval")
        APPROVAL = "approval", _("Approval")
        REFUSED = "refused", _("Approval refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        CLINICAL_RESEARCH_FILING = "clinical_research_filing", _("Clinical research filing")
        CLINICAL_TRANSLATION_APPROVAL = "clinical_translation_approval", _("Clinical translation approval")
        OTHER = "other", _("Other event")

    class Jurisdiction(models.TextChoices):
        CN = "CN", _("China")
        US = "US", _("United States")
        EU = "EU", _("European Union")

    product = models.ForeignKey(Product, models.CASCADE, verbose_name=_("product"), related_name="milestones")
    sequence = models.PositiveSmallIntegerField(_("sequence"))
    route = models.CharField(
        _("route"),
        max_length=22,
        choices=Route,
        default=Route.DRUG_REGISTRATION,
        db_default=Route.DRUG_REGISTRATION,
    )
    event = models.CharField(_("event"), max_length=30, choices=Event)
    jurisdiction = models.CharField(
        _("jurisdiction"),
        max_length=2,
        choices=Jurisdiction,
        default=Jurisdiction.CN,
        db_default=Jurisdiction.CN,
    )
    date = PartialDateField(_("date"), blank=True)
    note_en, note_zh_hans = pair(models.CharField, _("note"), max_length=250, blank=True)
    note = Bilingual()

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["product", "sequence"]
        constraints = [
            models.UniqueConstraint(
                "product",
                "sequence",
                name="companies_milestone_sequence_once",
                violation_error_message=_("Two milestones cannot have the same place in the sequence."),
            ),
            models.CheckConstraint(
                condition=~Q(event=""),
                name="companies_milestone_has_event",
                violation_error_message=_("Say which event this milestone is."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_event_display()
