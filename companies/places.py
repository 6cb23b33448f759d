"""Places on the chain by their names: every segment, modality and stage, with the companies that the park has there.

They are a few dozen rows that hardly ever change: read once for each content version, and matched in memory by the
rules of `etown.search`.
"""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Count, F, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from companies.models import Activity, Chain, ChainRow, Company, Modality, Segment, Stage, Want
from etown import rehearsal
from etown.models import ContentVersion, Stamp
from etown.search import conditions, holds, tokens_of
from etown.search.text import squeezed

KINDS: tuple[type[ChainRow], ...] = (Segment, Modality, Stage)
_remembered: list[tuple[Stamp, list["Place"]]] = []


@dataclass(frozen=True)
class Place:
    """A row or a column of the chain map; `count` is of tenants, each once, a class counting those of its members."""

    record: ChainRow
    chain: Chain
    is_first_chain: bool
    count: int
    wants: list[Want]

    @property
    def kind(self) -> str:
        """Also its filter of companies, and what a want calls it."""
        return str(self.record._meta.model_name)

    @property
    def label(self) -> str:
        return str(self.record._meta.verbose_name)

    @property
    def names(self) -> list[str]:
        return [self.record.name_en, self.record.name_zh_hans]

    @cached_property
    def tokens(self):
        return tokens_of(self.names)

    @property
    def map_url(self) -> str:
        asked = {} if self.kind != "modality" else {"by": self.kind}
        asked |= {} if self.is_first_chain else {"chain": self.chain.slug}
        return f"{reverse('companies:chain')}{'?' if asked else ''}{urlencode(asked)}#{self.kind}-{self.record.slug}"

    @property
    def list_url(self) -> str:
        asked = urlencode({self.kind: self.record.slug, "presence": Company.Presence.TENANT})
        return f"{reverse('companies:list')}?{asked}"


def places_named(query: str, version: Stamp | None = None) -> list[Place]:
    """The places whose names hold every word of the query, those that begin with it first; `version` where known."""
    asked, folded = conditions(query), squeezed(query)
    if not asked:
        return []
    found = [place for place in all_places(version or ContentVersion.stamp()) if holds(place.tokens, asked)]

    def rank(place: Place) -> tuple[bool, bool]:
        names = [squeezed(name) for name in place.names]
        return folded not in names, not any(name.startswith(folded) for name in names)

    return sorted(found, key=rank)


def all_places(version: Stamp) -> list[Place]:
    """All of them, in the order of the chain."""
    known = _remembered[0] if _remembered else None
    if known is None or known[0] != version:
        known = version, _read()
        if not rehearsal.is_running():
            _remembered[:] = [known]
    return known[1]


def _read() -> list[Place]:
    chains = {chain.pk: chain for chain in Chain.objects.published()}
    first = next(iter(chains), None)
    wants, counts = list(Want.objects.published()), _counts()
    places = []
    for model in KINDS:
        kind = str(model._meta.model_name)
        rows = model._default_manager.published()
        for row in rows.select_related("parent") if model is Modality else rows:
            wanted = [want for want in wants if getattr(want, f"{kind}_id") == row.pk]
            is_first = row.chain_id == first
            places.append(Place(row, chains[row.chain_id], is_first, counts.get((kind, row.pk), 0), wanted))
    return places


def _counts() -> dict[tuple[str, int], int]:
    """Distinct tenants by kind and id of a row, in one query."""
    tenants = Activity.objects.filter(company__in=Company.objects.published().tenants())
    columns = [
        ("segment", F("segment")),
        ("stage", F("stage")),
        ("modality", F("modality")),
        ("modality", Coalesce("modality__parent", "modality")),
    ]
    questions = [
        tenants.annotate(kind=Value(kind), row=column)
        .values_list("kind", "row")
        .annotate(companies=Count("company", distinct=True))
        .order_by()
        for kind, column in columns
    ]
    counts: dict[tuple[str, int], int] = {}
    for kind, row, companies in questions[0].union(*questions[1:], all=True).order_by():
        # A class is counted with its members and by itself, which is never more.
        counts[kind, row] = max(counts.get((kind, row), 0), companies)
    return counts
