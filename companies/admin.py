"""The chain, companies, wants and products in the back office."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from companies.merge_pages import MergePages
from companies.models import (
    Activity,
    Chain,
    Company,
    CompanyAlias,
    Milestone,
    Modality,
    Product,
    ProductAlias,
    Segment,
    Stage,
    Want,
)
from companies.sheets import ACTIVITIES, COMPANIES, PRODUCTS
from etown.form_layout import both, group
from etown.forms import PartFormSet
from etown.parts import AliasPart, StackedPart
from etown.publishable_admin import PUBLISHING, PublishableAdmin
from etown.record_admin import RecordAdmin
from etown.records import Status
from etown.todo import Task
from facts.admin import PAST_REVIEW, CitationPart

WITHOUT_DESK = Task.listed(
    _("Nobody to ask: no desk is named"),
    "no-desk",
    lambda rows: rows.filter(desk=None).exclude(status=Status.ARCHIVED),
)


@admin.register(Chain)
class ChainAdmin(RecordAdmin):
    list_display = ("name_en", "name_zh_hans", "slug", "position")
    list_display_links = ("name_en", "name_zh_hans")
    list_editable = ("position",)
    search_fields = ("name_en", "name_zh_hans", "slug")
    prepopulated_fields = {"slug": ("name_en",)}
    fields = (both("name"), both("summary"), ("slug", "position"))


class ChainRowAdmin(RecordAdmin):
    list_display = ("name_en", "name_zh_hans", "slug", "chain", "position")
    list_display_links = ("name_en", "name_zh_hans")
    list_editable = ("position",)
    list_filter = ("chain",)
    list_select_related = ("chain",)
    search_fields = ("name_en", "name_zh_hans", "slug")
    fields = (both("name"), "chain", ("slug", "position"))


@admin.register(Stage)
class StageAdmin(ChainRowAdmin):
    pass


@admin.register(Segment)
class SegmentAdmin(ChainRowAdmin):
    prepopulated_fields = {"slug": ("name_en",)}


@admin.register(Modality)
class ModalityAdmin(ChainRowAdmin):
    list_display = ("name_en", "name_zh_hans", "slug", "parent", "chain", "position")
    list_filter = ("chain", ("parent", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("chain", "parent")
    prepopulated_fields = {"slug": ("name_en",)}
    fields = (both("name"), ("chain", "parent"), ("slug", "position"))


class CompanyAliasPart(AliasPart):
    model = CompanyAlias


class ActivityPart(StackedPart):
    model = Activity
    autocomplete_fields = ("source",)
    fields = (("segment", "stage", "modality", "since"), ("source", "as_of", "basis"), both("note"))


@admin.register(Company)
class CompanyAdmin(MergePages, PublishableAdmin):
    list_display = ("name_en", "name_zh_hans", "role", "presence", "status_since")
    list_display_links = ("name_en", "name_zh_hans")
    list_filter = ("status", "role", "presence", "activities__segment", "activities__stage")
    search_fields = ("name_en", "name_zh_hans", "aliases__name", "registration_code", "slug")
    ordering = ("sort_en", "pk")
    autocomplete_fields = ("logo",)
    prepopulated_fields = {"slug": ("name_en",)}
    fieldsets = (
        group(None, both("name"), ("role", "presence"), both("summary")),
        group(
            _("Details"),
            ("registration_code", "founded_year"),
            ("website", "logo"),
            both("address"),
            both("description"),
        ),
        PUBLISHING,
    )
    inlines = (ActivityPart, CompanyAliasPart, CitationPart)
    actions = (*PublishableAdmin.actions, "merge")
    sheets = (COMPANIES, ACTIVITIES)


@admin.register(Want)
class WantAdmin(PublishableAdmin):
    list_display = ("title_en", "title_zh_hans", "segment", "modality", "review_by", "status_since")
    list_display_links = ("title_en", "title_zh_hans")
    list_filter = ("status", "chain", "segment", "modality", "stage", "review_by")
    tasks = (PAST_REVIEW, WITHOUT_DESK, *PublishableAdmin.tasks)
    list_select_related = ("segment", "modality")
    search_fields = ("title_en", "title_zh_hans", "text_en", "text_zh_hans", "slug")
    autocomplete_fields = ("source",)
    prepopulated_fields = {"slug": ("title_en",)}
    fieldsets = (
        group(None, both("title"), ("chain", "segment", "modality", "stage"), both("text")),
        group(_("Where it comes from"), ("source", "as_of", "basis")),
        group(_("Whom to ask, and until when it holds"), ("desk", "review_by")),
        PUBLISHING,
    )


class ProductAliasPart(AliasPart):
    model = ProductAlias


class MilestoneFormSet(PartFormSet):
    ordinal = "sequence"


class MilestonePart(StackedPart):
    model = Milestone
    formset = MilestoneFormSet
    autocomplete_fields = ("source",)
    fields = (
        ("sequence", "event", "date"),
        ("route", "jurisdiction"),
        ("source", "as_of", "basis"),
        both("note"),
    )


@admin.register(Product)
class ProductAdmin(PublishableAdmin):
    list_display = ("name_en", "name_zh_hans", "company", "modality", "status_since")
    list_display_links = ("name_en", "name_zh_hans")
    list_filter = ("status", "chain", "modality", "vector", "cell_source", "milestones__event")
    list_select_related = ("company", "modality")
    search_fields = (
        "name_en",
        "name_zh_hans",
        "aliases__name",
        "indication_en",
        "indication_zh_hans",
        "slug",
    )
    ordering = ("sort_en", "pk")
    autocomplete_fields = ("company",)
    prepopulated_fields = {"slug": ("name_en",)}
    fieldsets = (
        group(None, both("name"), "company", both("summary")),
        group(_("Details"), ("chain", "modality", "vector", "cell_source"), both("indication")),
        PUBLISHING,
    )
    inlines = (MilestonePart, ProductAliasPart, CitationPart)
    sheets = (PRODUCTS,)
