"""Addresses of the chain, companies, products and wants."""

from django.urls import include, path

from companies import views
from etown.feeds import ListingFeed

company_patterns = [
    path("chain/", views.chain_map, name="chain"),
    path("wanted/<slug:slug>/", views.WantDetailView.as_view(), name="want"),
    path("companies/", views.CompanyListView.as_view(), name="list"),
    path("companies/feed/", ListingFeed(views.CompanyListView), name="feed"),
    path("companies/<slug:slug>/", views.CompanyDetailView.as_view(), name="detail"),
]
product_patterns = [
    path("", views.ProductListView.as_view(), name="list"),
    path("feed/", ListingFeed(views.ProductListView), name="feed"),
    path("<slug:slug>/", views.ProductDetailView.as_view(), name="detail"),
]
urlpatterns = [
    path("", include((company_patterns, "companies"))),
    path("products/", include((product_patterns, "products"))),
]
