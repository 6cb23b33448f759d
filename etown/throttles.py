"""How often one address may ask for lists that must be computed."""

from django.http import HttpRequest
from rest_framework.throttling import SimpleRateThrottle


class PageThrottle(SimpleRateThrottle):
    """By address alone: who is signed in is not looked up, which would make every page personal."""

    scope = "pages"

    def get_cache_key(self, request: HttpRequest, view) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}
