"""Who stands before and after a company in the chain."""

from dataclasses import dataclass
from typing import Literal

from django.db.models import Max, Min, Q
from django.utils.translation import gettext as _

from companies.models import Activity, Company, Segment

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
    others = Activity.objects.filter(
        company__in=Company.objects.published().tenants().exclude(pk=company.pk), segment__chain=first.chain_id
    )
    nearest = others.aggregate(
        upstream=Max("segment__position", filter=Q(segment__position__lt=first.position)),
        downstream=Min("segment__position", filter=Q(segment__position__gt=last.position)),
    )
    found: dict[Direction, dict[int, Neighbour]] = {"upstream": {}, "downstream": {}}
    rows = others.filter(segment__position__in=[place for place in nearest.values() if place is not None])
    for activity in rows.select_related("company", "segment").order_by("company__sort_en", "pk"):
        direction: Direction = "upstream" if activity.segment.position == nearest["upstream"] else "downstream"
        if len(found[direction]) < MOST or activity.company_id in found[direction]:
            reason = _reason(direction, activity.segment, first if direction == "upstream" else last)
            found[direction].setdefault(activity.company_id, Neighbour(activity.company, direction, reason))
    return [*found["upstream"].values(), *found["downstream"].values()]


def _reason(direction: Direction, theirs: Segment, own: Segment) -> str:
    reason = (
        _("%(theirs)s comes before %(own)s in the chain.")
        if direction == "upstream"
        else _("%(theirs)s comes after %(own)s in the chain.")
    )
    return reason % {"theirs": theirs.name.plain, "own": own.name.plain}
