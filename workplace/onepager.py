"""一页纸: how a month stands, for who has a minute. Nothing on it is the agency's alone: both sides read the same page.

Runs inside the brand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from django.urls import reverse
from django.utils.safestring import SafeString

from kpi.forecast import VOLUMES
from kpi.judging import Judgement
from kpi.metrics import METRICS
from projects.models import Project
from reports.models import Report
from reports.queries import reports_of
from reports.telling import name_of
from siyu.numbers import UNKNOWN, count, percent, span
from siyu.periods import DAY
from siyu.problems import say
from tenants.identity import Side as Reader
from workplace.both_sides import Promise, Shortfall, SideOfCard, build_sides, shortfalls
from workplace.card import Chip, as_decimal, band_chip, build_groups, shown
from workplace.day_lines import Between, Curve, draw_days
from workplace.gaps import Gap, gaps_of
from workplace.occasion import Occasion, period_title
from workplace.scorecard import Card, chart_of, read_card
from workplace.tables import metric_title
from workplace.verdict import Tally, Verdict, spaced, tally, tell

FIVE = ("gmv", "diverted_users", "retention_rate", "interaction_rate", "satisfaction_rate")
FEW_GAPS = 1  # beside which the month's picture stands no lower than its expected end
TOLD = 4  # promises of a side: those that are not kept come first


@dataclass(frozen=True)
class Number:
    """One of the five. `exact`: as REST gives it; `about`: against what is due or its line; `note`: what else it says
    of itself, of day totals for one."""

    code: str
    title: str
    text: str
    exact: str
    about: str
    is_behind: bool
    chip: Chip
    note: str


@dataclass(frozen=True)
class Expected:
    """Where a volume will end the month: `line`: its normal line, empty without one."""

    title: str
    value: str
    span: str
    line: str
    chip: Chip | None


@dataclass(frozen=True)
class Factor:
    """What the traffic that came leaves of a month's target: `text` as a share, exact in `exact`; `moved`: how much
    less that is."""

    title: str
    text: str
    exact: str
    moved: str


@dataclass(frozen=True)
class Approved:
    """The newest monthly report that the brand approved."""

    title: str
    address: str


@dataclass(frozen=True)
class Side:
    """What one side promised: `told`: what is not kept, else what is due next; `kept`: how it stands in words."""

    title: str
    icon: str
    told: list[Promise]
    kept: str


@dataclass(frozen=True)
class OnePager:
    title: str
    verdict: Verdict
    numbers: list[Number]
    tally: list[Tally]
    sides: list[Side]
    gaps: list[Gap]
    short: list[str]
    factors: list[Factor]
    expected: list[Expected]
    course: SafeString
    approved: Approved | None
    data_through: date | None
    stale_days: int
    definition: int
    forecast: int | None

    @property
    def has_room_beside(self) -> bool:
        """Whether what is short takes so little that the picture of the month finds its place below it."""
        return len(self.gaps) <= FEW_GAPS


def read_onepager(project: Project, occasion: Occasion, side: Reader, now: datetime) -> OnePager:
    """`occasion`: a whole month."""
    card = read_card(project, occasion, now)
    short = shortfalls(card.outlook, card.channels)
    groups = build_groups(card.figures, card.compared, card.judgements, card.course, lambda code: "")
    rows = {row.code: row for group in groups for row in group.rows}
    return OnePager(
        title=period_title(occasion.period),
        verdict=tell(list(rows.values()), card.judgements, short, period_title(occasion.period)),
        numbers=[
            Number(
                code,
                row.title,
                row.value,
                _exact(card.figures[code].value),
                "" if row.pace == UNKNOWN else row.pace,
                row.is_behind,
                row.chip,
                row.note,
            )
            for code in FIVE
            for row in [rows[code]]
        ],
        tally=tally(list(rows.values())) if card.judgements else [],
        sides=[_side(side) for side in build_sides(card.outlook, card.promises, card.channels)],
        gaps=gaps_of(list(rows.values()), card.judgements),
        short=[_shortfall(one) for one in short if one.users],
        factors=_factors(card.judgements),
        expected=_expected(card.judgements),
        course=_course(card, occasion),
        approved=_approved(project, side),
        data_through=card.data_through,
        stale_days=card.stale_days,
        definition=card.definition,
        forecast=_version(card),
    )


def _side(side: SideOfCard) -> Side:
    number = len(side.promises)
    kept = say(f"{number} 项中 {side.kept} 项按期", f"{side.kept} of {number} on time") if number else ""
    return Side(side.title, side.icon, side.promises[:TOLD], kept)


def _shortfall(one: Shortfall) -> str:
    missing, users = count(int(one.missing)), count(one.users)
    return say(
        f"{spaced(one.channel)}触达比应完成少 {missing}（品牌方），按预测表少导 {users} 人",
        f"{one.channel}: reach {missing} less than due (brand), {users} users fewer by the forecast",
    )


def _factors(judgements: Mapping[str, Judgement]) -> list[Factor]:
    """Of the volumes whose target follows the traffic that came; none where all of it came."""
    found = []
    for code in VOLUMES:
        judgement = judgements.get(code)
        if judgement is None or judgement.value is None or judgement.traffic_factor in (None, 1):
            continue
        factor = as_decimal(judgement.traffic_factor or 0)
        less = shown(METRICS[code], judgement.value * (1 - Fraction(factor)))
        moved = say(f"少 {less}", f"{less} less")
        found.append(Factor(metric_title(METRICS[code]), percent(factor), _exact(factor), moved))
    return found


def _expected(judgements: Mapping[str, Judgement]) -> list[Expected]:
    found = []
    for code in VOLUMES:
        judgement = judgements.get(code)
        if judgement is None or judgement.projected is None:
            continue
        metric, end = METRICS[code], judgement.projected
        between = ""
        if end.low is not None and end.high is not None:
            between = span(shown(metric, end.low), shown(metric, end.high))
        normal = judgement.lines.get("normal") if judgement.lines else None
        line = shown(metric, normal) if normal is not None else ""
        chip = band_chip(end.band) if end.band else None
        found.append(Expected(metric_title(metric), shown(metric, end.value), between, line, chip))
    return found


def _course(card: Card, occasion: Occasion) -> SafeString:
    """GMV as it ran up beside what was due, and on to where it is expected. Empty where nothing holds it to a line, or
    no day has ended."""
    chart = chart_of(card, "gmv", occasion)
    if chart is None or not chart["actual"]:
        return SafeString("")
    month, done = occasion.period, len(chart["actual"])
    days = [month.first + place * DAY for place in range((month.end - month.first).days)]
    due: Sequence[float] = chart["due"].get("normal") or next(iter(chart["due"].values()), [])
    metric, last = METRICS["gmv"], Decimal(str(chart["actual"][-1]))
    words = [
        say(f"到 {days[done - 1]:%m-%d} 实际 {shown(metric, last)}", f"by {days[done - 1]:%m-%d} {shown(metric, last)}")
    ]
    if due:
        by_now = Decimal(str(due[done - 1]))
        words.append(say(f"应完成 {shown(metric, by_now)}", f"due {shown(metric, by_now)}"))
    if chart.get("expected"):
        end = shown(metric, Decimal(str(chart["expected"][-1])))
        words.append(say(f"预计月末 {end}", f"{end} expected at the month's end"))
    between = Between(chart["low"], chart["high"]) if chart.get("low") and chart.get("high") else None
    curves = [Curve("due", due), Curve("expected", chart.get("expected", [])), Curve("now", chart["actual"])]
    label = say("GMV 累计：", "GMV so far: ") + say("，", ", ").join(words)
    return draw_days(days, curves, label, height=190, steps=3, between=between)


def _approved(project: Project, side: Reader) -> Approved | None:
    found = reports_of(project, side, Report.Kind.MONTHLY).filter(state=Report.State.APPROVED)
    report = found.order_by("-first_day").first()
    if report is None:
        return None
    title = say(*name_of("monthly", report.first_day, report.last_day))
    return Approved(title, reverse("report", args=[project.code, report.pk]))


def _version(card: Card) -> int | None:
    return next((judgement.version for judgement in card.judgements.values()), None)


def _exact(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"
