"""The home page: the park in one look."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from companies.chain_map import modality_map, stage_counts
from companies.models import Chain, Company, Want
from facts.models import Figure
from news.models import Article
from services.models import Service

NEWS = 4


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    chain = Chain.objects.published().first()
    context = {
        "chain": chain,
        "stage_counts": stage_counts(chain) if chain else [],
        "map": modality_map(chain) if chain else None,
        "company_count": Company.objects.published().count(),
        "tenant_count": Company.objects.published().tenants().count(),
        "figures": Figure.objects.published().headlines().for_listing(),
        "services": Service.objects.published().highlights().for_listing(),
        "wants": Want.objects.published().for_listing(),
        "articles": Article.objects.published().for_listing()[:NEWS],
    }
    return render(request, "home.html", context)
