"""Own indicators in a report: counted like the ten, by the versions of their definitions that hold for its period."""

from collections.abc import Mapping, Sequence
from typing import Any

from kpi.own_api import own_figure_dict
from kpi.own_indicators import Own, OwnFigure, count_shapes, shape_of, version_for
from projects.models import Project
from siyu.periods import Period, period_before


def own_part(project: Project, period: Period, own: Sequence[Own]) -> list[dict[str, Any]]:
    """A row each: the figure as REST of figures gives it, its definition, and the figure of the period before where
    these are counted by the same version. Each period is counted by one version as a whole."""
    if not own:
        return []
    before = period_before(period)
    versions = [(one_period, version_for(one, one_period)) for one in own for one_period in (before, period)]
    asked = [(one_period, shape_of(version)) for one_period, version in versions]
    found = count_shapes(project, asked, "range", [before, period])
    figures = [OwnFigure(figure, version) for (_, version), [figure] in zip(versions, found, strict=True)]
    return [_row(now, earlier) for earlier, now in zip(figures[::2], figures[1::2], strict=True)]


def versions_in(payload: Mapping[str, Any]) -> dict[str, int]:
    """By code, the version that each own indicator of a payload is counted by."""
    return {row["indicator"]: row["own"]["version"] for row in payload.get("own", ())}


def _row(now: OwnFigure, earlier: OwnFigure) -> dict[str, Any]:
    row, version = own_figure_dict(now, None), now.version
    defined = {
        "group": version.group,
        "direction": version.better,
        "numerator": version.numerator,
        "denominator": version.denominator,
    }
    previous = None
    if earlier.version.pk == version.pk:
        previous = {name: own_figure_dict(earlier, None)[name] for name in ("numerator", "denominator", "value")}
    return {**row, "own": {**row["own"], **defined}, "previous": previous}
