"""What every answer passes: language, conditional requests, staff sessions; nothing varies that need not."""

from collections.abc import Callable

from axes.middleware import AxesMiddleware
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.middleware.locale import LocaleMiddleware
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag
from django.utils.http import parse_http_date_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_otp.middleware import OTPMiddleware

from etown.problems import is_api

STAFF_PREFIX = "/admin/"
# The API and shared pictures are made to be used by other sites.
SHARED_PREFIXES = ("/api/", "/media/", f"{settings.STATIC_URL}share/")
# The same for everybody, and nowhere below a language.
UNTRANSLATED_PREFIXES = ("/media/", "/sitemap")
MOST_PARAMETERS = 1_000


class StaffOnly:
    """Leaves Django's middleware out where no staff work: a public page is the same for those who are signed in."""

    get_response: Callable[[HttpRequest], HttpResponseBase]

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(STAFF_PREFIX):
            return super().__call__(request)
        return self.get_response(request)


class StaffSessionMiddleware(StaffOnly, SessionMiddleware):
    pass


class StaffAuthenticationMiddleware(StaffOnly, AuthenticationMiddleware):
    pass


class StaffSecondFactorMiddleware(StaffOnly, OTPMiddleware):
    pass


class StaffMessageMiddleware(StaffOnly, MessageMiddleware):
    pass


class StaffLockoutMiddleware(StaffOnly, AxesMiddleware):
    pass


class ResourcePolicyMiddleware:
    """Other sites may not load our pages, scripts and styles into theirs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_shared = request.path_info.startswith(SHARED_PREFIXES)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin" if is_shared else "same-origin")
        return response


class QueryMiddleware:
    """Refuses addresses with more parameters than any list has, though forms of staff may have more fields."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.META.get("QUERY_STRING", "").count("&") >= MOST_PARAMETERS:
            told = _("An address takes at most %(count)s parameters: leave some out.")
            raise BadRequest(told % {"count": f"{MOST_PARAMETERS:,}"})
        return self.get_response(request)


class LanguageMiddleware(LocaleMiddleware):
    """Django's, except that the API, pictures and sitemaps are the same for everybody and stand below no language."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not is_api(request) and not request.path_info.startswith(UNTRANSLATED_PREFIXES):
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
