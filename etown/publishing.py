"""The one way to write a record: whoever saves, what is public follows in the same transaction."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from etown import documents, upkeep
from etown.bilingual import listed
from etown.deeds import UNSIGNED, Deed
from etown.derived import hold
from etown.models import ContentVersion, FormerSlug
from etown.records import Publishable, Record, Status
from etown.revisions import Revision
from etown.search.writing import following


@transaction.atomic
def save(
    record: Record,
    write: Callable[[], object] | None = None,
    *,
    deed: Deed = UNSIGNED,
    what: str = "",
) -> Revision:
    """Write `record`; `write` does it together with its parts, where it has any. Returns its entry in the history.

    Raises ValidationError, and writes nothing, if the record would be public without what publishing needs, or if a
    change of it waits, which this one would undo.
    """
    hold()
    head = Revision.found(record)
    before = _standing(record)
    if isinstance(record, Publishable):
        _refuse_while_a_change_waits(head)
        carry_out_at_once(record)
    with following(record):
        (write or record.save)()
    if isinstance(record, Publishable):
        _refuse_incomplete(record)
        _remember_former(record, before.known)
        ContentVersion.expect(record.publish_at, record.expire_at)
    revision = Revision.note(record, what or what_happened(record, before), deed, base=head)
    upkeep.follow(type(record), [upkeep.step(type(record), head.data if head else {}, revision)])
    if before.slug is not None or not isinstance(record, Publishable) or record.status == Status.PUBLISHED:
        _count(record, {type(record): {record.pk}} | documents.refresh(record))
    return revision


@transaction.atomic
def set_status(record: Publishable, status: Status, *, deed: Deed = UNSIGNED) -> None:
    """Publish, withdraw or archive one record as it is stored now; ValidationError names what is missing."""
    hold()
    # Somebody may have edited it since it was read.
    record.refresh_from_db()
    record.status = status
    carry_out_at_once(record)
    record.full_clean()
    save(record, deed=deed)


@transaction.atomic
def verify(record: Record, *, deed: Deed) -> None:
    """Somebody has checked that the record holds, in both languages; nothing of it changes."""
    hold()
    head = Revision.found(record)
    record.refresh_from_db()
    revision = Revision.note(record, Revision.What.VERIFIED, deed, base=head)
    upkeep.follow(type(record), [upkeep.step(type(record), revision.data, revision)])


@transaction.atomic
def delete(record: Record, *, deed: Deed = UNSIGNED) -> None:
    """Remove the record for good; former addresses go with it, what it was stays in the history."""
    hold()
    was_public = _standing(record).slug is not None
    carrying = documents.carrying(record) if was_public else {}
    own = {type(record): {record.pk}}
    Revision.objects.of(record).waiting().update(state=Revision.State.DISCARDED)
    Revision.note(record, Revision.What.REMOVED, deed)
    upkeep.forget(type(record), [record.pk])
    FormerSlug.objects.filter(content_type=ContentType.objects.get_for_model(record), object_id=record.pk).delete()
    with following(record):
        record.delete()
    if was_public:
        for model, keys in carrying.items():
            documents.write(model, keys)
        _count(record, own | carrying)


def _count(record: Record, changed: Mapping[Any, set[int]]) -> None:
    """A public change. Rows without a status are vocabularies and sources, which may stand anywhere."""
    ContentVersion.bump(changed if isinstance(record, Publishable) else None)


def carry_out_at_once(record: Publishable) -> None:
    """What the status says already is scheduled no more."""
    if record.status == Status.PUBLISHED:
        record.published_at = record.published_at or timezone.now()
        record.publish_at = None
    elif record.status == Status.ARCHIVED:
        record.publish_at = record.expire_at = None


class Standing(NamedTuple):
    """Where the stored row stands: `slug` is the address under which the public sees it, "" if it has none of its own,
    None if it is hidden; `known` is the address that the public knows, though the record may be hidden now."""

    exists: bool = False
    status: str = ""
    slug: str | None = None
    known: str | None = None


def _standing(record: Record) -> Standing:
    stored = type(record)._default_manager.filter(pk=record.pk) if record.pk else None
    if stored is None:
        return Standing()
    if not isinstance(record, Publishable):
        return Standing(True, slug="") if stored.exists() else Standing()
    found = stored.values_list("status", "slug", "published_at").first()
    if found is None:
        return Standing()
    status, slug, published_at = found
    return Standing(True, status, slug if status == Status.PUBLISHED else None, slug if published_at else None)


def what_happened(record: Record, before: Standing) -> str:
    status = getattr(record, "status", "")
    if status == before.status or (not before.exists and status != Status.PUBLISHED):
        return Revision.What.CHANGED if before.exists else Revision.What.CREATED
    named: dict[str, str] = {
        Status.PUBLISHED: Revision.What.PUBLISHED,
        Status.ARCHIVED: Revision.What.ARCHIVED,
        Status.IN_REVIEW: Revision.What.SUBMITTED,
    }
    return named.get(status, Revision.What.WITHDRAWN)


def _refuse_while_a_change_waits(head: Revision | None) -> None:
    if head and head.waits:
        raise ValidationError(
            _("A change of this record waits to be published: publish or discard it first."), code="waits"
        )


def _refuse_incomplete(record: Publishable) -> None:
    if not record.is_to_be_public:
        return
    if missing := record.needs.missing_parts(record):
        fields = listed(str(record._meta.get_field(part).related_model._meta.verbose_name_plural) for part in missing)
        raise ValidationError(_("Add at least one entry before publishing: %(fields)s.") % {"fields": fields})


def _remember_former(record: Publishable, former: str | None) -> None:
    if former == record.slug:
        return
    key = {"content_type": ContentType.objects.get_for_model(record), "slug": record.slug}
    # An address in use again belongs to its present record.
    FormerSlug.objects.filter(**key).delete()
    if former:
        FormerSlug.objects.create(**key | {"slug": former}, object_id=record.pk)
