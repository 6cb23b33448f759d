"""Takes a batch back as one step: records become what they were, new ones go; refused where somebody went on."""

from collections.abc import Callable, Iterator
from itertools import batched
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from etown import states
from etown.chronicle import BATCH, Entry, heads, snapshots
from etown.deeds import Deed
from etown.many import Many, save_many
from etown.models import Batch, FormerSlug, Revision
from etown.records import Record
from etown.states import Data

MOST_NAMED = 20


def undo(
    batch: Batch,
    user: Any,
    tell: Callable[[int], object] = lambda done: None,
    before_commit: Callable[[], object] = lambda: None,
) -> None:
    """ValidationError names the records that stand in the way; nothing is undone then."""
    undone = {Batch.Kind.IMPORT: _("An import was undone."), Batch.Kind.MERGE: _("A merge was undone.")}
    with save_many(Deed(author=user, reason=undone[Batch.Kind(batch.kind)])) as many:
        held = Batch.objects.select_for_update().get(pk=batch.pk)
        if held.undone_at:
            raise ValidationError(_("This has been undone already."))
        blocked: list[str] = []
        done = 0
        for revisions in batched(_revisions(batch), BATCH):
            blocked += _blocked(list(revisions))
            if not blocked:
                blocked += _take_back(many, list(revisions))
            done += len(revisions)
            tell(done)
        if blocked:
            raise ValidationError(_named(blocked))
        _move_back(held.data)
        _lead_back(held.data)
        Batch.objects.filter(pk=batch.pk).update(undone_at=timezone.now(), undone_by=user)
        before_commit()


def _revisions(batch: Batch) -> Iterator[Revision]:
    """The last first: what one record took over from another is free again before the other gets it back."""
    return batch.revisions.select_related("base").order_by("-pk").iterator(chunk_size=BATCH)


def _move_back(data: Data) -> None:
    """Rows without a history that were led from one record to another."""
    for label, column, key, rows in data.get("moved", ()):
        apps.get_model(label)._default_manager.filter(pk__in=rows).update(**{column: key})


def _lead_back(data: Data) -> None:
    """Former addresses of the batch's records as they were, but for those that are in use by others meanwhile."""
    if "former_slugs" not in data:
        return
    model: Any = apps.get_model(data["record"])
    addresses = FormerSlug.objects.filter(content_type=ContentType.objects.get_for_model(model))
    addresses.filter(object_id__in=data["keys"]).delete()
    used = {
        *addresses.filter(slug__in=data["former_slugs"]).values_list("slug", flat=True),
        *model._default_manager.filter(slug__in=data["former_slugs"]).values_list("slug", flat=True),
    }
    FormerSlug.objects.bulk_create(
        FormerSlug(content_type=ContentType.objects.get_for_model(model), slug=slug, object_id=key)
        for slug, key in data["former_slugs"].items()
        if slug not in used
    )


def _model(revision: Revision) -> type[Record]:
    return revision.content_type.model_class()  # type: ignore[return-value]


def _blocked(revisions: list[Revision]) -> list[str]:
    """Records of which there is a later version, or which are gone."""
    found = []
    for model, own in _by_model(revisions).items():
        latest = heads(model, {revision.object_id for revision in own})
        there = set(model._default_manager.filter(pk__in=[r.object_id for r in own]).values_list("pk", flat=True))
        found += [
            revision.title
            for revision in own
            if revision.object_id not in there or not _stands(revision, latest[revision.object_id])
        ]
    return found


def _stands(revision: Revision, latest: Revision) -> bool:
    """Whether the record is as the batch left it; what came later may have been taken back as well."""
    return latest.pk == revision.pk or (not latest.waits and latest.data == revision.data)


def _by_model(revisions: list[Revision]) -> dict[type[Record], list[Revision]]:
    found: dict[type[Record], list[Revision]] = {}
    for revision in revisions:
        found.setdefault(_model(revision), []).append(revision)
    return found


def _take_back(many: Many, revisions: list[Revision]) -> list[str]:
    waiting = [revision.pk for revision in revisions if revision.waits]
    Revision.objects.filter(pk__in=waiting).update(state=Revision.State.DISCARDED, publish_at=None)
    blocked: list[str] = []
    for model, own in _by_model([revision for revision in revisions if not revision.waits]).items():
        stored = model._default_manager.in_bulk([revision.object_id for revision in own])
        known = {revision.object_id: revision for revision in own}
        new = [stored[revision.object_id] for revision in own if revision.base is None]
        changed = [revision for revision in own if revision.base is not None]
        try:
            many.write(model, [_entry(stored[revision.object_id], revision) for revision in changed])
            if new:
                many.remove(model, new, known)
        except ProtectedError as error:
            blocked += sorted({str(row) for row in error.protected_objects})
        except (IntegrityError, ObjectDoesNotExist) as error:
            raise ValidationError(
                _("What the records referred to is gone, or their address is taken: nothing was undone.")
            ) from error
    return blocked


def _entry(record: Any, revision: Revision) -> Entry:
    """The record as it was before, its status too."""
    before = (getattr(record, "status", ""), getattr(record, "slug", ""))
    data = revision.base.data
    states.assign(record, data, leaving=())
    columns = {
        field.name
        for field in record._meta.concrete_fields
        if field.name not in states.DERIVED and field.attname in data
    }
    related = {relation.name: data[relation.name] for relation in record._meta.local_many_to_many}
    parts = [part for part in record.PARTS if data.get(part) != revision.data.get(part)]
    for part in parts:
        # Its rows may be with another record, which comes first and lets go of them.
        states.write_part(record, part, data.get(part, []), keep_keys=True)
    entry = Entry(record, columns=columns, related=related, before=before, what=Revision.What.REVERTED)
    entry.head = (revision.pk, snapshots([type(record)._default_manager.get(pk=record.pk)])[0] if parts else data)
    return entry


def _named(blocked: list[str]) -> str:
    names = ", ".join(blocked[:MOST_NAMED])
    if (more := len(blocked) - MOST_NAMED) > 0:
        names = _("%(names)s and %(count)d more") % {"names": names, "count": more}
    return _("These have been changed or built upon since, so that nothing was undone: %(names)s.") % {"names": names}
