"""Finds the records that a thousand rows are about, and those that they name, in a few queries."""

import difflib
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from etown.chronicle import heads
from etown.records import Publishable
from etown.sheets.columns import Column
from etown.sheets.declared import PartSheet, Sheet, following
from etown.sheets.outcomes import Named, Outcome
from etown.sheets.references import SIGN, Reference, References
from etown.sorting import fold

# Rows of a kind among which the nearest key is looked for.
MOST_NEAR = 5_000
NAMES = ("name_en", "title_en", "label_en", "name_zh_hans", "title_zh_hans", "label_zh_hans")


class Targets:
    """The records that cells name, by column and key."""

    def __init__(self, columns: list[Column]) -> None:
        self._columns = [column for column in columns if isinstance(column, Reference)]
        self._known: dict[str, dict[str, Any]] = {column.name: {} for column in self._columns}
        self._words: dict[type[models.Model], dict[str, str]] = {}

    def look_up(self, outcomes: list[Outcome]) -> None:
        for column in self._columns:
            known = self._known[column.name]
            if issubclass(column.model, Publishable):
                # There may be any number of them.
                known.clear()
            wanted = {key for outcome in outcomes for key in keys_in(column, outcome)} - known.keys()
            if wanted:
                named = Q()
                for name in column.keys:
                    named |= Q(**{f"{name}__in": wanted})
                for target in _lean(column).filter(named):
                    known |= {key: target for name in column.keys if (key := getattr(target, name))}

    def of(self, column: Reference, outcome: Outcome) -> list[Any]:
        """The records that the cell names; unknown ones are told, and left out."""
        known = self._known[column.name]
        found = []
        for key in keys_in(column, outcome):
            if key in known:
                found.append(known[key])
            else:
                outcome.refuse(column.name, self._unknown(column, key))
        return found

    def _unknown(self, column: Reference, key: str) -> ValidationError:
        if column.model not in self._words:
            names = [f.name for f in column.model._meta.concrete_fields if f.name in NAMES]
            rows = column.model._default_manager.values_list("slug", *names)[:MOST_NEAR]
            self._words[column.model] = {text: row[0] for row in rows for text in row if text}
        words = self._words[column.model]
        near = [key] if key in words else difflib.get_close_matches(key, words, n=1)
        params = {"value": key[:60], "kind": column.model._meta.verbose_name}
        if not near:
            message = _("There is no %(kind)s “%(value)s”: add it first, or correct the key.")
            return ValidationError(message, params=params)
        message = _("There is no %(kind)s “%(value)s”; do you mean “%(near)s”?")
        return ValidationError(message, params=params | {"near": words[near[0]]})


def keys_in(column: Reference, outcome: Outcome) -> list[str]:
    plain = outcome.plain.get(column.name, "")
    if not plain:
        return []
    return plain.split(SIGN) if isinstance(column, References) else [plain]


def _lean(column: Reference) -> models.QuerySet:
    """Records without their long texts, rows of vocabularies whole: rules compare them."""
    rows = column.model._default_manager.all()
    if not issubclass(column.model, Publishable):
        return rows
    return rows.only("pk", *column.keys, "status")


class Finder:
    """Which record each row is about."""

    def __init__(self, sheet: Sheet, columns: list[Column]) -> None:
        self.sheet = sheet
        self._names = {column.name for column in columns}
        self._columns = columns
        self._seen: dict[tuple[str, str], int] = {}

    def find(self, outcomes: list[Outcome], targets: Targets) -> None:
        if isinstance(self.sheet, PartSheet):
            self._find_parts(outcomes, targets, self.sheet)
        else:
            self._find_records(outcomes)
        self._find_heads(outcomes)

    def _stored(self) -> models.QuerySet:
        """With what the columns of this file compare."""
        return following(self.sheet.model._default_manager.all(), self._columns)

    def _find_records(self, outcomes: list[Outcome]) -> None:
        uniques = [name for name in self.sheet.uniques if name in self._names]
        named = Q(pk__in=())
        for name in uniques:
            named |= Q(**{f"{name}__in": {value for outcome in outcomes if (value := outcome.plain.get(name))}})
        known: dict[tuple[str, str], Any] = {}
        for record in self._stored().filter(named):
            known |= {(name, value): record for name in uniques if (value := getattr(record, name))}
        for outcome in outcomes:
            self._take(outcome, known, uniques)

    def _take(self, outcome: Outcome, known: dict[tuple[str, str], Any], uniques: list[str]) -> None:
        keys = [(name, value) for name in self.sheet.keys if (value := outcome.plain.get(name))]
        if not keys:
            self._refuse_keyless(outcome)
            return
        outcome.record = next((known[key] for key in keys if key in known), None)
        is_told = False
        for name in uniques:
            if value := outcome.plain.get(name):
                rival = known.get((name, value))
                if rival is not None and rival is not outcome.record:
                    message = _("Another record has this already: %(record)s.")
                    outcome.refuse(name, ValidationError(message, params={"record": Named(rival)}))
                is_told = self._refuse_twice(outcome, name, value, is_told)
        if outcome.record is not None:
            self._refuse_twice(outcome, "", str(outcome.record.pk), is_told)
            return
        outcome.record, outcome.is_new = self.sheet.model(), True
        if not outcome.plain.get("slug") and not outcome.is_refused({"slug"}):
            self._refuse_slugless(outcome)

    def _refuse_keyless(self, outcome: Outcome) -> None:
        if not outcome.is_refused(self.sheet.keys):
            outcome.refuse(self._key(), ValidationError(_("Fill this in: by it the record is found.")))

    def _key(self) -> str:
        return next((name for name in self.sheet.keys if name in self._names), "")

    def _refuse_slugless(self, outcome: Outcome) -> None:
        name = next((text for column in NAMES if (text := outcome.plain.get(column))), "")
        near = fold(name).replace(" ", "-")[:60]
        message = _("No record has this key, and a new one needs a web address, for instance “%(slug)s”.")
        column = "slug" if "slug" in self._names else self._key()
        outcome.refuse(column, ValidationError(message, params={"slug": near or "example"}))

    def _refuse_twice(self, outcome: Outcome, name: str, value: str, is_told: bool = False) -> bool:
        first = self._seen.setdefault((name, value), outcome.number)
        if first != outcome.number and not is_told:
            message = _("Row %(row)d is about the same record: keep one of the two.")
            outcome.refuse(name or self._key(), ValidationError(message, params={"row": first}))
            return True
        return is_told

    def _find_parts(self, outcomes: list[Outcome], targets: Targets, sheet: PartSheet) -> None:
        found: list[dict[str, Any]] = []
        for outcome in outcomes:
            named = {name: targets.of(sheet.columns[name], outcome) for name in sheet.keys}  # type: ignore[arg-type]
            found.append({name: rows[0] for name, rows in named.items() if rows})
        owners = {named[sheet.owner].pk for named in found if sheet.owner in named}
        attributes = [sheet.columns[name].field.attname for name in sheet.keys]
        stored = self._stored().filter(**{f"{sheet.owner}__in": owners})
        known = {tuple(getattr(row, name) for name in attributes): row for row in stored}
        for outcome, named in zip(outcomes, found, strict=True):
            if sheet.owner not in named:
                if not outcome.is_refused({sheet.owner}):
                    self._refuse_keyless(outcome)
                continue
            outcome.targets[sheet.owner] = [named[sheet.owner].pk]
            outcome.before = (named[sheet.owner].status, "")
            key = tuple(named[name].pk if name in named else None for name in sheet.keys)
            outcome.record = known.get(key)
            if outcome.record is None:
                outcome.record, outcome.is_new = sheet.model(), True
            if not outcome.is_refused(sheet.keys):
                self._refuse_twice(outcome, "", repr(key))

    def _find_heads(self, outcomes: list[Outcome]) -> None:
        """The versions on which the changes will stand."""
        owned = [(self.owner_key(outcome), outcome) for outcome in outcomes]
        latest = heads(self.sheet.record, {key for key, _outcome in owned if key is not None})
        for key, outcome in owned:
            if head := latest.get(key):  # type: ignore[arg-type]
                outcome.head = (head.pk, head.data)
                outcome.is_taken = head.waits

    def owner_key(self, outcome: Outcome) -> int | None:
        if isinstance(self.sheet, PartSheet):
            return next(iter(outcome.targets.get(self.sheet.owner, ())), None)
        return outcome.record.pk if outcome.record is not None else None
