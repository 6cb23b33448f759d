"""Warns of records that are probably there already under the same name, however it is written."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from etown.bilingual import listed
from etown.records import Named as NamedRecord
from etown.search.text import squeezed
from etown.sheets.declared import Sheet
from etown.sheets.outcomes import Outcome
from etown.sorting import LENGTH, sort_key

NAMES = ("name_en", "name_zh_hans", "title_en", "title_zh_hans")


class Duplicates:
    """New and renamed records, compared by name with those that are stored and with the rows before."""

    def __init__(self, sheet: Sheet) -> None:
        self.model = sheet.model
        self._names = [name for name in NAMES if name in sheet.columns]
        self._seen: dict[str, int] = {}
        relation: Any = next((f for f in self.model._meta.related_objects if f.get_accessor_name() == "aliases"), None)
        self._aliases: type[models.Model] | None = relation.related_model if relation else None

    def warn(self, outcomes: list[Outcome]) -> None:
        if not self._names:
            return
        told = [(outcome, dict(self._told(outcome))) for outcome in outcomes]
        texts = {text for _outcome, found in told for text in found}
        known = self._stored(texts) if texts else {}
        for outcome, found in told:
            for key in found.values():
                first = self._seen.setdefault(key, outcome.number)
                rivals = {name for pk, name in known.get(key, ()) if pk != outcome.record.pk}
                if first != outcome.number:
                    message = _("Row %(row)d has the same name: is it the same record?")
                    outcome.warn(ValidationError(message, params={"row": first}))
                elif rivals:
                    message = _("“%(record)s” has the same name: is it the same record? Then use its key.")
                    outcome.warn(ValidationError(message, params={"record": listed(sorted(rivals))[:160]}))
                else:
                    continue
                break

    def _told(self, outcome: Outcome) -> Iterator[tuple[str, str]]:
        """The names that the row brings, each with what is compared of it."""
        for name in self._names:
            if name in outcome.changes and (text := outcome.changes[name][1]) and (key := squeezed(text)):
                yield text, key

    def _stored(self, texts: set[str]) -> dict[str, list[tuple[int, str]]]:
        """Records that sort the same or are named so exactly, and those with such other names."""
        found: dict[str, list[tuple[int, str]]] = {}
        exact = Q()
        for name in self._names:
            exact |= Q(**{f"{name}__in": texts})
        if issubclass(self.model, NamedRecord):
            keys = {sort_key(text)[:LENGTH] for text in texts}
            exact |= Q(sort_en__in=keys) | Q(sort_zh_hans__in=keys)
        for pk, slug, *names in self.model._default_manager.filter(exact).values_list("pk", "slug", *self._names):
            for name in filter(None, names):
                found.setdefault(squeezed(name), []).append((pk, f"{name} ({slug})"))
        if self._aliases:
            rows = self._aliases._default_manager.filter(name__in=texts)
            for pk, slug, name in rows.values_list("owner_id", "owner__slug", "name"):
                found.setdefault(squeezed(name), []).append((pk, f"{name} ({slug})"))
        return found
