"""项目组合 as a page of the agency's site: the brands that a person may look over, side by side."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from kpi.metrics import METRICS
from reports.benchmarks import benchmarks_beside
from siyu.numbers import UNKNOWN, exact, money, percent
from siyu.periods import DAY, periods
from siyu.problems import say
from tenants.queries import Site
from workplace.bubbles import Bubble, draw_bubbles
from workplace.card import BANDS, Chip, band_chip
from workplace.gmv_course import draw_course, spark_of, table_of, words_of
from workplace.load_strip import draw_scale, draw_strip
from workplace.over_brands import failed_words, read_each
from workplace.overseeing import read_asked, read_site
from workplace.portfolio import SPARE, Across, Load, MonthReport, Standing, guides_across
from workplace.portfolio_summary import summarise
from workplace.report_month_parts import as_times
from workplace.report_words import AWAITED, STATE_TONES, STATES, word
from workplace.tables import GROUPS, metric_title
from workplace.today_pages import there
from workplace.totals_words import stock_words
from workplace.verdict import spaced
from workplace.words import beside_brand

PER_PAGE = 24  # brands of one page: each is entered and read for itself


@dataclass(frozen=True)
class Line:
    """One project as the page shows it. `address`: its scorecard on the brand's site, `team`: its team there;
    `project`: its name without the brand's."""

    brand: str
    standing: Standing
    address: str
    about: str
    project: str
    report: Chip
    report_address: str
    awaited: str
    waiting: str
    strip: SafeString
    load: str
    held: str
    load_words: str
    load_link: str
    team: str
    gmv: str
    projected: str
    labour: str
    times: str
    times_chip: Chip | None
    unknown: str
    spark: SafeString
    course: SafeString
    course_words: str


@login_required
def portfolio(request: HttpRequest) -> HttpResponse:
    """`?month=2026-05&pm=&page=`; `pm`: only what this project manager leads. 403 for who may look over no brand: the
    brands' people, ops, content people, guides."""
    asked = read_asked(request)
    month, now, lead = asked.month, asked.now, asked.lead
    this = timezone.localdate(now).replace(day=1)
    page = Paginator(asked.sites, PER_PAGE).get_page(request.GET.get("page"))
    lines, failed = read_each(page, lambda site: [_line(site, one) for one in read_site(asked, site)])
    lines.sort(key=lambda line: line.standing.attention)
    across = guides_across([(line.brand, load) for line in lines for load in line.standing.loads])
    coursed = [line for line in lines if line.standing.course]
    after = periods("month", month, month)[0].end
    context = {
        "lines": lines,
        "page": page,
        "leads": asked.leads if len(asked.leads) > 1 else [],
        "lead": lead,
        "kept": SafeString(f"&amp;pm={lead.pk}") if lead else "",
        "facts": _facts(lines, month, timezone.localdate(now)),
        "through": _data_through(lines, month, timezone.localdate(now)),
        "tiles": summarise([line.standing for line in lines], _usual()) if lines else [],
        "bubbles": _bubbles(lines),
        "scale": draw_scale(),
        "bands": [(BANDS[band][2], band_chip(band).text) for band in BANDS],
        "groups": _groups(),
        "metrics": [metric_title(metric) for metric in METRICS.values()],
        "has_marks": any(cell.mark for line in lines for cell in line.standing.cells),
        "has_cells": any(line.standing.cells for line in lines),
        "coursed": coursed,
        "days": table_of([line.standing.course for line in coursed if line.standing.course]),
        "has_money": any(line.standing.money for line in lines),
        "has_loads": any(line.standing.loads for line in lines),
        "across": [(one.name, say("、", ", ").join(one.places), _held(one), _tone(one)) for one in across],
        "months": {
            "before": f"{month - DAY:%Y-%m}",
            "shown": f"{month:%Y-%m}",
            "after": f"{after:%Y-%m}" if after <= this else "",
        },
        "words": _words(month, is_running=month == this),
        "failed": failed_words(failed),
        "empty": say("这个月没有进行中的项目。", "No project ran in this month.")
        if lead is None
        else say(f"这个月没有由{spaced(lead.name)}负责的项目。", f"{lead.name} led no project in this month."),
    }
    return render(request, "workplace/portfolio.html", context)


def _line(site: Site, standing: Standing) -> Line:
    assert site.brand is not None  # noqa: S101 - sites of brands only
    [period] = periods("month", standing.month, standing.month)
    scorecard = reverse("project", urlconf="siyu.urls", args=[standing.code])
    report, report_address, awaited = Chip(say("未生成", "Not made yet"), "none", "circle-dashed"), "", ""
    if made := standing.report:
        report = _report_chip(made)
        report_address = there(site.address, reverse("report", urlconf="siyu.urls", args=[standing.code, made.pk]))
        awaited = "" if made.is_deemed or made.state not in AWAITED else word(AWAITED, made.state)
    earned = standing.money
    project = beside_brand(site.brand.name, standing.name)
    loads = standing.loads
    held, capacity = sum(load.held for load in loads), sum(load.capacity for load in loads)
    said = stock_words(standing.stock).rstrip()
    return Line(
        brand=site.brand.name,
        standing=standing,
        address=there(site.address, f"{scorecard}?start={period.first}&end={period.last}"),
        about=" · ".join(part for part in (project, standing.leads) if part),
        project=project,
        report=report,
        report_address=report_address,
        awaited=awaited,
        waiting=_waiting_words(standing.waiting),
        strip=draw_strip(loads),
        load=percent(Decimal(held) / capacity) if capacity else UNKNOWN,
        held=f"{exact(held)} / {exact(capacity)}",
        load_words=" · ".join(part for part in (_load_words(loads), said) if part),
        load_link=say("去调整", "Put it right") if any(load.is_over for load in loads) else say("看团队", "Team"),
        team=there(site.address, reverse("team", urlconf="siyu.urls", args=[standing.code])),
        gmv=money(earned.gmv) if earned and earned.gmv is not None else UNKNOWN,
        projected=money(earned.projected) if earned and earned.projected is not None else UNKNOWN,
        labour=money(earned.labour) if earned and earned.labour is not None else UNKNOWN,
        times=as_times(earned.times) if earned and earned.times is not None else UNKNOWN,
        times_chip=_times_chip(earned.times) if earned and earned.times is not None else None,
        unknown=say("未录入成本：", "Cost not entered: ") + "、".join(earned.unknown)
        if earned and earned.unknown
        else "",
        spark=spark_of(standing.course) if standing.course else SafeString(""),
        course=draw_course(standing.course, site.brand.name) if standing.course else SafeString(""),
        course_words=words_of(standing.course) if standing.course else "",
    )


def _report_chip(made: MonthReport) -> Chip:
    """With its month, which is not always the one that is shown."""
    name = say(f"{made.month.month} 月", f"{made.month:%b}")
    if made.is_deemed:
        return Chip(f"{name} · {say('视为通过', 'Deemed accepted')}", "warn", "file-text")
    return Chip(f"{name} · {word(STATES, made.state)}", STATE_TONES.get(made.state) or "mid", "file-text")


def _waiting_words(waiting: tuple[int, int] | None) -> str:
    """Of all reports; a side for which none waits is left out."""
    ours, theirs = waiting or (0, 0)
    parts = [say(f"我方 {ours}", f"us {ours}")] if ours else []
    if theirs:
        parts.append(say(f"品牌方 {theirs}", f"the brand {theirs}"))
    return say("全部待", "All that wait: ") + say("、", ", ").join(parts) if parts else ""


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


def _times_chip(times: Decimal) -> Chip:
    """Against what practitioners call usual."""
    if times >= _usual():
        return Chip(say("达到常见", "At the usual"), "good", "check")
    return Chip(say("低于常见", "Below the usual"), "warn", "minus")


def _load_words(loads: list[Load]) -> str:
    """Who holds more than she can, and how many have room."""
    over = [load.name for load in loads if load.is_over]
    spare = sum(load.share is not None and load.share < SPARE for load in loads)
    said = []
    if over:
        names = say("、", ", ").join(over)
        said.append(say(f"{len(over)} 人超出：{names}", f"{len(over)} over: {names}"))
    if spare:
        said.append(say(f"{spare} 人有富余", f"{spare} with room"))
    return say("；", "; ").join(said) or say("都在可承接之内", "All within their room")


def _held(one: Across) -> str:
    share = percent(Decimal(one.held) / one.capacity) if one.capacity else UNKNOWN
    return f"{exact(one.held)} / {exact(one.capacity)} · {share}"


def _tone(one: Across) -> str:
    return "bad" if one.held > one.capacity else "mid"


def _facts(lines: list[Line], month: date, today: date) -> list[str]:
    brands = len({line.brand for line in lines})
    facts = [say(f"{brands} 个品牌，{len(lines)} 个项目", f"{brands} brands, {len(lines)} projects")]
    if guides := len({load.guide for line in lines for load in line.standing.loads}):
        facts[0] += say(f"，{guides} 位导购", f", {guides} guides")
    if month <= today < (end := periods("month", month, month)[0].end):
        passed, days = (today - month).days, (end - month).days
        facts.append(say(f"时间进度 {passed} / {days} 天", f"{passed} of {days} days have passed"))
    return facts


def _data_through(lines: list[Line], month: date, today: date) -> tuple[str, bool]:
    """Through which day everybody's data go, and who is behind; whether that is late."""
    if not lines:
        return "", False
    wanted = min(today, periods("month", month, month)[0].end) - DAY
    ends = [(line.standing.data_through, line.brand) for line in lines]
    behind = sorted({brand for through, brand in ends if through is None or through < wanted})
    known = [through for through, _ in ends if through]
    if not known:
        return say("还没有数据", "No data yet"), True
    through = min(max(known), wanted)
    said = say(f"数据截至 {through}", f"Data through {through}")
    if behind and through == wanted:
        names = say("、", ", ").join(behind)
        said += say(f"，{spaced(names)}尚缺", f", {names} lacking")
    return said, bool(behind)


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
        "lead": say("项目经理", "Project manager"),
        "all": say("全部", "All"),
        "export": say("导出", "Export"),
        "report": say("月报", "Monthly report"),
        "colon": say("：", ": "),
        "course": say("GMV 走势", "GMV by day"),
        "courses": say("每日 GMV", "GMV by day"),
        "courses_about": say(
            "深色为本月，浅色为上月同日；各自的刻度", "Dark: the month; pale: the month before; each on its own scale"
        ),
        "each_day": say("逐日数字", "The numbers, day by day"),
        "day": say("日期", "Day"),
        "loads": say("导购负载", "Guides' load"),
        "loads_about": say("粉丝 ÷ 可承接，每点一人", "Fans ÷ room, a dot a guide"),
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
        "times": say(f"GMV ÷ 人力成本（常见 {as_times(_usual())}）", f"GMV ÷ labour cost (usual {as_times(_usual())})"),
        "bubbles": say(
            "圆的面积为导购人数；斜线为 GMV 是人力成本的几倍，低于常见倍数的圆为黄色，见下表。",
            "A circle's area is its guides; along a line GMV is so many times the labour cost; amber is below the "
            "usual, as the table says.",
        ),
        "pages": say("分页", "Pages"),
        "earlier": say("上一页", "Previous"),
        "later": say("下一页", "Next"),
        "stale": say("正在重新计算", "being counted anew"),
    }
