"""The API's addresses."""

from django.conf import settings
from django.urls import include, path
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import APIRootView, DefaultRouter

from companies.api import ChainViewSet, CompanyViewSet, ProductViewSet, WantViewSet
from facts.api import FigureViewSet
from news.api import ArticleViewSet
from services.api import ServiceViewSet


@extend_schema(exclude=True)
class Root(APIRootView):
    """The lists of this API."""


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

# The documentation page's icons are data addresses in its stylesheet.
docs = csp_override({**settings.SECURE_CSP, "img-src": [CSP.SELF, "data:"]})(
    SpectacularSwaggerSplitView.as_view(url_name="api:schema")
)

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    path("", include(router.urls)),
]
