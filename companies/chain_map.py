"""The chain map: who is at which stage of which segment or modality, counted from activities."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.db.models import Count, F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.urls import reverse

from companies.models import Activity, Chain, ChainRow, Company, Stage, Want
from etown.filters import UNKNOWN

State = Literal["covered", "one_provider", "not_known"]
Kind = Literal["segment", "modality"]
# No row has this key.
ANY_ROW = 0


@dataclass(frozen=True)
class Cell:
    """A segment or modality at a stage; `stage` is None where sources do not say which."""

    row: ChainRow
    stage: Stage | None
    count: int
    wants: tuple[Want, ...]

    @property
    def word(self) -> str:
        """Its word in the `cell` filter."""
        return f"{self.row.slug}.{self.stage.slug if self.stage else UNKNOWN}"

    @property
    def state(self) -> State:
        """Not known is not a gap: sources may simply not say."""
        if self.count >= 2:
            return "covered"
        return "one_provider" if self.count else "not_known"

    @property
    def url(self) -> str:
        return f"{reverse('companies:list')}?cell={self.word}"


@dataclass(frozen=True)
class Row:
    record: ChainRow
    cells: list[Cell]
    wants: tuple[Want, ...]


@dataclass(frozen=True)
class ChainMap:
    chain: Chain
    kind: Kind
    stages: list[Stage]
    # How many tenants are active at each stage, each once.
    stage_counts: list[tuple[Stage, int]]
    rows: list[Row]
    # All that the office looks for in this chain, whichever rows the map shows.
    wants: list[Want]


def segment_map(chain: Chain) -> ChainMap:
    """Segments by stage."""
    wants = Want.objects.published().for_listing().filter(chain=chain)
    return _build(chain, "segment", chain.segments.published(), _counts(chain, F("segment")), wants)


def modality_map(chain: Chain, wants: Iterable[Want] | None = None) -> ChainMap:
    """Modalities by stage; a class counts the companies of its members, each once. `wants` where they are at hand."""
    counts = _counts(chain, F("modality"), Coalesce("modality__parent", "modality"))
    if wants is None:
        wants = Want.objects.published().for_listing().filter(chain=chain)
    return _build(chain, "modality", chain.modalities.published(), counts, wants)


def _counts(chain: Chain, *rows: Combinable) -> Counter[tuple[int | None, int | None]]:
    """Distinct companies by row id and stage id, in one query; below `ANY_ROW` those of a stage as a whole."""
    tenants = Activity.objects.filter(company__in=Company.objects.published().tenants(), segment__chain=chain)
    whole, *by_row = (
        tenants.annotate(row=row)
        .values_list("row", "stage")
        .annotate(companies=Count("company", distinct=True))
        .order_by()
        for row in (Value(ANY_ROW), *rows)
    )
    counts: Counter[tuple[int | None, int | None]] = Counter()
    for row_id, stage_id, companies in whole.union(*by_row, all=True).order_by():
        # A class is counted with its members and by itself, which is never more.
        counts[row_id, stage_id] = max(counts[row_id, stage_id], companies)
    return counts


def _build(chain: Chain, kind: Kind, records: Iterable[ChainRow], counts: Counter, wants: Iterable[Want]) -> ChainMap:
    stages = list(chain.stages.published())
    wants = [want for want in wants if want.chain_id == chain.pk]
    rows = []
    for record in records:
        wanted = tuple(want for want in wants if getattr(want, f"{kind}_id") == record.pk)
        cells = [
            Cell(
                record,
                stage,
                counts[record.pk, stage.pk if stage else None],
                tuple(want for want in wanted if stage and want.stage_id == stage.pk),
            )
            for stage in [*stages, None]
        ]
        rows.append(Row(record, cells, tuple(want for want in wanted if want.stage_id is None)))
    stage_counts = [(stage, counts[ANY_ROW, stage.pk]) for stage in stages]
    return ChainMap(chain, kind, stages, stage_counts, rows, wants)
