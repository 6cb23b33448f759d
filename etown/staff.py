"""Whose session is whose, and groups by their translated names."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import SessionManager
from django.db import models
from django.utils.translation import pgettext_lazy

from etown import roles


class Role(Group):
    """A group as people read it."""

    class Meta:
        proxy = True
        ordering = ["pk"]
        verbose_name = pgettext_lazy("of staff", "role")
        verbose_name_plural = pgettext_lazy("of staff", "roles")

    def __str__(self) -> str:
        return roles.label(self.name)

    @property
    def is_ours(self) -> bool:
        """Whether the table says what it grants."""
        return self.name in roles.ROLES


class StaffSession(AbstractBaseSession):
    """A session that knows whose it is, so that all of one person's can be ended."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="staff_sessions")

    objects = SessionManager()

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    @classmethod
    def get_session_store_class(cls):
        from etown.sessions import SessionStore

        return SessionStore
