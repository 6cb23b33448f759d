"""What each member of staff may do about the own account: second factor, recovery codes, sessions."""

from typing import Any

import django_otp
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from etown import second_factor, sessions
from etown.code_step import CodeForm, FirstCodeForm


def overview(request: HttpRequest, site: Any) -> HttpResponse:
    context = {
        "title": _("Your account"),
        "has_device": second_factor.has_device(request.user),
        "is_required": second_factor.is_required(),
        "codes_left": second_factor.recovery_codes_left(request.user),
        "elsewhere": sessions.open_sessions(request.user, but=request.session.session_key).count(),
        "hours": request.session.get_session_cookie_age() // 3600,
    }
    return _page(request, site, "admin/account/overview.html", context)


def enrol(request: HttpRequest, site: Any) -> HttpResponse:
    """Shows the key to the app, and asks for its first code."""
    if second_factor.has_device(request.user):
        return _back()
    form = FirstCodeForm(request, request.user)
    if form.is_valid():
        # Sessions from before, perhaps somebody else's, were never asked for a code.
        sessions.end_sessions(request.user, but=request.session.session_key)
        request.session.cycle_key()
        django_otp.login(request, form.device)
        return _codes(request, site)
    device = second_factor.prepare(request.user)
    context = {
        "title": _("Set up the second factor"),
        "form": form,
        "drawing": second_factor.drawing(device),
        "key": second_factor.key(device),
        "is_required": second_factor.is_required(),
    }
    return _page(request, site, "admin/account/enrol.html", context)


def renew_codes(request: HttpRequest, site: Any) -> HttpResponse:
    if not second_factor.has_device(request.user):
        return _back()
    form = CodeForm(request, request.user)
    if form.is_valid():
        return _codes(request, site)
    context = {
        "title": _("New recovery codes"),
        "form": form,
        "explanation": _("You get ten new codes; those that you have now work no more."),
        "deed": _("Make new codes"),
    }
    return _page(request, site, "admin/account/ask_code.html", context)


def switch_off(request: HttpRequest, site: Any) -> HttpResponse:
    if not second_factor.has_device(request.user):
        return _back()
    form = CodeForm(request, request.user)
    if form.is_valid():
        second_factor.remove(request.user)
        messages.success(request, _("The second factor is switched off."))
        return _back()
    again = _("This site requires a second factor: you will be asked to set up a new one at once.")
    context = {
        "title": _("Switch the second factor off"),
        "form": form,
        "explanation": again if second_factor.is_required() else _("Then your password alone opens your account."),
        "deed": _("Switch it off"),
    }
    return _page(request, site, "admin/account/ask_code.html", context)


@require_POST
def sign_out_elsewhere(request: HttpRequest, site: Any) -> HttpResponse:
    count = sessions.end_sessions(request.user, but=request.session.session_key)
    text = ngettext("%(count)d other session is ended.", "%(count)d other sessions are ended.", count)
    messages.success(request, text % {"count": count})
    return _back()


# Address below the account, name, view.
PAGES = (
    ("", "account", overview),
    ("second-factor/", "second_factor", enrol),
    ("second-factor/off/", "second_factor_off", switch_off),
    ("recovery-codes/", "recovery_codes", renew_codes),
    ("sign-out-elsewhere/", "sign_out_elsewhere", sign_out_elsewhere),
)


def _codes(request: HttpRequest, site: Any) -> HttpResponse:
    """New codes, on this page and never again."""
    codes = second_factor.new_recovery_codes(request.user)
    context = {"title": _("Your recovery codes"), "codes": codes, "text": "\r\n".join([*codes, ""])}
    return _page(request, site, "admin/account/codes.html", context)


def _page(request: HttpRequest, site: Any, template: str, context: dict[str, Any]) -> HttpResponse:
    request.current_app = site.name
    return TemplateResponse(request, template, {**site.each_context(request), **context})


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:account"))
