"""Accounts and roles in the back office: who may come in, as what, and how to help who cannot."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Exists, OuterRef, QuerySet
from django.forms import BaseFormSet, CheckboxSelectMultiple, ModelForm, ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, ngettext_lazy, pgettext_lazy
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from etown import lockout, roles, second_factor, sessions
from etown.bilingual import listed
from etown.passwords import NewPasswordForm
from etown.staff import Role

ROLES_TITLE = pgettext_lazy("of staff", "Roles")
EVERYWHERE = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]
Deed = Callable[[User], object]


class RoleField(ModelMultipleChoiceField):
    widget = CheckboxSelectMultiple

    def label_from_instance(self, role: Any) -> SafeString:
        purpose = roles.ROLES[role.name].purpose if role.is_ours else ""
        return format_html("<strong>{}</strong> {}", role, purpose)


class RoleFilter(admin.SimpleListFilter):
    title = pgettext_lazy("of staff", "role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(role.pk), str(role)) for role in Role.objects.all()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        known = {key for key, _label in self.lookup_choices}
        return queryset.filter(groups=self.value()) if self.value() in known else queryset


class AccountAdmin(UserAdmin):
    """Rights come by roles only; nobody raises himself, and only superusers touch superusers."""

    list_display = ("username", "full_name", "role_names", "is_active", "has_second_factor", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", RoleFilter)
    filter_horizontal = ()
    change_password_form = NewPasswordForm
    actions = ("sign_out_everywhere", "remove_second_factor", "unlock")
    readonly_fields = (
        "role_names",
        "has_second_factor",
        "session_count",
        "failure_count",
        "last_login",
        "date_joined",
    )
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Personal info"), {"fields": ("first_name", "last_name", "email")}),
        (ROLES_TITLE, {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (
            _("Log-in"),
            {"fields": ("has_second_factor", "session_count", "failure_count", "last_login", "date_joined")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        device = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        return super().get_queryset(request).annotate(second_factor=Exists(device)).prefetch_related("groups")

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        found = super().get_fieldsets(request, obj)
        if obj is None or not self._keeps_roles(request, obj):
            return found
        return [
            (title, {**options, "fields": ["role_names" if name == "groups" else name for name in options["fields"]]})
            for title, options in found
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        found = [*super().get_readonly_fields(request, obj)]
        if not request.user.is_superuser:
            found += ["is_superuser"]
        if obj is not None and self._keeps_roles(request, obj):
            found += ["is_active", "is_staff", "groups"]
        return found

    def _keeps_roles(self, request: HttpRequest, account: User) -> bool:
        """Whether this person may see, but not choose, what `account` may do."""
        may_change = self.has_change_permission(request, account)
        return not may_change or (account == request.user and not request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj) and obj != request.user

    def _may_touch(self, request: HttpRequest, account: User | None) -> bool:
        return account is None or request.user.is_superuser or not account.is_superuser

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name != "groups":
            return super().formfield_for_manytomany(db_field, request, **kwargs)
        # Other groups may grant what an administrator does not have.
        found = Role.objects.all() if request.user.is_superuser else Role.objects.filter(name__in=roles.ROLES)
        return RoleField(found, required=False, label=capfirst(str(ROLES_TITLE)))

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        # Whoever gets an account here shall come in here.
        obj.is_staff |= not change
        super().save_model(request, obj, form, change)
        if not (obj.is_active and obj.is_staff):
            # Opened again later, it shall not come back with its sessions.
            sessions.end_sessions(obj)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: list[BaseFormSet], change: bool) -> None:
        hidden = form.instance.groups.exclude(name__in=roles.ROLES)
        kept = [] if request.user.is_superuser else [*hidden]
        super().save_related(request, form, formsets, change)
        form.instance.groups.add(*kept)

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, account: User) -> str:
        return account.get_full_name()

    @admin.display(description=pgettext_lazy("of staff", "roles"))
    def role_names(self, account: User) -> str:
        return listed(roles.label(group.name) for group in account.groups.all())

    @admin.display(description=_("second factor"), boolean=True, ordering="second_factor")
    def has_second_factor(self, account: Any) -> bool:
        return account.second_factor

    @admin.display(description=_("open sessions"))
    def session_count(self, account: User) -> int:
        return sessions.open_sessions(account).count()

    @admin.display(description=_("failed log-ins lately"))
    def failure_count(self, account: User) -> int:
        return lockout.failures(account)

    @admin.action(description=_("Sign out everywhere"), permissions=["change"], location=EVERYWHERE)
    def sign_out_everywhere(self, request: HttpRequest, queryset: QuerySet) -> None:
        done = ngettext_lazy("%(count)d account is signed out.", "%(count)d accounts are signed out.", "count")
        self._each(request, queryset, sessions.end_sessions, gettext_noop("open sessions: ended"), done)

    @admin.action(description=_("Remove the second factor"), permissions=["change"], location=EVERYWHERE)
    def remove_second_factor(self, request: HttpRequest, queryset: QuerySet) -> None:
        def remove(account: User) -> None:
            # Whoever found the phone may have a session, too.
            second_factor.remove(account)
            sessions.end_sessions(account)

        done = ngettext_lazy(
            "%(count)d account has no second factor any more, and is signed out.",
            "%(count)d accounts have no second factor any more, and are signed out.",
            "count",
        )
        self._each(request, queryset, remove, gettext_noop("second factor: removed"), done)

    @admin.action(description=_("Unlock the log-in"), permissions=["change"], location=EVERYWHERE)
    def unlock(self, request: HttpRequest, queryset: QuerySet) -> None:
        done = ngettext_lazy("%(count)d account may log in again.", "%(count)d accounts may log in again.", "count")
        self._each(request, queryset, lockout.unlock, gettext_noop("log-in: unlocked"), done)

    def _each(self, request: HttpRequest, accounts: QuerySet, deed: Deed, note: str, done: Any) -> None:
        allowed = [account for account in accounts if self.has_change_permission(request, account)]
        for account in allowed:
            deed(account)
            self.log_change(request, account, [{"changed": {"fields": [note]}}])
        if refused := len(accounts) - len(allowed):
            self.message_user(request, _("Only superusers may do this to superusers."), messages.ERROR)
        if allowed or not refused:
            self.message_user(request, done % {"count": len(allowed)}, messages.SUCCESS)


class RoleAdmin(GroupAdmin):
    """Our roles are read here and written in the table; groups of one's own are for superusers."""

    list_display = ("role", "purpose", "member_count")
    list_display_links = ("role",)
    ordering = ("pk",)

    def get_fields(self, request: HttpRequest, obj: Role | None = None) -> Any:
        ours = ("role", "purpose", "grants", "member_count")
        return ours if obj is not None and obj.is_ours else ("name", "permissions")

    def get_readonly_fields(self, request: HttpRequest, obj: Role | None = None) -> Any:
        return ("role", "purpose", "grants", "member_count")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Role | None = None) -> bool:
        return request.user.is_superuser and (obj is None or not obj.is_ours)

    def has_delete_permission(self, request: HttpRequest, obj: Role | None = None) -> bool:
        return request.user.is_superuser and (obj is None or not obj.is_ours)

    @admin.display(description=pgettext_lazy("of staff", "role"), ordering="pk")
    def role(self, role: Role) -> str:
        return str(role)

    @admin.display(description=_("what it is for"))
    def purpose(self, role: Role) -> str:
        return str(roles.ROLES[role.name].purpose) if role.is_ours else ""

    @admin.display(description=_("members"))
    def member_count(self, role: Role) -> int:
        return role.user_set.count()

    @admin.display(description=_("what it may do"))
    def grants(self, role: Role) -> SafeString:
        return format_html(
            "<ul>{}</ul>",
            format_html_join(
                "",
                "<li>{}</li>",
                (
                    [_("%(records)s: %(deeds)s") % {"records": capfirst(names), "deeds": deeds}]
                    for deeds, names in _summary(role.name)
                ),
            ),
        )


def _summary(name: str) -> list[tuple[str, str]]:
    """What a role may do, and with which of the records that have a page of their own."""
    found: dict[str, list[str]] = {}
    for model in admin.site._registry:
        if deeds := [str(roles.DEED_LABELS[deed]) for deed in roles.DEEDS if roles.may(name, deed, model)]:
            found.setdefault(listed(deeds), []).append(str(model._meta.verbose_name_plural))
    return [(deeds, listed(names)) for deeds, names in found.items()]


# The devices' own pages would show their keys.
admin.site.unregister([User, Group, TOTPDevice, StaticDevice])
admin.site.register(User, AccountAdmin)
admin.site.register(Role, RoleAdmin)
