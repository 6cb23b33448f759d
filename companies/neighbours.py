"""Who stands before and after a company in the chain."""

from dataclasses import dataclass
from typing import Literal

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from companies.models import Activity, Company, Segment
from companies.querysets import CompanyQuerySet

MOST = 4
Direction = Literal["upstream", "downstream"]


@dataclass(frozen=True)
class Neighbour:
    company: Company
    direction: Direction
    reason: str


def neighbours(company: Company) -> list[Neighbour]:
    """Tenants in the nearest segment before and in the nearest after the company's own, with the reason."""
    own = sorted({activity.segment for activity in company.activities.all()}, key=lambda segment: segment.position)
    if not own:
        return []
    first, last = own[0], own[-1]
    others = Company.objects.published().tenants().exclude(pk=company.pk)
    places = _inhabited(first.chain_id, others)
    before = max((place for place in places if place < first.position), default=None)
    after = min((place for place in places if place > last.position), default=None)
    found: dict[Direction, dict[int, Neighbour]] = {"upstream": {}, "downstream": {}}
    for activity in _activities_at([place for place in (before, after) if place is not None], first.chain_id, others):
        direction: Direction = "upstream" if activity.segment.position == before else "downstream"
        reason = _reason(direction, activity.segment, first if direction == "upstream" else last)
        found[direction].setdefault(activity.company_id, Neighbour(activity.company, direction, reason))
    return [*found["upstream"].values(), *found["downstream"].values()]


def _inhabited(chain_id: int, companies: CompanyQuerySet) -> list[int]:
    """The positions of the segments in which any of the companies is active."""
    active = Activity.objects.filter(segment=OuterRef("pk"), company__in=companies)
    return list(Segment.objects.filter(Exists(active), chain=chain_id).values_list("position", flat=True))


def _activities_at(places: list[int], chain_id: int, companies: CompanyQuerySet) -> QuerySet[Activity]:
    """What the first few companies at each place do there."""
    wanted = Q(pk__in=[])
    for place in places:
        there = Activity.objects.filter(segment__chain=chain_id, segment__position=place)
        few = companies.filter(Exists(there.filter(company=OuterRef("pk")))).order_by("sort_en", "pk")[:MOST]
        wanted |= Q(segment__chain=chain_id, segment__position=place, company__in=few.values("pk"))
    return Activity.objects.filter(wanted).select_related("company", "segment").order_by("company__sort_en", "pk")


def _reason(direction: Direction, theirs: Segment, own: Segment) -> str:
    reason = (
        _("%(theirs)s comes before %(own)s in the chain.")
        if direction == "upstream"
        else _("%(theirs)s comes after %(own)s in the chain.")
    )
    return reason % {"theirs": theirs.name.plain, "own": own.name.plain}
