"""Indicators that a project defines for itself beside the ten: their versions, and what they count in any periods and
cut (kpi/METRICS.md, Own indicators). They are never judged. Runs inside the brand."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from kpi.countings import Selection, Unit, cuts_of, read_selection, units_of
from kpi.figures import MEASURES, Cells, Figure, FromTotals, Part
from kpi.metrics import METRICS, Cut, Number, divide
from kpi.models import OwnIndicator
from kpi.queries import gather, one_state
from kpi.questions import period_parameters, sql
from kpi.totals import OfPeriod, Totals, read_totals
from projects.audit import SIYU, record
from projects.models import Channel, Project
from projects.services import fault, locked
from siyu.periods import Grain, Period, periods
from siyu.problems import DomainError, say
from siyu.sql import records
from tenants.models import User

MOST = 12  # of one project: what nobody can read at a glance is no indicator
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
GROUPS = ("diversion", "service", "result")


class IndicatorRefusedError(DomainError):
    status = 422
    code = "indicator_refused"


@dataclass(frozen=True)
class Wish:
    """An indicator as somebody wants it. `unit` None: the plain choice; `effective_from`: the first day of a month."""

    name: str
    group: str
    better: str
    numerator: Selection
    denominator: Selection | None
    unit: Unit | None
    effective_from: date


@dataclass(frozen=True)
class Shape:
    """What is counted: all that a figure needs of a version, or of a wish that nobody has saved."""

    code: str
    numerator: Selection
    denominator: Selection | None

    @property
    def cuts(self) -> tuple[Cut, ...]:
        return cuts_of(self.numerator, self.denominator)

    @property
    def sides(self) -> list[Selection]:
        return [self.numerator, *([self.denominator] if self.denominator else [])]


@dataclass(frozen=True)
class Own:
    """One indicator with its versions, the newest last."""

    versions: Sequence[OwnIndicator]

    @property
    def newest(self) -> OwnIndicator:
        return self.versions[-1]

    @property
    def code(self) -> str:
        return self.newest.code


def shape_of(version: OwnIndicator) -> Shape:
    denominator = None if version.denominator is None else read_selection(version.denominator)
    return Shape(version.code, read_selection(version.numerator), denominator)


# -- Versions ---------------------------------------------------------------------------------------------------------


def own_indicators(project: Project) -> list[Own]:
    """Those that are not removed, by group and age."""
    return _gathered(OwnIndicator.objects.filter(project=project).order_by("version"))


def own_as_of(project: Project, held: Mapping[str, int]) -> list[Own]:
    """Those of these codes, each as it was when the version named was its newest, whatever became of it since."""
    found = OwnIndicator.objects.filter(project=project, code__in=held).order_by("version") if held else []
    return _gathered(version for version in found if version.version <= held[version.code])


def _gathered(versions: Iterable[OwnIndicator]) -> list[Own]:
    by_code: dict[str, list[OwnIndicator]] = defaultdict(list)
    for version in versions:
        if version.removed:
            by_code[version.code].clear()
        else:
            by_code[version.code].append(version)
    found = [Own(versions) for versions in by_code.values() if versions]
    return sorted(found, key=lambda own: (GROUPS.index(own.newest.group), own.versions[0].made_at, own.code))


def find_own(project: Project, code: str) -> Own | None:
    return next((own for own in own_indicators(project) if own.code == code), None)


def version_for(own: Own, period: Period) -> OwnIndicator:
    """The whole period is counted by one version: the newest in effect on its last day; before the first one's month,
    by the first."""
    effective = [version for version in own.versions if version.effective_from <= period.last]
    return effective[-1] if effective else own.versions[0]


@transaction.atomic
def put_indicator(
    project: Project, code: str, wish: Wish, *, this_month: date, by: User | None, label: str = SIYU
) -> OwnIndicator:
    """A new version, or the newest where it says the same. Raises IndicatorRefusedError naming every part at fault:
    the ten are never redefined, nor what months that are over were counted by."""
    project = locked(project)
    live = own_indicators(project)
    own = next((one for one in live if one.code == code), None)
    flaws = [*_flaws_of_name(code, wish, live), *flaws_of(wish)]
    if own is None and len(live) >= MOST:
        flaws.append(fault("/code", "too_many", say(f"一个项目最多 {MOST} 个自有指标", f"At most {MOST} per project")))
    if own is not None and wish.effective_from < this_month:
        message = say(
            "已经过去的月份不改口径，请从本月或以后开始", "Months that are over keep theirs: begin this month or later"
        )
        flaws.append(fault("/effective_from", "past", message))
    if flaws:
        raise IndicatorRefusedError(say("这个指标不能保存", "This indicator can't be saved"), errors=flaws)
    stated = {
        "name": wish.name.strip(),
        "group": wish.group,
        "better": wish.better,
        "unit": wish.unit or units_of(wish.numerator, wish.denominator)[0],
        "numerator": wish.numerator.stated(),
        "denominator": wish.denominator.stated() if wish.denominator else None,
    }
    if own is not None and all(getattr(own.newest, name) == value for name, value in stated.items()):
        return own.newest
    before = own and _recorded(own.newest)
    made = OwnIndicator.objects.create(
        project=project, code=code, version=_last_version(project, code) + 1, made_by=by,
        effective_from=wish.effective_from, **stated,
    )  # fmt: skip
    record(project, f"indicator:{code}", before, _recorded(made), by=label)
    return made


@transaction.atomic
def remove_indicator(project: Project, code: str, *, by: User | None, label: str = SIYU) -> bool:
    """It is shown nowhere from now on; its versions stay on record. False where there is none."""
    project = locked(project)
    own = find_own(project, code)
    if own is None:
        return False
    newest = own.newest
    before = _recorded(newest)
    newest.pk, newest._state.adding = None, True
    newest.version, newest.removed, newest.made_by = newest.version + 1, True, by
    newest.save()
    record(project, f"indicator:{code}", before, None, by=label)
    return True


def new_code(project: Project) -> str:
    """One that was never used in the project."""
    used = set(OwnIndicator.objects.filter(project=project).values_list("code", flat=True))
    return next(code for number in range(1, len(used) + 2) if (code := f"own_{number}") not in used)


def _last_version(project: Project, code: str) -> int:
    found = OwnIndicator.objects.filter(project=project, code=code).order_by("-version").first()
    return found.version if found else 0


def _recorded(version: OwnIndicator) -> dict[str, Any]:
    names = ("version", "name", "group", "better", "unit", "numerator", "denominator")
    return {name: getattr(version, name) for name in names} | {"effective_from": f"{version.effective_from:%Y-%m}"}


def _flaws_of_name(code: str, wish: Wish, live: Sequence[Own]) -> list[dict[str, str]]:
    flaws = []
    if code in METRICS:
        flaws.append(fault("/code", "reserved", say("十项指标不能重新定义", "The ten can't be redefined")))
    elif not CODE.fullmatch(code):
        message = say(
            "由小写字母、数字和 _ 组成，以字母开头，最多 40 个字符",
            "Lower-case letters, digits and _, a letter first, at most 40",
        )
        flaws.append(fault("/code", "bad_value", message))
    name = _folded(wish.name)
    if name in {
        _folded(title) for metric in METRICS.values() for title in (metric.chinese, metric.english, metric.code)
    }:
        message = say("与十项指标之一同名，请换一个名称", "One of the ten has this name: choose another")
        flaws.append(fault("/name", "reserved", message))
    if name in {_folded(own.newest.name) for own in live if own.code != code}:
        flaws.append(fault("/name", "taken", say("已有同名的自有指标", "There is an own indicator of this name")))
    return flaws


def _folded(name: str) -> str:
    return "".join(name.split()).casefold()


def flaws_of(wish: Wish) -> list[dict[str, str]]:
    """What of the countings chosen can't be counted."""
    flaws = []
    for side, selection in (("numerator", wish.numerator), ("denominator", wish.denominator)):
        if selection is not None:
            flaws += [fault(f"/{side}/{name}", "bad_value", message) for name, message in _unfit(selection)]
    if wish.denominator is not None and wish.numerator == wish.denominator:
        message = say("分子与分母相同，永远是 1", "Both sides are the same: it is always 1")
        flaws.append(fault("/denominator/count", "same", message))
    allowed = units_of(wish.numerator, wish.denominator)
    if wish.unit is not None and wish.unit not in allowed:
        message = say(f"应为 {'、'.join(allowed)}", f"It must be {' or '.join(allowed)}")
        flaws.append(fault("/unit", "bad_value", message))
    return flaws


def _unfit(selection: Selection) -> list[tuple[str, str]]:
    found = []
    if selection.channel is not None and selection.platform is not None:
        found.append(("platform", say("渠道和平台只能选一个", "Choose a channel or a platform, not both")))
    if selection.channel is not None:
        if not selection.counting.of_channels:
            found.append(("channel", say("这一项没有渠道", "This has no channel")))
        elif not Channel.objects.filter(code=selection.channel).exists():
            found.append(("channel", say("没有这个渠道", "There is no such channel")))
    if selection.platform is not None and not selection.counting.of_orders:
        found.append(("platform", say("这一项不分平台", "This is not known by platform")))
    return found


# -- Figures ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OwnFigure:
    """A figure and the version that it is counted by."""

    figure: Figure
    version: OwnIndicator


def read_own(
    project: Project, indicators: Sequence[Own], grain: Grain, first: date, last: date, by: Cut | None = None
) -> list[OwnFigure]:
    """Figures of the whole periods that touch first..last, period by period. In a cut, versions that it does not suit
    have none, and parts of which both sides are 0 or unknown are left out."""
    wanted = periods(grain, first, last)
    plan = [(period, version_for(own, period)) for period in wanted for own in indicators]
    counted = [(period, version, shape_of(version)) for period, version in plan]
    counted = [one for one in counted if by is None or by in one[2].cuts]
    found = count_shapes(project, [(period, shape) for period, _, shape in counted], grain, wanted, by)
    return [
        OwnFigure(figure, version)
        for (_, version, _), figures in zip(counted, found, strict=True)
        for figure in figures
    ]  # fmt: skip


def read_own_part(
    project: Project, indicators: Sequence[Own], grain: Grain, days: Period, by: Cut, part: Part
) -> list[OwnFigure]:
    """As read_own, of one part of a cut; where nothing is credited to it, it is 0."""
    wanted = periods(grain, days.first, days.last)
    plan = [(period, version_for(own, period)) for period in wanted for own in indicators]
    suited = [(period, version, shape) for period, version in plan if by in (shape := shape_of(version)).cuts]
    if not suited:
        return []
    with one_state():
        totals = read_totals(project, wanted)
        counts = _Counts(project, grain, wanted, by, {side for _, _, shape in suited for side in shape.sides}, totals)
    return [OwnFigure(counts.figure(period, part, shape), version) for period, version, shape in suited]


def count_shapes(
    project: Project,
    counted: Sequence[tuple[Period, Shape]],
    grain: Grain,
    wanted: Sequence[Period],
    by: Cut | None = None,
) -> list[list[Figure]]:
    """Of each pair its figures: one, or in a cut one for each part. `wanted`: the periods, ascending, of that grain."""
    if not counted:
        return []
    with one_state():
        totals = read_totals(project, wanted)
        counts = _Counts(project, grain, wanted, by, {side for _, shape in counted for side in shape.sides}, totals)
    return [counts.figures(period, shape) for period, shape in counted]


def count_part(project: Project, shape: Shape, period: Period, by: Cut | None, part: Part) -> Figure:
    """Of the period whole, or of one part of a cut; a part that nothing is credited to is 0."""
    with one_state():
        totals = read_totals(project, [period])
        return _Counts(project, "range", [period], by, set(shape.sides), totals).figure(period, part, shape)


class _Counts:
    """What the sides count, read at once for all periods."""

    def __init__(
        self,
        project: Project,
        grain: Grain,
        wanted: Sequence[Period],
        by: Cut | None,
        sides: Collection[Selection],
        totals: Totals,
    ):
        self.by, self.totals = by, totals
        whole = [side for side in sides if not side.is_narrowed]
        narrowed = [side for side in sides if side.channel is not None]
        asks = {code for side in sides for code in side.counting.asks}
        self.cells: Cells = gather(project, grain, wanted, by, asks, totals) if whole else {}
        self.of_channels: Cells = gather(project, grain, wanted, "channel", asks, totals) if narrowed else {}
        self.of_platforms: dict[tuple[date, str], dict[str, Number]] = {}
        window = {"project": project.pk, **period_parameters(wanted, ZoneInfo(project.timezone))}
        if any(side.count == "inbound" for side in whole):
            for row in records(sql("own_inbound"), window):
                self.cells.setdefault((row["first_day"], None), {})["inbound"] = row["inbound"]
        if platforms := sorted({side.platform for side in sides if side.platform is not None}):
            for row in records(sql("own_orders"), {**window, "platforms": platforms}):
                measures: dict[str, Number] = {
                    name: row[name] for name in ("orders", "buyers", "gross", "refunds_unknown")
                }
                self.of_platforms[row["first_day"], row["platform"]] = measures

    def figures(self, period: Period, shape: Shape) -> list[Figure]:
        parts: list[Part] = [None]
        if self.by is not None:
            found = {part for first_day, part in self.cells if first_day == period.first}
            parts = sorted(found, key=lambda part: (part is not None, part or ""))
        figures = [self.figure(period, part, shape) for part in parts]
        return [one for one in figures if self.by is None or one.numerator or one.denominator]

    def figure(self, period: Period, part: Part, shape: Shape) -> Figure:
        numerator = self._number(shape.numerator, period, part)
        denominator = None if shape.denominator is None else self._number(shape.denominator, period, part)
        if shape.denominator is None:
            value = None if numerator is None else Decimal(numerator)
        else:
            value = divide(numerator, denominator)
        mark = _mark(shape, self.totals.get(period))
        return Figure(shape.code, period, part, numerator, denominator, value, totals=mark)

    def _number(self, side: Selection, period: Period, part: Part) -> Number:
        if _why_unknown(side, self.totals.get(period)):
            return None
        if side.platform is not None:
            return side.counting.reads(MEASURES | self.of_platforms.get((period.first, side.platform), {}))
        cells, of = (self.of_channels, side.channel) if side.channel is not None else (self.cells, part)
        return side.counting.reads(MEASURES | {"inbound": 0} | cells.get((period.first, of), {}))


def _why_unknown(side: Selection, of: OfPeriod | None) -> str | None:
    """Why day totals leave the side unknown in the period."""
    group = side.counting.group
    if of is None or group is None:
        return None
    seam = of.seams[group]
    if seam.is_silent:
        return "missing"
    touched = seam.is_touched or (group == "service" and of.fans.is_touched)
    return "not_in_totals" if touched and (side.is_narrowed or not side.counting.in_totals) else None


def _mark(shape: Shape, of: OfPeriod | None) -> FromTotals | None:
    if of is None:
        return None
    seams = {group: of.seams[group] for side in shape.sides if (group := side.counting.group)}
    touched = {group: seam for group, seam in seams.items() if seam.is_touched}
    reasons = [why for side in shape.sides if (why := _why_unknown(side, of))]
    if not touched and not reasons:
        return None
    used = {day for seam in touched.values() for day in seam.used}
    missing = {day for seam in touched.values() for day in seam.missing}
    reads = reasons[0] if reasons else "additions" if "fans" in touched and touched["fans"].used else "as_stated"
    return FromTotals(reads if reasons or used else None, len(used), len(missing))
