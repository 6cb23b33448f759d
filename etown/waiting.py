"""Changes of published records that wait: the public page stays as it is until they are published."""

import logging
import secrets
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _

from etown import publishing, states
from etown.deeds import UNSIGNED, Deed
from etown.derived import hold
from etown.models import ContentVersion
from etown.records import Publishable, Record, Status
from etown.revisions import Revision
from etown.states import Data

logger = logging.getLogger(__name__)


@transaction.atomic
def keep(
    record: Record, data: Data, *, deed: Deed, in_review: bool = False, publish_at: datetime | None = None
) -> Revision:
    """Let this version of a published record wait, in place of the one that waited; perhaps until a time."""
    hold()
    head = Revision.found(record)
    Revision.objects.of(record).waiting().update(state=Revision.State.REPLACED, publish_at=None)
    ContentVersion.expect(publish_at)
    return Revision.note(
        record,
        Revision.What.SUBMITTED if in_review else Revision.What.CHANGED,
        deed,
        data,
        state=Revision.State.IN_REVIEW if in_review else Revision.State.WAITING,
        publish_at=publish_at,
        base=head,
    )


@transaction.atomic
def discard(record: Publishable, *, deed: Deed = UNSIGNED) -> None:
    """Let go what waits; it stays in the history."""
    hold()
    if found := Revision.waiting_for(record):
        drop(record)
        Revision.note(record, Revision.What.CHANGED, deed, found.data, state=Revision.State.DISCARDED, base=found)


def drop(record: Publishable) -> None:
    Revision.objects.of(record).waiting().update(state=Revision.State.DISCARDED, publish_at=None)


@transaction.atomic
def publish(record: Publishable, *, deed: Deed = UNSIGNED) -> None:
    """Make public what waits; ValidationError says what no longer fits, and leaves it waiting."""
    hold()
    found = Revision.waiting_for(record)
    if found is None:
        raise ValidationError(_("Nothing waits to be published: somebody has published or discarded it meanwhile."))
    restore(record, found.data, deed=deed, what=Revision.What.PUBLISHED)


@transaction.atomic
def restore(record: Record, data: Data, *, deed: Deed = UNSIGNED, what: str = Revision.What.REVERTED) -> Revision:
    """Make the stored record what `data` says, in place of whatever waits; its status stays."""
    hold()
    record.refresh_from_db()
    Revision.objects.of(record).waiting().update(state=Revision.State.REPLACED, publish_at=None)
    states.assign(record, data)
    _refuse_what_no_longer_fits(record)
    return publishing.save(record, lambda: states.write_back(record, data), deed=deed, what=what)


def rehearse(record: Record, data: Data, *, as_published: bool = False) -> None:
    """Make the rows what `data` says, for a transaction that is taken back: nothing else follows."""
    states.assign(record, data)
    if as_published and isinstance(record, Publishable):
        record.status = Status.PUBLISHED
        record.publish_at = None
        record.published_at = record.published_at or timezone.now()
    _refuse_what_no_longer_fits(record)
    states.write_back(record, data, keep_keys=True)


def with_own_keys(record: Record, data: Data, base: Data) -> Data:
    """New rows of parts get keys that no stored row can have, so that they are known again when they are edited."""
    known = {
        part: {row["id"] for row in base.get(part, [])} | set(getattr(record, part).values_list("pk", flat=True))
        for part in record.PARTS
    }
    return data | {
        part: [
            row if row["id"] in known[part] or row["id"] < 0 else row | {"id": -secrets.randbelow(1 << 52) - 1}
            for row in data[part]
        ]
        for part in record.PARTS
    }


def publish_due(now: datetime) -> int:
    """Publish what waited for a time that has come; a fault is noted and the change goes on waiting."""
    due = list(Revision.objects.waiting().filter(publish_at__lte=now).select_related("author"))
    for revision in due:
        record: Any = revision.record
        deed = Deed(revision.author, revision.reason, on_schedule=True)
        try:
            with transaction.atomic():
                publish(record, deed=deed)
        except (ValidationError, IntegrityError, ObjectDoesNotExist):
            logger.exception("%s could not be published when it was due.", revision.title)
            Revision.objects.filter(pk=revision.pk).update(publish_at=None)
            Revision.note(record, Revision.What.FAILED, deed, revision.data, state=Revision.State.DISCARDED)
    return len(due)


def next_due() -> datetime | None:
    return Revision.objects.waiting().aggregate(time=Min("publish_at"))["time"]


def _refuse_what_no_longer_fits(record: Record) -> None:
    try:
        record.full_clean()
    except ObjectDoesNotExist as error:
        raise ValidationError(_("Something that this version refers to has been removed.")) from error
