"""The home page: the park in one look."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from companies.chain_map import modality_map
from companies.models import Chain, Company, Want
from facts.models import Figure
from news.models import Article
from services.models import Service

NEWS = 4


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    chain = Chain.objects.published().first()
    wants = list(Want.objects.published().for_listing())
    context = {
        "chain": chain,
        "map": modality_map(chain, wants) if chain else None,
        "figures": Figure.objects.published().headlines().for_listing(),
        "services": Service.objects.published().highlights().with_claims(),
        "wants": wants,
        "articles": Article.objects.published().for_cards()[:NEWS],
        **Company.objects.published().counts(),
    }
    return render(request, "home.html", context)
