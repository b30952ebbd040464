"""记分卡: where the contract stands in the days asked for, one figure in depth, and both as a file."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from kpi.metrics import METRICS
from kpi.queries import one_state
from projects.models import Commitment, Project
from projects.queries import guide_alone, zone_of
from reports.models import Report
from reports.queries import reports_of, revisions_of
from siyu.periods import Period, local_day
from siyu.problems import say
from siyu.spreadsheets import Column, Sheet, write_xlsx
from tenants.pages import BrandPage
from tenants.permissions import Act, may
from workplace.access import seen_project
from workplace.before_term import compared_note
from workplace.both_sides import SideOfCard, build_sides, shortfalls
from workplace.card import Group, Row, build_groups
from workplace.figure import read_figure_page
from workplace.occasion import COMPARISONS, NAMES, Occasion, lack_of, notes_of, period_title, read_occasion
from workplace.own_card import own_sheet, read_own_rows, without_guides
from workplace.scorecard import Card, chart_of, read_card
from workplace.sections import tabs
from workplace.tables import metric_title
from workplace.team_line import read_team_line
from workplace.verdict import tally, tell, to_do

CHARTED = ("gmv", "diverted_users", "koc_users", "referral_users")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Frozen:
    """What is said of the month's report, and where it is."""

    said: str
    address: str


class ScorecardPage(BrandPage):
    """`?period=today|week|month|last_month` or `?start=&end=`; `&compare=previous|year`.

    404 for a project she may not know of, 403 for a role that reads no figures. A guide sees her own figures only.
    """

    acts = {"GET": Act.READ_OWN_KPIS}

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        now = timezone.now()
        project = seen_project(self.identity, code)
        own = guide_alone(self.identity, Act.READ_KPIS)
        occasion = read_occasion(request.GET.dict(), local_day(now, zone_of(project)))
        card = read_card(project, occasion, now, guide=own.code if own else None)
        groups = groups_of(project, card, occasion, is_whole=own is None)
        rows = [row for group in groups for row in group.rows]
        context = {
            "project": project,
            "tabs": tabs(self.identity, project, "project"),
            "own": own,
            "card": card,
            "occasion": occasion,
            "period_title": period_title(occasion.period),
            "compared_title": occasion.compared_title,
            "compare_title": say(*COMPARISONS[occasion.compare]),
            "compare_note": compared_note(occasion.compared, project.starts_on),
            "notes": notes_of(occasion, Period(project.starts_on, project.ends_on)),
            "periods": [(name, say(*words)) for name, words in NAMES.items()],
            "comparisons": [(name, say(*words)) for name, words in COMPARISONS.items()],
            "lack": lack_of(occasion, Period(project.starts_on, project.ends_on), card.data_through),
            "groups": groups,
            "elapsed": _elapsed(occasion),
            "has_data": card.data_through is not None,
            "may_bring_data": may(self.identity, Act.SEND_EVENTS, self.identity.brand),
            "team": read_team_line(self.identity, project, now),
            "may_read_promises": may(self.identity, Act.READ_COMMITMENTS, self.identity.brand),
        }
        if own is None:
            context |= self._told(project, card, occasion, rows)
            context["frozen"] = self._frozen(project, occasion)
            context["own_rows"] = read_own_rows(project, occasion)
        else:
            context["own_rows"] = read_own_rows(project, occasion, own.code)
            context["without_guides"] = without_guides(project, occasion)
        return render(request, "workplace/scorecard.html", context)

    def _told(self, project: Project, card: Card, occasion: Occasion, rows: list[Row]) -> dict[str, Any]:
        short = shortfalls(card.outlook, card.channels)
        promises_address = reverse("commitments", args=[project.code])
        names = {str(kind): str(kind.label) for kind in Commitment.Kind}
        charts = {code: chart for code in CHARTED if (chart := chart_of(card, code, occasion))}
        return {
            "verdict": tell(rows, card.judgements, short, period_title(occasion.period)),
            "tally": tally(rows) if card.judgements else [],
            "sides": _sides(card, occasion, project),
            "short": short,
            "to_do": to_do(rows, card.promises, short, names, promises_address),
            "charts": _drawn(charts),
            "charted": [(code, metric_title(METRICS[code])) for code in charts],
        }

    def _frozen(self, project: Project, occasion: Occasion) -> Frozen | None:
        """The month's report, if her side can see one: what it says stays, whatever comes later."""
        if occasion.month is None or not may(self.identity, Act.READ_REPORTS, self.identity.brand):
            return None
        side = self.identity.side
        made = reports_of(project, side, Report.Kind.MONTHLY).filter(first_day=occasion.month)
        report = made.exclude(state=Report.State.SKIPPED).first()
        revision = revisions_of([report], side).get(report.pk) if report else None
        if report is None or revision is None:
            return None
        number, stamp = revision.number, revision.sha256[:12]
        said = say(
            f"本月已冻结为月报第 {number} 版（sha256 {stamp}）；之后到达的数据只改变本页，不改变报告。",
            f"Frozen as revision {number} of the monthly report (sha256 {stamp}); later data change this page, not it.",
        )
        return Frozen(said, reverse("report", args=[project.code, report.pk]))


def _sides(card: Card, occasion: Occasion, project: Project) -> list[SideOfCard]:
    """Both sides' promises of a month; of one outside of the contract's term only if there are any."""
    if occasion.month is None:
        return []
    sides = build_sides(card.outlook, card.promises, card.channels)
    is_within = occasion.period.first <= project.ends_on and occasion.period.last >= project.starts_on
    return sides if is_within or any(side.promises for side in sides) else []


def groups_of(project: Project, card: Card, occasion: Occasion, *, is_whole: bool) -> list[Group]:
    def address(indicator: str) -> str:
        if not is_whole:
            return ""
        return f"{reverse('figure', args=[project.code, indicator])}?{occasion.query}"

    return build_groups(
        card.figures, card.compared, card.judgements, card.course, address, is_judged=occasion.month is not None
    )


def _elapsed(occasion: Occasion) -> tuple[int, int] | None:
    """Ended days and all days of a period that runs."""
    period = occasion.period
    if not period.first <= occasion.today <= period.last or period.first == period.last:
        return None
    return (occasion.today - period.first).days, (period.end - period.first).days


def _drawn(charts: dict[str, Any]) -> dict[str, Any]:
    """With the words of the picture in the reader's language."""
    words = {
        "actual": say("实际累计", "Actual"),
        "expected": say("预计", "Projected"),
        "range": say("80% 区间", "80% range"),
        "due": say("应完成", "due"),
        "to": say("～", " – "),
        "wan": say("万", ""),
        "fail": say("不及格线", "Fail"),
        "normal": say("正常线", "Normal"),
        "good": say("优良线", "Good"),
        "excess": say("超额线", "Excess"),
        "today": say("今日", "Today"),
    }
    return {"charts": charts, "words": words, "money": ["gmv"]}


class ScorecardFile(BrandPage):
    """What the page shows, as XLSX with raw numbers."""

    acts = {"GET": Act.READ_KPIS}

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        now = timezone.now()
        project = seen_project(self.identity, code)
        occasion = read_occasion(request.GET.dict(), local_day(now, zone_of(project)))
        card = read_card(project, occasion, now)
        groups = groups_of(project, card, occasion, is_whole=True)
        columns = [
            Column(say("分组", "Group")),
            Column(say("指标", "Indicator")),
            Column(say("分子", "Numerator")),
            Column(say("分母", "Denominator")),
            Column(say("数值", "Value")),
            Column(say("读数", "As read")),
            Column(say("预计月末", "Projected")),
            Column(say("线", "Line")),
            Column(say("进度", "Pace")),
            Column(say("状态", "Band")),
            Column(say("说明", "Note")),
        ]
        lines = [
            (
                group.title,
                row.title,
                card.figures[row.code].numerator,
                card.figures[row.code].denominator,
                card.figures[row.code].value,
                row.value,
                row.expected,
                row.line,
                row.pace,
                row.chip.text,
                row.note,
            )
            for group in groups
            for row in group.rows
        ]
        title = period_title(occasion.period)
        note = f"{project.name} · {title} · " + say(
            f"口径表第 {card.definition} 版", f"definition sheet version {card.definition}"
        )
        file = BytesIO()
        own_rows = read_own_rows(project, occasion)
        sheets = [Sheet(say("记分卡", "Scorecard"), columns, lines, note)]
        write_xlsx(file, [*sheets, *([own_sheet(own_rows, note)] if own_rows else [])])
        response = HttpResponse(file.getvalue(), content_type=XLSX)
        name = f"{project.code}-{occasion.period.first}-{occasion.period.last}.xlsx"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


class FigurePage(BrandPage):
    """One figure in depth: `?start=&end=[&guide=|&channel=][&cursor=]`. To htmx it comes without the shell."""

    acts = {"GET": Act.READ_KPIS}

    def get(self, request: HttpRequest, code: str, indicator: str) -> HttpResponse:
        project = seen_project(self.identity, code)
        if indicator not in METRICS:
            raise Http404
        now = timezone.now()
        asked = request.GET.dict()
        occasion = read_occasion(asked, local_day(now, zone_of(project)))
        with one_state():
            found = read_figure_page(project, METRICS[indicator], occasion, asked, now, self.identity)
        context = {
            "project": project,
            "tabs": tabs(self.identity, project, "project"),
            "figure": found,
            "occasion": occasion,
            "period_title": period_title(occasion.period),
            "take_as": ("xlsx", "csv"),
            "back": f"{reverse('project', args=[project.code])}?{occasion.query}",
            "base": "workplace/_bare.html" if request.headers.get("HX-Request") else "base.html",
        }
        return render(request, "workplace/figure.html", context)
