"""The second step of a log-in: the password was right, now a code is asked for."""

import time
from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import auth
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_otp.models import Device

from etown import lockout, second_factor

PENDING = "second_factor_pending"
# So long may one look for the phone.
PATIENCE = 10 * 60


class CodeForm(forms.Form):
    """Asks `account` for a code; wrong ones count towards the lock-out."""

    counts: ClassVar[bool] = True

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=32,
        help_text=gettext_lazy("The six digits that your app shows, or one of your recovery codes."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True, "class": "vTextField"}),
    )

    def __init__(self, request: HttpRequest, account: Any) -> None:
        super().__init__(request.POST if request.method == "POST" else None)
        self.request = request
        self.account = account
        self.device: Device | None = None

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        username = self.account.get_username()
        if self.counts and lockout.refuses(self.request, username):
            raise ValidationError(_("Too many attempts."))
        try:
            self.device = self.ask(code)
        except second_factor.TooSoonError as error:
            raise ValidationError(too_soon(error.seconds)) from error
        if self.device is None:
            if self.counts:
                lockout.note_failure(self.request, username)
            raise ValidationError(_("This code is not right, or has been used already."))
        return code

    def ask(self, code: str) -> Device | None:
        return second_factor.verify(self.account, code)


class FirstCodeForm(CodeForm):
    """Asks for the first code of a new app, whose key is on the same page: there is nothing to guess."""

    counts = False

    def ask(self, code: str) -> Device | None:
        return second_factor.confirm(self.account, code)


def too_soon(seconds: int) -> str:
    text = ngettext(
        "After wrong codes, please wait %(seconds)d second before the next one.",
        "After wrong codes, please wait %(seconds)d seconds before the next one.",
        seconds,
    )
    return text % {"seconds": seconds}


class PasswordStep(LoginView):
    """The first step, which is the last for whoever has no second factor."""

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        account: Any = form.get_user()
        if not second_factor.has_device(account):
            return super().form_valid(form)
        # Nobody is signed in yet: the session only remembers who was right about the password.
        self.request.session.flush()
        self.request.session[PENDING] = {
            "account": account.pk,
            "hash": account.get_session_auth_hash(),
            "backend": account.backend,
            "until": time.time() + PATIENCE,
        }
        query = {REDIRECT_FIELD_NAME: self.get_success_url()}
        return HttpResponseRedirect(reverse("admin:login_code", query=query))


def code_step(site: Any) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        target = LoginView().get_redirect_url(request) or reverse("admin:index")
        account = _pending(request)
        if account is None:
            return HttpResponseRedirect(reverse("admin:login", query={REDIRECT_FIELD_NAME: target}))
        form = CodeForm(request, account)
        if form.is_valid():
            backend = request.session.pop(PENDING)["backend"]
            account.otp_device = form.device
            auth.login(request, account, backend)
            return HttpResponseRedirect(target)
        context = {
            **site.each_context(request),
            "title": _("Log in"),
            "form": form,
            "target": target,
        }
        return TemplateResponse(request, "admin/login_code.html", context)

    return view


def _pending(request: HttpRequest) -> Any:
    """Whoever gave the right password a moment ago, unless it has been changed or the account closed since."""
    pending = request.session.get(PENDING)
    if not pending or pending["until"] < time.time():
        return None
    account = auth.get_user_model()._default_manager.filter(pk=pending["account"], is_active=True).first()
    if account is None or not constant_time_compare(pending["hash"], account.get_session_auth_hash()):
        return None
    return account
