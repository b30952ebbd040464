"""Where two versions of a forecast differ, cell by cell. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kpi.forecast_inputs import TERMS
from kpi.lines import MARKS
from kpi.metrics import METRICS

ORDER = {
    step: place
    for place, step in enumerate(
        (
            "opening_fans", "months", "lines", "terms", "promised_reach", "diversion_rate", "churn_rate", "ramp",
            "gmv_per_fan", "koc_share", "referral_share", "day_weights", *METRICS, "kind", *MARKS, *TERMS,
        )
    )
}  # fmt: skip

Path = tuple[str, ...]  # such as ("months", "2026-07", "promised_reach", "pkg"): months by name, lists by place


@dataclass(frozen=True)
class Change:
    """`was`, `now`: as the versions write it; None where a version says nothing there."""

    path: Path
    was: Any
    now: Any


def cells_of(inputs: Mapping[str, Any]) -> dict[Path, Any]:
    """Everything that the inputs state, by its path. The first month is that of `months`."""
    stated = {name: value for name, value in inputs.items() if name != "effective_from"}
    stated["months"] = {
        month["month"]: {name: value for name, value in month.items() if name != "month"} for month in inputs["months"]
    }
    return dict(_leaves(stated, ()))


def changes_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Opening fans, then month by month, lines, terms. Numbers that are written differently and are equal are no
    change."""
    was, now = cells_of(old), cells_of(new)
    paths = sorted(was.keys() | now.keys(), key=_place)
    return [Change(path, was.get(path), now.get(path)) for path in paths if not is_same(was.get(path), now.get(path))]


def _place(path: Path) -> list[tuple[int, str]]:
    """Known words in their order, others by themselves: a database keeps the members of JSON in an order of its own."""
    return [(ORDER.get(step, len(ORDER)), step) for step in path]


def is_same(one: Any, other: Any) -> bool:
    """0.05 and 0.050 are."""
    if one == other:
        return True
    try:
        return Fraction(str(one)) == Fraction(str(other))
    except ValueError:
        return False


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, str(name)))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(inner, (*path, str(place)))
    elif value is not None:
        yield path, value
