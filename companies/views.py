"""Pages of the chain, companies, products and wants."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from companies.chain_map import modality_map, segment_map
from companies.filters import CompanyFilterSet, ProductFilterSet
from companies.models import Chain, Company, Product, Want
from companies.neighbours import neighbours
from companies.structured import organization
from etown.details import DetailView
from etown.filters import Problem, misunderstood
from etown.listings import ListingView, without_campaign

MAPS = {"segment": segment_map, "modality": modality_map}


class CompanyListView(ListingView):
    queryset = Company.objects.published().for_cards()
    filterset_class = CompanyFilterSet
    template_name = "companies/company_list.html"
    api_list = "api:company-list"


class CompanyDetailView(DetailView):
    queryset = Company.objects.published().for_profile()
    template_name = "companies/company_detail.html"

    def get_context(self, record: Company) -> dict[str, Any]:
        return {"neighbours": neighbours(record), "structured": organization(record, self.url_of(record))}


class ProductListView(ListingView):
    queryset = Product.objects.published().for_cards()
    filterset_class = ProductFilterSet
    template_name = "companies/product_list.html"
    api_list = "api:product-list"


class ProductDetailView(DetailView):
    queryset = Product.objects.published().for_profile()
    template_name = "companies/product_detail.html"


class WantDetailView(DetailView):
    queryset = Want.objects.published().for_listing()
    template_name = "companies/want_detail.html"


@require_safe
def chain_map(request: HttpRequest) -> HttpResponse:
    """The map of one chain, by segment or by modality."""
    chains = list(Chain.objects.published())
    data = without_campaign(request.GET)
    kind = data.get("by", "segment")
    slug = data.get("chain", chains[0].slug if chains else "")
    problems = misunderstood(data, ("by", "chain"))
    if kind not in MAPS:
        problems.append(Problem("by", _("Known values: %(known)s.") % {"known": ", ".join(MAPS)}))
        kind = "segment"
    chain = next((chain for chain in chains if chain.slug == slug), None)
    if chain is None and chains:
        problems.append(Problem("chain", _("Known values: %(known)s.") % {"known": ", ".join(c.slug for c in chains)}))
        chain = chains[0]
    context = {"chains": chains, "map": MAPS[kind](chain) if chain else None, "problems": problems}
    return render(request, "companies/chain_map.html", context)
