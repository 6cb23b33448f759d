"""Pages of figures and corrections."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from etown.details import DetailView
from etown.listings import ListingView
from facts.filters import FigureFilterSet
from facts.models import Correction, Figure


class FigureListView(ListingView):
    queryset = Figure.objects.published().for_listing()
    filterset_class = FigureFilterSet
    template_name = "facts/figure_list.html"
    described_by = "scope"
    api_list = "api:figure-list"


class FigureDetailView(DetailView):
    queryset = Figure.objects.published().for_listing()
    template_name = "facts/figure_detail.html"


@require_safe
def corrections(request: HttpRequest) -> HttpResponse:
    return render(request, "facts/correction_list.html", {"corrections": Correction.objects.published()})
