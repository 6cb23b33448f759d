"""Services in the API."""

from etown.viewsets import ListingViewSet
from services.filters import ServiceFilterSet
from services.models import Service
from services.serializers import ServiceSerializer


class ServiceViewSet(ListingViewSet):
    """Services, platforms, places, funds and policies that companies can use."""

    queryset = Service.objects.published().for_listing()
    serializer_class = ServiceSerializer
    filterset_class = ServiceFilterSet
