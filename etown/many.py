"""Many records written as one deed: by thousands, each with a version in the history, one public change for all."""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import Max, prefetch_related_objects
from django.utils import timezone

from etown import documents, upkeep
from etown.deeds import UNSIGNED, Deed
from etown.derived import hold
from etown.models import ContentVersion, FormerSlug
from etown.publishing import Standing, carry_out_at_once, what_happened
from etown.records import Named, Publishable, Record, Status
from etown.revisions import Revision
from etown.search import writing as search
from etown.states import Data, columns_of, owner_of

# Records in memory at a time.
BATCH = 1000
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


@contextmanager
def save_many(deed: Deed = UNSIGNED) -> Iterator["Many"]:
    """One transaction around all that is written; derived stores and the content version follow at its end."""
    with transaction.atomic():
        hold()
        many = Many(deed)
        yield many
        many.finish()


class Many:
    def __init__(self, deed: Deed) -> None:
        self.deed = deed
        self._public: dict[type[Record], set[int]] = defaultdict(set)
        self._former: dict[type[Record], set[str]] = {}
        self._owners: dict[type[Record], dict[int, Any]] = defaultdict(dict)

    def write(self, model: type[Record], entries: list[Entry]) -> None:
        """Write at most a thousand records that have been validated, each once."""
        self._found(model, [entry for entry in entries if not entry.is_new and entry.head is None])
        live = [entry for entry in entries if not entry.waits]
        for entry in live:
            self._prepare(entry)
        self._insert(model, [entry for entry in live if entry.is_new])
        self._update(model, [entry for entry in live if not entry.is_new and entry.columns])
        for entry in live:
            if Status.PUBLISHED in (entry.before[0], getattr(entry.record, "status", "")):
                self._public[model].add(entry.record.pk)
        self._relate(model, live)
        self._write_parts(live)
        self._remember_addresses(model, live)
        # Whole records as JSON: half of them at a time take half the memory.
        for some in batched(entries, BATCH // 2):
            noted = Revision.objects.bulk_create(self._revision(model, entry) for entry in some)
            upkeep.follow(
                model,
                [
                    (entry.head[1] if entry.head else {}, revision)
                    for entry, revision in zip(some, noted, strict=True)
                    if not entry.waits
                ],
            )

    def write_parts(self, owner: type[Record], rows: list[tuple[Any, Entry]], relation: str) -> None:
        """Rows of parts beside their owners, whose versions follow at the end: an owner may have rows anywhere."""
        known = self._owners[owner]
        for row, entry in rows:
            known.setdefault(getattr(row, f"{relation}_id"), entry.head)
        self._found(owner, [Entry(owner(pk=key)) for key, head in known.items() if head is None], known)
        model = type(rows[0][0])
        model._default_manager.bulk_create([row for row, entry in rows if entry.is_new])
        _upsert(model, [(row, entry.columns) for row, entry in rows if not entry.is_new])

    def remove(self, model: type[Record], records: list[Any], revisions: dict[int, Revision]) -> None:
        """Remove records for good, as `publishing.delete` does."""
        kind = ContentType.objects.get_for_model(model)
        keys = [record.pk for record in records]
        was_public = {record.pk for record in records if getattr(record, "status", "") == Status.PUBLISHED}
        carrying = documents.carrying_any(model, was_public)
        Revision.objects.bulk_create(
            Revision(
                content_type=kind,
                object_id=record.pk,
                title=_title(record),
                author=self.deed.author,
                reason=self.deed.reason,
                batch=self.deed.batch,
                what=Revision.What.REMOVED,
                data=revisions[record.pk].data,
                base_id=revisions[record.pk].pk,
            )
            for record in records
        )
        FormerSlug.objects.filter(content_type=kind, object_id__in=keys).delete()
        upkeep.forget(model, keys)
        model._default_manager.filter(pk__in=keys).delete()
        self._public[model] |= was_public
        for other, others in carrying.items():
            self._public[other] |= others

    def finish(self) -> None:
        """What is derived from the records follows once for all of them."""
        for model, owners in self._owners.items():
            self._note_owners(model, owners)
        self._owners.clear()
        changed: dict[type[Record], set[int]] = defaultdict(set)
        for model, keys in self._public.items():
            changed[model] |= keys
            for some in batched(sorted(keys), BATCH):
                search.follow_many(model, list(some))
                for other, others in documents.carrying_any(model, set(some)).items():
                    changed[other] |= others
        for model, keys in changed.items():
            # The API has no list of some.
            if model.serializer:
                documents.write(model, sorted(keys), BATCH)
        if changed:
            ContentVersion.bump(changed)
        self._public.clear()

    def _prepare(self, entry: Entry) -> None:
        record = entry.record
        if isinstance(record, Publishable):
            carry_out_at_once(record)
            if record.status != entry.before[0]:
                entry.columns |= {"published_at", "publish_at", "expire_at"}
        if isinstance(record, Named):
            record.fill_sort_keys()
            entry.columns |= {"sort_en", "sort_zh_hans"}

    def _insert(self, model: type[Record], entries: list[Entry]) -> None:
        model._default_manager.bulk_create([entry.record for entry in entries])

    def _update(self, model: type[Record], entries: list[Entry]) -> None:
        for entry in entries:
            entry.record.updated_at = timezone.now()
        _upsert(model, [(entry.record, entry.columns | {"updated_at"}) for entry in entries])

    def _relate(self, model: type[Record], entries: list[Entry]) -> None:
        for relation in model._meta.local_many_to_many:
            wanted = {
                entry.record.pk: set(entry.related[relation.name])
                for entry in entries
                if relation.name in entry.related
            }
            if not wanted:
                continue
            through = relation.remote_field.through
            own, other = f"{relation.m2m_field_name()}_id", f"{relation.m2m_reverse_field_name()}_id"
            stored = through._default_manager.filter(**{f"{own}__in": wanted}).values_list("pk", own, other)
            gone, there = [], set()
            for pk, key, target in stored:
                if target in wanted[key]:
                    there.add((key, target))
                else:
                    gone.append(pk)
            if gone:
                through._default_manager.filter(pk__in=gone).delete()
            through._default_manager.bulk_create(
                through(**{own: key, other: target})
                for key, targets in wanted.items()
                for target in sorted(targets)
                if (key, target) not in there
            )

    def _write_parts(self, entries: list[Entry]) -> None:
        added: dict[type[models.Model], list[Any]] = defaultdict(list)
        dropped: dict[type[models.Model], list[int]] = defaultdict(list)
        for entry in entries:
            for part, (more, less) in entry.parts.items():
                owner = owner_of(entry.record, part)
                for row in more:
                    for name, value in owner.items():
                        setattr(row, name, value)
                    added[type(row)].append(row)
                for row in less:
                    dropped[type(row)].append(row.pk)
        for model, keys in dropped.items():
            model._default_manager.filter(pk__in=keys).delete()
        for model, rows in added.items():
            model._default_manager.bulk_create(rows)

    def _remember_addresses(self, model: type[Record], entries: list[Entry]) -> None:
        """A published record that moves leaves its former address; one in use again belongs to its present record."""
        kind = ContentType.objects.get_for_model(model)
        if model not in self._former:
            self._former[model] = set(FormerSlug.objects.filter(content_type=kind).values_list("slug", flat=True))
        used = {entry.record.slug for entry in entries if hasattr(entry.record, "slug")} & self._former[model]
        if used:
            FormerSlug.objects.filter(content_type=kind, slug__in=used).delete()
        moved = [
            FormerSlug(content_type=kind, slug=slug, object_id=entry.record.pk)
            for entry in entries
            if (slug := entry.before[1]) and slug != entry.record.slug and entry.before[0] == Status.PUBLISHED
        ]
        FormerSlug.objects.bulk_create(moved)
        self._former[model] = self._former[model] - used | {former.slug for former in moved}

    def _revision(self, model: type[Record], entry: Entry) -> Revision:
        status, slug = entry.before
        public = slug if status == Status.PUBLISHED else None
        standing = Standing() if entry.is_new else Standing(True, status, public)
        return Revision(
            content_type=ContentType.objects.get_for_model(model),
            object_id=entry.record.pk,
            title=_title(entry.record),
            author=self.deed.author,
            reason=self.deed.reason,
            batch=self.deed.batch,
            what=entry.what or (Revision.What.CHANGED if entry.waits else what_happened(entry.record, standing)),
            state=Revision.State.WAITING if entry.waits else Revision.State.APPLIED,
            data=_data_after(entry) if entry.data is None else entry.data,
            base_id=entry.head[0] if entry.head else None,
        )

    def _found(self, model: type[Record], entries: list[Entry], known: dict[int, Any] | None = None) -> None:
        """Records that came before there was a history begin their own as they stand."""
        if not entries:
            return
        stored = list(model._default_manager.filter(pk__in=[entry.record.pk for entry in entries]))
        noted = Revision.objects.bulk_create(
            Revision(
                content_type=ContentType.objects.get_for_model(model),
                object_id=record.pk,
                title=_title(record),
                what=Revision.What.FOUND,
                created_at=record.updated_at,
                data=data,
            )
            for record, data in zip(stored, snapshots(stored), strict=True)
        )
        found = {revision.object_id: (revision.pk, revision.data) for revision in noted}
        for entry in entries:
            entry.head = found.get(entry.record.pk)
        if known is not None:
            known |= found

    def _note_owners(self, model: type[Record], owners: dict[int, Any]) -> None:
        kind = ContentType.objects.get_for_model(model)
        for keys in batched(owners, BATCH):
            model._default_manager.filter(pk__in=keys).update(updated_at=timezone.now())
            records = list(model._default_manager.filter(pk__in=keys))
            noted = Revision.objects.bulk_create(
                Revision(
                    content_type=kind,
                    object_id=record.pk,
                    title=_title(record),
                    author=self.deed.author,
                    reason=self.deed.reason,
                    batch=self.deed.batch,
                    what=Revision.What.CHANGED,
                    data=data,
                    base_id=owners[record.pk][0] if owners[record.pk] else None,
                )
                for record, data in zip(records, snapshots(records), strict=True)
            )
            heads = (owners[revision.object_id] for revision in noted)
            upkeep.follow(
                model,
                [(head[1] if head else {}, revision) for head, revision in zip(heads, noted, strict=True)],
            )
            self._public[model] |= {
                record.pk for record in records if getattr(record, "status", "") == Status.PUBLISHED
            }


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


def _upsert(model: type[models.Model], rows: list[tuple[Any, set[str]]]) -> None:
    """An update of many rows as one statement: those that are inserted again are changed instead."""
    if not rows:
        return
    columns = set().union(*(own for _row, own in rows))
    model._default_manager.bulk_create(
        [row for row, _own in rows], update_conflicts=True, unique_fields=["id"], update_fields=sorted(columns)
    )


def _title(record: Any) -> str:
    return str(record)[:200] or getattr(record, "slug", "")
