"""What every page says about the office."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from etown import rehearsal
from etown.models import ContentVersion, Stamp
from office.models import Desk, Office


@dataclass(frozen=True)
class Contact:
    """The office and its desks as they are at one content version."""

    version: Stamp
    office: Office | None
    desks: list[Desk]


_remembered: list[Contact] = []


def office(request: HttpRequest) -> dict[str, object]:
    """The office, its desks, and the address of a mail that reports an error on this page; read when used."""
    contact: Any = SimpleLazyObject(lambda: _contact(request))
    return {
        "office": SimpleLazyObject(lambda: contact.office),
        "desks": SimpleLazyObject(lambda: contact.desks),
        "report_url": SimpleLazyObject(lambda: report_url(request, contact.desks)),
    }


def _contact(request: HttpRequest) -> Contact:
    """Every page names them and they hardly ever change: read anew only after a public change."""
    # A list has looked the version up already.
    version = getattr(request, "content_version", None) or ContentVersion.stamp()
    contact = _remembered[0] if _remembered else None
    if contact is None or contact.version != version:
        contact = Contact(version, Office.current(), list(Desk.objects.published()))
        if not rehearsal.is_running():
            _remembered[:] = [contact]
    return contact


def report_url(request: HttpRequest, desks: Sequence[Desk]) -> str:
    """A mail to the first desk that names the page; "" while there is no desk."""
    if not desks:
        return ""
    page = request.build_absolute_uri(request.path)
    body = _("On this page something is wrong or out of date: %(page)s") % {"page": page}
    subject = _("Correction")
    return f"mailto:{desks[0].email}?subject={quote(subject)}&body={quote(body)}"
