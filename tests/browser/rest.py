"""What REST answers to the person who is signed in, and how its figures are read on a page."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from kpi.metrics import METRICS
from siyu.numbers import UNKNOWN, count, money, percent
from tests.browser.visitor import Visitor

FETCH = """async address => {
    const answer = await fetch(address, {headers: {Accept: "application/json"}});
    return answer.ok ? answer.json() : Promise.reject(`${answer.status} ${address}`);
}"""
PM = {
    "yunzhi": "pm@lighthouse.example",
    "hetian": "pm@lighthouse.example",
    "beile": "pm2@lighthouse.example",
}
BANDS = {"excess": "超额", "good": "优良", "normal": "正常", "passing": "及格", "failing": "不及格"}
DATA = "all => all.map(one => ({...one.dataset, value: one.value, text: one.textContent.trim()}))"
DAY = timedelta(days=1)
PROJECT = "2026"


class Rest:
    """Of one brand's project; the visitor's page must stand on the brand's site."""

    def __init__(self, visitor: Visitor, project: str = PROJECT) -> None:
        self.visitor, self.project = visitor, project

    def get(self, path: str, **asked: Any) -> Any:
        """`path` below the project, or below /api/v1/ where it begins with a slash."""
        address = f"/api/v1{path}" if path.startswith("/") else f"/api/v1/projects/{self.project}/{path}"
        return self.visitor.page.evaluate(FETCH, f"{address}?{urlencode(asked)}" if asked else address)

    def all(self, path: str, **asked: Any) -> list[Any]:
        """The rows of every page of a list."""
        answer = self.get(path, **asked)
        found = list(answer["results"])
        while answer["next"]:
            answer = self.visitor.page.evaluate(FETCH, answer["next"])
            found += answer["results"]
        return found

    def figures(self, grain: str, first: date, last: date, **asked: Any) -> list[dict[str, Any]]:
        return self.get("kpis/", grain=grain, start=first, end=last, **asked)["results"]

    def by_indicator(self, grain: str, first: date, last: date) -> dict[str, dict[str, Any]]:
        return {row["indicator"]: row for row in self.figures(grain, first, last)}


def local_today() -> date:
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def month_of(day: date, back: int = 0) -> tuple[date, date]:
    """The first and last day of the month, or of one so many months before."""
    first = day.replace(day=1)
    for _ in range(back):
        first = (first - DAY).replace(day=1)
    return first, (first + 31 * DAY).replace(day=1) - DAY


def as_read(indicator: str, value: str | int | None) -> str:
    """A figure of REST as a page shows it at a glance."""
    if value is None:
        return UNKNOWN
    shapes = {"count": count, "rate": percent}
    return shapes.get(METRICS[indicator].kind, money)(Decimal(value))


def change_as_read(indicator: str, value: str | None, before: str | None) -> str:
    """+3.2%, of a rate +1.2pp."""
    is_rate = METRICS[indicator].kind == "rate"
    if value is None or before is None or (not is_rate and Decimal(before) == 0):
        return UNKNOWN
    now, then = Decimal(value), Decimal(before)
    change = (now - then) * 100 if is_rate else (now / then - 1) * 100
    size = f"{abs(change).quantize(Decimal('0.1'), ROUND_HALF_UP):,}"
    sign = "" if size == "0.0" else "+" if change > 0 else "−"
    return f"{sign}{size}{'pp' if is_rate else '%'}"


def go(visitor: Visitor, path: str = "") -> Rest:
    """To a page of the project."""
    visitor.page.goto(visitor.product.url(visitor.slug, f"/projects/{PROJECT}/{path}"))
    assert visitor.page.locator("main").count() == 1, visitor.page.url
    return Rest(visitor)


def data(visitor: Visitor, where: str) -> list[dict[str, str]]:
    return visitor.page.eval_on_selector_all(f"main data{where}", DATA)
