"""Before a deed over chosen records, the page that asks why."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from etown.deeds import Deed

# What the first page sent to choose the deed and its records; the form sends it again.
CHOSEN = ("action", "CHANGE_FORM-action", ACTION_CHECKBOX_NAME, "select_across", "index")
SHOWN = 20
LONGEST = 250


def reason_given(request: HttpRequest) -> Deed | None:
    """The deed as it was confirmed; None while no reason is given."""
    reason = request.POST.get("why", "").strip()
    return Deed.by(request, reason) if reason and len(reason) <= LONGEST else None


def ask_reason(
    model_admin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet, title: Any
) -> TemplateResponse:
    count = queryset.count()
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "title": title,
        "records": queryset[:SHOWN],
        "more": max(count - SHOWN, 0),
        "chosen": [(name, value) for name in CHOSEN for value in request.POST.getlist(name)],
        "error": _("Say in a few words why, for those who read the history.") if "why" in request.POST else "",
        "longest": LONGEST,
    }
    return TemplateResponse(request, "admin/reason.html", context)
