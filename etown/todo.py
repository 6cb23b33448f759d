"""What waits for staff: each task is said once, counted on the first page, and found in the list it leads to."""

import datetime
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db.models import OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etown.counting import CountUpTo, counts
from etown.records import Record, Status
from etown.revisions import Revision
from etown.upkeep import Upkeep, pairs

WEEK = datetime.timedelta(days=7)
# Nobody needs the exact number of a heap, and counting it would take as long as the heap is high.
MOST = 1000
PARAMETER = "todo"


class Task(NamedTuple):
    """Something to be done with some records of a kind; the list shows `rows` for the query."""

    title: Any
    query: str
    rows: Callable[[QuerySet], QuerySet]

    @classmethod
    def listed(cls, title: Any, name: str, rows: Callable[[QuerySet], QuerySet]) -> "Task":
        """Found in the list by the filter of this module."""
        return cls(title, f"{PARAMETER}={name}", rows)

    @property
    def name(self) -> str:
        return self.query.removeprefix(f"{PARAMETER}=")


class Line(NamedTuple):
    title: str
    label: str
    count: int
    url: str

    @property
    def number(self) -> str:
        return _("more than %(count)d") % {"count": MOST} if self.count > MOST else str(self.count)


def _waiting(rows: QuerySet) -> QuerySet:
    return rows.filter(pk__in=_revisions(rows).values("object_id"))


def _to_review(rows: QuerySet) -> QuerySet:
    asked = _revisions(rows).filter(state=Revision.State.IN_REVIEW)
    return rows.filter(Q(status=Status.IN_REVIEW) | Q(pk__in=asked.values("object_id")))


def _revisions(rows: QuerySet) -> QuerySet:
    return Revision.objects.waiting().filter(content_type=ContentType.objects.get_for_model(rows.model))


def _planned(rows: QuerySet) -> QuerySet:
    until = timezone.now() + WEEK
    changes = _revisions(rows).filter(publish_at__lte=until)
    return rows.filter(Q(publish_at__lte=until) | Q(expire_at__lte=until) | Q(pk__in=changes.values("object_id")))


def _unverified(rows: QuerySet) -> QuerySet:
    kind = ContentType.objects.get_for_model(rows.model)
    return rows.filter(pk__in=Upkeep.objects.overdue().filter(content_type=kind).values("object_id"))


TO_REVIEW = Task(gettext_lazy("For review"), "waiting=review", _to_review)
DRAFTS = Task(gettext_lazy("Drafts"), "status__exact=draft", lambda rows: rows.filter(status=Status.DRAFT))
WAITING = Task(gettext_lazy("Changes that wait to be published"), "waiting=any", _waiting)
PLANNED = Task.listed(gettext_lazy("Planned for the next seven days"), "week", _planned)
UNVERIFIED = Task.listed(gettext_lazy("Not checked for a year"), "unverified", _unverified)
PUBLISHABLE = (TO_REVIEW, DRAFTS, WAITING, PLANNED)
TITLES = {
    Upkeep.Kind.MISSING: gettext_lazy("Missing in one language"),
    Upkeep.Kind.OLDER: gettext_lazy("Older than the other language"),
}
FAILED = Task.listed(gettext_lazy("Background jobs that fail"), "failing", lambda rows: rows.failing())
# As staff read them: what readers may be misled by first, what is only under way last.
ORDER = (FAILED.title, TO_REVIEW.title, UNVERIFIED.title, *TITLES.values(), WAITING.title, PLANNED.title, DRAFTS.title)


class Lack(NamedTuple):
    """A column that `count` public records lack, or have older than the other language."""

    model: Any
    kind: Upkeep.Kind
    column: str
    count: int


class TodoFilter(admin.SimpleListFilter):
    title = gettext_lazy("to do")
    parameter_name = PARAMETER

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self.tasks = {task.name: task for task in model_admin.tasks if task.query.startswith(PARAMETER)}
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        is_record = issubclass(model_admin.model, Record) and pairs(model_admin.model)
        kinds: list[tuple[str, Any]] = [(str(kind), title) for kind, title in TITLES.items() if is_record]
        chosen = self.value() or ""
        kind, _dash, column = chosen.partition("-")
        if column and (title := self._column_title(kind, column, model_admin.model)):
            kinds.append((chosen, title))
        return [*((name, task.title) for name, task in self.tasks.items()), *kinds]

    @staticmethod
    def _column_title(kind: str, column: str, model: Any) -> str:
        known = {field.name for field in model._meta.concrete_fields}
        if kind not in TITLES or column not in known:
            return ""
        return f"{TITLES[Upkeep.Kind(kind)]}: {model._meta.get_field(column).verbose_name}"

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        chosen = self.value() or ""
        if chosen in self.tasks:
            return self.tasks[chosen].rows(queryset)
        kind, _dash, column = chosen.partition("-")
        if kind not in TITLES:
            return queryset
        found = Upkeep.objects.filter(
            content_type=ContentType.objects.get_for_model(queryset.model), kind=kind, is_public=True
        )
        found = found.filter(column=column) if column else found
        return queryset.filter(pk__in=found.values("object_id"))


def changelist(model: Any, query: str = "") -> str:
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{url}?{query}" if query else url


def lines(site: admin.AdminSite, request: HttpRequest) -> list[Line]:
    """All that this person may see, in the order of `ORDER`; other tasks, which apps name, come before."""
    seen = {model: found for model, found in site._registry.items() if found.has_view_or_change_permission(request)}
    found = [line for read in (_tasks, _translations) for line in read(seen)]
    order = {str(title): number for number, title in enumerate(ORDER)}
    return sorted(found, key=lambda line: order.get(line.title, -1))


def _tasks(seen: dict[Any, Any]) -> Iterator[Line]:
    tasks = [(model, task) for model, model_admin in seen.items() for task in getattr(model_admin, "tasks", ())]
    found = counts((task.rows(model._default_manager.all()) for model, task in tasks), MOST)
    for (model, task), count in zip(tasks, found, strict=True):
        if count:
            label = capfirst(str(model._meta.verbose_name_plural))
            yield Line(str(task.title), label, count, changelist(model, task.query))


def _translations(seen: dict[Any, Any]) -> Iterator[Line]:
    found = list(_out_of_step(seen))
    keys = _only_keys([lack for lack in found if lack.count == 1])
    for lack in found:
        opts = lack.model._meta
        label = _("%(kind)s: %(field)s") % {
            "kind": capfirst(str(opts.verbose_name_plural)),
            "field": opts.get_field(lack.column).verbose_name,
        }
        url = changelist(lack.model, f"{PARAMETER}={lack.kind}-{lack.column}")
        if key := keys.get(lack):
            url = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[key]) + f"#id_{lack.column}"
        yield Line(str(TITLES[lack.kind]), label, lack.count, url)


def _out_of_step(models: Iterable[Any]) -> Iterator[Lack]:
    kinds = {kind.pk: model for model, kind in ContentType.objects.get_for_models(*models).items()}
    columns = sorted({column for model in models for pair in pairs(model) for column in pair})
    asked = [(Upkeep.Kind(kind), column) for kind in Upkeep.TRANSLATIONS for column in columns]
    rows = Upkeep.objects.filter(is_public=True, content_type=OuterRef("pk"))
    counted = {
        f"count_{number}": CountUpTo(rows.filter(kind=kind, column=column), MOST)
        for number, (kind, column) in enumerate(asked)
    }
    found = ContentType.objects.filter(pk__in=kinds).order_by("pk").annotate(**counted)
    for key, *numbers in found.values_list("pk", *counted):
        yield from (
            Lack(kinds[key], kind, column, count)
            for (kind, column), count in zip(asked, numbers, strict=True)
            if count
        )


def _only_keys(lacks: list[Lack]) -> dict[Lack, int]:
    """Which record it is, where there is but one."""
    kinds = ContentType.objects.get_for_models(*{lack.model for lack in lacks})
    named = {(lack.kind, kinds[lack.model].pk, lack.column): lack for lack in lacks}
    any_of_them = reduce(or_, (Q(kind=kind, content_type=key, column=column) for kind, key, column in named), Q())
    rows = Upkeep.objects.filter(any_of_them, is_public=True) if named else Upkeep.objects.none()
    found = rows.values_list("kind", "content_type", "column", "object_id")
    return {named[Upkeep.Kind(kind), content_type, column]: key for kind, content_type, column, key in found}


def grouped(found: Iterable[Line]) -> list[tuple[str, list[Line]]]:
    groups: dict[str, list[Line]] = {}
    for line in found:
        groups.setdefault(line.title, []).append(line)
    return list(groups.items())
