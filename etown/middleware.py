"""Language and conditional requests, without making answers vary that do not."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.middleware.locale import LocaleMiddleware
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag
from django.utils.http import parse_http_date_safe
from django.utils.translation import get_language

from etown.problems import is_api


class LanguageMiddleware(LocaleMiddleware):
    """Django's, except that the API and pictures are the same for everybody and never move below a language."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not is_api(request) and not request.path_info.startswith("/media/"):
            return super().process_response(request, response)
        if response.status_code >= 400:
            patch_vary_headers(response, ["Accept-Language"])
            response.headers.setdefault("Content-Language", get_language())
        return response


class ConditionalMiddleware(ConditionalGetMiddleware):
    """Django's, for HEAD too: our views write the whole answer for it, and the server drops the body."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if request.method not in {"GET", "HEAD"} or not self.needs_etag(response):
            return response
        if not response.has_header("ETag"):
            _set_weak_etag(response)
        # A 304 leaves before GZipMiddleware can say so.
        patch_vary_headers(response, ["Accept-Encoding"])
        unchanged = get_conditional_response(
            request,
            etag=response.get("ETag"),
            last_modified=parse_http_date_safe(response.get("Last-Modified", "")),
            response=response,
        )
        return unchanged or response


def _set_weak_etag(response: HttpResponse) -> None:
    """As GZipMiddleware would make it, so that a 304 repeats the tag of the answer that it stands for."""
    set_response_etag(response)
    if response.has_header("ETag"):
        response["ETag"] = f"W/{response['ETag']}"
