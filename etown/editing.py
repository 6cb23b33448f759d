"""One edit in the back office: the version on which it began, what shall become of it, whether it came too late."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from django.http import HttpRequest

from etown import publishing, states, waiting
from etown.deeds import Deed
from etown.records import Publishable, Record, Status
from etown.rehearsal import rehearsal
from etown.revisions import Revision
from etown.states import Data

# Values of the save buttons.
SUBMIT, PUBLISH, DRAFT = "submit", "publish", "draft"
SAVES = ("_save", "_continue", "_addanother")
BASE = "_base"


@dataclass
class Edit:
    """Of a record that is public, or that somebody else has saved meanwhile, nothing is written at once: what the
    forms would write is rehearsed, kept as `data`, and then becomes a waiting change, public, or set aside.
    """

    STATUS: ClassVar[dict[str, Status]] = {
        SUBMIT: Status.IN_REVIEW,
        PUBLISH: Status.PUBLISHED,
        DRAFT: Status.DRAFT,
    }

    deed: Deed
    stored: Record | None = None
    intent: str = ""
    is_read: bool = True
    is_save: bool = False
    head: Revision | None = None
    base: Revision | None = None
    waiting: Revision | None = None
    is_late: bool = False
    publish_at: datetime | None = None
    data: Data | None = None

    @classmethod
    def begin(cls, request: HttpRequest, stored: Record | None) -> Self:
        edit = cls(Deed.by(request, request.POST.get("reason", "").strip()), stored)
        if request.method == "POST":
            edit.is_read = False
            edit.intent = request.POST.get("_save", "")
            edit.is_save = any(name in request.POST for name in SAVES)
        if stored is None:
            return edit
        edit.head = edit.base = Revision.head(stored)
        edit.waiting = edit.head if edit.head and edit.head.waits else None
        began = request.POST.get(BASE)
        if edit.is_save and began is not None and edit.head and began != str(edit.head.pk):
            known = Revision.objects.of(stored)
            edit.base = known.filter(pk=began).first() if began.isdecimal() else None
            edit.base = edit.base or known.filter(what=Revision.What.FOUND).last() or known.last()
            edit.is_late = True
        return edit

    @property
    def is_public(self) -> bool:
        return isinstance(self.stored, Publishable) and self.stored.status == Status.PUBLISHED

    @property
    def is_rehearsed(self) -> bool:
        if self.is_save:
            return self.is_late or self.is_public
        return self.is_read and self.waiting is not None

    @contextmanager
    def stage(self) -> Iterator[None]:
        """The rows as the editor sees them: with the change that waits, or as they were when the form was opened."""
        if not self.is_rehearsed:
            yield
            return
        with rehearsal():
            shown = self.base if self.is_late else self.waiting
            if shown is not None and self.stored is not None:
                waiting.rehearse(self.stored, shown.data)
            yield
        self.stored.refresh_from_db()

    def carry_out(self) -> Revision | None:
        """Do what the editor asked for with what was rehearsed; what was set aside is returned."""
        assert self.stored is not None
        assert self.data is not None
        data = waiting.with_own_keys(self.stored, self.data, self.base.data if self.base else {})
        if self.is_late:
            return Revision.note(
                self.stored,
                Revision.What.CHANGED,
                self.deed,
                data | ({"publish_at": self.publish_at.isoformat()} if self.publish_at else {}),
                state=Revision.State.PARKED,
                base=self.base,
            )
        settle(self.stored, data, self.intent, self.deed, self.publish_at)
        return None


def settle(record: Record, data: Data, intent: str, deed: Deed, publish_at: datetime | None = None) -> None:
    """Let a version of a record go where the editor sent it; a public record's waits unless it is published.

    `publish_at` is the time for which it is planned, if its editor may plan.
    """
    if isinstance(record, Publishable) and record.status == Status.PUBLISHED:
        if intent == PUBLISH and publish_at is None:
            waiting.restore(record, data, deed=deed, what=Revision.What.PUBLISHED)
        else:
            waiting.keep(record, data, deed=deed, in_review=intent == SUBMIT, publish_at=publish_at)
        return
    if isinstance(record, Publishable):
        record.status = Edit.STATUS.get(intent, record.status)
        record.publish_at = publish_at
    states.assign(record, data)
    record.full_clean()
    publishing.save(record, lambda: states.write_back(record, data), deed=deed)
