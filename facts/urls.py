"""Addresses of figures and corrections."""

from django.urls import path

from etown.feeds import ListingFeed
from facts import views

app_name = "facts"
urlpatterns = [
    path("figures/", views.FigureListView.as_view(), name="list"),
    path("figures/feed/", ListingFeed(views.FigureListView), name="feed"),
    path("figures/<slug:slug>/", views.FigureDetailView.as_view(), name="detail"),
    path("corrections/", views.corrections, name="corrections"),
]
