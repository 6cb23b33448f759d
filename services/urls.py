"""Addresses of services."""

from django.urls import path

from etown.feeds import ListingFeed
from services import views

app_name = "services"
urlpatterns = [
    path("services/", views.ServiceListView.as_view(), name="list"),
    path("services/feed/", ListingFeed(views.ServiceListView), name="feed"),
    path("services/<slug:slug>/", views.ServiceDetailView.as_view(), name="detail"),
]
