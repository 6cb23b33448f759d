"""Small words for templates: dates, languages, where the reader is, what supports a record, and what is drawn."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse, translate_url
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import override

from etown import markup, partial_dates, search, signs
from etown.bilingual import TAGS, FormattedText, Text, current_language, untranslated
from etown.rendering import rendered

register = template.Library()

# Each language in its own words, short enough for the head of a small screen.
NAMES = {"en": "English", "zh-hans": "中文"}


@register.filter
def spell_date(value: str) -> str:
    """A partial date in the reader's language."""
    return partial_dates.spell(value)


@register.filter
def is_past(date: datetime.date) -> bool:
    return date < timezone.localdate()


@register.filter
def printable(text: str) -> str:
    """Words of a query where no markup can keep them apart from what stands around them."""
    return signs.printable(text)


@register.filter
def tagged(name: object) -> str:
    """A name that has no translation, with its language where that is not the page's."""
    text = untranslated(str(name))
    return format_html('<span lang="{}">{}</span>', text.tag, text.plain) if text.is_foreign else text.plain


@register.filter
def highlight(text: str, query: str) -> SafeString:
    """The text with what matches the reader's query marked."""
    return search.highlight(text, query) if query else conditional_escape(text)


@register.filter
def highlight_tagged(name: str, query: str) -> SafeString:
    """The same for a name that has no translation, with its language where that is not the page's."""
    return search.highlight(untranslated(name), query, with_label=False)


@register.simple_tag(takes_context=True)
def marked(context: template.Context, text: str) -> SafeString:
    """A text in a list, with the words that the reader looked for marked."""
    listing = context.get("listing")
    return highlight(text, listing.data.get("q", "") if listing else "")


@register.filter
def paragraphs(text: Text) -> SafeString:
    """A longer text in blocks; labelled where it is in the other language, Chinese marked in English."""
    if not isinstance(text, FormattedText):
        text = FormattedText.of(markup.paragraphs(text.plain), text.language, text.wanted)
    return rendered(text)


@register.simple_tag
def language_tag() -> str:
    """The page's language for the lang attribute."""
    return TAGS[current_language()]


@register.simple_tag(takes_context=True)
def other_languages(context: template.Context) -> list[dict[str, str]]:
    """This page in the other languages: name, lang tag and address."""
    here = context["request"].get_full_path()
    return [
        {"name": NAMES[code], "tag": TAGS[code], "url": _translated(here, code)}
        for code, _name in settings.LANGUAGES
        if code != current_language()
    ]


def _translated(here: str, code: str) -> str:
    there = translate_url(here, code)
    if there != here:
        return there
    # Nothing is at this address in any language.
    with override(code):
        return reverse("home")


@register.simple_tag(takes_context=True)
def current(context: template.Context, url: str) -> SafeString:
    """Marks a link of the menu on its own page and on those below it."""
    path = context["request"].path
    if not path.startswith(url):
        return SafeString()
    return format_html(' aria-current="{}"', "page" if path == url else "true")


@register.simple_tag
def by_source(citations: Iterable[Any]) -> list[tuple[Any, list[str]]]:
    """Citations of the same source, date and basis as one, with the labels of all fields that they support."""
    groups: dict[tuple, tuple[Any, list[str]]] = {}
    for citation in citations:
        key = (citation.source_id, citation.as_of, citation.basis)
        _first, labels = groups.setdefault(key, (citation, []))
        if citation.field and citation.field_label not in labels:
            labels.append(citation.field_label)
    return list(groups.values())


@register.simple_tag
def by_choice(records: Iterable[Any], field: str) -> list[tuple[str, list[Any]]]:
    """Records below the words of a fixed list, in its order; within a word they stand as they came."""
    below: dict[str, list[Any]] = {}
    choices: dict[str, str] = {}
    for record in records:
        choices = choices or dict(record._meta.get_field(field).flatchoices)
        below.setdefault(getattr(record, field), []).append(record)
    return [(label, below[word]) for word, label in choices.items() if word in below]


@dataclass(frozen=True)
class Station:
    """A stage on a drawn line: where it stands, and what is done there."""

    stage: Any
    x: str
    activities: list[Any]


@dataclass(frozen=True)
class Track:
    """One segment's line through the stages; `elsewhere` are activities of which the stage is not known."""

    segment: Any
    stations: list[Station]
    elsewhere: list[Any]

    @property
    def ends(self) -> tuple[str, str]:
        return self.stations[0].x, self.stations[-1].x


@register.simple_tag(takes_context=True)
def stages_of(context: template.Context, activities: Iterable[Any]) -> list[Any]:
    """The stages of the chains that these activities belong to; one query a page."""
    first = next(iter(activities), None)
    if first is None:
        return []
    known = context.render_context
    if "stages" not in known:
        known["stages"] = list(first._meta.get_field("stage").related_model.objects.published())
    chains = {activity.segment.chain_id for activity in activities}
    return [stage for stage in known["stages"] if stage.chain_id in chains]


@register.filter
def stations(stages: list[Any], activities: Iterable[Any]) -> list[Station]:
    """Every stage, with the activities at it."""
    return [
        Station(
            stage,
            f"{(2 * place + 1) * 50 / len(stages):g}%",
            [activity for activity in activities if activity.stage_id == stage.pk],
        )
        for place, stage in enumerate(stages)
    ]


@register.filter
def tracks(stages: list[Any], activities: Iterable[Any]) -> list[Track]:
    """A line for each segment."""
    below: dict[Any, list[Any]] = {}
    for activity in activities:
        below.setdefault(activity.segment, []).append(activity)
    return [
        Track(segment, stations(stages, found), [activity for activity in found if not activity.stage_id])
        for segment, found in below.items()
    ]


@register.filter
def trades(activities: Iterable[Any]) -> list[Text]:
    """The segments, then the modalities, each once."""
    found = [activity.segment for activity in activities]
    found += [activity.modality for activity in activities if activity.modality]
    return [row.name for row in dict.fromkeys(found)]


@register.filter
def known_stages(activities: Iterable[Any]) -> list[Any]:
    """The stages that these activities are known to be at, each once and in order."""
    found = {activity.stage for activity in activities if activity.stage}
    return sorted(found, key=lambda stage: (stage.position, stage.pk))


@register.filter
def stages_not_known(cells: Iterable[Any]) -> list[Any]:
    """The stages of a row of the map of which nothing is known."""
    return [cell.stage for cell in cells if cell.stage and not cell.count]


# How long a bar of one unit is; a month is drawn as 30 days.
DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}


@dataclass(frozen=True)
class Bar:
    """A figure as a bar: certain up to `low`, possible up to `high`, in percent of the longest."""

    figure: Any
    low: str
    more: str


@dataclass(frozen=True)
class DrawnClaim:
    """A claim before and after, and all who make it in the same words."""

    claim: Any
    told: list[Any]
    bars: list[Bar]


@register.filter
def drawn(claims: Iterable[Any]) -> list[DrawnClaim]:
    """Quoted claims, each said once, with bars where before and after can be compared."""
    told: dict[tuple[str, str], list[Any]] = {}
    for claim in claims:
        told.setdefault((claim.before.value, claim.after.value), []).append(claim)
    return [DrawnClaim(same[0], same, _bars(same[0].before, same[0].after)) for same in told.values()]


def _bars(*figures: Any) -> list[Bar]:
    sizes = [_size(figure) for figure in figures]
    if any(unit != sizes[0][0] for unit, _low, _high in sizes):
        return []
    longest = max(high for _unit, _low, high in sizes)
    if longest <= 0:
        return []
    return [
        Bar(figure, f"{low / longest * 100:.4g}%", f"{(high - low) / longest * 100:.4g}%")
        for figure, (_unit, low, high) in zip(figures, sizes, strict=True)
    ]


def _size(figure: Any) -> tuple[str, float, float]:
    low, high = float(figure.low), float(figure.low if figure.high is None else figure.high)
    days = DAYS.get(figure.unit.slug)
    return (figure.unit.slug, low, high) if days is None else ("days", low * days, high * days)
