"""Figures that the park publishes, in their units, and what had to be corrected."""

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from etown.bilingual import Bilingual, current_language, pair
from etown.records import Needs, Publishable, PublishableQuerySet, Record, public
from etown.search import Searched
from facts.formatting import spell_figure
from facts.models.source import Sourced


class Unit(Record):
    """What a figure counts, as it stands after the number in each language."""

    class Style(models.TextChoices):
        PLAIN = "plain", _("after the number: 6 centres")
        SYMBOL = "symbol", _("attached to the number: 57%")
        FRACTION = "fraction", _("a share, shown as a fraction: 1/3")

    slug = models.SlugField(_("key"), max_length=40, unique=True)
    singular_en = models.CharField(_("singular (English)"), max_length=40, blank=True)
    plural_en = models.CharField(_("plural (English)"), max_length=40, blank=True)
    name_zh_hans = models.CharField(_("name (Chinese)"), max_length=40, blank=True)
    style = models.CharField(_("style"), max_length=8, choices=Style, default=Style.PLAIN, db_default=Style.PLAIN)

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["slug"]

    def __str__(self) -> str:
        return (self.name_zh_hans if current_language() == "zh-hans" else self.plural_en) or self.slug


FIGURE_NEEDS = Needs(("slug",), ("label_en", "label_zh_hans"), ("as_of",))
CORRECTION_NEEDS = Needs(("slug",), ("statement_en", "statement_zh_hans"))


class FigureQuerySet(PublishableQuerySet):
    def for_listing(self):
        return self.select_related("unit", "source").prefetch_related(public(self.model, "superseded_by"))

    def headlines(self):
        return self.filter(is_headline=True, state=self.model.State.CURRENT)


class Figure(Publishable, Sourced):
    """A number that the public sees: what it counts, where, when, who says so, and whether it still holds."""

    class Topic(models.TextChoices):
        INDUSTRY = "industry", _("Industry")
        INNOVATION = "innovation", _("Innovation")
        SERVICES = "services", _("Services")
        SPACE = "space", _("Space")
        INVESTMENT = "investment", _("Investment")
        POLICY = "policy", _("Policy")

    class Kind(models.TextChoices):
        RESULT = "result", _("reported result")
        TARGET = "target", _("target")
        PLAN = "plan", _("plan")
        CLAIM = "claim", _("quoted claim")

    class Qualifier(models.TextChoices):
        EXACTLY = "exactly", _("exactly")
        ABOUT = "about", _("about")
        MORE_THAN = "more_than", _("more than")
        NEARLY = "nearly", _("nearly")
        UP_TO = "up_to", _("up to")
        AT_LEAST = "at_least", _("at least")

    class State(models.TextChoices):
        CURRENT = "current", _("current")
        SUPERSEDED = "superseded", _("superseded")
        DISPUTED = "disputed", _("disputed")

    needs = FIGURE_NEEDS
    serializer = "facts.serializers.FigureSerializer"
    searched = Searched(
        names=("label_en", "label_zh_hans"),
        texts=("scope_en", "scope_zh_hans", "note_en", "note_zh_hans"),
        spelt=("value_en", "value_zh_hans"),
        made_of=("unit__singular_en", "unit__plural_en", "unit__name_zh_hans", "unit__style"),
    )

    label_en, label_zh_hans = pair(models.CharField, _("what is counted"), max_length=160, blank=True)
    label = Bilingual()
    scope_en, scope_zh_hans = pair(models.CharField, _("area and period"), max_length=160, blank=True)
    scope = Bilingual()
    topic = models.CharField(_("topic"), max_length=10, choices=Topic)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind, default=Kind.RESULT, db_default=Kind.RESULT)
    qualifier = models.CharField(
        _("qualifier"),
        max_length=9,
        choices=Qualifier,
        default=Qualifier.EXACTLY,
        db_default=Qualifier.EXACTLY,
    )
    low = models.DecimalField(_("value"), max_digits=24, decimal_places=6, help_text=_("Or the lower end of a range."))
    high = models.DecimalField(_("upper end"), max_digits=24, decimal_places=6, null=True, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name=_("unit"), related_name="+")
    review_by = models.DateField(_("review by"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.CURRENT, db_default=State.CURRENT)
    superseded_by = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        verbose_name=_("superseded by"),
        related_name="supersedes",
    )
    is_headline = models.BooleanField(_("headline figure"), default=False, db_default=False)
    note_en, note_zh_hans = pair(models.TextField, _("note"), max_length=4000, blank=True)
    note = Bilingual()

    objects = FigureQuerySet.as_manager()

    class Meta:
        verbose_name = _("figure")
        verbose_name_plural = _("figures")
        ordering = ["topic", "-as_of", "pk"]
        constraints = [
            FIGURE_NEEDS.constraint("facts_figure_publishable"),
            models.CheckConstraint(
                condition=Q(high__isnull=True) | Q(high__gt=F("low")),
                name="facts_figure_range",
                violation_error_message=_("The upper end must be larger than the value."),
            ),
            models.CheckConstraint(
                condition=Q(state="superseded") | Q(superseded_by__isnull=True),
                name="facts_figure_superseded",
                violation_error_message=_("Only a superseded figure names the one that replaces it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label.plain}: {self.value}"

    def get_absolute_url(self) -> str:
        return reverse("facts:detail", args=[self.slug])

    @property
    def value(self) -> str:
        """The number with qualifier and unit in the reader's language."""
        return spell_figure(self)

    @property
    def value_en(self) -> str:
        return self.spell("en")

    @property
    def value_zh_hans(self) -> str:
        return self.spell("zh-hans")

    def spell(self, language: str) -> str:
        return spell_figure(self, language)


class Correction(Publishable):
    """What this site said wrongly, and what is right, for everybody to read."""

    needs = CORRECTION_NEEDS

    corrected_on = models.DateField(_("corrected on"))
    statement_en, statement_zh_hans = pair(
        models.TextField, _("what was wrong and what is right"), max_length=4000, blank=True
    )
    statement = Bilingual()
    content_type = models.ForeignKey(
        ContentType, models.SET_NULL, null=True, blank=True, verbose_name=_("kind of record")
    )
    object_id = models.PositiveBigIntegerField(_("record"), null=True, blank=True)
    record = GenericForeignKey()

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["-corrected_on", "-pk"]
        constraints = [CORRECTION_NEEDS.constraint("facts_correction_publishable")]

    def __str__(self) -> str:
        return f"{self.corrected_on}: {self.statement.plain[:60]}"
