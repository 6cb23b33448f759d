"""Two people changed the same record: what each of them did since the version on which both began."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from etown import compare
from etown.records import Record
from etown.revisions import Revision
from etown.states import Data, snapshot

MINE, THEIRS, BOTH = "mine", "theirs", "both"


@dataclass(frozen=True)
class Choice:
    """One field on which the two versions differ; `preset` is the side that alone has changed it, "" if both have."""

    name: str
    label: str
    theirs: SafeString
    mine: SafeString
    preset: str
    is_list: bool


class Settlement:
    """A save that came too late, beside what stands now."""

    def __init__(self, record: Record, parked: Revision) -> None:
        self.record = record
        self.parked = parked
        self.theirs = Revision.head(record) or parked
        self.base: Data = parked.base.data if parked.base else {}

    @cached_property
    def _now(self) -> Data:
        if not self.theirs.waits:
            return snapshot(self.record)
        planned = self.theirs.publish_at
        return self.theirs.data | ({"publish_at": planned.isoformat()} if planned else {})

    @cached_property
    def choices(self) -> list[Choice]:
        mine = self.parked.data | {name: self._now[name] for name in ("status",) if name in self._now}
        by_me = compare.changed_names(self.record, self.base, mine)
        by_them = compare.changed_names(self.record, self.base, self._now)
        return [
            Choice(
                found.name,
                found.label,
                found.old,
                found.new,
                self._preset(found.name, by_me, by_them),
                found.name in self.record.PARTS,
            )
            for found in compare.differences(self.record, self._now, mine)
        ]

    @staticmethod
    def _preset(name: str, by_me: set[str], by_them: set[str]) -> str:
        if name in by_me and name in by_them:
            return ""
        return MINE if name in by_me else THEIRS

    def chosen(self, answers: Mapping[str, Any]) -> Data:
        """What stands now, with every field taken from this person's version for which they said so."""
        found = dict(self._now)
        for choice in self.choices:
            answer = answers.get(f"choice-{choice.name}")
            if answer not in {MINE, THEIRS, *([BOTH] if choice.is_list else [])}:
                raise ValidationError(_("Choose one side for “%(field)s”.") % {"field": choice.label})
            if answer == MINE:
                found[choice.name] = self.parked.data.get(choice.name)
            elif answer == BOTH:
                found[choice.name] = [*found.get(choice.name, []), *self._added(choice.name)]
        return found

    @staticmethod
    def planned(data: Data) -> datetime | None:
        """The time for which the chosen version is planned."""
        return datetime.fromisoformat(data["publish_at"]) if data.get("publish_at") else None

    def _added(self, part: str) -> list[Data]:
        """The rows of a part that this person wrote anew."""
        known = {row["id"] for version in (self.base, self._now) for row in version.get(part, [])}
        return [row for row in self.parked.data.get(part, []) if row["id"] not in known]

    def drop(self) -> None:
        Revision.objects.filter(pk=self.parked.pk).update(state=Revision.State.DISCARDED)
