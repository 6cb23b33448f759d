"""What the park does for companies: logistics, manufacturing, space, clinics, funds and policies."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from etown.bilingual import Bilingual, current_language, pair
from etown.formatted import FormattedTextField
from etown.models import Picture
from etown.records import Alias, Named, Needs, Publishable, PublishableQuerySet, public
from etown.search import Searched
from facts.models import Cited, Figure, with_sources
from office.models import Desk


class NameOrigin(models.TextChoices):
    OFFICIAL = "official", _("official name")
    TRANSLATION = "translation", _("the office's own translation")


class ServiceQuerySet(PublishableQuerySet):
    def highlights(self):
        return self.filter(is_highlight=True)

    def with_claims(self):
        return self.prefetch_related(models.Prefetch("claims", Claim.objects.published().for_listing()))

    def for_listing(self):
        return (
            self.with_claims()
            .select_related("desk", "picture")
            .prefetch_related(
                "aliases",
                "steps",
                public(self.model, "operator_company"),
                models.Prefetch("figures", Figure.objects.published().for_listing()),
                with_sources(),
            )
        )

    def for_profile(self):
        return self.for_listing().prefetch_related(public(self.model, "articles"))


SERVICE_NEEDS = Needs(("slug",), ("name_en", "name_zh_hans"), ("summary_en", "summary_zh_hans"), parts=("citations",))


class Service(Publishable, Named, Cited):
    """A service, platform, place, fund or policy that companies can use."""

    class Kind(models.TextChoices):
        LOGISTICS = "logistics", _("Logistics and clearance")
        CDMO = "cdmo", _("Development and manufacturing")
        TESTING = "testing", _("Testing and instruments")
        REPOSITORY = "repository", _("Repositories")
        SPACE = "space", _("Space")
        CLINICAL = "clinical", _("Clinical")
        FUND = "fund", _("Funds")
        POLICY = "policy", _("Policies")
        REGULATORY = "regulatory", _("Regulators")
        INDUSTRY_SERVICE = "industry_service", _("Industry services")

    PARTS = ("aliases", "steps", "claims", "citations")
    needs = SERVICE_NEEDS
    serializer = "services.serializers.ServiceSerializer"
    searched = Searched(
        names=("name_en", "name_zh_hans", "aliases__name"),
        texts=(
            "operator_en",
            "operator_zh_hans",
            "partner_en",
            "partner_zh_hans",
            "summary_en",
            "summary_zh_hans",
            "description_en",
            "description_zh_hans",
        ),
        spelt=("claims__told_en", "claims__told_zh_hans"),
        made_of=tuple(
            f"claims__{end}__{path}"
            for end in ("before", "after")
            for path in (*Figure.searched.spelt, *Figure.searched.made_of)
        ),
    )

    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    name_en_origin = models.CharField(
        _("origin of the English name"),
        max_length=11,
        choices=NameOrigin,
        default=NameOrigin.OFFICIAL,
        db_default=NameOrigin.OFFICIAL,
    )
    name_zh_hans_origin = models.CharField(
        _("origin of the Chinese name"),
        max_length=11,
        choices=NameOrigin,
        default=NameOrigin.OFFICIAL,
        db_default=NameOrigin.OFFICIAL,
    )
    operator_en, operator_zh_hans = pair(models.CharField, _("operator"), max_length=250, blank=True)
    operator = Bilingual()
    operator_company = models.ForeignKey(
        Company,
        models.SET_NULL,
        null=True,
        blank=True,
        verbose_name=_("operating company"),
        related_name="services",
    )
    partner_en, partner_zh_hans = pair(models.CharField, _("partner"), max_length=160, blank=True)
    partner = Bilingual()
    summary_en, summary_zh_hans = pair(models.TextField, _("what it does"), max_length=800, blank=True)
    summary = Bilingual()
    description_en, description_zh_hans = pair(FormattedTextField, _("description"), blank=True)
    description = Bilingual()
    audience_en, audience_zh_hans = pair(models.CharField, _("for whom"), max_length=300, blank=True)
    audience = Bilingual()
    address_en, address_zh_hans = pair(models.CharField, _("address"), max_length=250, blank=True)
    address = Bilingual()
    operation_en, operation_zh_hans = pair(models.CharField, _("state of operation"), max_length=300, blank=True)
    operation = Bilingual()
    desk = models.ForeignKey(Desk, models.SET_NULL, null=True, blank=True, verbose_name=_("desk"), related_name="+")
    picture = models.ForeignKey(
        Picture, models.SET_NULL, null=True, blank=True, verbose_name=_("picture"), related_name="+"
    )
    is_highlight = models.BooleanField(
        _("highlight"), default=False, db_default=False, help_text=_("Shown on the home page.")
    )
    figures = models.ManyToManyField(Figure, blank=True, verbose_name=_("figures"), related_name="services")

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["sort_en", "pk"]
        constraints = [
            SERVICE_NEEDS.constraint("services_service_publishable"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("services:detail", args=[self.slug])

    @property
    def name_origin(self) -> str:
        """Where the name that the reader sees comes from."""
        return self.name_zh_hans_origin if self.name.language == "zh-hans" else self.name_en_origin


class ServiceAlias(Alias):
    owner = models.ForeignKey(Service, models.CASCADE, related_name="aliases")


class Step(models.Model):
    """One step of how a company uses the service."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(_("position"))
    title_en, title_zh_hans = pair(models.CharField, _("step"), max_length=160, blank=True)
    title = Bilingual()
    text_en, text_zh_hans = pair(models.TextField, _("text"), max_length=4000, blank=True)
    text = Bilingual()

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                "service",
                "position",
                name="services_step_position_once",
                violation_error_message=_("Two steps cannot have the same position."),
            ),
            models.CheckConstraint(
                condition=~Q(title_en="") | ~Q(title_zh_hans=""),
                name="services_step_titled",
                violation_error_message=_("Name the step."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.title.plain}"


class ClaimQuerySet(models.QuerySet):
    def published(self):
        """The claims of which both figures are public."""
        return self.filter(before__in=Figure.objects.published(), after__in=Figure.objects.published())

    def for_listing(self):
        return self.select_related("before__unit", "before__source", "after__unit", "after__source")


class Claim(models.Model):
    """What a service is quoted to have changed: two figures, before and after, each with its own source."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="claims")
    before = models.ForeignKey(Figure, models.PROTECT, verbose_name=_("before"), related_name="+")
    after = models.ForeignKey(Figure, models.PROTECT, verbose_name=_("after"), related_name="+")

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("quoted claim")
        verbose_name_plural = _("quoted claims")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                "service",
                "before",
                "after",
                name="services_claim_once",
                violation_error_message=_("This claim is there already."),
            ),
            models.CheckConstraint(
                condition=~Q(before=F("after")),
                name="services_claim_two_figures",
                violation_error_message=_("Before and after must be two figures."),
            ),
        ]

    def __str__(self) -> str:
        return self.told(current_language())

    @property
    def told_en(self) -> str:
        return self.told("en")

    @property
    def told_zh_hans(self) -> str:
        return self.told("zh-hans")

    def told(self, language: str) -> str:
        return f"{self.before.spell(language)} → {self.after.spell(language)}"
