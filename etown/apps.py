"""The kernel as a Django app, and the admin site in the office's name."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.contrib.auth.signals import user_logged_in
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class EtownConfig(AppConfig):
    name = "etown"
    verbose_name = _("Site")
    default = True

    def ready(self) -> None:
        roles, sessions = import_module("etown.roles"), import_module("etown.sessions")
        connection_created.connect(import_module("etown.search.scan").teach, dispatch_uid="etown.search.scan")
        post_migrate.connect(roles.after_migrate, dispatch_uid="etown.roles")
        user_logged_in.connect(sessions.limit_life, dispatch_uid="etown.sessions")


class EtownAdminConfig(admin_apps.AdminConfig):
    default_site = "etown.admin.EtownAdminSite"
    default = False

    def ready(self) -> None:
        super().ready()
        # Takes the place of what Django has registered by now.
        import_module("etown.accounts")
