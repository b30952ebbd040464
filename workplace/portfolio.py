"""项目组合: one project of one brand as it stands beside the others. Runs inside the brand.

Who may know what an agency's people cost is who looks over its brands: the page is for READ_COSTS, each part of it for
the act that reads it in the brand. Nothing of it is kept: every figure is read anew, brand by brand.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from fans.allocation import Slot
from fans.assignments import current_slots
from kpi.figures import Figure
from kpi.forecasts import read_judgements
from kpi.judging import Judgement
from kpi.lines import attainment
from kpi.metrics import METRICS
from kpi.queries import one_state, read_standing
from kpi.totals import StatedStock, read_stated_stock
from projects.models import Project, TeamSeat
from projects.queries import people, seen_projects, zone_of
from reports.annex import annex_of
from reports.models import Report
from reports.queries import deemed_accepted_on, revisions_of, schedule_of
from reports.states import OPEN
from siyu.numbers import percent
from siyu.periods import DAY, Period, local_day, period_before, periods
from siyu.problems import say
from tenants.identity import Identity
from tenants.permissions import Act, may
from workplace.card import BANDS, as_decimal, band_chip, shown
from workplace.gmv_course import Course, build_course
from workplace.queries import guide_names
from workplace.tables import metric_title
from workplace.totals_words import mark_of, sentence_of

OVERLOADED, SPARE = Decimal(1), Decimal("0.7")  # fans held ÷ capacity


@dataclass(frozen=True)
class Cell:
    """One indicator of one project. `exact`: the figure as REST gives it; `text`: its attainment of the normal line (of
    what is due of it, in a running month), else the figure as read; `band`: empty where nothing is judged. `reads`,
    `mark`: what the figure says of day totals that it rests on, as REST has it and in a word; empty for events alone.
    """

    code: str
    title: str
    exact: str
    text: str
    band: str
    tone: str
    label: str
    is_failing: bool
    attained: Fraction | None
    reads: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Load:
    """A guide in one project. `share`: held ÷ capacity, None without capacity."""

    guide: str
    name: str
    held: int
    capacity: int

    @property
    def share(self) -> Decimal | None:
        return Decimal(self.held) / self.capacity if self.capacity else None

    @property
    def is_over(self) -> bool:
        return self.held > self.capacity


@dataclass(frozen=True)
class Money:
    """`gmv`: None where nobody states it; `labour`: what the guides placed cost in the days of the month so far, None
    where a cost is unknown (`unknown`: of whom); `times`: GMV ÷ that. `projected`: GMV at the running month's end, None
    elsewhere. `mark`: as a Cell's."""

    gmv: Decimal | None
    projected: Decimal | None
    labour: Decimal | None
    times: Decimal | None
    unknown: list[str]
    mark: str = ""


@dataclass(frozen=True)
class MonthReport:
    """`month`: its first day; `is_deemed`: silence has accepted it."""

    pk: int
    month: date
    state: str
    is_deemed: bool


@dataclass(frozen=True)
class Standing:
    """A project in the portfolio. What she may not read is None or empty. `report`: the month's; while it runs, the
    newest that somebody has to act on. `leads`: who holds the PM's seat today, by name; `led_by`: by id. `waiting`:
    reports that wait for the agency and for the brand. `course`: GMV by day."""

    code: str
    name: str
    leads: str
    led_by: frozenset[int]
    month: date
    is_provisional: bool
    cells: list[Cell]
    loads: list[Load]
    money: Money | None
    report: MonthReport | None
    waiting: tuple[int, int] | None
    data_through: date | None
    stale_days: int
    course: Course | None = None
    stock: StatedStock | None = None

    @property
    def failing(self) -> int:
        return sum(cell.is_failing for cell in self.cells)

    @property
    def attention(self) -> tuple[int, Fraction]:
        """The more it fails, the earlier it is told of; then by the worst attainment."""
        known = [cell.attained for cell in self.cells if cell.attained is not None]
        return -self.failing, min(known, default=Fraction(10**6))


def read_standings(identity: Identity, month: date | None, now: datetime) -> list[Standing]:
    """Of the brand's projects that she may know of and that ran in the month (its first day; None: the running one), by
    code. Nothing where she may not look over the brand."""
    if not may(identity, Act.READ_COSTS, identity.brand):
        return []
    found = []
    for project in seen_projects(identity, now):
        today = local_day(now, zone_of(project))
        [period] = periods("month", *[min(month or today, today)] * 2)
        if project.starts_on <= period.last and project.ends_on >= period.first:
            found.append(_standing(identity, project, period, today, now))
    return found


def _standing(identity: Identity, project: Project, period: Period, today: date, now: datetime) -> Standing:
    reads_figures = may(identity, Act.READ_KPIS, identity.brand)
    with one_state():
        read = read_standing(project, "month", period.first, period.last)
        judged = read_judgements(project, read.figures, now) if reads_figures else {}
        course = _course(project, period, today) if reads_figures else None
    figures = {figure.indicator: figure for figure in read.figures}
    is_running = period.first <= today <= period.last
    passed = Period(period.first, min(period.last, today))
    cells = [
        _cell(figures[code], judged.get((period.first, code))) for code in METRICS if reads_figures and code in figures
    ]
    reads_reports = may(identity, Act.READ_REPORTS, identity.brand)
    reads_team = may(identity, Act.READ_TEAM, identity.brand)
    stock = read_stated_stock(project) if reads_team else None
    leads = _leads(project, today)
    return Standing(
        code=project.code,
        name=project.name,
        leads=say("、", ", ").join(leads.values()),
        led_by=frozenset(leads),
        month=period.first,
        is_provisional=is_running,
        cells=cells,
        loads=loads_of(current_slots(project, now), stock, guide_names()) if reads_team else [],
        stock=stock,
        money=_money(identity, project, passed, figures["gmv"], judged.get((period.first, "gmv"))),
        report=_report(project, period, today) if reads_reports else None,
        waiting=_waiting(project) if reads_reports else None,
        data_through=read.data_through,
        stale_days=read.stale_days,
        course=course,
    )


def _course(project: Project, month: Period, today: date) -> Course:
    """GMV of the month's days that have ended, and of the month before."""
    last = max(month.first - DAY, min(month.last, today - DAY))
    read = read_standing(project, "day", period_before(month).first, last, indicators=["gmv"])
    return build_course(month, read.figures, today)


# -- Figures ----------------------------------------------------------------------------------------------------------


def _cell(figure: Figure, judgement: Judgement | None) -> Cell:
    metric = METRICS[figure.indicator]
    attained = attained_of(judgement)
    value = shown(metric, figure.value)
    band = judgement.band if judgement else None
    text = percent(as_decimal(attained)) if attained is not None and band else value
    words = [f"{metric_title(metric)} {value}"]
    if attained is not None:
        share = percent(as_decimal(attained))
        words.append(say(f"达成正常线 {share}", f"{share} of the normal line"))
    if band:
        words.append(band_chip(band).text)
    totals = asdict(figure.totals) if figure.totals else None
    if sentence := sentence_of(totals):
        words.append(sentence)
    return Cell(
        code=metric.code,
        title=metric_title(metric),
        exact="" if figure.value is None else f"{figure.value:f}",
        text=text,
        band=band_chip(band).text if band else "",
        tone=BANDS[band][2] if band else "none",
        label=say("，", ", ").join(words),
        is_failing=band == "failing",
        attained=attained,
        reads=(figure.totals.reads or "") if figure.totals else "",
        mark=mark_of(totals) or (say("汇总", "Totals") if totals else ""),
    )


def attained_of(judgement: Judgement | None) -> Fraction | None:
    """Of the normal line as it stands now; None without one, or without a value."""
    if judgement is None:
        return None
    marks = judgement.lines_due if judgement.provisional else judgement.lines
    return attainment(judgement.judged, marks.get("normal") if marks else None, METRICS[judgement.indicator].better)


# -- People, money, reports -------------------------------------------------------------------------------------------


def _leads(project: Project, today: date) -> dict[int, str]:
    """Who holds the PM's seat today: names by id."""
    seats = TeamSeat.objects.filter(project=project, role=TeamSeat.Role.PM, starts_on__lte=today)
    holders = [seat.user_id for seat in seats if seat.ends_on is None or seat.ends_on >= today]
    return {user.pk: str(user) for user in people(holders).values()}


def loads_of(slots: Iterable[Slot], stock: StatedStock | None, names: Mapping[str, str]) -> list[Load]:
    """Of those who keep accounts now, the fullest first. Where day totals are all there is, fans are the friends they
    state, and whose they don't state is left out."""
    sums: dict[str, list[int]] = {}
    for slot in slots:
        if slot.guide is not None:
            held = sums.setdefault(slot.guide, [0, 0])
            held[0] += slot.held
            held[1] += slot.capacity
    if stock:
        stated = {guide: friends for guide, friends in stock.friends.items() if friends is not None}
        sums = {guide: [stated[guide], sums.get(guide, [0, 0])[1]] for guide in stated}
    found = [Load(guide, names.get(guide, guide), *held) for guide, held in sums.items()]
    return sorted(found, key=lambda load: (-(load.share or Decimal(load.held)), load.guide))


def _money(identity: Identity, project: Project, passed: Period, gmv: Figure, judgement: Judgement | None) -> Money:
    """By the rules of a monthly report's annex, of the days that have come."""
    net = None if gmv.value is None else Decimal(gmv.value)
    annex = annex_of(project, identity.brand, passed, {"orders": {"net": f"{net or 0:.2f}"}, "guides": []})
    labour, times = annex["labour_cost"], annex["gmv_per_labour_cost"]
    projected = judgement.projected if judgement and judgement.provisional else None
    names = guide_names() if annex["unknown"] else {}
    return Money(
        gmv=net,
        projected=projected.value if projected else None,
        labour=None if labour is None else Decimal(labour),
        times=None if times is None or net is None else Decimal(times),
        unknown=[names.get(code, code) for code in annex["unknown"]],
        mark=mark_of(asdict(gmv.totals)) if gmv.totals else "",
    )


def _waiting(project: Project) -> tuple[int, int]:
    """How many of all reports wait for the agency and for the brand."""
    made = Report.objects.filter(project=project).exclude(state__in=(Report.State.SKIPPED, Report.State.APPROVED))
    states = list(made.values_list("state", flat=True))
    own = sum(state in (Report.State.DRAFT, Report.State.REVIEWED, Report.State.DISPUTED) for state in states)
    return own, len(states) - own


def _report(project: Project, period: Period, today: date) -> MonthReport | None:
    """Of a running month the report comes when it is over: until then the newest one before it that is not settled, or
    the newest."""
    made = Report.objects.filter(project=project, kind=Report.Kind.MONTHLY).exclude(state=Report.State.SKIPPED)
    newest = made.filter(first_day__lte=period.first).order_by("-first_day").select_related("project")
    if period.last < today:
        newest = newest.filter(first_day=period.first)
    silence_counts = bool(schedule_of(project).deemed_after)
    first = None
    for report in newest:
        revision = revisions_of([report], "agency").get(report.pk) if silence_counts and report.state in OPEN else None
        due = deemed_accepted_on(report, revision) if revision else None
        found = MonthReport(report.pk, report.first_day, str(report.state), due is not None and due < today)
        if report.first_day == period.first or not (found.is_deemed or found.state == Report.State.APPROVED):
            return found
        first = first or found
    return first


# -- Guides over brands -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Across:
    """A guide over the brands that she serves and the reader may look over."""

    name: str
    places: list[str]
    held: int
    capacity: int


def guides_across(loads: Sequence[tuple[str, Load]]) -> list[Across]:
    """`loads`: with the name of the brand each is in. Only guides of several brands, the fullest first."""
    by_guide: dict[str, list[tuple[str, Load]]] = {}
    for brand, load in loads:
        by_guide.setdefault(load.guide, []).append((brand, load))
    found = [
        Across(
            parts[0][1].name,
            sorted({brand for brand, _ in parts}),
            sum(load.held for _, load in parts),
            sum(load.capacity for _, load in parts),
        )
        for parts in by_guide.values()
        if len({brand for brand, _ in parts}) > 1
    ]
    return sorted(found, key=lambda one: (-(Fraction(one.held, one.capacity) if one.capacity else one.held), one.name))
