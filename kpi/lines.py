"""The four lines of an indicator, the band a value falls into, and the contract's floor. Pure: no clock, no database.

A value on a line has reached it: comparisons are of exact numbers (Fraction). Rules in prose: kpi/FORECAST.md.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from kpi.forecast import VOLUMES

Better = Literal["up", "down"]
Band = Literal["failing", "passing", "normal", "good", "excess"]
Marks = Mapping[str, Fraction | None]  # by the names in MARKS

MARKS = ("fail", "normal", "good", "excess")
OFFERED_SHARES: Mapping[str, Any] = {"kind": "share", "fail": "0.8", "normal": "1", "good": "1.1", "excess": "1.2"}
OFFERED_RATE: Mapping[str, Any] = {"kind": "absolute", "fail": "0.05", "normal": None, "good": "0.2", "excess": None}
USUAL_RATE = Fraction(5, 100)
REACHED: tuple[tuple[str, Band], ...] = (
    ("fail", "passing"), ("normal", "normal"), ("good", "good"), ("excess", "excess"),
)  # fmt: skip


def offered_lines(months: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What is proposed where nobody has set lines: the trade's usual ones, for people to change. `months`: as a
    forecast states them.

    Volumes by shares of the adjusted forecast. The diversion rate by the usual 5 % and 20 %, its normal line left to
    both sides since it goes by category; left out where the forecast itself expects less than 5 %.
    """
    offered = {code: dict(OFFERED_SHARES) for code in VOLUMES}
    reach, users = Fraction(0), Fraction(0)
    for month in months:
        for channel, promised in month["promised_reach"].items():
            reach += promised
            users += promised * Fraction(month["diversion_rate"].get(channel) or 0)
    if reach and users / reach >= USUAL_RATE:
        offered["diversion_rate"] = dict(OFFERED_RATE)
    return offered


def joint_relief(shares: Iterable[Fraction]) -> Fraction:
    """Several reliefs of one indicator in one month as one: what each leaves is multiplied."""
    left = Fraction(1)
    for share in shares:
        left *= 1 - share
    return 1 - left


def relieved(target: Fraction | None, relief: Fraction, better: Better = "up") -> Fraction | None:
    """What is asked for under a relief (0..1): the value whose `attainment` was 1 − relief attains 1. Under a whole
    relief nothing is asked for: None where lower is better, 0 else."""
    if target is None or (better == "down" and relief == 1):
        return None
    return target * (1 - relief if better == "up" else 1 + relief)


def marks_of(
    setting: Mapping[str, str | None],
    adjusted: Fraction | None,
    relief: Fraction = Fraction(0),
    better: Better = "up",
) -> Marks | None:
    """The lines of one indicator in one month. `setting`: {kind: share|absolute, fail, normal, good, excess};
    `adjusted`: the adjusted forecast, relieved already; `relief`: what absolute lines are relieved by.

    None for lines that are shares of an adjusted forecast that is unknown or 0, and under a whole relief: they say
    nothing.
    """
    if relief == 1 or (setting["kind"] == "share" and not adjusted):
        return None
    marks = {name: None if (mark := setting.get(name)) is None else Fraction(mark) for name in MARKS}
    if setting["kind"] == "share":
        return {name: None if mark is None else mark * (adjusted or 0) for name, mark in marks.items()}
    return {name: relieved(mark, relief, better) for name, mark in marks.items()}


def scaled(marks: Marks | None, share: Fraction) -> Marks | None:
    """Lines of a whole month for a part of it, for figures that grow with time: volumes, churn. None while nothing is
    due yet."""
    if marks is None or not share:
        return None
    return {name: None if mark is None else mark * share for name, mark in marks.items()}


def scaled_from_one(marks: Marks | None, share: Fraction) -> Marks | None:
    """The same for a rate that begins at 1 and falls with time: retention."""
    if marks is None or not share:
        return None
    return {name: None if mark is None else 1 - (1 - mark) * share for name, mark in marks.items()}


def band(value: Fraction | None, marks: Marks | None, better: Better = "up") -> Band | None:
    """The band of a value. None where value or lines say nothing: no value, no `fail` line, no line but 0."""
    if value is None or marks is None or marks["fail"] is None or not any(marks.values()):
        return None
    reached: Band = "failing"
    for name, label in REACHED:
        mark = marks[name]
        if mark is None:
            continue
        if not (value >= mark if better == "up" else value <= mark):
            break
        reached = label
    return reached


# -- The floor --------------------------------------------------------------------------------------------------------


def attainment(value: Fraction | None, target: Fraction | None, better: Better = "up") -> Fraction | None:
    """How much of a target is attained: value ÷ target; where lower is better 2 − value ÷ target, never below 0, so
    that the target is 1, nothing at all 2 and twice the target 0. None where either is unknown or the target is 0."""
    if value is None or not target:
        return None
    return max(Fraction(0), value / target if better == "up" else 2 - value / target)


@dataclass(frozen=True)
class Verdict:
    """`below`: whether the floor was missed; None where that cannot be said or the month is one of grace.

    `score`: the weighted attainment, capped. `missed`: indicators below the floor each; `unmeasured`: those that the
    terms name or weigh and that have no attainment.
    """

    below: bool | None
    score: Fraction | None
    missed: list[str]
    unmeasured: list[str]
    in_grace: bool


def score(
    attained: Mapping[str, Fraction | None], weights: Mapping[str, Fraction], caps: Mapping[str, Fraction]
) -> Fraction | None:
    """Σ weight × attainment ÷ Σ weight over the indicators that have one, each attainment cut to its cap. Without
    weights all count alike. None where nothing is left to weigh."""
    total, weight_of_all = Fraction(0), Fraction(0)
    for indicator, share in attained.items():
        weight = weights.get(indicator, Fraction(0)) if weights else Fraction(1)
        if share is not None:
            total += weight * min(share, caps.get(indicator, share))
            weight_of_all += weight
    return total / weight_of_all if weight_of_all else None


def floor_verdict(
    terms: Mapping[str, object], attained: Mapping[str, Fraction | None], month_of_term: int | None = None
) -> Verdict:
    """Whether the contract's floor was missed in a period. `attained`: attainment of the period by indicator
    (`attainment`); `month_of_term`: 1 for the first month, for the months of grace.

    Composite: the score is below the floor. Each: an indicator that is weighed (without weights: any measured) is.
    Named: one of the terms' `indicators` is. What is exactly on the floor has reached it.
    """
    weights = _numbers(terms.get("weights"))
    of_all = score(attained, weights, _numbers(terms.get("caps")))
    held = _held(terms, attained, weights)
    unmeasured = sorted(indicator for indicator in held if attained.get(indicator) is None)
    grace = month_of_term is not None and month_of_term <= int(str(terms.get("grace_months", 0)))
    if terms.get("floor") is None:
        return Verdict(None, of_all, [], unmeasured, grace)
    least = Fraction(str(terms["floor"]))
    missed = sorted(i for i in held if (share := attained.get(i)) is not None and share < least)
    if terms.get("basis", "composite") == "composite":
        below = None if of_all is None else of_all < least
    else:
        below = True if missed else None if len(unmeasured) == len(held) else False
    return Verdict(None if grace else below, of_all, missed, unmeasured, grace)


def _held(terms: Mapping[str, object], attained: Collection[str], weights: Mapping[str, Fraction]) -> set[str]:
    """The indicators that the floor is held against."""
    named = terms.get("indicators")
    if terms.get("basis") == "named" and isinstance(named, (list, tuple)):
        return set(named)
    return {indicator for indicator, weight in weights.items() if weight} if weights else set(attained)


def _numbers(given: object) -> dict[str, Fraction]:
    return {name: Fraction(text) for name, text in given.items()} if isinstance(given, Mapping) else {}
