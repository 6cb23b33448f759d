"""The industrial chain and who does what in it."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator, URLValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from companies.querysets import CompanyQuerySet, ModalityQuerySet, ProductQuerySet, WantQuerySet
from etown.bilingual import Bilingual, pair
from etown.models import Picture
from etown.partial_dates import PartialDateField
from etown.records import Alias, Named, Needs, Publishable, Record
from facts.models import Cited, Sourced
from office.models import Desk


class Chain(Record):
    """An industrial chain that the park builds; cell and gene therapy is the first."""

    slug = models.SlugField(_("key"), max_length=40, unique=True)
    name_en, name_zh_hans = pair(models.CharField, _("name"), max_length=120)
    name = Bilingual()
    summary_en, summary_zh_hans = pair(models.TextField, _("summary"), blank=True)
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
    needs = COMPANY_NEEDS

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
    description_en, description_zh_hans = pair(models.TextField, _("description"), blank=True)
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
    text_en, text_zh_hans = pair(models.TextField, _("text"), blank=True)
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
    needs = PRODUCT_NEEDS

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
