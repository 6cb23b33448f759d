"""Figures in the API."""

from etown.viewsets import ListingViewSet
from facts.filters import FigureFilterSet
from facts.models import Figure
from facts.serializers import FigureSerializer


class FigureViewSet(ListingViewSet):
    """Figures with source, date and state; quoted claims are marked as such."""

    queryset = Figure.objects.published().for_listing()
    serializer_class = FigureSerializer
    filterset_class = FigureFilterSet
