"""The reader's language, without making answers vary that do not."""

from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware


class LanguageMiddleware(LocaleMiddleware):
    """Django's, except that a successful API answer carries both languages and so is the same for everybody."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path_info.startswith("/api/") and response.status_code == 200:
            return response
        return super().process_response(request, response)
