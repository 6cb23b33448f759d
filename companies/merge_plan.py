"""What making one company of two records would change, and what stands in its way; `companies.merging` does it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from companies.models import Company
from etown import compare, states
from etown.bilingual import listed
from etown.models import FormerSlug
from etown.pointers import Pointing, other_rows, pointing, waiting_to_point
from etown.records import AliasKind, Publishable, Status
from etown.revisions import Revision
from etown.states import Data, snapshot

NAMES = ("name_en", "name_zh_hans", "registration_code")
# What stays with the one that stays: where it stands, and its address.
ITS_OWN = states.DERIVED | states.STANDING | states.SCHEDULE | {"slug"}


@dataclass(frozen=True)
class Column:
    """One on which the two differ; where only one of them says anything, that stands."""

    name: str
    label: str
    ours: SafeString
    theirs: SafeString
    is_choice: bool
    takes_other: bool


@dataclass(frozen=True)
class Rows:
    """Rows of a part, or records that lead on, under what they are called."""

    label: str
    names: list[str]


class MergePlan:
    """`gone` goes up in `kept`; `taken` are the columns whose value is taken from it where both have one."""

    def __init__(self, kept: Company, gone: Company, taken: set[str] | frozenset[str] = frozenset()) -> None:
        self.kept = kept
        self.gone = gone
        self.taken = taken
        self.ours = snapshot(kept)
        self.theirs = snapshot(gone)

    @cached_property
    def columns(self) -> list[Column]:
        own = {field.attname for field in Company._meta.concrete_fields} - ITS_OWN
        return [
            Column(
                found.name,
                found.label,
                compare.neutral(found.old),
                compare.neutral(found.new),
                self._both(found.name),
                self._takes(found.name),
            )
            for found in compare.differences(self.kept, self.ours, self.theirs)
            if found.name in own
        ]

    def _both(self, column: str) -> bool:
        return not any(side.get(column) in (None, "") for side in (self.ours, self.theirs))

    def _takes(self, column: str) -> bool:
        return column in self.taken if self._both(column) else self.ours.get(column) in (None, "")

    @cached_property
    def _values(self) -> Data:
        taken = {column.name for column in self.columns if column.takes_other}
        return self.ours | {name: self.theirs[name] for name in taken}

    @cached_property
    def other_names(self) -> list[str]:
        """Names and codes that stand nowhere any more: people still look for the company by them."""
        standing = {self._values[name] for name in NAMES}
        known = standing | {row["name"] for row in self.ours["aliases"]}
        lost = (side[name] for side in (self.ours, self.theirs) for name in NAMES)
        return [name for name in dict.fromkeys(lost) if name and name not in known]

    @cached_property
    def _parts(self) -> dict[str, tuple[list[Data], list[Data], list[Data]]]:
        """For each part the rows that stay, that come, and that are left out, of either company."""
        found = {}
        for part in self.kept.PARTS:
            stay = [row for row in self.ours[part] if self._fits(part, row, self.ours)]
            seen = {states.identity_of(self.kept, part, row) for row in stay}
            if part == "aliases":
                seen |= {(name,) for name in (*(self._values[name] for name in NAMES), *self.other_names)}
            come = []
            for row in self.theirs[part]:
                if (
                    self._fits(part, row, self.theirs)
                    and (identity := states.identity_of(self.kept, part, row)) not in seen
                ):
                    seen.add(identity)
                    come.append(row)
            out = [row for row in (*self.ours[part], *self.theirs[part]) if row not in stay and row not in come]
            found[part] = (stay, come, out)
        return found

    def _fits(self, part: str, row: Data, side: Data) -> bool:
        """A source for a field goes with the value that it supports."""
        if part != "citations" or not (field := row["field"]):
            return True
        known = {found.attname for found in Company._meta.concrete_fields} - ITS_OWN
        supported = known & {field, f"{field}_id", f"{field}_en", f"{field}_zh_hans"}
        return not supported or any(self._values[name] == side[name] for name in supported)

    @cached_property
    def data(self) -> Data:
        """The one that stays, as it will be."""
        found = dict(self._values)
        for relation in Company._meta.local_many_to_many:
            found[relation.name] = sorted({*self.ours[relation.name], *self.theirs[relation.name]})
        for part, (stay, come, _out) in self._parts.items():
            found[part] = [*stay, *come]
        found["aliases"] += [{"id": None, "name": name, "kind": AliasKind.SPELLING} for name in self.other_names]
        return found

    @cached_property
    def coming(self) -> list[Rows]:
        """What moves, by kind."""
        parts = [Rows(*self._named(part, come)) for part, (_stay, come, _out) in self._parts.items() if come]
        return [*parts, *self._led_on()]

    @cached_property
    def left_out(self) -> list[Rows]:
        return [Rows(*self._named(part, out)) for part, (_stay, _come, out) in self._parts.items() if out]

    def _named(self, part: str, rows: list[Data]) -> tuple[str, list[str]]:
        model: Any = Company._meta.get_field(part).related_model
        known = model._default_manager.in_bulk([row["id"] for row in rows])
        return label_of(model), [str(known[row["id"]]) for row in rows]

    def _led_on(self) -> Iterator[Rows]:
        names: dict[Any, list[str]] = {}
        for found in self.pointing:
            names.setdefault(type(found.record), []).append(name_of(found.record))
        for pointer, rows in self.other_rows:
            names.setdefault(pointer.model, []).extend(map(str, rows))
        yield from (Rows(label_of(model), found) for model, found in names.items())

    @cached_property
    def pointing(self) -> list[Pointing]:
        return pointing(self.gone, self.kept)

    @cached_property
    def other_rows(self) -> list[tuple[Any, list[Any]]]:
        return other_rows(self.gone)

    @cached_property
    def addresses(self) -> list[str]:
        """Those that the public knows of the one that goes."""
        kind = ContentType.objects.get_for_model(Company)
        former = FormerSlug.objects.filter(content_type=kind, object_id=self.gone.pk).values_list("slug", flat=True)
        return [*([self.gone.slug] if self.gone.published_at else []), *former.order_by("slug")]

    @cached_property
    def waiting(self) -> list[Any]:
        """Records with a change that waits, which would undo the merge or that the merge would undo."""
        touched = [self.kept, self.gone, *(found.record for found in self.pointing)]
        waiting = [record for record in touched if isinstance(record, Publishable) and Revision.waiting_for(record)]
        return list(dict.fromkeys([*waiting, *(found.record for found in waiting_to_point(self.gone, self.kept))]))

    @property
    def obstacle(self) -> str:
        """Why they cannot be merged as they are, "" if they can."""
        if self.kept == self.gone:
            return _("Choose two different companies.")
        if self.gone.status == Status.PUBLISHED != self.kept.status:
            return _("“%(gone)s” is public and “%(kept)s” is not: let the public one stay.") % self._names
        if self.waiting:
            return _("Changes of these records wait to be published: publish or discard them first: %(names)s.") % {
                "names": listed(map(name_of, self.waiting))
            }
        return ""

    @property
    def cautions(self) -> list[str]:
        """What somebody should look at twice."""
        found = []
        if self.kept.registration_code and self.gone.registration_code:
            found.append(_("Their registration codes differ: they may be two legal entities."))
        if self.kept.status == Status.PUBLISHED != self.gone.status:
            text = _("“%(gone)s” is not public. What is taken over from it becomes public at once.")
            found.append(text % self._names)
        return found

    @property
    def _names(self) -> dict[str, str]:
        return {"kept": name_of(self.kept), "gone": name_of(self.gone)}

    @cached_property
    def digest(self) -> str:
        """Of all that the merge starts from: what somebody has looked at is what is merged."""
        touched = [[found.record._meta.label, found.record.pk, found.changes] for found in self.pointing]
        rows = [[pointer.model._meta.label, [row.pk for row in rows]] for pointer, rows in self.other_rows]
        return states.digest([self.ours, self.theirs, touched, rows, self.addresses])


def which_stays(one: Company, other: Company) -> tuple[Company, Company]:
    """The one that the public knows rather, or that has been here longer, first."""
    ranks = [Status.PUBLISHED, Status.ARCHIVED, Status.IN_REVIEW, Status.DRAFT]
    kept, gone = sorted((one, other), key=lambda company: (ranks.index(Status(company.status)), company.pk))
    return kept, gone


def label_of(model: Any) -> str:
    return capfirst(str(model._meta.verbose_name_plural))


def name_of(record: Any) -> str:
    return str(record) or record.slug
