"""Export and import beside the lists of the back office."""

import re
from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_htmx.http import HttpResponseClientRefresh

from etown.reasons import LONGEST, reason_given
from etown.sheets import differences, storage, tasks, writing
from etown.sheets.cells import MAX_BYTES, MAX_ROWS
from etown.sheets.counting import rows_in
from etown.sheets.declared import Sheet
from etown.sheets.imports import rights_of
from etown.sheets.models import Import
from etown.spreadsheets import MAX_ROWS as MAX_EXPORTED
from etown.spreadsheets import WORKBOOK

FORMATS = ("xlsx", "csv")
KINDS = ("faulty", "new", "changed", "warned")


class UploadForm(forms.Form):
    sheet = forms.ChoiceField(label=gettext_lazy("What the table holds"))
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("XLSX, or CSV in UTF-8, UTF-16 or GB 18030; at most 20 MB and 20,000 rows."),
        error_messages={"empty": gettext_lazy("The file is empty.")},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST,
        required=False,
        help_text=gettext_lazy("Why, for the history of each record; for instance where the table comes from."),
    )

    def __init__(self, sheets: tuple[Sheet, ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sheet"].choices = [(sheet.name, sheet.label) for sheet in sheets]
        if len(sheets) == 1:
            self.fields["sheet"].initial = sheets[0].name
            self.fields["sheet"].widget = forms.HiddenInput()

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise ValidationError(_("The file is larger than 20 MB: split the table."))
        return file


class SheetsMixin:
    """For a ModelAdmin whose records have `sheets`."""

    sheets: ClassVar[tuple[Sheet, ...]] = ()
    change_list_template = "admin/sheets/change_list.html"

    def get_urls(self) -> list[Any]:
        if not self.sheets:
            return super().get_urls()
        routes: list[tuple[str, Callable[..., HttpResponseBase], str]] = [
            ("export/", self.export_view, "export"),
            ("export/<str:name>.<str:form>", self.download_view, "download"),
            ("import/", self.import_view, "import"),
            ("import/<uuid:uid>/", self.check_view, "check"),
        ]
        own = [path(route, self.admin_site.admin_view(view), name=self._name(role)) for route, view, role in routes]
        return [*own, *super().get_urls()]

    def _name(self, role: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{role}"

    def _address(self, role: str, *args: Any) -> str:
        return reverse(f"admin:{self._name(role)}", args=args)

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(self.sheets) and (self.has_add_permission(request) or self.has_change_permission(request))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if self.sheets:
            chosen = f"?{request.GET.urlencode()}" if request.GET else ""
            links = {"export_address": self._address("export") + chosen}
            if self.has_import_permission(request):
                links["import_address"] = self._address("import")
            extra_context = {**links, **(extra_context or {})}
        return super().changelist_view(request, extra_context)

    def _sheet_page(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
        shared = self.admin_site.each_context(request)
        page = {**shared, "opts": self.opts, "title": title, "list_address": self._address("changelist"), **context}
        return TemplateResponse(request, f"admin/sheets/{template}.html", page, headers={"Cache-Control": "no-store"})

    # Out.

    def _chosen(self, request: HttpRequest) -> QuerySet:
        """The records of the list as it is filtered and ordered in the address."""
        try:
            return self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters as error:
            raise Http404 from error

    def export_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        records = self._chosen(request)
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        count = records.count()
        offers = [
            {
                "sheet": sheet,
                "count": sheet.rows_of(records).count(),
                "links": [(form.upper(), self._address("download", sheet.name, form) + query) for form in FORMATS],
            }
            for sheet in self.sheets
        ]
        is_filtered = count != self.get_queryset(request).count()
        return self._sheet_page(request, "export", _("Export"), offers=offers, count=count, is_filtered=is_filtered)

    def download_view(self, request: HttpRequest, name: str, form: str) -> HttpResponseBase:
        sheet = next((sheet for sheet in self.sheets if sheet.name == name), None)
        if sheet is None or form not in FORMATS:
            raise Http404
        if not self.has_view_permission(request):
            raise PermissionDenied
        records = self.get_queryset(request).none() if "template" in request.GET else self._chosen(request)
        file_name = f"{name}-{timezone.localdate():%Y-%m-%d}.{form}"
        if form == "csv":
            lines = (line.encode() for line in writing.lines(sheet, records))
            headers = {"Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": "no-store"}
            return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
        if sheet.rows_of(records).count() > MAX_EXPORTED:
            self.message_user(
                request, _("A workbook holds at most 50,000 rows: filter the list, or take CSV."), messages.ERROR
            )
            return HttpResponseRedirect(self._address("export"))
        return FileResponse(
            writing.workbook(sheet, records),
            as_attachment=True,
            filename=file_name,
            content_type=WORKBOOK,
            headers={"Cache-Control": "no-store"},
        )

    # In.

    def import_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = UploadForm(self.sheets, request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            upload = self._keep(request, form.cleaned_data)
            return HttpResponseRedirect(self._address("check", upload.uid))
        names = [sheet.name for sheet in self.sheets]
        waiting = Import.objects.filter(author=request.user, sheet__in=names).exclude(state=Import.State.DONE)
        templates = [
            (sheet.label, f"{self._address('download', sheet.name, 'xlsx')}?{urlencode({'template': 1})}")
            for sheet in self.sheets
        ]
        return self._sheet_page(
            request,
            "import",
            _("Import"),
            form=form,
            sheets=self.sheets,
            templates=templates,
            waiting=[(upload, self._address("check", upload.uid)) for upload in waiting[:10]],
        )

    def _keep(self, request: HttpRequest, given: dict[str, Any]) -> Import:
        storage.forget_old()
        file = given["file"]
        upload = storage.new(
            sheet=given["sheet"],
            file_name=re.sub(r"[^\w. ()（）-]", "_", file.name)[-200:],
            author=request.user,
            reason=given["reason"],
        )
        rows = min(rows_in(file), MAX_ROWS)
        storage.keep(upload, file)
        tasks.start_check(upload, rows)
        return upload

    def check_view(self, request: HttpRequest, uid: Any) -> HttpResponse:
        """What the table would do, for the person who has brought it; and whether it shall be done."""
        names = [sheet.name for sheet in self.sheets]
        upload = Import.objects.filter(uid=uid, author=request.user, sheet__in=names).select_related("batch").first()
        if not self.has_import_permission(request):
            raise PermissionDenied
        if upload is None:
            self.message_user(request, _("This table is no longer there: upload it again."), messages.WARNING)
            return HttpResponseRedirect(self._address("import"))
        if request.method == "POST" and upload.state == Import.State.CHECKED:
            return self._decide(request, upload)
        if upload.is_running:
            return self._running(request, upload)
        if "HX-Request" in request.headers:
            # The page of the running job has asked how far it is.
            return HttpResponseClientRefresh()
        return self._checked(request, upload)

    def _decide(self, request: HttpRequest, upload: Import) -> HttpResponse:
        if "discard" in request.POST:
            storage.remove(upload)
            self.message_user(request, _("The table was discarded; nothing was changed."), messages.INFO)
            return HttpResponseRedirect(self._address("import"))
        if upload.is_clean and upload.changes:
            if deed := reason_given(request):
                upload.tell(reason=deed.reason)
            if upload.counts.get("public") and not upload.reason:
                self.message_user(
                    request, _("Say in a few words why, for those who read the history."), messages.ERROR
                )
                return HttpResponseRedirect(self._address("check", upload.uid))
            tasks.start_import(upload, sum(upload.counts.get(kind, 0) for kind in ("new", "changed", "unchanged")))
            if upload.state == Import.State.DONE:
                self.message_user(request, self._told(upload), messages.SUCCESS)
        return HttpResponseRedirect(self._address("check", upload.uid))

    @staticmethod
    def _told(upload: Import) -> str:
        count = upload.changes
        text = ngettext("%(count)d row has been imported.", "%(count)d rows have been imported.", count)
        return text % {"count": count}

    def _running(self, request: HttpRequest, upload: Import) -> HttpResponse:
        job = tasks.job_of(upload)
        title = capfirst(f"{upload.file_name}: {upload.get_state_display()}")
        return self._sheet_page(request, "running", title, upload=upload, **job | {"address": request.path})

    def _checked(self, request: HttpRequest, upload: Import) -> HttpResponse:
        sheet = next(sheet for sheet in self.sheets if sheet.name == upload.sheet)
        kind = request.GET.get("kind", "faulty" if upload.counts.get("faulty") else "")
        kinds = {kind} if kind in KINDS else set()
        shown = upload.counts.get(kind, 0) if kinds else upload.counts.get("told", 0)
        pages = Paginator(range(shown), differences.PAGE)
        page = pages.get_page(request.GET.get("p"))
        rows: list[dict[str, Any]] = []
        if upload.state == Import.State.CHECKED:
            with storage.private().open(upload.difference) as file:
                rows = differences.page(file, sheet.columns, page.number, kinds)
        return self._sheet_page(
            request,
            "check",
            upload.file_name,
            upload=upload,
            sheet=sheet,
            rights=rights_of(request.user, sheet),
            problems=list(differences.messages(upload.problems)),
            notes=list(differences.messages(upload.notes)),
            rows=rows,
            page=page,
            kind=kind if kinds else "",
            tabs=self._tabs(upload),
            import_address=self._address("import"),
            longest=LONGEST,
        )

    @staticmethod
    def _tabs(upload: Import) -> list[tuple[str, str, int]]:
        labels = {
            "": _("all rows with a difference"),
            "faulty": _("faulty"),
            "new": _("new"),
            "changed": _("changed"),
            "warned": _("with a warning"),
        }
        counts = {"": upload.counts.get("told", 0)} | {kind: upload.counts.get(kind, 0) for kind in KINDS}
        return [(kind, label, counts[kind]) for kind, label in labels.items() if counts[kind]]
