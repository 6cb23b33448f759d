"""Services with their steps and quoted claims in the back office."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from etown.form_layout import both, group
from etown.forms import PartFormSet
from etown.parts import AliasPart, StackedPart, TabularPart
from etown.publishable_admin import PUBLISHING, PublishableAdmin
from facts.admin import CitationPart
from services.models import Claim, Service, ServiceAlias, Step


class ServiceAliasPart(AliasPart):
    model = ServiceAlias


class StepFormSet(PartFormSet):
    ordinal = "position"


class StepPart(StackedPart):
    model = Step
    formset = StepFormSet
    fields = ("position", both("title"), both("text"))


class ClaimPart(TabularPart):
    model = Claim
    fields = ("before", "after")
    autocomplete_fields = ("before", "after")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Claim]:
        return super().get_queryset(request).for_listing()


@admin.register(Service)
class ServiceAdmin(PublishableAdmin):
    list_display = ("name_en", "name_zh_hans", "kind", "operator_company", "status_since")
    list_display_links = ("name_en", "name_zh_hans")
    list_filter = ("status", "kind", "desk", "name_en_origin", "name_zh_hans_origin")
    list_select_related = ("operator_company",)
    search_fields = ("name_en", "name_zh_hans", "aliases__name", "operator_en", "operator_zh_hans", "slug")
    ordering = ("sort_en", "pk")
    autocomplete_fields = ("operator_company", "picture", "figures")
    prepopulated_fields = {"slug": ("name_en",)}
    fieldsets = (
        group(None, both("name"), ("name_en_origin", "name_zh_hans_origin"), "kind", both("summary")),
        group(_("Who runs it"), both("operator"), ("operator_company", "desk"), both("partner")),
        group(_("Details"), both("audience"), both("operation"), both("address"), both("description")),
        group(_("Picture and figures"), "picture", "figures"),
        PUBLISHING,
    )
    inlines = (StepPart, ClaimPart, ServiceAliasPart, CitationPart)
