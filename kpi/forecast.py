"""The forecast table (预测表), its adjustment to delivered traffic, the guides it needs. Pure: no clock, no database.

Arithmetic is exact (Fraction); what is shown is rounded once, half up, at the table. Rules in prose: kpi/FORECAST.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

VOLUMES = ("diverted_users", "koc_users", "referral_users", "gmv")
ONE_DAY = timedelta(days=1)

Reach = Mapping[str, Fraction | int]  # by channel
Asked = Mapping[str, Fraction]  # by volume: the part of it that is still asked for; all of those that are not named


@dataclass(frozen=True)
class Month:
    """What one month is expected from. Reach in the channels' units, `gmv_per_fan` in yuan net a present fan and month,
    all shares and rates 0..1. `day_weights`: of the days that don't weigh one."""

    first: date
    promised_reach: Mapping[str, int]
    diversion_rate: Mapping[str, Fraction]
    churn_rate: Fraction
    ramp: Fraction
    gmv_per_fan: Fraction
    koc_share: Fraction
    referral_share: Fraction
    day_weights: Mapping[date, Fraction]

    @property
    def days(self) -> list[date]:
        following = (self.first.replace(day=28) + 4 * ONE_DAY).replace(day=1)
        return [self.first + place * ONE_DAY for place in range((following - self.first).days)]

    @property
    def weights(self) -> list[Fraction]:
        """Of each day, the first first."""
        return [self.day_weights.get(day, Fraction(1)) for day in self.days]


@dataclass(frozen=True)
class Plan:
    """Consecutive months and the fans expected just before the first."""

    opening_fans: int
    months: Sequence[Month]


@dataclass(frozen=True)
class Row:
    """One month of a table. `fans`: present at its end; `gmv`: yuan; `guides`: needed for those fans."""

    first: date
    diverted_users: int
    koc_users: int
    referral_users: int
    fans: int
    gmv: Decimal
    guides: int

    def volume(self, indicator: str) -> Fraction:
        """One of VOLUMES, as the table shows it."""
        return Fraction(getattr(self, indicator))


def read_month(text: str) -> date:
    """The first day of `2026-07`."""
    return date.fromisoformat(f"{text}-01")


def plan_of(inputs: Mapping[str, Any]) -> Plan:
    """The plan that checked inputs (kpi.forecast_inputs) state."""
    return Plan(inputs["opening_fans"], [_month_of(month) for month in inputs["months"]])


def _month_of(month: Mapping[str, Any]) -> Month:
    return Month(
        first=read_month(month["month"]),
        promised_reach=dict(month["promised_reach"]),
        diversion_rate={channel: Fraction(rate) for channel, rate in month["diversion_rate"].items()},
        day_weights={date.fromisoformat(day): Fraction(w) for day, w in month.get("day_weights", {}).items()},
        **{
            name: Fraction(month[name]) for name in ("churn_rate", "ramp", "gmv_per_fan", "koc_share", "referral_share")
        },
    )


def table(
    plan: Plan,
    fans_per_guide: int,
    reach: Sequence[Reach] | None = None,
    asked: Sequence[Asked] | None = None,
) -> list[Row]:
    """Month by month what is expected. `reach` takes the place of the promised reach, month by month; `asked` is the
    part of each month's volumes that agreed reliefs leave: fans and guides follow the fans who come all the same.

    diverted = Σ reach × diversion rate          fans = fans before × (1 − churn) + diverted
    gmv = (fans before + fans) ÷ 2 × gmv per fan × ramp
    """
    rows, before = [], Fraction(plan.opening_fans)
    for place, month in enumerate(plan.months):
        reached = month.promised_reach if reach is None else reach[place]
        part = dict.fromkeys(VOLUMES, Fraction(1)) | dict({} if asked is None else asked[place])
        diverted = expected_diverted(month, reached)
        fans = before * (1 - month.churn_rate) + diverted
        gmv = (before + fans) / 2 * month.gmv_per_fan * month.ramp
        rows.append(
            Row(
                first=month.first,
                diverted_users=int(round_half_up(diverted * part["diverted_users"])),
                koc_users=int(round_half_up(diverted * month.koc_share * part["koc_users"])),
                referral_users=int(round_half_up(diverted * month.referral_share * part["referral_users"])),
                fans=int(round_half_up(fans)),
                gmv=round_half_up(gmv * part["gmv"], 2),
                guides=guides_needed(fans, fans_per_guide),
            )
        )
        before = fans
    return rows


def expected_diverted(month: Month, reach: Reach) -> Fraction:
    return sum((reached * month.diversion_rate[channel] for channel, reached in reach.items()), Fraction(0))


def expected_diversion_rate(month: Month) -> Fraction | None:
    """Expected diverted fans ÷ promised reach; None where nothing is promised."""
    promised = sum(month.promised_reach.values())
    return expected_diverted(month, month.promised_reach) / promised if promised else None


def effective_reach(promised: int, delivered: int, due_share: Fraction) -> Fraction:
    """One channel's promise of a month, cut to the share that was delivered of what was due by now, never above the
    promise. `due_share` 0..1 of the promise; where nothing is due yet the promise stands."""
    due = promised * due_share
    return Fraction(promised) if delivered >= due else promised * delivered / due


def traffic_factor(adjusted: Fraction | None, forecast: Fraction | None) -> Fraction | None:
    """Adjusted ÷ forecast, of the figures as the tables show them; None where there is no forecast or it is 0."""
    return None if adjusted is None or not forecast else adjusted / forecast


def guides_needed(fans: Fraction | int, fans_per_guide: int) -> int:
    return ceil(Fraction(fans) / fans_per_guide)


def round_half_up(number: Fraction, places: int = 0) -> Decimal:
    """To so many decimal places, halves away from zero."""
    scaled = floor(abs(number) * 10**places + Fraction(1, 2))
    return Decimal(scaled if number >= 0 else -scaled).scaleb(-places)
