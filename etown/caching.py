"""What caches may keep: public answers, for a minute between here and the reader, never in the reader's way."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers

from etown.problems import is_api

PUBLIC_PREFIXES = ("/api/", "/sitemap", *(f"/{code}/" for code, _name in settings.LANGUAGES))
# A reader always asks again, which an ETag makes cheap; a shared cache may answer for a minute.
POLICY = {"public": True, "max_age": 0, "s_maxage": 60, "stale_while_revalidate": 60}


class PublicCacheMiddleware:
    """Marks successful answers without cookies as public; a view that says otherwise keeps its word."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (
            request.method in {"GET", "HEAD"}
            and response.status_code in {200, 301}
            and request.path_info.startswith(PUBLIC_PREFIXES)
            and not response.cookies
            and not response.has_header("Cache-Control")
        ):
            patch_cache_control(response, **POLICY)
            if is_api(request):
                # It chooses the format, refuses what it cannot write, and even indents.
                patch_vary_headers(response, ["Accept"])
        return response
