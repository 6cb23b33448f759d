"""The way into the back office: log-in in two steps, and what each person may do about the own account."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import LoginView, redirect_to_login
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from etown import account_pages, second_factor
from etown.code_step import PasswordStep, code_step
from etown.passwords import NewOwnPasswordForm

View = Callable[..., HttpResponseBase]


class StaffSite(admin.AdminSite):
    """Django's, which asks for the second factor and has pages for the own account."""

    password_change_form = NewOwnPasswordForm

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and second_factor.is_satisfied(request.user)

    def get_urls(self) -> list[Any]:
        return [
            path("login/code/", never_cache(code_step(self)), name="login_code"),
            *(
                path(f"account/{address}", self.account_view(view), name=name)
                for address, name, view in account_pages.PAGES
            ),
            *super().get_urls(),
        ]

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        guarded = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not second_factor.must_enrol(request.user):
                return guarded(request, *args, **kwargs)
            if view == self.logout:
                return self.logout(request)
            return HttpResponseRedirect(reverse("admin:second_factor"))

        return update_wrapper(inner, guarded)

    def account_view(self, view: View) -> View:
        """Wraps a page that is there for those, too, who must still enrol."""

        def inner(request: HttpRequest) -> HttpResponseBase:
            if self.has_permission(request) or second_factor.must_enrol(request.user):
                return view(request, self)
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))

        return never_cache(inner)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        if not context["has_permission"]:
            # Whoever is only half in is not told what there is.
            context |= {"available_apps": [], "is_nav_sidebar_enabled": False}
        return context

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        target = LoginView().get_redirect_url(request) or reverse("admin:index")
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(target)
        if request.method == "GET" and second_factor.must_enrol(request.user):
            return HttpResponseRedirect(reverse("admin:second_factor"))
        context = {
            **self.each_context(request),
            "title": _("Log in"),
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            REDIRECT_FIELD_NAME: target,
            **(extra_context or {}),
        }
        view = PasswordStep.as_view(
            extra_context=context, authentication_form=AdminAuthenticationForm, template_name="admin/login.html"
        )
        return never_cache(view)(request)
