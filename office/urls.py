"""Addresses of the office's pages; included last, since any word may be a page."""

from django.urls import path

from office import views

app_name = "office"
urlpatterns = [path("<slug:slug>/", views.PageView.as_view(), name="page")]
