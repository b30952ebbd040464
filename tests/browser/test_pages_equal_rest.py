"""Every figure on a page is the one that REST answers, rounded for reading and nothing else: in all brands of the
demo, for running months, months gone by, weeks and any range."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kpi.metrics import METRICS
from siyu.numbers import UNKNOWN, exact, fixed, money, percent
from tests.browser.rest import BANDS, DAY, Rest, as_read, change_as_read, data, go, local_today, month_of

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("chinese")]

VOLUMES = ("diverted_users", "gmv", "koc_users", "referral_users")
OF_EVERY_FAN = ("retention_rate", "churn_rate", "interaction_rate")  # too many rows to turn their pages here
LINES = ("normal", "fail", "good", "excess")  # the first there is stands in the column

ROWS = """rows => rows.map(row => Object.fromEntries([
    ["code", row.dataset.indicator],
    ...[...row.cells].map(cell => [cell.className.split(" ")[0], cell.innerText.trim()])]))"""


# -- Scorecard and drawer ---------------------------------------------------------------------------------------------


def occasions() -> dict[str, tuple[date, date, date, date]]:
    """By query: the days of the page, and those that the ended ones of them are held against."""
    today = local_today()
    first, last = month_of(today)
    before, before_end = month_of(today, 1)
    old, old_end = month_of(today, 5)
    older, older_end = month_of(today, 6)
    monday = today - today.weekday() * DAY
    return {
        "": (first, last, before, min(before_end, before + max(today - first - DAY, 0 * DAY))),
        "?period=last_month": (before, before_end, *month_of(today, 2)),
        f"?start={old}&end={old_end}": (old, old_end, older, older_end),
        f"?start={monday - 7 * DAY}&end={monday - DAY}": (
            monday - 7 * DAY, monday - DAY, monday - 14 * DAY, monday - 8 * DAY,
        ),
        f"?start={today - 40 * DAY}&end={today - 24 * DAY}": (
            today - 40 * DAY, today - 24 * DAY, today - 57 * DAY, today - 41 * DAY,
        ),
        f"?start={today - DAY}&end={today - DAY}": (today - DAY, today - DAY, today - 2 * DAY, today - 2 * DAY),
        f"?start={old}&end={old_end}&compare=year": (
            old, old_end, old.replace(year=old.year - 1), old_end.replace(year=old.year - 1),
        ),
    }  # fmt: skip


def test_the_scorecard(pm):
    for query, (first, last, then, then_end) in occasions().items():
        rest = go(pm, query)
        is_month = (first, last) == month_of(first)
        figures = rest.by_indicator("month" if is_month else "range", first, last)
        ended = rest.by_indicator("range", first, max(first, min(last, local_today() - DAY)))
        before = rest.by_indicator("range", then, then_end)
        rows = {row["code"]: row for row in pm.page.eval_on_selector_all("tr[data-indicator]", ROWS)}
        assert list(rows) == list(METRICS), query
        for code, row in rows.items():
            figure = figures[code]
            where = f"{pm.slug} {query} {code}"
            assert row["sy-c-value"] == as_read(code, figure["value"]), where
            assert row["sy-c-change"] == change_as_read(code, ended[code]["value"], before[code]["value"]), where
            if is_month:
                held_against(code, row, figure["forecast"], where)


def held_against(code: str, row: dict[str, str], forecast: dict[str, Any] | None, where: str) -> None:
    projected = (forecast or {}).get("projected") or {}
    end = row["sy-c-end"].split()
    assert end[0] == as_read(code, projected.get("value")), where
    assert end[1:] == ([BANDS[projected["band"]]] if projected.get("band") else []), where
    lines = (forecast or {}).get("lines") or {}
    name = next((n for n in LINES if lines.get(n)), None)
    line, *now = row["sy-c-line"].split()
    assert line == as_read(code, lines[name] if name else None), where
    if now:
        assert now == ["今日", as_read(code, forecast["lines_due"][name])], where
    if forecast and forecast["band"]:
        assert row["sy-c-chip"] == BANDS[forecast["band"]], where
        assert row["sy-c-pace"] == pace(code, forecast), where
    else:
        assert row["sy-c-chip"] not in BANDS.values(), where


def pace(code: str, forecast: dict[str, Any]) -> str:
    judged = Decimal(forecast["judged"])
    if forecast["provisional"] and forecast["due"]:
        share = judged / Decimal(forecast["due"]) - 1
        if percent(abs(share)) == "0.0%":
            return "与应完成持平"
        return f"比应完成{'多' if share > 0 else '少'} {percent(abs(share))}"
    lines = forecast["lines_due"] if forecast["provisional"] else forecast["lines"]
    name = next(name for name in LINES if lines.get(name))
    line = Decimal(lines[name])
    gap = judged - line if METRICS[code].better == "up" else line - judged
    points = f"{fixed(abs(gap) * 100, 1)}pp"
    if gap and points == "0.0pp":
        points = "不到 0.1pp"
    size = {"rate": points, "unit_cost": money(abs(gap))}.get(METRICS[code].kind, percent(abs(gap) / line))
    title = {"normal": "正常线", "fail": "不及格线", "good": "优良线", "excess": "超额线"}[name]
    return f"{'优于' if gap >= 0 else '距'}{title} {size}"


def test_what_a_drawer_says(pm):
    """Parts, particulars, lines and cuts of a month."""
    first, last = month_of(local_today(), 1)
    go(pm)
    rest = Rest(pm)
    figures = rest.by_indicator("month", first, last)
    for code, metric in METRICS.items():
        go(pm, f"figures/{code}/?start={first}&end={last}")
        figure, page = figures[code], pm.page
        assert page.inner_text(".sy-figure-value > span") == as_read(code, figure["value"]), code
        assert page.inner_text(".sy-figure-value + .sy-facts") == parts(code, figure), code
        said = page.eval_on_selector_all(".sy-terms div", "all => all.map(one => one.lastElementChild.innerText)")
        for value in (figure["detail"] or {}).values():
            assert value is None or all_digits(value) in said, (code, figure["detail"], said)
        for line in (figure["forecast"] or {}).get("lines", {}).values():
            assert line is None or as_read(code, line) in said, (code, line, said)
        cuts = [cut for cut in ("guide", "channel") if cut in metric.cuts]
        assert page.locator(".sy-figure .sy-plain-table").count() >= len(cuts), code
        for place, cut in enumerate(cuts):
            cells = (
                page.locator(".sy-figure .sy-plain-table")
                .nth(place)
                .locator("tbody tr")
                .evaluate_all("rows => rows.map(row => [...row.querySelectorAll('td')].map(cell => cell.innerText))")
            )
            expected = [
                [parts(code, row), as_read(code, row["value"])]
                for row in rest.figures("range", first, last, by=cut, indicator=code)
            ]
            assert sorted(cells) == sorted(expected), (code, cut)


def test_the_rows_of_a_drawer_add_up(pm):
    """Of one day, over all pages of rows: a row adds 1, or its amount, where it says that it is in."""
    day = local_today() - 3 * DAY
    rest = go(pm)
    figures = rest.by_indicator("range", day, day)
    for code, metric in METRICS.items():
        if code in OF_EVERY_FAN:
            continue
        go(pm, f"figures/{code}/?start={day}&end={day}")
        numerator = denominator = Decimal(0)
        seen = 0
        while True:
            cells = pm.page.eval_on_selector_all(
                "#rows tbody tr", "rows => rows.map(row => row.lastElementChild.innerText.trim())"
            )
            for cell in cells:
                amount, _, where = cell.partition(" · ")
                number = Decimal(amount.replace(",", "").replace("−", "-"))
                numerator += number if "分子" in where or metric.denominator is None else 0
                denominator += number if "分母" in where else 0
            seen += len(cells)
            following = pm.page.locator("#rows a[href*='cursor=']")
            if not following.count():
                break
            pm.page.goto(str(following.first.evaluate("link => link.href")))
        figure = figures[code]
        assert numerator == Decimal(figure["numerator"] or 0), (code, seen)
        if metric.denominator is not None:
            assert denominator == Decimal(figure["denominator"] or 0), (code, seen)


def parts(code: str, figure: dict[str, Any]) -> str:
    numerator = all_digits(figure["numerator"])
    return numerator if METRICS[code].denominator is None else f"{numerator} ÷ {all_digits(figure['denominator'])}"


def all_digits(number: str | int | None) -> str:
    """REST gives counts as integers and money as text."""
    return exact(number if number is None or isinstance(number, int) else Decimal(number))


# -- One-pager, months, team ------------------------------------------------------------------------------------------


def test_the_one_pager(pm):
    for back in (0, 1, 4):
        first, last = month_of(local_today(), back)
        rest = go(pm, f"onepager/?month={first:%Y-%m}")
        figures = rest.by_indicator("month", first, last)
        told = data(pm, "[data-indicator]")
        assert [one["indicator"] for one in told] == [
            "gmv", "diverted_users", "retention_rate", "interaction_rate", "satisfaction_rate",
        ]  # fmt: skip
        for one in told:
            figure = figures[one["indicator"]]
            assert Decimal(one["value"]) == Decimal(figure["value"]), (first, one)
            assert one["text"] == as_read(one["indicator"], figure["value"]), (first, one)
        factors = [
            percent(Decimal(factor))
            for code in VOLUMES
            if (factor := (figures[code]["forecast"] or {}).get("traffic_factor")) not in (None, "1")
        ]
        cells = data(pm, ":not([data-indicator])")
        assert sorted(one["text"] for one in cells if one["text"].endswith("%")) == sorted(factors), first
        expected = [
            as_read(code, projected["value"])
            for code in VOLUMES
            if (projected := (figures[code]["forecast"] or {}).get("projected"))
        ]
        ends = pm.page.locator("section[aria-labelledby=expected] dd b")
        assert sorted(ends.all_inner_texts()) == sorted(expected), first


def test_the_months(pm):
    rest = go(pm, "months/")
    first, _ = month_of(local_today(), 11)
    figures: dict[str, dict[str, Any]] = {}
    for row in rest.figures("month", first, local_today()):
        figures.setdefault(row["period_start"][:7], {})[row["indicator"]] = row
    read = "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim().split('\\n')))"
    months, guides = (
        pm.page.locator("main table.sy-figures").nth(place).locator("tbody tr").evaluate_all(read) for place in (0, 1)
    )
    assert len(months) >= 5
    for (month, *_), *cells in months:
        for (code, figure), cell in zip(figures[month].items(), cells, strict=True):
            assert cell[0] == as_read(code, figure["value"]), (month, code)
    by_guide: dict[str, dict[str, Any]] = {}
    this, end = month_of(local_today())
    for row in rest.figures("month", this, end, by="guide"):
        by_guide.setdefault(row["guide"] or "未归属", {})[row["indicator"]] = row
    codes = [code for code, metric in METRICS.items() if "guide" in metric.cuts]
    assert len(guides) == len(by_guide)
    for (title, *_), *cells in guides:
        code_of_guide = title.partition("（")[2].rstrip("）") or title
        for code, cell in zip(codes, cells, strict=True):
            assert cell[0] == cut_as_read(code, by_guide[code_of_guide].get(code)), (title, code)


def cut_as_read(code: str, row: dict[str, Any] | None) -> str:
    """A row left out of a cut is a count or sum of nothing, or a rate of nobody."""
    if row is None:
        return UNKNOWN if METRICS[code].kind in ("rate", "unit_cost") else as_read(code, 0)
    return as_read(code, row["value"])


def test_the_team_board(pm):
    for back in (0, 1):
        first, last = month_of(local_today(), back)
        rest = go(pm, f"team/?month={first:%Y-%m}")
        figures = {
            (row["guide"] or "", row["indicator"]): row for row in rest.figures("month", first, last, by="guide")
        }
        cells = data(pm, "[data-part]")
        assert {(one["part"], one["indicator"]) for one in cells} >= set(figures)
        for one in cells:
            figure = figures.get((one["part"], one["indicator"]))
            assert one["text"] == cut_as_read(one["indicator"], figure), one
            if figure and figure["value"] is not None:
                assert Decimal(one["value"]) == Decimal(figure["value"]), one
    held = {
        row["code"]: row["held"]
        for row in pm.page.eval_on_selector_all(
            ".sy-roster tbody tr",
            "rows => rows.map(row => ({code: row.querySelector('.sy-code').innerText,"
            " held: row.querySelector('data').innerText}))",
        )
    }
    today = local_today()
    staffing = rest.get("staffing/", start=today, end=today)
    accounts = {row["account"]: row for row in staffing["overloaded_accounts"]}
    for row in accounts.values():
        assert exact(row["fans"]) in pm.page.inner_text("main"), row
    for guide in (code for code in held if held[code] != "0"):
        fans = rest.all("fans/", guide=guide, present="true", page_size=1000)
        assert held[guide].split(" / ")[0] == exact(len(fans)), guide
    facts = pm.page.inner_text(".sy-leads")
    [day] = staffing["days"]
    assert f"在册粉丝 {exact(staffing['present_fans'])} 位，需要导购 {staffing['guides_needed']} 人" in facts
    assert f"今日在岗 {day['heads']} 人" in facts
    assert f"折合 {day['on_duty']}，合同人数 {day['contracted'] or UNKNOWN}" in facts
    assert f"今日可服务 {exact(day['capacity'])} 位粉丝" in facts


def test_the_list_of_fans(pm):
    for asked in ({"channel": "sms", "present": "true"}, {"guide": "g02", "present": "true"}, {"present": "false"}):
        rest = go(pm, "fans/?" + "&".join(f"{name}={value}" for name, value in asked.items()))
        fans = rest.all("fans/", page_size=1000, **asked)
        total = pm.page.inner_text(".sy-head .sy-facts span:last-child")
        assert total == f"{exact(len(fans))} 位" or (len(fans) > 10_000 and "10,000" in total), (asked, total)
        codes = pm.page.locator("main table tbody th").all_inner_texts()
        assert codes == [fan["fan"] for fan in fans[: len(codes)]], asked
