"""What waits, runs and fails in the background, for staff to read; and two decisions about it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.debug import SafeExceptionReporterFilter

from etown.outbox import leases, signs
from etown.outbox.models import Job, State
from etown.outbox.standing import lag
from etown.todo import FAILED, TodoFilter

# Longer than any worker that runs leaves a due job alone, unless all are busy.
LATE = timedelta(minutes=2)
# Said by Django where permissions are listed.
PERMISSIONS = (gettext_noop("Can try background jobs again and give them up"),)


class JobAdmin(admin.ModelAdmin):
    list_display = ("title_and_recipient", "state_shown", "attempts_shown")
    list_filter = ("state", TodoFilter)
    tasks = (FAILED,)
    search_fields = ("recipient", "last_error", "uid")
    list_per_page = 50
    fieldsets = (
        (None, {"fields": ("recipient", "error", "attempts_shown")}),
        (_("Details"), {"fields": ("created_at", "started_at", "finished_at", "holder", "task", "shown_arguments")}),
    )
    actions = ("try_again", "give_up")
    change_form_template = "admin/etown/job/change_form.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("etown.decide_job")

    def get_urls(self) -> list[Any]:
        progress = self.admin_site.admin_view(self.progress_view)
        return [path("<uuid:uid>/progress/", progress, name="etown_job_progress"), *super().get_urls()]

    def progress_view(self, request: HttpRequest, uid: Any) -> HttpResponse:
        """How far one job is, for whoever was told its address: of what failed, staff with a permission see more."""
        if not (job := Job.objects.filter(uid=uid).first()):
            raise Http404
        context = {**self.admin_site.each_context(request), "title": job.title, **shown(job)}
        return TemplateResponse(
            request, "admin/etown/job/progress.html", context, headers={"Cache-Control": "no-store"}
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET" and (late := lag()) > LATE:
            minutes = int(late.total_seconds() // 60)
            text = ngettext(
                "A job has been due for %(count)d minute: no worker seems to run, or all are busy.",
                "A job has been due for %(count)d minutes: no worker seems to run, or all are busy.",
                minutes,
            )
            self.message_user(request, text % {"count": minutes}, messages.WARNING)
        return super().changelist_view(request, extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        job = self.get_object(request, object_id)
        return super().change_view(
            request, object_id, form_url, {**(shown(job) if job else {}), **(extra_context or {})}
        )

    @admin.display(description=pgettext_lazy("of a background job", "what it does"), ordering="task")
    def title_and_recipient(self, job: Job) -> SafeString:
        return format_html('{} <span class="quiet for">{}</span>', job.title, job.recipient)

    @admin.display(description=pgettext_lazy("of a background job", "state"), ordering="state")
    def state_shown(self, job: Job) -> SafeString:
        told = [_progress(job), error_of(job)]
        return format_html(
            '<span class="job job-{}">{}</span> {}',
            job.state,
            job.get_state_display(),
            format_html_join("", '<span class="plan">{}</span>', [[line] for line in told if line]),
        )

    @admin.display(description=_("attempts"), ordering="next_attempt_at")
    def attempts_shown(self, job: Job) -> SafeString:
        made = gettext("%(count)d of %(total)d") % {"count": job.attempts, "total": job.attempts_allowed}
        if job.state != State.WAITING:
            return format_html("{}", made)
        planned = f"{timezone.localtime(job.next_attempt_at):%Y-%m-%d %H:%M}"
        return format_html('{} <span class="plan">{} <time>{}</time></span>', made, gettext("next attempt"), planned)

    @admin.display(description=_("last error"))
    def error(self, job: Job) -> str:
        return error_of(job) or "–"

    @admin.display(description=_("arguments"))
    def shown_arguments(self, job: Job) -> SafeString:
        """Without values whose names sound like a secret's."""
        cleansed = SafeExceptionReporterFilter().cleanse_setting("", job.arguments)
        return format_html("<pre>{}</pre>", json.dumps(cleansed, ensure_ascii=False, indent=2))

    @admin.action(
        description=_("Try again now"),
        permissions=["decide"],
        location=[ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM],
    )
    def try_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        done, refused = self._decide(request, queryset, leases.try_again, gettext_noop("tried again"))
        if done:
            text = ngettext(
                "%(count)d job begins with the next free worker; one that had failed has all its attempts anew.",
                "%(count)d jobs begin with the next free worker; those that had failed have all their attempts anew.",
                done,
            )
            self.message_user(request, text % {"count": done}, messages.SUCCESS)
        if refused:
            text = ngettext(
                "%(count)d job runs or is done: nothing was changed.",
                "%(count)d jobs run or are done: nothing was changed.",
                refused,
            )
            self.message_user(request, text % {"count": refused}, messages.WARNING)

    @admin.action(
        description=_("Give up"),
        permissions=["decide"],
        location=[ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM],
    )
    def give_up(self, request: HttpRequest, queryset: QuerySet) -> None:
        done, refused = self._decide(request, queryset, leases.give_up, gettext_noop("given up"))
        if done:
            text = ngettext(
                "%(count)d job is given up: there will be no further attempt. "
                "What it has done already stays done; one that runs stops at its next step.",
                "%(count)d jobs are given up: there will be no further attempt. "
                "What they have done already stays done; those that run stop at their next step.",
                done,
            )
            self.message_user(request, text % {"count": done}, messages.SUCCESS)
        if refused:
            text = ngettext(
                "%(count)d job is done or was given up before: nothing was changed.",
                "%(count)d jobs are done or were given up before: nothing was changed.",
                refused,
            )
            self.message_user(request, text % {"count": refused}, messages.WARNING)

    def _decide(
        self, request: HttpRequest, queryset: QuerySet, decide: Callable[[Job], bool], what: str
    ) -> tuple[int, int]:
        """How many were decided, and how many are past that."""
        jobs = list(queryset)
        decided = [job for job in jobs if decide(job)]
        for job in decided:
            self.log_change(request, job, [{"changed": {"fields": [what]}}])
        return len(decided), len(jobs) - len(decided)


def error_of(job: Job) -> str:
    """Errors of ours are known to the catalogue; others stay as the program said them."""
    return gettext(job.last_error) if job.last_error else ""


def _progress(job: Job) -> str:
    sign = signs.read(job)
    if sign.done is None or not sign.total:
        return "" if sign.done is None else f"{sign.done}"
    return gettext("%(count)d of %(total)d") % {"count": sign.done, "total": sign.total}


def shown(job: Job) -> dict[str, Any]:
    """What `components/job_progress.html` shows; the page that holds it is asked again, at `address`."""
    return {"job": job, "sign": signs.read(job), "address": reverse("admin:etown_job_progress", args=[job.uid])}
