"""How often one address may ask for lists that must be computed."""

import math
from typing import Any

from rest_framework.throttling import BaseThrottle, SimpleRateThrottle


def client_address(request: Any) -> str:
    """Whose request it is: as the last of our own proxies saw it, and where there is none, as we see it."""
    return BaseThrottle().get_ident(request) or ""


class AddressThrottle(SimpleRateThrottle):
    """By address alone: who is signed in is not looked up, which would make every page personal."""

    def seconds_to_wait(self, request: Any) -> int:
        """0 if this request may be answered; it is counted either way."""
        no_view: Any = None
        return 0 if self.allow_request(request, no_view) else math.ceil(self.wait() or 1)

    def get_cache_key(self, request: Any, view: Any) -> str:
        return self.cache_format % {"scope": self.scope, "ident": client_address(request)}


class PageThrottle(AddressThrottle):
    """Lists with a query."""

    scope = "pages"


class ExportThrottle(AddressThrottle):
    """Whole lists, which take seconds where there are very many rows."""

    scope = "exports"
