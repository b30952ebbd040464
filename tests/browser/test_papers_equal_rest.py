"""Promises, the forecast, reports, the portfolio and the reconciliation say what REST answers, rounded for reading and
nothing else."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from kpi.metrics import METRICS
from siyu.numbers import MINUS, UNKNOWN, cents, count, exact, money, percent
from tests.browser.rest import BANDS, DATA, DAY, PM, Rest, as_read, data, go, local_today, month_of
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("chinese")]


# -- Promises and forecast --------------------------------------------------------------------------------------------


def test_commitments(pm):
    rest = go(pm, "commitments/")
    tables = pm.page.eval_on_selector_all(
        "[data-grid=overview]",  # the months around this one, and folded away the whole contract
        "all => all.map(table => ({"
        " months: [...table.querySelectorAll('thead [data-name]')].map(one => one.textContent.trim()).filter(Boolean),"
        " rows: [...table.tBodies[0].rows].map(row =>"
        " [...row.querySelectorAll('td')].map(cell => cell.firstElementChild.textContent.trim()))}))",
    )
    assert tables
    for table in tables:
        shown = [
            (month, text)
            for row in table["rows"]
            for month, text in zip(table["months"], row, strict=True)
            if text != UNKNOWN
        ]
        assert sorted(shown) == promised_and_done(rest, table["months"])


def promised_and_done(rest: Rest, months: list[str]) -> list[tuple[str, str]]:
    sums: dict[tuple[str, str, str, str], list[Decimal | None]] = {}
    for row in rest.get("commitments/"):
        if row["month"] in months:
            key = (row["month"], row["side"], row["kind"], row["channel"] or row["what"])
            done, promised = sums.setdefault(key, [None, Decimal(0)])
            if row["delivered"] is not None:
                done = (done or Decimal(0)) + Decimal(row["delivered"])
            sums[key] = [done, (promised or Decimal(0)) + Decimal(row["promised"])]
    return sorted((month, f"{plain(done)} / {plain(promised)}") for (month, *_), (done, promised) in sums.items())


def plain(number: Decimal | None) -> str:
    if number is None:
        return UNKNOWN
    return exact(int(number)) if number == int(number) else f"{number.normalize():,f}"


def test_the_forecast(pm, visit):
    brand = visit(f"brand@{pm.slug}.example", pm.slug)
    rest = go(brand, "forecast/")
    forecast = rest.get("forecast/")
    grid = "[data-grid=forecast]"
    months = brand.page.locator(f"{grid} thead th [data-name]").all_inner_texts()
    assert months == [row["month"] for row in forecast["table"]]
    for name in ("diverted_users", "koc_users", "referral_users", "fans", "guides", "gmv"):
        cells = brand.page.locator(f"{grid} tr[data-result={name}] td").evaluate_all(
            "cells => cells.map(cell => cell.querySelector('span').innerText.trim())"
        )
        numbers = [row[name] for row in forecast["table"]]
        assert [cell.lstrip("¥") for cell in cells] == [
            exact(number) if isinstance(number, int) else exact(Decimal(number)) for number in numbers
        ], name
    for place, month in enumerate(forecast["inputs"]["months"]):
        for channel, reach in month["promised_reach"].items():
            assert cell_of(brand, f"promised_reach/{channel}", place) == exact(int(reach)), (month["month"], channel)
        for channel, rate in month["diversion_rate"].items():
            assert share_of(brand, f"diversion_rate/{channel}", place) == Decimal(rate), (month["month"], channel)
        for name in ("churn_rate", "koc_share", "referral_share"):
            assert share_of(brand, name, place) == Decimal(month[name]), (month["month"], name)
        for name in ("ramp", "gmv_per_fan"):
            assert Decimal(cell_of(brand, name, place).replace(",", "")) == Decimal(month[name]), (month["month"], name)


def cell_of(visitor: Visitor, key: str, place: int) -> str:
    cells = visitor.page.locator(f'[data-grid=forecast] td[data-key="{key}"]')
    return cells.nth(place).locator("span").inner_text().strip()


def share_of(visitor: Visitor, key: str, place: int) -> Decimal:
    return Decimal(cell_of(visitor, key, place).removesuffix("%")) / 100


def test_both_sides_on_the_scorecard(pm):
    """What was delivered and promised of the month, as the grid of commitments says it too."""
    month = f"{local_today():%Y-%m}"
    rest = go(pm)
    shown = pm.page.eval_on_selector_all(
        ".sy-both .sy-promise-done",
        "all => all.map(one => one.textContent.replace(/\\s+/g, ' ').trim())",
    )
    promised = sorted(text for _, text in promised_and_done(rest, [month]))
    with_cents = [short(row["delivered"], row["promised"]) for row in rest.get("commitments/") if row["month"] == month]
    assert len(promised) == len(with_cents)
    assert sorted(shown) == sorted(with_cents)


def short(done: str | None, promised: str) -> str:
    """As the scorecard reads them: 万 from 10,000 on."""
    return " / ".join(UNKNOWN if number is None else count(Decimal(number)) for number in (done, promised))


# -- Reports ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["daily", "weekly", "monthly"])
def test_reports(pm, kind):
    """Each number stands at its place in the frozen payload: the newest two reports of the kind."""
    go(pm, "reports/")
    for head in Rest(pm).all("reports/", kind=kind)[:2]:
        rest = go(pm, f"reports/{head['id']}/")
        report = rest.get(f"/reports/{head['id']}/")
        numbers = data(pm, "[data-pointer]")
        assert len(numbers) >= 10, head
        for one in numbers:
            value = at(report["payload"], one["pointer"])
            if value is None:
                assert (one["value"], one["text"]) == ("", UNKNOWN), one
            else:
                assert one["value"] == str(value), one
                unit = at(report["payload"], one["pointer"].rpartition("/")[0] + "/unit")
                shown = one["text"].removesuffix(f" {unit}") if unit else one["text"]
                assert shown in readings(one["pointer"], Decimal(str(value))), one
        assert report["sha256"][:12] in pm.page.locator(".sy-frozen").text_content(), head


def at(payload: Any, pointer: str) -> Any:
    """None where nothing stands there."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(payload, list):
            payload = payload[int(key)] if key.isdigit() else None
        elif isinstance(payload, dict):
            payload = payload.get(key)
        if payload is None:
            return None
    return payload


def readings(pointer: str, number: Decimal) -> set[str]:
    """One of the ten is read in one way; what stands beside them as a number, money or share."""
    parts = pointer.split("/")
    if parts[-1] == "value" and parts[-2] in METRICS:
        return {as_read(parts[-2], str(number))}
    whole = {exact(int(number))} if number == int(number) else set()
    if parts[1] == "days":  # a month's days stand side by side, in whole yuan
        yuan = number.quantize(Decimal(1), ROUND_HALF_UP)
        whole.add(f"{MINUS if yuan < 0 else ''}¥{abs(yuan):,}")
    return whole | {
        count(number), money(number), percent(number), exact(number), f"¥{exact(number)}",
        f"+{money(number)}", f"{number:.1f} 倍",  # a step of a bridge; a multiple
        f"{number:f}", f"{number.normalize():f}",
    }  # fmt: skip


# -- Portfolio --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("back", [0, 1])
def test_the_portfolio(visit, back):
    owner = visit("owner@lighthouse.example")
    first, last = month_of(local_today(), back)
    owner.page.goto(owner.product.url("", f"/portfolio/?month={first:%Y-%m}"))
    lines = owner.page.eval_on_selector_all(
        ".sy-heat tbody tr",
        f"rows => rows.map(row => ({{brand: row.querySelector('th a').innerText, address: row.querySelector('a').href,"
        f" cells: ({DATA})([...row.querySelectorAll('data')]),"
        " bands: [...row.querySelectorAll('td.sy-heat-cell')].map("
        "cell => cell.querySelector('small') ? cell.querySelector('small').innerText : '')}))",
    )
    money_of = owner.page.eval_on_selector_all(
        ".sy-money tbody tr",
        "rows => Object.fromEntries(rows.map(row => [row.cells[0].firstChild.textContent,"
        " [...row.cells].slice(1).map(cell => cell.innerText.trim())]))",
    )
    heads, *days = owner.page.eval_on_selector_all(
        ".sy-days-table tr",
        "rows => rows.map(row => [row.cells[0].textContent, [...row.cells].slice(1).map(cell =>"
        f" cell.firstElementChild && cell.firstElementChild.matches('data') ? ({DATA})([cell.firstElementChild])[0]"
        " : cell.firstChild.textContent)])",
    )
    failing = owner.page.inner_text(".sy-tiles .sy-five-value >> nth=0")
    found_failing = 0
    assert len(lines) == len(PM)
    for line in lines:
        owner.page.goto(line["address"])
        rest = Rest(owner)
        figures = rest.by_indicator("month", first, last)
        for cell, band in zip(line["cells"], line["bands"], strict=True):
            figure = figures[cell["indicator"]]
            forecast = figure["forecast"] or {}
            assert (
                cell["value"] == "" if figure["value"] is None else Decimal(cell["value"]) == Decimal(figure["value"])
            )
            assert band == BANDS.get(forecast.get("band"), ""), cell
            assert cell["text"] == attained(cell["indicator"], figure, forecast), (line["brand"], cell)
            found_failing += forecast.get("band") == "failing"
        place = heads[1].index(line["brand"])
        by_day = rest.figures("day", first, min(last, local_today() - DAY), indicator="gmv")
        assert [title for title, _ in days] == [*(row["period_start"][5:] for row in by_day), "合计"], line["brand"]
        sums = [row["value"] for row in by_day]
        for (title, cells), value in zip(days, [*sums, f"{sum(map(Decimal, sums)):f}"], strict=True):
            cell = cells[place]
            assert (cell["value"], cell["text"]) == (value, cents(Decimal(value))), (line["brand"], title)
        gmv, projected, labour, times, *_ = money_of[line["brand"]]
        assert gmv == money(Decimal(figures["gmv"]["value"] or 0)), line["brand"]
        end = (figures["gmv"]["forecast"] or {}).get("projected") or {}
        assert projected == as_read("gmv", end.get("value")), line["brand"]
        cost = labour_cost(rest.get("guides/"), first, min(last, local_today()))
        assert labour == (UNKNOWN if cost is None else money(cost)), line["brand"]
        if cost:
            assert times.startswith(f"{Decimal(figures['gmv']['value']) / cost:.1f}"), (line["brand"], times, cost)
    assert failing == str(found_failing)


def attained(code: str, figure: dict[str, Any], forecast: dict[str, Any]) -> str:
    """The share of the normal line (as it stands now) that was reached, where it is judged (of a line to stay below:
    2 less the share); else the figure."""
    lines = (forecast.get("lines_due") if forecast.get("provisional") else forecast.get("lines")) or {}
    if not forecast.get("band") or not lines.get("normal") or Decimal(lines["normal"]) == 0:
        return as_read(code, figure["value"])
    judged, normal = Decimal(forecast["judged"]), Decimal(lines["normal"])
    return percent(judged / normal if METRICS[code].better == "up" else max(Decimal(0), 2 - judged / normal))


def labour_cost(guides: list[dict[str, Any]], first: date, last: date) -> Decimal | None:
    """Of everybody placed on those days of one month: her share of her month's cost; None where a cost is unknown."""
    length = (month_of(first)[1] - first).days + 1
    whole = Decimal(0)
    for guide in guides:
        for placed in guide["placements"]:
            begins = max(date.fromisoformat(placed["from"]), first)
            ends = min(date.fromisoformat(placed["to"]) if placed["to"] else last, last)
            if begins <= ends:
                if guide["monthly_cost"] is None:
                    return None
                whole += Decimal(guide["monthly_cost"]) * Decimal(placed["share"]) * ((ends - begins).days + 1) / length
    return whole.quantize(Decimal("0.01"))


# -- Reconciliation ---------------------------------------------------------------------------------------------------


def test_the_reconciliation(pm, tmp_path):
    """From a list of one order to the net GMV of that day."""
    day = local_today() - 4 * DAY
    rest = go(pm, "data/reconcile/")
    [gmv] = rest.figures("range", day, day, indicator="gmv")
    rows = rest.all("kpis/rows/", indicator="gmv", start=day, end=day)
    order = next(row for row in rows if row["kind"] == "order.paid")
    theirs = tmp_path / "theirs.csv"
    theirs.write_text(f"订单编号,付款时间,金额\n{order['id']},{day} 12:00:00,{order['amount']}\n", "utf-8-sig")
    pm.page.set_input_files("input[type=file]", theirs)
    pm.page.fill("input[name=start]", f"{day}")
    pm.page.fill("input[name=end]", f"{day}")
    pm.page.get_by_role("button", name="开始对账").click()
    pm.page.wait_for_selector("#steps")
    steps = {
        name: amount
        for name, _, amount in pm.page.locator("main table")
        .first.locator("tbody tr")
        .evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))")
    }
    detail = gmv["detail"]
    assert steps["对方清单合计"] == exact(Decimal(order["amount"]))
    assert steps["计入的成交额"] == exact(Decimal(detail["gross"]))
    assert steps["期内退款"].lstrip("+") == exact(-Decimal(detail["refunds"]))
    assert steps["净 GMV"] == exact(Decimal(gmv["value"]))
    ours = sum(Decimal(detail[name]) for name in ("gross", "natural", "unbound", "before_added"))
    assert steps["我方订单合计"] == exact(ours)
