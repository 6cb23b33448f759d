"""What public records need from staff as time goes by: a look once a year, and both languages in step.

A row says one thing about one record: when it was last verified, which column lacks what the other language says, or
which column is older than the other language. The rows are read from the history, one version after the other, inside
the publishing deed: what the first page counts is a search in an index, however many records there are.
"""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, ClassVar, NamedTuple, Self

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from etown.inserting import append
from etown.records import Publishable, Record, Status
from etown.revisions import Revision
from etown.states import Data

YEAR = datetime.timedelta(days=365)
# The column of a date that says when a statement held.
AS_OF = "as_of"


class UpkeepQuerySet(models.QuerySet):
    def of(self, record: models.Model) -> Self:
        return self.filter(content_type=ContentType.objects.get_for_model(record), object_id=record.pk)

    def overdue(self) -> Self:
        """Public records that nobody has verified for a year."""
        return self.filter(kind=Upkeep.Kind.VERIFIED, is_public=True, since__lt=timezone.localdate() - YEAR)


class Upkeep(models.Model):
    """Since when a record, or one column of it, is in this condition."""

    class Kind(models.TextChoices):
        VERIFIED = "verified", _("verified")
        MISSING = "missing", _("missing in one language")
        OLDER = "older", _("older than the other language")

    TRANSLATIONS: ClassVar[tuple[str, ...]] = (Kind.MISSING, Kind.OLDER)

    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    # The column it is about; blank for the record.
    column = models.CharField(max_length=60, blank=True)
    since = models.DateField()
    is_public = models.BooleanField()

    objects = UpkeepQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("content_type", "object_id", "column", name="etown_upkeep_once")]
        indexes = [
            models.Index(
                fields=["kind", "is_public", "content_type", "column", "object_id"], name="etown_upkeep_column"
            ),
            models.Index(fields=["kind", "is_public", "content_type", "since", "object_id"], name="etown_upkeep_age"),
        ]

    def __str__(self) -> str:
        return f"{self.column or self.object_id}: {self.get_kind_display()}"


class Condition(NamedTuple):
    kind: str
    since: datetime.date


Conditions = dict[str, Condition]


@cache
def pairs(model: Any) -> tuple[tuple[str, str], ...]:
    """The two columns of every translated field."""
    names = {field.name for field in model._meta.concrete_fields}
    bases = (name.removesuffix("_en") for name in sorted(names) if name.endswith("_en"))
    return tuple((f"{base}_en", f"{base}_zh_hans") for base in bases if f"{base}_zh_hans" in names)


class Pair(NamedTuple):
    """What a version does to the two columns of a translated field."""

    now: tuple[bool, ...]
    had_both: bool
    changed: tuple[str, ...]


# Most records have the same ones, and many are kept at a time.
_pair = cache(Pair)


class Step(NamedTuple):
    """As much of one version as the conditions of its record follow from."""

    key: int
    today: datetime.date
    is_public: bool
    is_verified: bool
    # Whoever saves a record stands for it; what a command writes is as old as its newest source.
    is_signed: bool
    newest: datetime.date
    pairs: tuple[Pair, ...]


def step(model: type[Record], before: Data, revision: Revision) -> Step:
    """`before` is the data of the version before, {} if there was none."""
    data, today = revision.data, timezone.localdate(revision.created_at)
    return Step(
        key=revision.object_id,
        today=today,
        is_public=not issubclass(model, Publishable) or data.get("status") == Status.PUBLISHED,
        is_verified=revision.what == Revision.What.VERIFIED,
        is_signed=revision.author_id is not None and not revision.on_schedule,
        newest=max(_dates(data), default=today),
        pairs=tuple(_changes(columns, before, data) for columns in pairs(model)),
    )


def _changes(columns: tuple[str, str], before: Data, after: Data) -> Pair:
    had_both = all(before.get(column) for column in columns)
    changed = tuple(column for column in columns if before[column] != after.get(column)) if had_both else ()
    return _pair(tuple(bool(after.get(column)) for column in columns), had_both, changed)


def following(model: type[Record], known: Conditions, made: Step) -> Conditions:
    """The conditions after one more version of a record."""
    verified = made.today if made.is_signed else known[""].since if "" in known else made.newest
    found = {"": Condition(Upkeep.Kind.VERIFIED, verified)}
    for columns, pair in zip(pairs(model), made.pairs, strict=True):
        if pair.now[0] != pair.now[1]:
            empty = columns[pair.now.index(False)]
            same = known.get(empty)
            if columns[0].removesuffix("_en") not in model.AS_SOURCED:
                is_known = same is not None and same.kind == Upkeep.Kind.MISSING
                found[empty] = same if is_known else Condition(Upkeep.Kind.MISSING, made.today)
        elif pair.now[0] and not made.is_verified:
            found |= _out_of_step(columns, pair, known, made.today)
    return found


def _out_of_step(columns: tuple[str, str], pair: Pair, known: Conditions, today: datetime.date) -> Conditions:
    """A language that alone has changed leaves the other one behind, unless it has only caught up."""
    behind = {
        column: known[column] for column in columns if column in known and known[column].kind == Upkeep.Kind.OLDER
    }
    if not pair.had_both:
        return {}
    if len(pair.changed) == 1 and pair.changed[0] not in behind:
        (other,) = set(columns) - set(pair.changed)
        return behind or {other: Condition(Upkeep.Kind.OLDER, today)}
    return {} if pair.changed else behind


def _dates(data: Data) -> Iterator[datetime.date]:
    rows = [data, *(row for rows in data.values() if isinstance(rows, list) for row in rows if isinstance(row, dict))]
    for row in rows:
        # A date may be known to the year or the month only; then it counts from its beginning.
        parts = [int(part) for part in str(row.get(AS_OF) or "").split("-") if part.isdecimal()]
        if parts:
            yield datetime.date(*[*parts, 1, 1][:3])


def follow(model: type[Record], steps: Sequence[Step]) -> None:
    """Bring the rows of some records up to date, one version after the other."""
    kind = ContentType.objects.get_for_model(model)
    stored = Upkeep.objects.filter(content_type=kind, object_id__in={made.key for made in steps})
    known: dict[int, Conditions] = {}
    was_public: dict[int, bool] = {}
    columns = ("object_id", "column", "kind", "since", "is_public")
    for key, column, row_kind, since, is_public in stored.values_list(*columns):
        known.setdefault(key, {})[column] = Condition(row_kind, since)
        was_public[key] = is_public
    changed: dict[int, Conditions] = {}
    public: dict[int, bool] = {}
    for made in steps:
        changed[made.key] = following(model, changed.get(made.key, known.get(made.key, {})), made)
        public[made.key] = made.is_public
    if (known, was_public) == (changed, public):
        return
    if known:
        stored.delete()
    append(
        [
            Upkeep(content_type_id=kind.pk, object_id=key, column=column, is_public=public[key], **condition._asdict())
            for key, conditions in changed.items()
            for column, condition in conditions.items()
        ]
    )


def forget(model: type[models.Model], keys: Iterable[int]) -> None:
    Upkeep.objects.filter(content_type=ContentType.objects.get_for_model(model), object_id__in=keys).delete()


def rebuild(model: type[Any]) -> int:
    """From the history; a record without one is as old as its last change."""
    kind = ContentType.objects.get_for_model(model)
    Upkeep.objects.filter(content_type=kind).delete()
    count = 0
    batch: list[Step] = []
    for record in model._default_manager.order_by("pk").iterator(chunk_size=500):
        versions = Revision.objects.of(record).filter(state=Revision.State.APPLIED).order_by("pk")
        known = list(versions) or [_as_stored(kind, record)]
        befores = [{}, *(version.data for version in known)]
        batch += [step(model, before, version) for before, version in zip(befores, known, strict=False)]
        count += 1
        if len(batch) >= 500:
            follow(model, batch)
            batch = []
    follow(model, batch)
    return count


def _as_stored(kind: ContentType, record: Record) -> Revision:
    columns = {field.attname: field.value_from_object(record) for field in record._meta.concrete_fields}
    return Revision(
        content_type=kind, object_id=record.pk, what=Revision.What.FOUND, created_at=record.updated_at, data=columns
    )
