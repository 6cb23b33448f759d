"""The history of many records: their latest versions, and a new one of each, in a few queries for a thousand."""

import secrets
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Max, prefetch_related_objects

from etown import upkeep
from etown.deeds import Deed
from etown.inserting import append, insert
from etown.publishing import Standing, what_happened
from etown.records import Record, Status
from etown.revisions import Revision
from etown.states import Data, columns_of

# Records in memory at a time, and of what is small.
BATCH = 1000
STEPS = 5 * BATCH
ENCODER = DjangoJSONEncoder()


@dataclass
class Entry:
    """One record to be written: `columns` that differ from what is stored, many-to-many fields as keys, parts as rows
    to add and rows to drop."""

    record: Any
    is_new: bool = False
    columns: set[str] = field(default_factory=set)
    related: dict[str, list[int]] = field(default_factory=dict)
    parts: dict[str, tuple[list[Any], list[Any]]] = field(default_factory=dict)
    before: tuple[str, str] = ("", "")
    head: tuple[int, Data] | None = None
    # Kept as a change that waits to be published; the rows stay as they are.
    waits: bool = False
    # What the history shall say, where that does not follow from the rest.
    what: str = ""
    data: Data | None = None


def heads(model: type[Record], keys: Iterable[int]) -> dict[int, Revision]:
    """The latest version of each record, by its key; see Revision.head()."""
    if not (keys := set(keys)):
        return {}
    kind = ContentType.objects.get_for_model(model)
    standing = Revision.objects.standing().filter(content_type=kind, object_id__in=keys).order_by()
    latest = standing.values("object_id").annotate(latest=Max("pk")).values("latest")
    found = Revision.objects.filter(pk__in=latest).only("pk", "object_id", "state", "data", "batch_id").order_by()
    return {revision.object_id: revision for revision in found}


class Chronicle:
    """What one deed over many records leaves in the history."""

    def __init__(self, deed: Deed) -> None:
        self.deed = deed
        # Small, and kept to the end: what is read from the history follows in three queries for all.
        self._steps: dict[type[Record], list[upkeep.Step]] = defaultdict(list)

    def note(self, model: type[Record], entries: list[Entry]) -> None:
        """A version of each record as it has been written, or as it shall wait."""
        noted = [self._version(model, entry) for entry in entries]
        append(noted)
        self._steps[model] += [
            upkeep.step(model, entry.head[1] if entry.head else {}, revision)
            for entry, revision in zip(entries, noted, strict=True)
            if not entry.waits
        ]

    def begin(self, model: type[Record], keys: list[int]) -> dict[int, tuple[int, Data]]:
        """Records that came before there was a history begin their own as they stand; their versions by their keys."""
        if not keys:
            return {}
        stored = list(model._default_manager.filter(pk__in=keys))
        noted = insert(
            _revision(model, record, what=Revision.What.FOUND, created_at=record.updated_at, data=data)
            for record, data in zip(stored, snapshots(stored), strict=True)
        )
        return {revision.object_id: (revision.pk, revision.data) for revision in noted}

    def note_removed(self, model: type[Record], records: list[Any], latest: dict[int, Revision]) -> None:
        """The last version of each; nothing follows from it any more."""
        what = Revision.What.REMOVED
        append(
            [
                self._signed(model, record, what=what, data=latest[record.pk].data, base_id=latest[record.pk].pk)
                for record in records
            ]
        )
        gone = {record.pk for record in records}
        upkeep.forget(model, gone)
        self._steps[model] = [step for step in self._steps[model] if step.key not in gone]

    def finish(self) -> None:
        for model, steps in self._steps.items():
            for some in batched(steps, STEPS):
                upkeep.follow(model, some)
        self._steps.clear()

    def _version(self, model: type[Record], entry: Entry) -> Revision:
        status, slug = entry.before
        public = slug if status == Status.PUBLISHED else None
        standing = Standing() if entry.is_new else Standing(True, status, public)
        return self._signed(
            model,
            entry.record,
            what=entry.what or (Revision.What.CHANGED if entry.waits else what_happened(entry.record, standing)),
            state=Revision.State.WAITING if entry.waits else Revision.State.APPLIED,
            data=_data_after(entry) if entry.data is None else entry.data,
            base_id=entry.head[0] if entry.head else None,
        )

    def _signed(self, model: type[Record], record: Any, **columns: Any) -> Revision:
        author, batch = self.deed.author, self.deed.batch
        signed = {"author_id": author.pk if author else None, "batch_id": batch.pk if batch else None}
        return _revision(model, record, reason=self.deed.reason, **signed, **columns)


def _revision(model: type[Record], record: Any, **columns: Any) -> Revision:
    kind = ContentType.objects.get_for_model(model)
    title = str(record)[:200] or getattr(record, "slug", "")
    return Revision(content_type_id=kind.pk, object_id=record.pk, title=title, **columns)


def snapshots(records: list[Any]) -> list[Data]:
    """What `states.snapshot` says of each, in a query for each relation; the records are as stored."""
    if not records:
        return []
    related = [relation.name for relation in type(records[0])._meta.local_many_to_many]
    parts = list(records[0].PARTS)
    for record in records:
        getattr(record, "_prefetched_objects_cache", {}).clear()
    prefetch_related_objects(records, *related, *parts)
    return [_snapshot(record, related, parts) for record in records]


def _snapshot(record: Any, related: list[str], parts: list[str]) -> Data:
    found = columns_of(record)
    found |= {name: sorted(row.pk for row in getattr(record, name).all()) for name in related}
    for part in parts:
        rows = sorted(getattr(record, part).all(), key=lambda row: row.pk)
        found[part] = [{"id": row.pk} | columns_of(row) for row in rows]
    return _as_json(found)


def _data_after(entry: Entry) -> Data:
    """Of what is not written the version before tells: history is complete, and reading all parts anew is dear."""
    record = entry.record
    before = entry.head[1] if entry.head else {}
    data = columns_of(record)
    for relation in record._meta.local_many_to_many:
        name = relation.name
        data[name] = sorted(entry.related[name] if name in entry.related else before.get(name, ()))
    for part in record.PARTS:
        added, dropped = entry.parts.get(part, ((), ()))
        gone = {row.pk for row in dropped}
        kept = [row for row in before.get(part, ()) if row["id"] not in gone]
        data[part] = [*kept, *({"id": row.pk or _own_key()} | columns_of(row) for row in added)]
    return _as_json(data)


def _own_key() -> int:
    """Of a row that waits: one that no stored row can have."""
    return -secrets.randbelow(1 << 52) - 1


def _as_json(value: Any) -> Any:
    """As JSON gives it back, without writing and reading the long texts for that."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, dict):
        return {name: _as_json(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_json(item) for item in value]
    return ENCODER.default(value)
