"""What every page says about the office."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from office.models import Office


def office(request: HttpRequest) -> dict[str, object]:
    return {"office": SimpleLazyObject(Office.current)}
