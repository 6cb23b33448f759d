"""The deed: a table is checked, shown, confirmed, and written as one batch that can be undone as one."""

import tempfile
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from etown.chronicle import Entry
from etown.deeds import Deed
from etown.many import Many, save_many
from etown.models import Batch
from etown.sheets import differences, storage
from etown.sheets.cells import UnreadableError
from etown.sheets.checking import Check
from etown.sheets.declared import PartSheet, Sheet, declared
from etown.sheets.files import open_rows
from etown.sheets.models import Import
from etown.sheets.outcomes import Outcome, Rights, said
from etown.sheets.references import PartReferences, References

Told = Callable[[int], object]
MOVED = _("Records have been changed since this table was checked. Look at the differences once more.")


class MovedError(Exception):
    """What would be written is not what was shown."""


def rights_of(user: Any, sheet: Sheet) -> Rights:
    app, name = sheet.record._meta.app_label, sheet.record._meta.model_name
    return Rights(*(user.has_perm(f"{app}.{deed}_{name}") for deed in ("add", "change", "publish")))


def check(upload: Import, tell: Told = lambda done: None) -> None:
    """The dry run: nothing is written but what it found."""
    sheet = declared()[upload.sheet]
    counts: Counter[str] = Counter()
    with tempfile.TemporaryFile() as found:
        try:
            with storage.private().open(upload.file) as file:
                checked = Check(sheet, open_rows(file, file.size), rights_of(upload.author, sheet))
                _note(checked, found, counts, tell)
                notes = [said(error) for error in _others(checked)]
                outcome = {"problems": checked.problems, "notes": notes, "digest": checked.digest}
        except UnreadableError as error:
            counts.clear()
            outcome = {"problems": [said(ValidationError(error.message))], "notes": [], "digest": ""}
        storage.private().delete(upload.difference)
        found.seek(0)
        storage.private().save(upload.difference, File(found))
    upload.tell(state=Import.State.CHECKED, counts=dict(counts), **outcome)


def _note(checked: Check, found: Any, counts: Counter[str], tell: Told) -> None:
    done = 0
    for stretch in checked.stretches():
        for outcome in stretch:
            counts[outcome.kind] += 1
            counts["warned"] += bool(outcome.warnings)
            counts["waits"] += outcome.waits and outcome.kind == "changed"
            counts["public"] += outcome.is_public
            if differences.is_told(outcome):
                counts["told"] += 1
                found.write(differences.line(outcome, checked.layout).encode() + b"\n")
        done += len(stretch)
        tell(done)


def _others(checked: Check) -> list[ValidationError]:
    if not checked.others:
        return []
    names = ", ".join(checked.others)[:200]
    message = _("Only the first sheet of the workbook is read; these are not: %(sheets)s.")
    return [ValidationError(message, params={"sheets": names})]


def carry_out(
    upload: Import, tell: Told = lambda done: None, before_commit: Callable[[], object] = lambda: None
) -> Batch | None:
    """Write what was shown, all or nothing; if it would be something else by now, check again and write nothing."""
    sheet = declared()[upload.sheet]
    try:
        with storage.private().open(upload.file) as file:
            batch = _write(upload, sheet, file, tell, before_commit)
    except (MovedError, IntegrityError):
        check(upload, tell)
        upload.tell(notes=[said(ValidationError(MOVED)), *upload.notes])
        return None
    storage.forget(upload)
    return batch


def _write(upload: Import, sheet: Sheet, file: Any, tell: Told, before_commit: Callable[[], object]) -> Batch:
    author: AbstractBaseUser = upload.author
    done = 0
    with save_many() as many:
        batch = Batch.objects.create(
            kind=Batch.Kind.IMPORT,
            author=author,
            reason=upload.reason,
            data={"file": upload.file_name, "sheet": upload.sheet, "counts": upload.counts},
        )
        many.chronicle.deed = Deed(author=author, reason=upload.reason, batch=batch)
        checked = Check(sheet, open_rows(file, file.size), rights_of(author, sheet), warns=False)
        for stretch in checked.stretches():
            if any(outcome.faults for outcome in stretch):
                raise MovedError
            entries = [entry_of(outcome, sheet) for outcome in stretch if outcome.kind != "unchanged"]
            done += len(stretch)
            # What the cells said has gone into the records, and takes as much memory.
            stretch.clear()
            _write_stretch(many, sheet, entries)
            tell(done)
        if checked.problems or checked.digest != upload.digest:
            raise MovedError
        many.finish()
        upload.tell(state=Import.State.DONE, batch=batch)
        before_commit()
    return batch


def _write_stretch(many: Many, sheet: Sheet, entries: list[Entry]) -> None:
    if not entries:
        return
    if isinstance(sheet, PartSheet):
        many.write_parts(sheet.record, [(entry.record, entry) for entry in entries], sheet.owner)
    else:
        many.write(sheet.model, entries)  # type: ignore[arg-type]


def entry_of(outcome: Outcome, sheet: Sheet) -> Entry:
    entry = Entry(outcome.record, outcome.is_new, before=outcome.before, head=outcome.head, waits=outcome.waits)
    for name in outcome.changes:
        column, wanted = sheet.columns[name], outcome.targets.get(name, [])
        if isinstance(column, PartReferences):
            own, pointer = column.own(outcome.record), column.field.attname
            there = {getattr(row, pointer) for row in own}
            added = [column.rows(**column.where, **{pointer: key}) for key in wanted if key not in there]
            entry.parts[column.part] = (added, [row for row in own if getattr(row, pointer) not in wanted])
        elif isinstance(column, References):
            entry.related[name] = wanted
        else:
            entry.columns.add(name)
    return entry
