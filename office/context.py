"""What every page says about the office."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from office.models import Desk, Office


def office(request: HttpRequest) -> dict[str, object]:
    """The office, its desks, and the address of a mail that reports an error on this page; read when used."""
    desks: Any = SimpleLazyObject(lambda: list(Desk.objects.published()))
    return {
        "office": SimpleLazyObject(Office.current),
        "desks": desks,
        "report_url": SimpleLazyObject(lambda: report_url(request, desks)),
    }


def report_url(request: HttpRequest, desks: Sequence[Desk]) -> str:
    """A mail to the first desk that names the page; "" while there is no desk."""
    if not desks:
        return ""
    page = request.build_absolute_uri(request.path)
    body = _("On this page something is wrong or out of date: %(page)s") % {"page": page}
    subject = _("Correction")
    return f"mailto:{desks[0].email}?subject={quote(subject)}&body={quote(body)}"
