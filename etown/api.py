"""The API's addresses."""

from django.conf import settings
from django.urls import include, path
from django.utils import translation
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import APIRootView, DefaultRouter

from companies.api import ChainViewSet, CompanyViewSet, ProductViewSet, WantViewSet
from etown import openapi  # noqa: F401 (drf-spectacular finds its extensions once they are imported)
from etown.viewsets import Negotiation, refuse_unknown
from facts.api import FigureViewSet
from news.api import ArticleViewSet
from services.api import ServiceViewSet


@extend_schema(exclude=True)
class Root(APIRootView):
    """The lists of this API."""

    content_negotiation_class = Negotiation

    def get(self, request: Request, *args, **kwargs) -> Response:
        refuse_unknown(request, ("format",))
        return super().get(request, *args, **kwargs)


class Router(DefaultRouter):
    include_format_suffixes = False
    APIRootView = Root


router = Router()
router.register("companies", CompanyViewSet, "company")
router.register("products", ProductViewSet, "product")
router.register("services", ServiceViewSet, "service")
router.register("news", ArticleViewSet, "article")
router.register("figures", FigureViewSet, "figure")
router.register("wanted", WantViewSet, "want")
router.register("chain", ChainViewSet, "chain")


class Schema(SpectacularJSONAPIView):
    """The OpenAPI document, in English for everybody."""

    content_negotiation_class = Negotiation

    @extend_schema(exclude=True)
    def get(self, request: Request, *args, **kwargs) -> Response:
        refuse_unknown(request, ("format",))
        with translation.override("en"):
            return super().get(request, *args, **kwargs)


class Docs(SpectacularSwaggerSplitView):
    """The document for people; `script` asks for the page's own script."""

    url_name = "api:schema"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args, **kwargs) -> Response:
        refuse_unknown(request, ("script",))
        return super().get(request, *args, **kwargs)


# The documentation page's icons are data addresses in its stylesheet.
docs = csp_override({**settings.SECURE_CSP, "img-src": [CSP.SELF, "data:"]})(Docs.as_view())

app_name = "api"
urlpatterns = [
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    path("", include(router.urls)),
]
