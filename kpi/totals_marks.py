"""What figures say of the day totals that they rest on, and the days themselves as REST shows them. Pure. In prose:
kpi/METRICS.md, Day totals.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kpi.figures import Figure, FromTotals
from kpi.totals import GROUP_OF, GROUPS, OfPeriod, Seam, Totals, spans

_UNKNOWN_OF_ORDERS = (
    "refunds_before_shipping", "refunds_after_receipt", "dual", "unbound", "before_added", "natural", "buyers",
)  # fmt: skip


def mark(figure: Figure, of: OfPeriod | None) -> Figure:
    """The figure with its mark, and null where totals can't give it."""
    if of is None or (group := GROUP_OF.get(figure.indicator)) is None:
        return figure
    seam = of.seams[group]
    code = figure.indicator
    if code in ("koc_users", "referral_users"):
        if seam.used or seam.is_silent:
            return _unknown(figure, seam, "not_in_totals")
    elif code == "retention_rate":
        if seam.is_touched:
            is_over = figure.numerator is not None and figure.numerator < 0
            why = of.no_rates or ("no_stock" if is_over else None)
            return _unknown(figure, seam, why) if why else _marked(figure, seam, "at_least")
    elif code == "churn_rate":
        if seam.is_touched:
            return _marked(figure, seam, of.no_rates or "occurrences")
    elif code == "interaction_rate":
        if of.fans.is_touched or seam.is_touched:
            return _marked(figure, seam, of.no_interaction or "ties")
    elif code == "diversion_rate":
        if seam.is_touched and figure.denominator:
            why = "no_channel" if seam.used else "missing"
            return _marked(figure, seam, why if figure.numerator is None else "additions" if seam.used else None)
    elif code == "cost_per_diverted_user" and figure.part in of.unstated:
        return replace(_marked(figure, seam, "no_channel"), value=None)
    elif seam.is_touched:
        reads = "as_stated" if code == "gmv" else "additions"
        figure = replace(figure, detail=_known_detail(code, figure.detail, seam))
        return _marked(figure, seam, "missing" if seam.is_silent else reads if seam.used else None)
    return figure


def _marked(figure: Figure, seam: Seam, reads: str | None) -> Figure:
    return replace(figure, totals=FromTotals(reads, len(seam.used), len(seam.missing)))


def _unknown(figure: Figure, seam: Seam, reads: str) -> Figure:
    return replace(_marked(figure, seam, reads), numerator=None, value=None)


def _known_detail(code: str, detail: Mapping[str, Any] | None, seam: Seam) -> dict[str, Any] | None:
    if detail is None:
        return None
    unknown = {"gmv": _UNKNOWN_OF_ORDERS, "diverted_users": ("valid", "recalled")}.get(code, ())
    if seam.is_silent:
        return dict.fromkeys(detail)
    return {name: None if name in unknown and seam.used else value for name, value in detail.items()}


def seams_dict(totals: Totals) -> list[dict[str, Any]]:
    """The seams as REST shows them: {group, period_start, period_end, used, set_aside, missing}, days as spans."""
    return [
        {
            "group": group,
            "period_start": period.first,
            "period_end": period.last,
            **{name: spans(getattr(seam, name)) for name in ("used", "set_aside", "missing")},
        }
        for period, of in totals.items()
        for group in GROUPS
        if (seam := of.seams[group]).used or seam.set_aside or seam.missing
    ]
