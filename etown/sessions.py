"""Sessions of staff: how long they last, and how all of one person's are ended."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone


class SessionStore(DatabaseStore):
    """Django's, which also writes down whose session it is."""

    @classmethod
    def get_model_class(cls) -> Any:
        from etown.staff import StaffSession

        return StaffSession

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        session = super().create_model_instance(data)
        session.account_id = data.get(SESSION_KEY)
        return session


def limit_life(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    """Counted from the log-in, whatever is done meanwhile."""
    request.session.set_expiry(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE))


def open_sessions(account: Any, but: str | None = None) -> QuerySet:
    """The sessions in which `account` is still signed in, `but` one."""
    return account.staff_sessions.filter(expire_date__gt=timezone.now()).exclude(session_key=but)


def end_sessions(account: Any, but: str | None = None) -> int:
    """Sign `account` out everywhere, `but` in one session; returns in how many."""
    count = open_sessions(account, but).count()
    account.staff_sessions.exclude(session_key=but).delete()
    return count
