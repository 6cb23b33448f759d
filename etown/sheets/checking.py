"""What a table would change, row by row, in one pass by stretches: queries do not grow with the rows of one."""

import hashlib
from collections.abc import Iterator
from itertools import islice

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from etown.sheets.cells import EMPTY, Row, Rows, letters
from etown.sheets.declared import PartSheet, Sheet
from etown.sheets.duplicates import Duplicates
from etown.sheets.heads import split
from etown.sheets.judging import Judge
from etown.sheets.lines import Lines
from etown.sheets.lookups import Finder, Targets
from etown.sheets.outcomes import ALL_RIGHTS, Outcome, Rights, Said, said

STRETCH = 1000
MOST_MERGED = 100


class Check:
    """Goes through a table once. `problems` say why it cannot be read at all; `digest` tells at the end whether
    another pass has found the same."""

    def __init__(self, sheet: Sheet, rows: Rows, rights: Rights = ALL_RIGHTS, *, warns: bool = True) -> None:
        self._rows = rows
        self.layout, self._rest = split(rows, sheet)
        self.problems: list[Said] = [said(error) for error in self.layout.problems]
        columns = list(self.layout.columns.values())
        self._targets = Targets(columns)
        self._finder = Finder(sheet, columns)
        self._judge = Judge(self.layout, rights)
        self._duplicates = Duplicates(sheet) if warns and not isinstance(sheet, PartSheet) else None
        self._hash = hashlib.sha256()

    @property
    def others(self) -> list[str]:
        """Further sheets of the workbook, which are not read."""
        return self._rows.others

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def stretches(self) -> Iterator[list[Outcome]]:
        """Each is emptied when the next is asked for."""
        if self.problems:
            return
        is_empty = True
        while found := [self._parsed(row) for row in islice(self._rest, STRETCH)]:
            is_empty = False
            self._targets.look_up(found)
            self._finder.find(found, self._targets)
            for outcome in found:
                self._judge.judge(outcome, self._targets)
            if self._duplicates:
                self._duplicates.warn(found)
            for outcome in found:
                self._hash.update(outcome.trace.encode())
            yield found
            # Whoever goes through the stretches holds the last one until the next is there.
            found.clear()
        if merged := self._merged():
            yield merged
        elif is_empty:
            self.problems.append(said(ValidationError(_("There are headers, but no rows below them."))))

    def _parsed(self, row: Row) -> Outcome:
        outcome, width = Outcome(row.number), self.layout.width
        outside = next((index for index, cell in enumerate(row.cells) if index >= width and cell != EMPTY), None)
        if outside is not None:
            message = _("Cell %(cell)s lies outside the table: there is no header above it.")
            outcome.refuse("", ValidationError(message, params={"cell": f"{letters(outside)}{row.number}"}))
        if isinstance(self._rows, Lines) and len(row.cells) < width:
            message = _("This row has %(count)d cells and the header %(width)d: the file may have been cut off.")
            outcome.refuse("", ValidationError(message, params={"count": len(row.cells), "width": width}))
        for index, column in self.layout.columns.items():
            cell = row.cells[index] if index < len(row.cells) else EMPTY
            try:
                outcome.plain[column.name] = column.read(cell, self._rows.epoch)
            except ValidationError as error:
                outcome.refuse(column.name, error)
        return outcome

    def _merged(self) -> list[Outcome]:
        """Of merged cells only the first holds the value; the others would be emptied."""
        found = []
        for reference in self._rows.merged[:MOST_MERGED]:
            outcome = Outcome(0)
            message = _("The cells %(cells)s are merged: unmerge them, and write the value into each.")
            outcome.refuse("", ValidationError(message, params={"cells": reference}))
            found.append(outcome)
        return found
