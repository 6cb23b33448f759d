"""News and its categories in the back office."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from etown.form_layout import both, group
from etown.publishable_admin import PUBLISHING, PublishableAdmin
from etown.record_admin import RecordAdmin
from etown.todo import PUBLISHABLE
from facts.admin import CitationPart
from news.models import Article, Category
from news.sheets import NEWS


@admin.register(Category)
class CategoryAdmin(RecordAdmin):
    list_display = ("name_en", "name_zh_hans", "slug", "position")
    list_display_links = ("name_en", "name_zh_hans")
    list_editable = ("position",)
    search_fields = ("name_en", "name_zh_hans", "slug")
    prepopulated_fields = {"slug": ("name_en",)}
    fields = (both("name"), ("slug", "position"))


@admin.register(Article)
class ArticleAdmin(PublishableAdmin):
    list_display = ("date", "title_en", "title_zh_hans", "category", "status_since")
    list_display_links = ("title_en", "title_zh_hans")
    list_filter = ("status", "category", "date")
    # It says what was so on its day, and holds for ever.
    tasks = PUBLISHABLE
    list_select_related = ("category",)
    search_fields = ("title_en", "title_zh_hans", "summary_en", "summary_zh_hans", "slug")
    date_hierarchy = "date"
    autocomplete_fields = ("source", "picture", "companies", "products", "services")
    prepopulated_fields = {"slug": ("title_en",)}
    fieldsets = (
        group(None, both("title"), ("date", "category", "source"), both("summary"), both("body")),
        group(_("What it is about"), "companies", "products", "services", "picture"),
        PUBLISHING,
    )
    inlines = (CitationPart,)
    sheets = (NEWS,)
