"""Companies, and what each of them does in the chain."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator, URLValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from companies.models.chain import Modality, Segment, Stage
from companies.querysets import CompanyQuerySet
from etown.bilingual import Bilingual, pair
from etown.formatted import FormattedTextField
from etown.models import Picture
from etown.partial_dates import PartialDateField
from etown.records import Alias, Named, Needs, Publishable
from etown.search import Searched
from facts.models import Cited, Sourced

COMPANY_NEEDS = Needs(("slug",), ("name_en", "name_zh_hans"), ("summary_en", "summary_zh_hans"), parts=("citations",))


class Company(Publishable, Named, Cited):
    """An organisation in the park, on its way here, or served by it."""

    class Role(models.TextChoices):
        LEADING_ENTERPRISE = "leading_enterprise", _("Leading enterprise")
        PLATFORM_ENTERPRISE = "platform_enterprise", _("Platform enterprise")
        MULTINATIONAL = "multinational", _("Multinational")
        STARTUP = "startup", _("Start-up")
        BIOPHARMA = "biopharma", _("Biopharma")
        SUPPLIER = "supplier", _("Supplier")
        RESEARCH_INSTITUTE = "research_institute", _("Research institute")
        CLINICAL_INSTITUTION = "clinical_institution", _("Clinical institution")

    class Presence(models.TextChoices):
        TENANT = "tenant", _("In the park")
        PLANNED = "planned", _("Announced for the park")
        SERVICE_USER = "service_user", _("Uses the park's services")

    PARTS = ("aliases", "activities", "citations")
    AS_SOURCED = ("name",)
    needs = COMPANY_NEEDS
    serializer = "companies.serializers.CompanySerializer"
    searched = Searched(
        names=("name_en", "name_zh_hans", "aliases__name", "registration_code"),
        texts=(
            "activities__segment__name_en",
            "activities__segment__name_zh_hans",
            "activities__modality__name_en",
            "activities__modality__name_zh_hans",
            "summary_en",
            "summary_zh_hans",
            "description_en",
            "description_zh_hans",
            "address_en",
            "address_zh_hans",
        ),
    )

    role = models.CharField(_("role"), max_length=20, choices=Role)
    presence = models.CharField(
        _("presence"), max_length=12, choices=Presence, default=Presence.TENANT, db_default=Presence.TENANT
    )
    registration_code = models.CharField(
        _("registration code"),
        max_length=18,
        null=True,
        blank=True,
        unique=True,
        validators=[
            RegexValidator(r"\A[0-9A-HJ-NPQRTUWXY]{18}\Z", _("A unified social credit code has 18 characters."))
        ],
        help_text=_("Unified social credit code, where it is known."),
    )
    founded_year = models.PositiveSmallIntegerField(
        _("founded in"), null=True, blank=True, validators=[MinValueValidator(1600), MaxValueValidator(2100)]
    )
    website = models.URLField(_("website"), blank=True, validators=[URLValidator(schemes=["http", "https"])])
    address_en, address_zh_hans = pair(models.CharField, _("address"), max_length=250, blank=True)
    address = Bilingual()
    summary_en, summary_zh_hans = pair(models.TextField, _("summary"), max_length=600, blank=True)
    summary = Bilingual()
    description_en, description_zh_hans = pair(FormattedTextField, _("description"), blank=True)
    description = Bilingual()
    logo = models.ForeignKey(Picture, models.SET_NULL, null=True, blank=True, verbose_name=_("logo"), related_name="+")

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering = ["sort_en", "pk"]
        constraints = [
            COMPANY_NEEDS.constraint("companies_company_publishable"),
            models.CheckConstraint(
                condition=Q(registration_code__isnull=True) | ~Q(registration_code=""),
                name="companies_company_registration_code_not_blank",
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("companies:detail", args=[self.slug])

    def clean(self) -> None:
        super().clean()
        self.registration_code = self.registration_code or None


class CompanyAlias(Alias):
    owner = models.ForeignKey(Company, models.CASCADE, related_name="aliases")


class Activity(Sourced):
    """The atom of the chain: a company does something at a stage of a segment, by this source, as of this date."""

    company = models.ForeignKey(Company, models.CASCADE, verbose_name=_("company"), related_name="activities")
    segment = models.ForeignKey(Segment, models.PROTECT, verbose_name=_("segment"), related_name="activities")
    stage = models.ForeignKey(
        Stage,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("stage"),
        related_name="activities",
        help_text=_("Blank: not known."),
    )
    modality = models.ForeignKey(
        Modality, models.PROTECT, null=True, blank=True, verbose_name=_("modality"), related_name="activities"
    )
    since = PartialDateField(_("since"), blank=True)
    note_en, note_zh_hans = pair(models.CharField, _("note"), max_length=250, blank=True)
    note = Bilingual()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["segment__position", "stage__position", "modality__position", "pk"]
        constraints = [
            models.UniqueConstraint(
                *fields,
                name=f"companies_activity_once{suffix}",
                condition=condition,
                violation_error_message=_("This activity is listed already."),
            )
            # NULLs are distinct to a unique index, so each combination of unknowns has its own.
            for suffix, fields, condition in (
                (
                    "",
                    ("company", "segment", "stage", "modality"),
                    Q(stage__isnull=False, modality__isnull=False),
                ),
                (
                    "_no_stage",
                    ("company", "segment", "modality"),
                    Q(stage__isnull=True, modality__isnull=False),
                ),
                (
                    "_no_modality",
                    ("company", "segment", "stage"),
                    Q(stage__isnull=False, modality__isnull=True),
                ),
                ("_segment_only", ("company", "segment"), Q(stage__isnull=True, modality__isnull=True)),
            )
        ]

    def __str__(self) -> str:
        return " · ".join(str(part) for part in (self.segment, self.stage, self.modality) if part)

    def clean(self) -> None:
        super().clean()
        rows = (getattr(self, "segment", None), self.stage, self.modality)
        chains = {row.chain_id for row in rows if row}
        if len(chains) > 1:
            raise ValidationError(_("Segment, stage and modality must belong to the same chain."))
