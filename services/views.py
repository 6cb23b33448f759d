"""Pages of services."""

from typing import Any

from etown.details import DetailView
from etown.listings import ListingView
from services.filters import ServiceFilterSet
from services.models import Service
from services.structured import service


class ServiceListView(ListingView):
    queryset = Service.objects.published()
    filterset_class = ServiceFilterSet
    template_name = "services/service_list.html"
    api_list = "api:service-list"


class ServiceDetailView(DetailView):
    queryset = Service.objects.published().for_profile()
    template_name = "services/service_detail.html"

    def get_context(self, record: Service) -> dict[str, Any]:
        return {"structured": service(record, self.url_of(record))}
