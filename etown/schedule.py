"""What was planned for a time: carried out in one deed, by whoever comes first after that time."""

import logging
from datetime import datetime

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Min
from django.utils import timezone

from etown import publishing, waiting
from etown.deeds import Deed
from etown.derived import writing
from etown.models import ContentVersion
from etown.records import Publishable, Status
from etown.revisions import Revision

# How far back the plan that holds is looked for.
PLANS_READ = 50
logger = logging.getLogger(__name__)


def apply_due(now: datetime | None = None, *, wait: bool = True) -> int:
    """Publish and archive what was scheduled for a time that has come; returns how many records changed.

    Raises BusyError if somebody else is writing and this shall not wait.
    """
    now = now or timezone.now()
    with writing(wait=wait):
        if not ContentVersion.is_due(now):
            return 0
        done = sum(_apply(model, now) for model in _publishable()) + waiting.publish_due(now)
        times = [time for model in _publishable() for time in _scheduled(model)]
        ContentVersion.expect_only(*times, waiting.next_due())
        return done


def _publishable() -> list[type[Publishable]]:
    return [model for model in apps.get_models() if issubclass(model, Publishable)]


def _scheduled(model: type[Publishable]) -> tuple[datetime | None, datetime | None]:
    """The earliest time for publishing and for archiving one of these."""
    found = model._default_manager.aggregate(publish=Min("publish_at"), expire=Min("expire_at"))
    return found["publish"], found["expire"]


def _apply(model: type[Publishable], now: datetime) -> int:
    rows = model._default_manager
    due = [(record, "publish_at", Status.PUBLISHED) for record in rows.filter(publish_at__lte=now)]
    due += [(record, "expire_at", Status.ARCHIVED) for record in rows.filter(expire_at__lte=now)]
    for record, column, status in due:
        deed = _as_planned(record, column)
        try:
            with transaction.atomic():
                record.refresh_from_db()
                record.status = status
                if status == Status.ARCHIVED:
                    waiting.drop(record)
                publishing.save(record, deed=deed)
        except (ValidationError, IntegrityError):
            # Saving refuses what could not be published later, so this is a fault; one record must not stop the rest.
            logger.exception("%s %s could not become %s when it was due.", model.__name__, record.slug, status)
            rows.filter(pk=record.pk).update(publish_at=None, expire_at=None)
            record.refresh_from_db()
            Revision.note(record, Revision.What.FAILED, deed)
    return len(due)


def _as_planned(record: Publishable, column: str) -> Deed:
    """In the name of whoever was the first to plan the time that holds, for the reason given then."""
    planned = None
    for revision in Revision.objects.of(record).standing()[:PLANS_READ]:
        if _time(revision.data.get(column)) != getattr(record, column):
            break
        planned = revision
    known = planned is not None and planned.what != Revision.What.FOUND
    return Deed(planned.author, planned.reason, on_schedule=True) if known else Deed(on_schedule=True)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
