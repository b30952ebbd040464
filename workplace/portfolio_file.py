"""The portfolio as a workbook: raw numbers, a row a figure, a row a day."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from kpi.metrics import METRICS
from siyu.problems import say
from siyu.spreadsheets import Cell, Column, Kind, Number, Sheet, write_xlsx
from workplace.card import as_decimal
from workplace.export_pages import FORMS
from workplace.over_brands import failed_words, read_each
from workplace.overseeing import read_asked, read_site
from workplace.portfolio import Standing

KINDS: dict[str, Kind] = {"count": "count", "money": "money", "rate": "ratio", "unit_cost": "money"}


@login_required
def portfolio_file(request: HttpRequest) -> HttpResponse:
    """`?month=&pm=`: what the pages show, as XLSX with raw numbers. 403 as the page; a brand that can't be
    read is named in the file."""
    asked = read_asked(request)
    month = asked.month
    found, failed = read_each(
        asked.sites, lambda site: [(site.brand.name if site.brand else "", one) for one in read_site(asked, site)]
    )
    file = BytesIO()
    write_xlsx(file, portfolio_sheets(found, month, failed_words(failed)))
    response = HttpResponse(file.getvalue(), content_type=FORMS["xlsx"])
    response["Content-Disposition"] = f'attachment; filename="portfolio-{month:%Y-%m}.xlsx"'
    return response


def portfolio_sheets(found: Sequence[tuple[str, Standing]], month: date, failed: str) -> list[Sheet]:
    """`found`: with the name of the brand each is of. `failed`: which brands are missing, in words; empty where none
    is. A sheet stands where she may read it."""
    note = " · ".join(part for part in (f"{month:%Y-%m}", failed) if part)
    who = [Column(say("品牌", "Brand")), Column(say("项目", "Project")), Column(say("项目经理", "Project manager"))]
    sheets = []
    if any(standing.cells for _, standing in found):
        figures = [
            Column(say("指标", "Indicator"), width=28), Column(say("代码", "Code")), Column(say("数值", "Value")),
            Column(say("达成正常线", "Of the normal line"), "ratio"), Column(say("评级", "Band")),
            Column(say("说明", "Note"), width=32),
        ]  # fmt: skip
        sheets.append(Sheet(say("指标", "Figures"), [*who, *figures], list(_figures(found)), note))
    if any(standing.course for _, standing in found):
        days = [Column(say("日期", "Day"), "date"), Column("GMV", "money", summed=True), Column(say("说明", "Note"))]
        sheets.append(Sheet(say("每日 GMV", "GMV by day"), [*who, *days], list(_days(found)), note))
    if any(standing.money for _, standing in found):
        money = [
            Column("GMV", "money"), Column(say("预计月末", "By the month's end"), "money"),
            Column(say("人力成本", "Labour cost"), "money", summed=True),
            Column(say("GMV ÷ 人力成本", "GMV ÷ labour cost")),
            Column(say("未录入成本", "Cost not entered"), width=32),
        ]  # fmt: skip
        sheets.append(Sheet(say("GMV 与人力成本", "GMV and labour cost"), [*who, *money], list(_money(found)), note))
    if any(standing.loads for _, standing in found):
        loads = [
            Column(say("导购", "Guide")), Column(say("编号", "Code")),
            Column(say("粉丝", "Fans"), "count", summed=True),
            Column(say("可承接", "Room"), "count", summed=True), Column(say("负载", "Load"), "ratio"),
        ]  # fmt: skip
        sheets.append(Sheet(say("导购负载", "Guides' load"), [*who, *loads], list(_loads(found)), note))
    return sheets or [Sheet(say("项目组合", "Portfolio"), who, [], note)]


def _who(brand: str, standing: Standing) -> list[Cell]:
    return [brand, standing.name, standing.leads]


def _figures(found: Sequence[tuple[str, Standing]]) -> Iterator[list[Cell]]:
    for brand, standing in found:
        for cell in standing.cells:
            value = Number(Decimal(cell.exact), KINDS[METRICS[cell.code].kind]) if cell.exact else None
            attained = None if cell.attained is None else as_decimal(cell.attained)
            note = [say("暂定", "Provisional")] if standing.is_provisional and cell.band else []
            note += [cell.mark] if cell.mark else []
            yield [
                *_who(brand, standing),
                cell.title,
                cell.code,
                value,
                attained,
                cell.band,
                say("，", ", ").join(note),
            ]


def _days(found: Sequence[tuple[str, Standing]]) -> Iterator[list[Cell]]:
    for brand, standing in found:
        for day, gmv in standing.course.days.items() if standing.course else ():
            yield [*_who(brand, standing), day, gmv.value, gmv.mark]


def _money(found: Sequence[tuple[str, Standing]]) -> Iterator[list[Cell]]:
    for brand, standing in found:
        if money := standing.money:
            times = None if money.times is None else Number(money.times, "money")
            unknown = say("、", ", ").join(money.unknown)
            yield [*_who(brand, standing), money.gmv, money.projected, money.labour, times, unknown]


def _loads(found: Sequence[tuple[str, Standing]]) -> Iterator[list[Cell]]:
    for brand, standing in found:
        for load in standing.loads:
            yield [*_who(brand, standing), load.name, load.guide, load.held, load.capacity, load.share]
