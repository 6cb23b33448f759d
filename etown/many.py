"""Many records written as one deed: by thousands, each with a version in the history, one public change for all."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import batched, chain
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone

from etown import documents
from etown.chronicle import BATCH, Chronicle, Entry, snapshots
from etown.deeds import UNSIGNED, Deed
from etown.derived import hold
from etown.inserting import insert, update
from etown.models import ContentVersion, FormerSlug
from etown.publishing import carry_out_at_once
from etown.records import Named, Publishable, Record, Status
from etown.revisions import Revision
from etown.search import writing as search
from etown.states import owner_of


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
        self.chronicle = Chronicle(deed)
        self._public: dict[type[Record], set[int]] = defaultdict(set)
        self._former: dict[type[Record], set[str]] = {}
        self._owners: dict[type[Record], dict[int, Any]] = defaultdict(dict)

    def write(self, model: type[Record], entries: list[Entry]) -> None:
        """Write at most a thousand records that have been validated, each once."""
        begun = [entry for entry in entries if not entry.is_new and entry.head is None]
        found = self.chronicle.begin(model, [entry.record.pk for entry in begun])
        for entry in begun:
            entry.head = found.get(entry.record.pk)
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
        self.chronicle.note(model, entries)

    def write_parts(self, owner: type[Record], rows: list[tuple[Any, Entry]], relation: str) -> None:
        """Rows of parts beside their owners, whose versions follow at the end: an owner may have rows anywhere."""
        known = self._owners[owner]
        for row, entry in rows:
            known.setdefault(getattr(row, f"{relation}_id"), entry.head)
        known |= self.chronicle.begin(owner, [key for key, head in known.items() if head is None])
        model = type(rows[0][0])
        model._default_manager.bulk_create([row for row, entry in rows if entry.is_new])
        changed = [(row, entry) for row, entry in rows if not entry.is_new]
        update([row for row, _entry in changed], chain.from_iterable(entry.columns for _row, entry in changed))

    def remove(self, model: type[Record], records: list[Any], revisions: dict[int, Revision]) -> None:
        """Remove records for good, as `publishing.delete` does."""
        kind = ContentType.objects.get_for_model(model)
        keys = [record.pk for record in records]
        was_public = {record.pk for record in records if getattr(record, "status", "") == Status.PUBLISHED}
        carrying = documents.carrying_any(model, was_public)
        self.chronicle.note_removed(model, records, revisions)
        FormerSlug.objects.filter(content_type=kind, object_id__in=keys).delete()
        model._default_manager.filter(pk__in=keys).delete()
        self._public[model] |= was_public
        for other, others in carrying.items():
            self._public[other] |= others

    def finish(self) -> None:
        """What is derived from the records follows once for all of them."""
        for model, owners in self._owners.items():
            self._note_owners(model, owners)
        self._owners.clear()
        self.chronicle.finish()
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
        insert(entry.record for entry in entries)

    def _update(self, model: type[Record], entries: list[Entry]) -> None:
        for entry in entries:
            entry.record.updated_at = timezone.now()
        columns = chain({"updated_at"}, *(entry.columns for entry in entries))
        update([entry.record for entry in entries], columns)

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

    def _note_owners(self, model: type[Record], owners: dict[int, Any]) -> None:
        for keys in batched(owners, BATCH):
            model._default_manager.filter(pk__in=keys).update(updated_at=timezone.now())
            records = list(model._default_manager.filter(pk__in=keys))
            what = Revision.What.CHANGED
            entries = [
                Entry(record, head=owners[record.pk], what=what, data=data)
                for record, data in zip(records, snapshots(records), strict=True)
            ]
            self.chronicle.note(model, entries)
            self._public[model] |= {
                record.pk for record in records if getattr(record, "status", "") == Status.PUBLISHED
            }
