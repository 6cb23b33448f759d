"""Planned times as staff read them in the back office: in lists, as a filter, and after saving."""

import datetime

from django.contrib import admin, messages
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etown.editing import PUBLISH, SUBMIT, Edit
from etown.records import Publishable, Status
from etown.revisions import Revision


def clock_time(time: datetime.datetime) -> str:
    return date_format(timezone.localtime(time), _("j M Y H:i"))


def plan_of(record: Publishable) -> str:
    """What will happen to the record by itself, in a few words after its status; "" if nothing."""
    begin, end = (time and clock_time(time) for time in (record.publish_at, record.expire_at))
    if begin and end:
        return _("planned for %(begin)s until %(end)s") % {"begin": begin, "end": end}
    if begin:
        return _("planned for %(begin)s") % {"begin": begin}
    if end and record.status == Status.PUBLISHED:
        return _("until %(end)s") % {"end": end}
    return _("to be archived %(end)s") % {"end": end} if end else ""


def announcement(record: Publishable) -> str:
    """When readers will see the record appear or vanish, in sentences; "" if they will not."""
    said = []
    if record.publish_at:
        appears = _("It will appear on the site on %(time)s, Beijing time.")
        said.append(appears % {"time": clock_time(record.publish_at)})
    if record.expire_at:
        vanishes = _("It will vanish from the site on %(time)s, Beijing time.")
        is_archived = _("It will be archived on %(time)s, Beijing time.")
        said.append((vanishes if record.is_to_be_public else is_archived) % {"time": clock_time(record.expire_at)})
    return " ".join(said)


def outcome(edit: Edit, record: Publishable) -> tuple[int, str]:
    """What has become of an edit of a public record: the level of the message, and its sentence."""
    if edit.data is None:
        return messages.INFO, _("Nothing was changed.")
    if edit.publish_at:
        text = _(
            "The change of “%(name)s” will be published on %(time)s, Beijing time. Until then the site stays as it is."
        )
        return messages.SUCCESS, text % {"name": record, "time": clock_time(edit.publish_at)}
    if edit.intent == PUBLISH:
        return messages.SUCCESS, _("The change of “%(name)s” is published.") % {"name": record}
    if edit.intent == SUBMIT:
        text = _("The change of “%(name)s” waits for review. The site stays as it is.")
        return messages.SUCCESS, text % {"name": record}
    text = _("The change of “%(name)s” is kept and waits to be published. The site stays as it is.")
    return messages.SUCCESS, text % {"name": record}


class WaitingFilter(admin.SimpleListFilter):
    title = gettext_lazy("waiting changes")
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("any", _("with a waiting change")), ("review", _("for review"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in {"any", "review"}:
            return queryset
        kind = ContentType.objects.get_for_model(queryset.model)
        waits = Revision.objects.waiting().filter(content_type=kind)
        if self.value() == "any":
            return queryset.filter(pk__in=waits.values("object_id"))
        asked = waits.filter(state=Revision.State.IN_REVIEW)
        return queryset.filter(Q(status=Status.IN_REVIEW) | Q(pk__in=asked.values("object_id")))


class PlannedFilter(admin.SimpleListFilter):
    title = gettext_lazy("planned")
    parameter_name = "planned"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("publish", _("to be published")), ("archive", _("to be archived"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        columns = {"publish": "publish_at", "archive": "expire_at"}
        column = columns.get(self.value() or "")
        return queryset.filter(**{f"{column}__isnull": False}) if column else queryset
