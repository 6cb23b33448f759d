"""All addresses of the site."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.sitemaps import views as sitemap
from django.urls import include, path

from etown import operations
from etown.home import home
from etown.previews import preview
from etown.search_page import search_page, suggestions
from etown.sitemaps import sitemaps

# The name by which the sitemap's index looks for its parts.
SECTION = "django.contrib.sitemaps.views.sitemap"

urlpatterns = [
    path("", operations.front_door),
    path("admin/", admin.site.urls),
    path("api/v1/", include("etown.api")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("healthz/", operations.healthz),
    path("readyz/", operations.readyz),
    path("robots.txt", operations.robots),
    path("favicon.ico", operations.favicon),
    path("sitemap.xml", sitemap.index, {"sitemaps": sitemaps}, name="sitemap"),
    path("sitemap-<section>.xml", sitemap.sitemap, {"sitemaps": sitemaps}, name=SECTION),
    # Pictures are our own re-encoded files; a storage of its own or a proxy may take this address over.
    path("media/<path:path>", operations.media),
    *i18n_patterns(
        path("", home, name="home"),
        path("preview/<str:token>/", preview, name="preview"),
        path("search/", search_page, name="search"),
        path("search/suggestions/", suggestions, name="suggestions"),
        path("", include("facts.urls")),
        path("", include("companies.urls")),
        path("", include("services.urls")),
        path("", include("news.urls")),
        path("", include("office.urls")),
    ),
]

handler400 = "etown.problems.bad_request"
handler403 = "etown.problems.permission_denied"
handler404 = "etown.problems.not_found"
handler500 = "etown.problems.server_error"
