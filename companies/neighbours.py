"""Who stands before and after a company in the chain."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

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
    own = {activity.segment for activity in company.activities.all()}
    if not own:
        return []
    first = min(own, key=lambda segment: segment.position)
    last = max(own, key=lambda segment: segment.position)
    return [*_nearest(company, first, "upstream"), *_nearest(company, last, "downstream")]


def _nearest(company: Company, segment: Segment, direction: Direction) -> Iterator[Neighbour]:
    others = Activity.objects.filter(
        company__in=Company.objects.published().tenants().exclude(pk=company.pk), segment__chain=segment.chain_id
    )
    if direction == "upstream":
        found = others.filter(segment__position__lt=segment.position).order_by("-segment__position")
        reason = _("%(theirs)s comes before %(own)s in the chain.")
    else:
        found = others.filter(segment__position__gt=segment.position).order_by("segment__position")
        reason = _("%(theirs)s comes after %(own)s in the chain.")
    nearest = found.values_list("segment", flat=True).first()
    activities = found.filter(segment=nearest).select_related("company", "segment").order_by("company__sort_en", "pk")
    seen = set()
    for activity in activities:
        if activity.company_id not in seen and len(seen) < MOST:
            seen.add(activity.company_id)
            names = {"theirs": activity.segment.name.plain, "own": segment.name.plain}
            yield Neighbour(activity.company, direction, reason % names)
