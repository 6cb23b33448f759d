"""Merging two companies in the back office: choosing them, seeing what it would do, and doing it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies import merging
from companies.merge_plan import MergePlan, which_stays
from companies.models import Company, Product
from etown.deeds import Deed
from etown.derived import hold
from etown.reasons import LONGEST, reason_given

OTHER = "other"


class OtherForm(forms.Form):
    """The company with which one is merged."""

    other = forms.ModelChoiceField(Company.objects.all(), label=gettext_lazy("The other company"))

    def __init__(self, *args: Any, site: admin.AdminSite, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["other"].queryset = Company.objects.exclude(pk=company.pk)
        # Chosen as the company of a product is.
        self.fields["other"].widget = AutocompleteSelect(
            Product._meta.get_field("company"), site, choices=self.fields["other"].choices
        )


class MergePages:
    """For the admin of companies; merging asks for what publishing and changing both of them asks for."""

    change_form_template = "admin/companies/company/change_form.html"

    def has_merge_permission(self, request: HttpRequest, obj: Company | None = None) -> bool:
        return self.has_publish_permission(request, obj) and self.has_change_permission(request, obj)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("merge/<int:kept>/<int:gone>/", view(self.merge_view), name="companies_company_merge"),
            path("<int:pk>/merge/", view(self.choose_view), name="companies_company_merge_with"),
            *super().get_urls(),
        ]

    @admin.action(
        description=gettext_lazy("Merge two companies"),
        permissions=["merge"],
        location=[ActionLocation.CHANGE_LIST],
    )
    def merge(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        chosen = list(queryset[:3])
        if len(chosen) != 2:
            self.message_user(request, _("Choose exactly two companies to merge."), messages.ERROR)
            return None
        return HttpResponseRedirect(self._merge_address(*which_stays(*chosen)))

    def publishing_context(self, request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
        found = super().publishing_context(request, context)
        return found | {"may_merge": context["original"] is not None and self.has_merge_permission(request)}

    def choose_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        company = self._company(request, pk)
        form = OtherForm(request.GET if OTHER in request.GET else None, site=self.admin_site, company=company)
        if form.is_bound and form.is_valid():
            return HttpResponseRedirect(self._merge_address(*which_stays(company, form.cleaned_data[OTHER])))
        title = _("Merge “%(record)s” with another company") % {"record": company}
        context = self._context(request, company, title) | {"form": form, "media": self.media + form.media}
        return TemplateResponse(request, "admin/companies/company/merge_with.html", context)

    @transaction.atomic
    def merge_view(self, request: HttpRequest, kept: int, gone: int) -> HttpResponse:
        if request.method == "POST":
            hold()
        taken = {name for name, side in request.POST.items() if side == OTHER}
        merge = MergePlan(self._company(request, kept), self._company(request, gone), taken)
        # As they were called before one takes the other's name.
        names = {"gone": str(merge.gone), "kept": str(merge.kept)}
        is_asked = request.method == "POST" and "look" not in request.POST
        if is_asked and (batch := self._merged(request, merge)):
            return self._tell_merged(request, merge, batch, names)
        context = self._context(request, merge.kept, _("Merge two companies")) | {
            "merge": merge,
            "swapped": self._merge_address(merge.gone, merge.kept),
            "records": [
                (record, reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk]))
                for record in merge.waiting
            ],
            "reason": request.POST.get("why", ""),
            "longest": LONGEST,
        }
        return TemplateResponse(request, "admin/companies/company/merge.html", context)

    def _merged(self, request: HttpRequest, merge: MergePlan) -> Any:
        """The batch, or None after saying what stands in the way."""
        deed = reason_given(request)
        if deed is None:
            self.message_user(request, _("Say in a few words why, for those who read the history."), messages.ERROR)
        elif request.POST.get("seen") != merge.digest:
            text = _("Something has been changed since you looked at it. This is how it would be now.")
            self.message_user(request, text, messages.ERROR)
        else:
            return self._carried_out(request, merge, deed)
        return None

    def _carried_out(self, request: HttpRequest, merge: MergePlan, deed: Deed) -> Any:
        try:
            with transaction.atomic():
                return merging.carry_out(merge, deed)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
            # What has been assigned in vain must not be shown as stored.
            merge.kept.refresh_from_db()
            merge.gone.refresh_from_db()
            return None

    def _tell_merged(self, request: HttpRequest, merge: MergePlan, batch: Any, names: dict[str, str]) -> HttpResponse:
        said = _("“%(gone)s” has been merged into “%(kept)s”.") % names
        if request.user.has_perm("etown.view_batch"):
            address = reverse("admin:etown_batch_change", args=[batch.pk])
            said = format_html('{} <a href="{}">{}</a>', said, address, _("What it changed, and how to undo it"))
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(self.url_of("change", merge.kept))

    def _merge_address(self, kept: Company, gone: Company) -> str:
        return reverse("admin:companies_company_merge", args=[kept.pk, gone.pk])

    def _company(self, request: HttpRequest, pk: int) -> Company:
        company = Company.objects.filter(pk=pk).first()
        if company is None:
            raise Http404
        if not self.has_merge_permission(request, company):
            raise PermissionDenied
        return company
