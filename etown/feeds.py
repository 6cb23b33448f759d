"""Every list as an Atom feed, by the same query as its page."""

import datetime

from django.contrib.syndication.views import Feed
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etown.listings import Listing, ListingView
from etown.records import Publishable

ENTRIES = 50


class SteadyAtomFeed(Atom1Feed):
    """Atom whose empty feed does not change with the clock, so that its tag holds."""

    def latest_post_date(self) -> datetime.datetime:
        return super().latest_post_date() if self.items else datetime.datetime.fromtimestamp(0, datetime.UTC)


class ListingFeed(Feed):
    """The latest public changes of a list; `ListingFeed(CompanyListView)` is the view."""

    feed_type = SteadyAtomFeed
    author_name = gettext_lazy("E-Town Invest")

    def __init__(self, list_view: type[ListingView]) -> None:
        self.list_view = list_view

    def get_object(self, request: HttpRequest) -> Listing:
        listing = Listing(request, self.list_view.queryset.all(), self.list_view.filterset_class)
        if listing.problems:
            raise BadRequest(" ".join(f"{problem.parameter}: {problem.detail}" for problem in listing.problems))
        return listing

    def title(self, listing: Listing) -> str:
        kind = self.list_view.queryset.model._meta.verbose_name_plural
        return _("E-Town Invest: %(kind)s") % {"kind": kind}

    def subtitle(self, listing: Listing) -> str:
        return _("What is new and what has changed.")

    def link(self, listing: Listing) -> str:
        return listing.whole_url

    def feed_url(self, listing: Listing) -> str:
        return listing.feed_url

    def items(self, listing: Listing):
        return listing.filterset.qs.order_by("-updated_at", "-pk")[:ENTRIES]

    def item_title(self, record: Publishable) -> str:
        return str(record)

    def item_description(self, record: Publishable) -> str:
        return getattr(record, self.list_view.described_by).plain

    def item_guid(self, record: Publishable) -> str:
        return record.uid.urn

    def item_pubdate(self, record: Publishable) -> datetime.datetime | None:
        """The day of the news itself, where the record is dated; else when it appeared here."""
        if date := getattr(record, "date", None):
            return timezone.make_aware(datetime.datetime.combine(date, datetime.time()))
        return record.published_at

    def item_updateddate(self, record: Publishable) -> datetime.datetime:
        return record.updated_at
