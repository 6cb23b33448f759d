"""Who guesses passwords or codes is locked out: one account from one address, and an address that tries many."""

import ipaddress
from datetime import datetime
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_login_failed
from django.db.models import Max, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from etown.throttles import client_address

# So many failures of one address, whatever the account, count like one of an account: an office may share an address.
ADDRESS_SHARE = 6
# A single customer of a network is given as many addresses as this leaves free.
IPV6_CUSTOMER = 64


def address_of(request: HttpRequest) -> str | None:
    """The client's address, as a column for addresses takes it; an IPv6 network counts as one client."""
    try:
        address = ipaddress.ip_address(client_address(request).partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, IPV6_CUSTOMER), strict=False).network_address)


class Handler(AxesDatabaseHandler):
    """Counts in the database, so that it holds for every process."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        own, whole = (
            attempts.aggregate(count=Sum("failures_since_start"))["count"] or 0
            for attempts in self.get_user_attempts(request, credentials)
        )
        return max(own, whole // ADDRESS_SHARE)


def refuses(request: HttpRequest, username: str) -> bool:
    """Whether codes for this account are not even looked at; the middleware then answers with `locked_out`."""
    credentials = {"username": username}
    if AxesProxyHandler.is_allowed(request, credentials):
        return False
    request.axes_locked_out = True
    request.axes_credentials = credentials
    return True


def note_failure(request: HttpRequest, username: str) -> None:
    """A wrong code counts like a wrong password."""
    user_login_failed.send(sender=__name__, credentials={"username": username}, request=request)


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """When to try again; the same whether there is such an account or not."""
    until = _until(request, credentials)
    seconds = max(1, round((until - timezone.now()).total_seconds()))
    context = {
        "site_header": admin.site.site_header,
        "site_title": admin.site.site_title,
        "until": until,
        "minutes": -(-seconds // 60),
    }
    answer = render(request, "admin/locked_out.html", context, status=429)
    answer["Retry-After"] = str(seconds)
    answer["Cache-Control"] = "no-store"
    return answer


def _until(request: HttpRequest, credentials: dict[str, Any] | None) -> datetime:
    """Once the last counted failure of what locks is as old as the cool-off."""
    attempts = AxesProxyHandler.get_implementation().get_user_attempts(request, credentials)
    totals = [found.aggregate(count=Sum("failures_since_start"), last=Max("attempt_time")) for found in attempts]
    limits = (settings.AXES_FAILURE_LIMIT, settings.AXES_FAILURE_LIMIT * ADDRESS_SHARE)
    locking = [found["last"] for found, limit in zip(totals, limits, strict=True) if (found["count"] or 0) >= limit]
    return max(locking, default=timezone.now()) + settings.AXES_COOLOFF_TIME


def failures(account: AbstractBaseUser) -> int:
    """How many log-ins to this account failed lately, from anywhere."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    found = AccessAttempt.objects.filter(username=account.get_username(), attempt_time__gte=since)
    return found.aggregate(count=Sum("failures_since_start"))["count"] or 0


def unlock(account: AbstractBaseUser) -> int:
    """Let this account log in again from everywhere, unless the address itself is locked."""
    return reset(username=account.get_username())
