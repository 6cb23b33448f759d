"""Gives a record what its row says, and asks every rule of its model: what forms refuse is refused here too."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from etown.bilingual import SUFFIXES
from etown.publishing import carry_out_at_once
from etown.records import Publishable, Status
from etown.sheets.amounts import Stamp
from etown.sheets.columns import Column
from etown.sheets.constraints import violated
from etown.sheets.declared import PartSheet
from etown.sheets.heads import Layout
from etown.sheets.lookups import Targets
from etown.sheets.outcomes import Labels, Outcome, Rights, Said
from etown.sheets.references import SIGN, PartReferences, Reference, References
from etown.sheets.rules import rules_of


class Judge:
    def __init__(self, layout: Layout, rights: Rights) -> None:
        self.sheet, self.rights = layout.sheet, rights
        self._columns = list(layout.columns.values())
        self._names = layout.places.keys()
        self._places = layout.places
        self._keys = set(self.sheet.keys) if isinstance(self.sheet, PartSheet) else set()
        self._rules = rules_of(self.sheet.model)
        # Looked up for many rows at once, where Django asks for each.
        self._relations = [f for f in self.sheet.model._meta.concrete_fields if isinstance(f, models.ForeignKey)]

    def judge(self, outcome: Outcome, targets: Targets) -> None:
        if outcome.record is None:
            return
        if isinstance(outcome.record, Publishable) and not outcome.is_new:
            outcome.before = (outcome.record.status, outcome.record.slug)
        for column in self._columns:
            if column.name in outcome.plain and not isinstance(column, Stamp):
                self._compare(column, outcome, targets)
        if not outcome.is_new and not outcome.changes:
            return
        self._ask_rights(outcome)
        if isinstance(outcome.record, Publishable):
            carry_out_at_once(outcome.record)
        outcome.faults += self._refusals(outcome)
        self._warn_of_later_changes(outcome)

    # What is new.

    def _compare(self, column: Column, outcome: Outcome, targets: Targets) -> None:
        record, plain = outcome.record, outcome.plain[column.name]
        named: list[Any] = []
        if isinstance(column, Reference):
            if column.name in self._keys and outcome.is_refused({column.name}):
                return
            before = len(outcome.faults)
            named = targets.of(column, outcome)
            if len(outcome.faults) > before:
                return
            # By whatever key they are named, they are shown by their slugs.
            plain = SIGN.join(sorted({target.slug for target in named}))
        old = column.plain(record) if not outcome.is_new else ""
        # Of a new record what is left empty stays as the model has it.
        if column.is_same(old, plain):
            return
        if old and plain and column.is_lossy(record):
            self._warn_of_loss(column, outcome)
        outcome.changes[column.name] = (old, plain)
        try:
            self._give(column, outcome, plain, named)
        except ValidationError as error:
            outcome.refuse(column.name, error)

    def _warn_of_loss(self, column: Column, outcome: Outcome) -> None:
        message = _(
            "%(cell)s, “%(column)s”: the headings, lists, links and other formatting of the stored text will be lost. "
            "To keep them, leave the cell as it was exported, and change the text on its own page."
        )
        cell = f"{self._places[column.name]}{outcome.number}"
        outcome.warn(ValidationError(message, params={"cell": cell, "column": Labels(column)}))

    def _give(self, column: Column, outcome: Outcome, plain: str, named: list[Any]) -> None:
        if isinstance(column, References):
            outcome.targets[column.name] = [target.pk for target in named]
        elif isinstance(column, Reference):
            outcome.targets[column.name] = [target.pk for target in named]
            if named:
                setattr(outcome.record, column.name, named[0])
            elif column.field.null:
                setattr(outcome.record, column.name, None)
            else:
                raise ValidationError(column.field.error_messages["blank"])
        elif (
            plain == ""
            and not column.field.null
            and not isinstance(column.field, (models.CharField, models.TextField))
        ):
            raise ValidationError(column.field.error_messages["blank"])
        else:
            column.give(outcome.record, plain)

    # Who may do it.

    def _ask_rights(self, outcome: Outcome) -> None:
        rights, (status, _slug) = self.rights, outcome.before
        if outcome.is_new and not isinstance(self.sheet, PartSheet) and not rights.may_add:
            outcome.refuse("", ValidationError(_("You may change these records, but not add any.")))
        elif not rights.may_change and not (outcome.is_new and not isinstance(self.sheet, PartSheet)):
            outcome.refuse("", ValidationError(_("You may add such records, but not change them.")))
        if outcome.is_taken:
            outcome.refuse(
                "", ValidationError(_("A change of this record waits to be published: publish or discard it first."))
            )
        if rights.may_publish:
            return
        now = getattr(outcome.record, "status", status)
        if status != now and Status.PUBLISHED in (status, now):
            outcome.refuse(
                "status",
                ValidationError(_("You may prepare records, but not publish or withdraw them: leave the status.")),
            )
        elif status == Status.PUBLISHED:
            if isinstance(self.sheet, PartSheet):
                outcome.refuse(
                    "", ValidationError(_("This record is published: only who may publish can change it here."))
                )
            outcome.waits = True

    # What the model says.

    def _refusals(self, outcome: Outcome) -> Iterator[tuple[str, Said]]:
        """Asked once more in the other language if there are any: what models say is said in one."""
        told = {name for name, _message in outcome.faults}
        found = list(self._complaints(outcome, told))
        if not found:
            return
        by_language = {}
        for language in SUFFIXES:
            with translation.override(language):
                by_language[language] = list(self._complaints(outcome, told))
        for number, (name, _message) in enumerate(found):
            yield name, {language: said[number][1] for language, said in by_language.items()}

    def _complaints(self, outcome: Outcome, told: set[str]) -> Iterator[tuple[str, str]]:
        record = outcome.record
        errors: dict[str, list[str]] = {}
        for rule in self._rules:
            if messages := rule.refuse(record):
                errors[rule.name] = messages
        for field in self._relations:
            if not field.null and getattr(record, field.attname) is None:
                errors.setdefault(field.name, []).append(str(field.error_messages["blank"]))
        if not errors and not told:
            _collect(errors, record.clean)
        if not errors and not told:
            for error in violated(record):
                errors.setdefault(NON_FIELD_ERRORS, []).extend(error.messages)
            self._ask_parts(outcome, errors)
        for name, messages in errors.items():
            if name in told:
                continue
            text = " ".join(dict.fromkeys(messages))
            if name in self._names:
                yield name, text
            elif name == NON_FIELD_ERRORS:
                yield "", text
            else:
                yield "", f"{capfirst(str(record._meta.get_field(name).verbose_name))}: {text}"

    def _ask_parts(self, outcome: Outcome, errors: dict[str, list[str]]) -> None:
        record = outcome.record
        if not isinstance(record, Publishable) or not record.is_to_be_public:
            return
        for part in record.needs.parts:
            if not self._has(part, outcome):
                kinds = record._meta.get_field(part).related_model._meta.verbose_name_plural
                message = _("Add at least one entry before publishing: %(parts)s.") % {"parts": kinds}
                column = next(
                    (c.name for c in self._columns if isinstance(c, PartReferences) and c.part == part),
                    NON_FIELD_ERRORS,
                )
                errors.setdefault(column, []).append(str(message))

    def _has(self, part: str, outcome: Outcome) -> bool:
        columns = [c for c in self._columns if isinstance(c, PartReferences) and c.part == part]
        if any(outcome.targets.get(column.name) for column in columns):
            return True
        if outcome.is_new:
            return False
        if not any(column.name in outcome.changes for column in columns) and outcome.head:
            return bool(outcome.head[1].get(part))
        emptied = {
            row.pk for column in columns if column.name in outcome.changes for row in column.own(outcome.record)
        }
        return getattr(outcome.record, part).exclude(pk__in=emptied).exists()

    def _warn_of_later_changes(self, outcome: Outcome) -> None:
        stamp = self.sheet.stamp
        if stamp and not outcome.is_new and stamp.is_older(outcome.plain.get(stamp.name, ""), outcome.record):
            outcome.warn(
                ValidationError(
                    _("The record has been changed since this table was exported: see that no later value is lost.")
                )
            )


def _collect(errors: dict[str, list[str]], deed: Any) -> None:
    try:
        deed()
    except ValidationError as error:
        if hasattr(error, "error_dict"):
            for name, messages in error.message_dict.items():
                errors.setdefault(name, []).extend(messages)
        else:
            errors.setdefault(NON_FIELD_ERRORS, []).extend(error.messages)
