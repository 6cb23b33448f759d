"""Every list as an Atom feed, by the same query as its page."""

import datetime
from typing import Any
from urllib.parse import urlsplit

from django.contrib.syndication.views import Feed
from django.core.exceptions import BadRequest
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etown.bilingual import FormattedText
from etown.listings import Listing, ListingView
from etown.markup import absolute
from etown.problems import bad_request, too_many_requests
from etown.records import Publishable
from etown.throttles import PageThrottle

ENTRIES = 50


class SteadyAtomFeed(Atom1Feed):
    """Atom with whole texts, whose empty feed does not change with the clock, so that its tag holds."""

    def latest_post_date(self) -> datetime.datetime:
        return super().latest_post_date() if self.items else self.feed["latest"]()

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        if item["content"]:
            site = urlsplit(self.feed["link"])
            html = absolute(item["content"], f"{site.scheme}://{site.netloc}")
            handler.addQuickElement("content", html, {"type": "html"})


class ListingFeed(Feed):
    """The latest public changes of a list; `ListingFeed(CompanyListView)` is the view."""

    feed_type = SteadyAtomFeed
    author_name = gettext_lazy("E-Town Invest")

    def __init__(self, list_view: type[ListingView]) -> None:
        self.list_view = list_view

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET and (seconds := PageThrottle().seconds_to_wait(request)):
            return too_many_requests(request, seconds)
        try:
            return super().__call__(request, *args, **kwargs)
        except BadRequest as error:
            # Answered here: what somebody mistyped is no fault that a log should tell of.
            return bad_request(request, error)

    def get_object(self, request: HttpRequest) -> Listing:
        listing = Listing(request, self.list_view.queryset.all(), self.list_view.filterset_class)
        if listing.problems:
            raise BadRequest(" ".join(f"{problem.parameter}: {problem.detail}" for problem in listing.problems))
        return listing

    def title(self, listing: Listing) -> str:
        kind = self.list_view.queryset.model._meta.verbose_name_plural
        title = _("E-Town Invest: %(kind)s") % {"kind": kind}
        return _("%(title)s – %(filters)s") % {"title": title, "filters": listing.asked} if listing.asked else title

    def subtitle(self, listing: Listing) -> str:
        return _("What is new and what has changed.")

    def link(self, listing: Listing) -> str:
        return listing.whole_url

    def feed_url(self, listing: Listing) -> str:
        return listing.feed_url

    def feed_extra_kwargs(self, listing: Listing) -> dict[str, Any]:
        return {"latest": self._latest}

    def _latest(self) -> datetime.datetime:
        """When anything of the kind last changed, whatever the filter; a filter that finds nothing has no time."""
        latest = self.list_view.queryset.aggregate(latest=Max("updated_at"))["latest"]
        return latest or datetime.datetime.fromtimestamp(0, datetime.UTC)

    def items(self, listing: Listing):
        return listing.filterset.qs.order_by("-updated_at", "-pk")[:ENTRIES]

    def item_title(self, record: Publishable) -> str:
        return str(record)

    def item_description(self, record: Publishable) -> str:
        # A summary of Atom is HTML, and this is none.
        return escape(getattr(record, self.list_view.described_by).plain)

    def item_extra_kwargs(self, record: Publishable) -> dict[str, Any]:
        text = getattr(record, self.list_view.told_in) if self.list_view.told_in else None
        return {"content": text.html if isinstance(text, FormattedText) else ""}

    def item_guid(self, record: Publishable) -> str:
        return record.uid.urn

    def item_pubdate(self, record: Publishable) -> datetime.datetime | None:
        """The day of the news itself, where the record is dated; else when it appeared here."""
        if date := getattr(record, "date", None):
            return timezone.make_aware(datetime.datetime.combine(date, datetime.time()))
        return record.published_at

    def item_updateddate(self, record: Publishable) -> datetime.datetime:
        return record.updated_at
