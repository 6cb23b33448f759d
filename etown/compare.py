"""Two versions of a record side by side, in words: labels for columns, names for keys, parts row by row."""

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.formats import date_format
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from etown.formatted import FormattedTextField
from etown.markup import Html, cleaned, plain
from etown.records import Record
from etown.states import DERIVED, Data, owner_of

# What a reader takes in at once: a word of Latin letters or digits, one Chinese character, one sign.
WORD = re.compile(r"[0-9A-Za-zÀ-ɏ]+|\s+|.", re.DOTALL)

# Beyond this many comparisons, and below this likeness, marks within the text help nobody.
MANY = 4_000_000
ALIKE = 0.3


@dataclass(frozen=True)
class Difference:
    """One field that differs; `old` and `new` mark what went and what came."""

    name: str
    label: str
    old: SafeString
    new: SafeString


class Reader:
    """Spells the values of versions of one record; what they refer to is read once."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self._names: dict[tuple[type[models.Model], Any], str] = {}

    def differences(self, old: Data, new: Data) -> list[Difference]:
        found = (
            Difference(name, label, *sides(old.get(name), new.get(name)))
            for name, label, sides in self._fields()
            if not same(name, old.get(name), new.get(name))
        )
        # Rows of parts may differ in what no reader sees, such as their order.
        return [difference for difference in found if difference.old or difference.new]

    def _fields(self) -> Iterator[tuple[str, str, Callable[[Any, Any], tuple[SafeString, SafeString]]]]:
        opts = self.record._meta
        for field in opts.concrete_fields:
            if field.attname not in DERIVED:
                yield field.attname, capfirst(str(field.verbose_name)), self._column_sides(field)
        for relation in opts.local_many_to_many:
            yield relation.name, capfirst(str(relation.verbose_name)), self._list_sides(relation.related_model)
        for part in self.record.PARTS:
            model: Any = opts.get_field(part).related_model
            yield part, capfirst(str(model._meta.verbose_name_plural)), self._part_sides(part, model)

    def _column_sides(self, field: models.Field) -> Callable[[Any, Any], tuple[SafeString, SafeString]]:
        if isinstance(field, FormattedTextField):
            return lambda old, new: _formatted_sides(cleaned(old or ""), cleaned(new or ""))
        return lambda old, new: marked(self.spell(field, old), self.spell(field, new))

    def _list_sides(self, model: type[models.Model]) -> Callable[[Any, Any], tuple[SafeString, SafeString]]:
        def sides(old: list[Any] | None, new: list[Any] | None) -> tuple[SafeString, SafeString]:
            return _rows([self.name(model, key) for key in old or ()], [self.name(model, key) for key in new or ()])

        return sides

    def _part_sides(self, part: str, model: type[models.Model]) -> Callable[[Any, Any], tuple[SafeString, SafeString]]:
        owned = {model._meta.get_field(name).attname for name in owner_of(self.record, part)}

        def row(values: Data) -> str:
            spelled = (
                (capfirst(str(field.verbose_name)), self.spell(field, values.get(field.attname)))
                for field in model._meta.concrete_fields
                if field.attname not in DERIVED | owned
            )
            return " · ".join(
                _("%(label)s: %(value)s") % {"label": label, "value": value} for label, value in spelled if value
            )

        return lambda old, new: _rows([row(values) for values in old or ()], [row(values) for values in new or ()])

    def spell(self, field: models.Field, value: Any) -> str:
        """As staff would read it; "" where there is nothing."""
        if value is None or value == "":
            return ""
        if isinstance(field, models.ForeignKey):
            return self.name(field.related_model, value)
        value = field.to_python(value)
        if field.flatchoices:
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(field, models.DateTimeField):
            return date_format(localtime(value), "DATETIME_FORMAT")
        return str(value)

    def name(self, model: type[models.Model], key: Any) -> str:
        if (model, key) not in self._names:
            found = model._default_manager.filter(pk=key).first()
            self._names[model, key] = (
                str(found) if found else _("something that has been removed (%(key)s)") % {"key": key}
            )
        return self._names[model, key]


def same(name: str, old: Any, new: Any) -> bool:
    """Whether two values say the same, whatever keys the rows of a part have."""
    if isinstance(old, list) and isinstance(new, list):
        return [_keyless(row) for row in old] == [_keyless(row) for row in new]
    return (old or None) == (new or None) if not isinstance(old, (int, bool)) else old == new


def _keyless(row: Any) -> Any:
    return {name: value for name, value in row.items() if name != "id"} if isinstance(row, dict) else row


def marked(old: str, new: str) -> tuple[SafeString, SafeString]:
    """Both texts, with what only one of them has marked in it."""
    before, after = WORD.findall(old), WORD.findall(new)
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    if len(before) * len(after) > MANY or matcher.ratio() < ALIKE:
        return _whole("del", old), _whole("ins", new)
    left: list[tuple[str, str]] = []
    right: list[tuple[str, str]] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        left.append(("" if kind == "equal" else "del", "".join(before[a:b])))
        right.append(("" if kind == "equal" else "ins", "".join(after[c:d])))
    return _pieces(left), _pieces(right)


def _formatted_sides(old: Html, new: Html) -> tuple[SafeString, SafeString]:
    """Their words; where only the formatting differs, the HTML."""
    words = plain(old), plain(new)
    return marked(*words) if words[0] != words[1] else marked(old, new)


def neutral(side: SafeString) -> SafeString:
    """The same marks where nothing is dropped and nothing is new, as between two records."""
    return SafeString(re.sub(r"<(/?)(?:del|ins)>", r"<\1mark>", side))


def _rows(old: list[str], new: list[str]) -> tuple[SafeString, SafeString]:
    gone = [row for row in old if row not in new]
    come = [row for row in new if row not in old]
    return _list("del", gone), _list("ins", come)


def _list(tag: str, rows: list[str]) -> SafeString:
    if not rows:
        return SafeString("")
    return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((_whole(tag, row),) for row in rows)))


def _whole(tag: str, text: str) -> SafeString:
    return _pieces([(tag, text)])


def _pieces(pieces: list[tuple[str, str]]) -> SafeString:
    spelled = (
        format_html("<{0}>{1}</{0}>", SafeString(tag), text) if tag else escape(text) for tag, text in pieces if text
    )
    return format_html_join("", "{}", ((piece,) for piece in spelled))


def differences(record: Record, old: Data, new: Data) -> list[Difference]:
    return Reader(record).differences(old, new)


def changed_names(record: Record, old: Data, new: Data) -> set[str]:
    """The columns, relations and parts in which two versions differ."""
    names = set(old) | set(new)
    known = {field.attname for field in record._meta.concrete_fields} | set(record.PARTS)
    known |= {relation.name for relation in record._meta.local_many_to_many}
    return {name for name in names & known if not same(name, old.get(name), new.get(name))}
