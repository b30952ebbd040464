"""Who can serve, and where. Placements are public: whoever shows them to a brand asks for that brand's own only."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from guides.models import Absence, Cost, Guide, Placement

FULL_TIME = Decimal(1)


class Overload(NamedTuple):
    """The first day on which a guide's shares sum to more than 1."""

    guide: Guide
    day: date
    total: Decimal


def guides_by_code(agency_id: int, codes: Iterable[str]) -> dict[str, Guide]:
    """Those of the codes that the agency's guides bear."""
    return {guide.code: guide for guide in Guide.objects.filter(agency_id=agency_id, code__in=list(codes))}


def guide_of_user(user_id: int) -> Guide | None:
    return Guide.objects.filter(user_id=user_id).first()


def placements(brand_id: int, project: str) -> list[Placement]:
    """The placements in one project of a brand, with their guides, by first day and guide."""
    found = Placement.objects.filter(brand_id=brand_id, project=project).select_related("guide")
    return list(found.order_by("starts_on", "guide__code"))


def placements_elsewhere(brand_id: int, guide_ids: Iterable[int]) -> list[Placement]:
    """The guides' placements in other brands. Public, and for the agency's eyes only."""
    return list(Placement.objects.filter(guide__in=list(guide_ids)).exclude(brand=brand_id))


def ever_placed(brand_id: int, guide_ids: Iterable[int]) -> set[int]:
    """Those of the guides who have, had or will have a placement in the brand."""
    return set(Placement.objects.filter(brand_id=brand_id, guide__in=list(guide_ids)).values_list("guide", flat=True))


def last_days(brand_id: int) -> dict[int, date | None]:
    """By guide's id, the last day of her placements in the brand; None while one is open."""
    found: dict[int, date | None] = {}
    for placement in Placement.objects.filter(brand_id=brand_id):
        last, known = placement.ends_on, found.get(placement.guide_id, date.min)
        found[placement.guide_id] = None if last is None or known is None else max(last, known)
    return found


def absences(guide_ids: Iterable[int], first: date = date.min, last: date = date.max) -> list[Absence]:
    """The guides' absences that touch first..last, by first day. Public: a brand's role reads none."""
    found = Absence.objects.filter(guide__in=list(guide_ids), starts_on__lte=last, ends_on__gte=first)
    return list(found.order_by("starts_on", "pk"))


def monthly_costs(guide_ids: Iterable[int], day: date) -> dict[int, Decimal]:
    """By guide's id, what she costs in the month of the day, yuan. Public, and for the agency's eyes only."""
    known = Cost.objects.filter(guide__in=list(guide_ids), since__lte=day).order_by("since")
    return {cost.guide_id: cost.monthly for cost in known}


def first_overload(guide_ids: Iterable[int]) -> Overload | None:
    """The earliest overload among the guides, over all brands; None while every one has at most 1 on any day.

    Shares can only pass 1 on a day where one of them begins.
    """
    by_guide: dict[int, list[Placement]] = {}
    for placement in Placement.objects.filter(guide__in=list(guide_ids)).select_related("guide"):
        by_guide.setdefault(placement.guide_id, []).append(placement)
    found = [
        Overload(begins.guide, begins.starts_on, total)
        for placed in by_guide.values()
        for begins in placed
        if (total := sum((other.share for other in placed if is_on(other, begins.starts_on)), Decimal(0))) > FULL_TIME
    ]
    return min(found, key=lambda overload: (overload.day, overload.guide.code), default=None)


def is_on(placement: Placement, day: date) -> bool:
    return placement.starts_on <= day and (placement.ends_on is None or day <= placement.ends_on)
