"""The first row of a sheet: which column stands where, told in either language or by plain names."""

import difflib
from collections.abc import Iterator
from functools import cached_property

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from etown.sheets.cells import Row, Rows, letters
from etown.sheets.columns import Column
from etown.sheets.declared import PartSheet, Sheet
from etown.sheets.outcomes import Labels
from etown.sheets.texts import normal


class Layout:
    """`columns` by their place from 0; `problems` are why the table cannot be read at all."""

    def __init__(self, sheet: Sheet, row: Row | None) -> None:
        self.sheet = sheet
        self.columns: dict[int, Column] = {}
        self.problems: list[ValidationError] = []
        self.width = 0
        self.row = row.number if row else 0
        if row is None:
            self.problems.append(ValidationError(_("The sheet is empty.")))
            return
        self._read(row)

    @cached_property
    def places(self) -> dict[str, str]:
        """The letters under which each column stands, by its name."""
        return {column.name: letters(index) for index, column in self.columns.items()}

    def _read(self, row: Row) -> None:
        doubled: dict[str, list[str]] = {}
        for index, cell in enumerate(row.cells):
            if not (text := cell.text.strip()):
                continue
            self.width = index + 1
            name = self.sheet.headers.get(normal(text))
            if name is None:
                self.problems.append(self._unknown(letters(index), text))
                continue
            doubled.setdefault(name, []).append(letters(index))
            self.columns[index] = self.sheet.columns[name]
        if not self.columns:
            self.problems = [
                ValidationError(
                    _(
                        "The first row must hold the headers of the columns, such as “%(header)s”: "
                        "export a list to see them."
                    ),
                    params={"header": self.sheet.columns[self.sheet.keys[0]].label},
                )
            ]
            return
        for name, found in doubled.items():
            if len(found) > 1:
                self.problems.append(
                    ValidationError(
                        _("Columns %(letters)s have the same header, “%(header)s”: keep one of them."),
                        params={"letters": ", ".join(found), "header": Labels(self.sheet.columns[name])},
                    )
                )
        self.problems += self._missing_keys(doubled.keys())

    def _missing_keys(self, found: object) -> Iterator[ValidationError]:
        keys = self.sheet.keys
        known = set(found)  # type: ignore[call-overload]
        if isinstance(self.sheet, PartSheet):
            for name in keys:
                if name not in known:
                    yield ValidationError(
                        _("The column “%(header)s” is missing, by which a row is found."),
                        params={"header": Labels(self.sheet.columns[name])},
                    )
        elif not known.intersection(keys):
            yield ValidationError(
                _("A column by which a row is found is missing: one of %(headers)s."),
                params={"headers": Labels(*(self.sheet.columns[name] for name in keys))},
            )

    def _unknown(self, letter: str, text: str) -> ValidationError:
        params: dict[str, object] = {"letter": letter, "header": text[:60]}
        near = difflib.get_close_matches(normal(text), self.sheet.headers, n=1, cutoff=0.5)
        if not near:
            return ValidationError(
                _("Column %(letter)s: there is no “%(header)s” here. Delete the column, or correct its header."),
                params=params,
            )
        params["near"] = Labels(self.sheet.columns[self.sheet.headers[near[0]]])
        return ValidationError(
            _("Column %(letter)s: there is no “%(header)s” here; do you mean “%(near)s”?"), params=params
        )


def split(rows: Rows, sheet: Sheet) -> tuple[Layout, Iterator[Row]]:
    """The layout, and the rows that follow it."""
    found = iter(rows)
    layout = Layout(sheet, next(found, None))
    return layout, found
