"""Addresses of services."""

from django.urls import path

from services import views

app_name = "services"
urlpatterns = [
    path("services/", views.ServiceListView.as_view(), name="list"),
    path("services/<slug:slug>/", views.ServiceDetailView.as_view(), name="detail"),
]
