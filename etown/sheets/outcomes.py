"""What one row of a table would do, and what stands in its way."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import translation

from etown.bilingual import SUFFIXES, listed
from etown.records import Status

Said = dict[str, str]


def said(error: ValidationError) -> Said:
    """The message in each language: whoever reads it may have changed the language since."""
    found = {}
    for language in SUFFIXES:
        with translation.override(language):
            found[language] = " ".join(error.messages)
    return found


@dataclass(frozen=True)
class Rights:
    """What the importing person may do with the records."""

    may_add: bool = True
    may_change: bool = True
    may_publish: bool = True


ALL_RIGHTS = Rights()


@dataclass
class Outcome:
    number: int
    # What each column of the file says, as a plain text.
    plain: dict[str, str] = field(default_factory=dict)
    record: Any = None
    is_new: bool = False
    # The keys of other records that the row names, by column.
    targets: dict[str, list[int]] = field(default_factory=dict)
    # Status and address as they are stored, and the latest version with its data.
    before: tuple[str, str] = ("", "")
    head: tuple[int, dict[str, Any]] | None = None
    # A change of it waits already.
    is_taken: bool = False
    # Its record is published, and whoever imports may not publish: the change waits.
    waits: bool = False
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)
    faults: list[tuple[str, Said]] = field(default_factory=list)
    warnings: list[Said] = field(default_factory=list)

    def refuse(self, column: str, error: ValidationError) -> None:
        self.faults.append((column, said(error)))

    def warn(self, error: ValidationError) -> None:
        self.warnings.append(said(error))

    def is_refused(self, columns: Iterable[str]) -> bool:
        return any(column in columns for column, _message in self.faults)

    @property
    def kind(self) -> str:
        if self.faults:
            return "faulty"
        if self.is_new:
            return "new"
        return "changed" if self.changes else "unchanged"

    @property
    def is_public(self) -> bool:
        """Whether the public sees at once what the row changes."""
        now = getattr(self.record, "status", self.before[0])
        return self.kind in {"new", "changed"} and not self.waits and Status.PUBLISHED in {self.before[0], now}

    @property
    def trace(self) -> str:
        """What must be the same again when the import is confirmed."""
        key = None if self.is_new or self.record is None else self.record.pk
        return repr((self.number, self.kind, key, self.waits, sorted(self.changes.items())))


class Named:
    """A record by its name, in the language in which the message is read."""

    def __init__(self, record: Any) -> None:
        self._record = record

    def __str__(self) -> str:
        return str(self._record) or getattr(self._record, "slug", "")


class Labels:
    """Labels of columns or choices, in the language in which the message is read."""

    def __init__(self, *columns: Any) -> None:
        self._columns = columns

    def __str__(self) -> str:
        return listed(column.label for column in self._columns)
