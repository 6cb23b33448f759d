"""The kernel as a Django app, and the admin site in the office's name."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class EtownConfig(AppConfig):
    name = "etown"
    verbose_name = _("Site")
    default = True


class EtownAdminConfig(admin_apps.AdminConfig):
    default_site = "etown.admin.EtownAdminSite"
    default = False
