"""Addresses of news."""

from django.urls import path

from etown.feeds import ListingFeed
from news import views

app_name = "news"
urlpatterns = [
    path("news/", views.ArticleListView.as_view(), name="list"),
    path("news/feed/", ListingFeed(views.ArticleListView), name="feed"),
    path("news/<slug:slug>/", views.ArticleDetailView.as_view(), name="detail"),
]
