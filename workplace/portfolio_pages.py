"""项目组合 as a page of the agency's site: the brands that a person may look over, side by side."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kpi.metrics import METRICS
from reports.benchmarks import benchmarks_beside
from siyu.brands import enter_brand
from siyu.numbers import UNKNOWN, exact, money, percent
from siyu.periods import DAY, periods
from siyu.problems import say
from tenants.identity import identify_user
from tenants.models import User
from tenants.permissions import Act, may
from tenants.queries import Site, sites_of
from workplace.card import BANDS, Chip, band_chip
from workplace.portfolio import OVERLOADED, SPARE, Across, Load, Standing, guides_across, read_standings
from workplace.portfolio_summary import Bubble, draw_bubbles, summarise
from workplace.report_month_parts import as_times
from workplace.report_words import STATE_TONES, STATES, word
from workplace.tables import GROUPS, metric_title
from workplace.today_pages import there
from workplace.totals_words import stock_words
from workplace.views import read_month

PER_PAGE = 24  # brands of one page: each is entered and read for itself
WIDEST = Decimal("1.3")  # the load at the right end of a strip


@dataclass(frozen=True)
class Line:
    """One project as the page shows it. `address`: its scorecard on the brand's site."""

    brand: str
    standing: Standing
    address: str
    about: str
    report: Chip
    report_address: str
    waiting: str
    strip: SafeString
    load: str
    gmv: str
    projected: str
    labour: str
    times: str
    times_chip: Chip | None
    unknown: str


def overseen_sites(user: User) -> list[Site]:
    """The brands that the user may look over, by name."""
    return [site for site in sites_of(user, settings.BASE_DOMAIN) if site.brand and _oversees(user, site)]


def _oversees(user: User, site: Site) -> bool:
    identity = identify_user(user, site.brand) if site.brand else None
    return identity is not None and may(identity, Act.READ_COSTS, identity.brand)


@login_required
def portfolio(request: HttpRequest) -> HttpResponse:
    """`?month=2026-05&page=`. 403 for who may look over no brand: the brands' people, ops, content people, guides."""
    assert isinstance(request.user, User)  # noqa: S101 - what login_required has settled, said to the type checker
    sites = overseen_sites(request.user)
    if not sites:
        raise PermissionDenied
    now = timezone.now()
    this = timezone.localdate(now).replace(day=1)
    month = min(read_month(request.GET.get("month")) or this, this)
    page = Paginator(sites, PER_PAGE).get_page(request.GET.get("page"))
    lines = [line for site in page for line in _read(request.user, site, month, this, now)]
    lines.sort(key=lambda line: line.standing.attention)
    across = guides_across([(line.brand, load) for line in lines for load in line.standing.loads])
    after = periods("month", month, month)[0].end
    context = {
        "lines": lines,
        "page": page,
        "facts": _facts(lines),
        "tiles": summarise([line.standing for line in lines], _usual()) if lines else [],
        "bubbles": _bubbles(lines),
        "bands": [(BANDS[band][2], band_chip(band).text) for band in BANDS],
        "groups": _groups(),
        "metrics": [metric_title(metric) for metric in METRICS.values()],
        "has_marks": any(cell.mark for line in lines for cell in line.standing.cells),
        "has_cells": any(line.standing.cells for line in lines),
        "has_money": any(line.standing.money for line in lines),
        "has_loads": any(line.standing.loads for line in lines),
        "across": [(one.name, say("、", ", ").join(one.places), _held(one), _tone(one)) for one in across],
        "months": {
            "before": f"{month - DAY:%Y-%m}",
            "shown": f"{month:%Y-%m}",
            "after": f"{after:%Y-%m}" if after <= this else "",
        },
        "words": _words(month, is_running=month == this),
        "empty": say("这个月没有进行中的项目。", "No project ran in this month."),
    }
    return render(request, "workplace/portfolio.html", context)


def _read(user: User, site: Site, month: date, this: date, now: datetime) -> list[Line]:
    assert site.brand is not None  # noqa: S101 - sites of brands only
    identity = identify_user(user, site.brand)
    if identity is None:
        return []
    with enter_brand(site.brand.schema_name):
        found = read_standings(identity, None if month == this else month, now)
    return [_line(site, standing) for standing in found]


def _line(site: Site, standing: Standing) -> Line:
    assert site.brand is not None  # noqa: S101 - sites of brands only
    [period] = periods("month", standing.month, standing.month)
    scorecard = reverse("project", urlconf="siyu.urls", args=[standing.code])
    report, report_address = Chip(say("未生成", "Not made yet"), "none", "circle-dashed"), ""
    if standing.report:
        pk, state = standing.report
        report = Chip(word(STATES, state), STATE_TONES.get(state) or "mid", "file-text")
        report_address = there(site.address, reverse("report", urlconf="siyu.urls", args=[standing.code, pk]))
    ours, theirs = standing.waiting
    earned = standing.money
    return Line(
        brand=site.brand.name,
        standing=standing,
        address=there(site.address, f"{scorecard}?start={period.first}&end={period.last}"),
        about=say("，", ", ").join(part for part in (standing.name, standing.leads) if part),
        report=report,
        report_address=report_address,
        waiting=say(f"待我方 {ours}，待品牌方 {theirs}", f"{ours} for us, {theirs} for the brand"),
        strip=draw_strip(standing.loads),
        load=_load_words(standing.loads) + (f" · {said.rstrip()}" if (said := stock_words(standing.stock)) else ""),
        gmv=money(earned.gmv) if earned and earned.gmv is not None else UNKNOWN,
        projected=money(earned.projected) if earned and earned.projected is not None else UNKNOWN,
        labour=money(earned.labour) if earned and earned.labour is not None else UNKNOWN,
        times=as_times(earned.times) if earned and earned.times is not None else UNKNOWN,
        times_chip=_times_chip(earned.times) if earned and earned.times is not None else None,
        unknown=say("未录入成本：", "Cost not entered: ") + "、".join(earned.unknown)
        if earned and earned.unknown
        else "",
    )


def _usual() -> Decimal:
    """GMV ÷ labour cost that practitioners call usual."""
    [stated] = benchmarks_beside({"gmv_per_labour_cost": None}, agency_only=True)
    return Decimal(stated["average"][0])


def _bubbles(lines: list[Line]) -> SafeString:
    usual = _usual()
    return draw_bubbles(
        [
            Bubble(line.brand, earned.labour, earned.gmv, len(line.standing.loads), is_below=earned.times < usual)
            for line in lines
            if (earned := line.standing.money)
            and earned.labour is not None
            and earned.gmv is not None
            and earned.times is not None
        ],
        usual,
    )


def _times_chip(times: Decimal) -> Chip | None:
    """Against what practitioners call usual."""
    low = _usual()
    usual = as_times(low)
    if times >= low:
        return Chip(say(f"达到常见的 {usual}", f"At the usual {usual}"), "good", "check")
    return Chip(say(f"低于常见的 {usual}", f"Below the usual {usual}"), "warn", "minus")


def draw_strip(loads: list[Load]) -> SafeString:
    """A dot per guide, from nothing held to 130 % of what she can hold; what it shows stands in words beside it."""
    if not loads:
        return SafeString("")
    dots = format_html_join(
        "",
        '<circle class="sy-load-{}" cx="{}%" cy="14" r="4.5"><title>{}</title></circle>',
        (
            (
                "over" if load.is_over else "spare" if load.share is not None and load.share < SPARE else "fit",
                round(float(min(load.share if load.share is not None else WIDEST, WIDEST) / WIDEST) * 96 + 2, 2),
                f"{load.name} {exact(load.held)} / {exact(load.capacity)}",
            )
            for load in loads
        ),
    )
    full = round(float(OVERLOADED / WIDEST) * 96 + 2, 2)
    return format_html(
        '<svg class="sy-load" width="100%" height="28" aria-hidden="true">'
        '<rect class="sy-load-room" x="0" y="4" width="{full}%" height="20"/>'
        '<rect class="sy-load-beyond" x="{full}%" y="4" width="{rest}%" height="20"/>'
        '<line class="sy-load-full" x1="{full}%" x2="{full}%" y1="0" y2="28"/>{dots}</svg>',
        full=full, rest=round(100 - full, 2), dots=dots,
    )  # fmt: skip


def _load_words(loads: list[Load]) -> str:
    held, capacity = sum(load.held for load in loads), sum(load.capacity for load in loads)
    over = [load.name for load in loads if load.is_over]
    share = percent(Decimal(held) / capacity) if capacity else UNKNOWN
    whole = f"{exact(held)} / {exact(capacity)} · {share}"
    if over:
        names = say("、", ", ").join(over)
        whole += say(f"，超出：{names}", f", over: {names}")
    return whole


def _held(one: Across) -> str:
    share = percent(Decimal(one.held) / one.capacity) if one.capacity else UNKNOWN
    return f"{exact(one.held)} / {exact(one.capacity)} · {share}"


def _tone(one: Across) -> str:
    return "bad" if one.held > one.capacity else "mid"


def _facts(lines: list[Line]) -> list[str]:
    brands = len({line.brand for line in lines})
    return [say(f"{brands} 个品牌，{len(lines)} 个项目", f"{brands} brands, {len(lines)} projects")]


def _groups() -> list[tuple[str, int]]:
    names = [metric.group for metric in METRICS.values()]
    return [(say(*GROUPS[name]), names.count(name)) for name in dict.fromkeys(names)]


def _words(month: date, *, is_running: bool) -> dict[str, Any]:
    name = say(f"{month.year} 年 {month.month} 月", f"{month:%B %Y}")
    due = say("对今日应完成的正常线，为暂定", "against the normal line as due today, provisional")
    return {
        "title": say("项目组合", "Portfolio"),
        "month_name": name,
        "month": say("月份", "Month"),
        "before": say("上月", "Month before"),
        "after": say("下月", "Month after"),
        "heat": say("品牌 × 指标", "Brands × indicators"),
        "heat_about": say("达成率，", "Attainment, ")
        + (due if is_running else say("对正常线", "against the normal line")),
        "marks": say("汇 含日汇总的数字", "Σ rests on day totals"),
        "mark": say("汇", "Σ"),
        "brand": say("品牌", "Brand"),
        "report": say("月报", "Monthly report"),
        "loads": say("导购负载", "Guides' load"),
        "loads_about": say("粉丝 / 可承接，每点一人，竖线为满", "Fans / room, a dot each, the line is full"),
        "across": say("服务多个品牌的导购", "Guides of several brands"),
        "money": say("GMV 与人力成本", "GMV and labour cost"),
        "money_about": say("本月至今；仅代运营方可见", "So far this month; for the agency's eyes only")
        if is_running
        else say("全月；仅代运营方可见", "The whole month; for the agency's eyes only"),
        "gmv": "GMV",
        "projected": say("预计月末", "By the month's end"),
        "labour": say("人力成本", "Labour cost"),
        "together": say("整体", "Together"),
        "bands": say("评级", "Bands"),
        "times": say("GMV ÷ 人力成本", "GMV ÷ labour cost"),
        "pages": say("分页", "Pages"),
        "earlier": say("上一页", "Previous"),
        "later": say("下一页", "Next"),
        "stale": say("正在重新计算", "being counted anew"),
    }
