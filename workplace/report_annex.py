"""The agency's annex of a report: what guides and channels cost and brought. Pure; never for the brand."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from siyu.numbers import UNKNOWN, money, percent, span
from siyu.problems import say
from workplace.report_month_parts import as_times
from workplace.report_values import Column, Part, Row

PAYERS = {"brand": ("品牌方承担", "paid by the brand"), "others": ("代运营方等承担", "paid by others"),
          "unstated": ("未说明由谁承担", "nobody says who paid")}  # fmt: skip


def lay_out_annex(annex: Mapping[str, Any], names: Mapping[str, str]) -> list[Part]:
    """The guides placed, and the whole; without figures that an older annex does not have."""
    return [part for part in (_guides(annex, names), _whole(annex)) if part.rows]


def _guides(annex: Mapping[str, Any], names: Mapping[str, str]) -> Part:
    columns = [
        Column(say("导购", "Guide")), Column(say("占比", "Share")), Column(say("起止", "From–to"), True),
        Column(say("月成本", "Cost per month"), True), Column(say("本期人力成本", "Labour cost")),
        Column("GMV"), Column(say("GMV ÷ 人力成本", "GMV ÷ labour cost")),
    ]  # fmt: skip
    rows = [
        Row(
            names.get(row["guide"], row["guide"]),
            [
                percent(Decimal(str(row["share"]))),
                span(row["from"], row["to"] or ""),
                *(_yuan(row.get(name)) for name in ("monthly_cost", "labour_cost", "gmv")),
                _times(row.get("gmv_per_labour_cost")),
            ],
        )
        for row in annex.get("guides", ())
    ]
    return Part("annex-guides", say("导购成本", "What guides cost"), columns, rows)


def _whole(annex: Mapping[str, Any]) -> Part:
    rows = []
    if "labour_cost" in annex:
        rows.append(Row(say("人力成本合计", "Labour cost"), [_yuan(annex["labour_cost"])]))
        rows.append(Row(say("GMV ÷ 人力成本", "GMV ÷ labour cost"), [_times(annex.get("gmv_per_labour_cost"))]))
    for payer, cost in (annex.get("channel_cost") or {}).items():
        zh, en = PAYERS.get(payer, (payer, payer))
        rows.append(Row(say(f"渠道成本（{zh}）", f"Channel costs, {en}"), [_yuan(cost)]))
    unknown = annex.get("unknown") or ()
    nobody = say("未录入成本的导购：", "Guides whose cost nobody entered: ")
    note = nobody + say("、", ", ").join(unknown) if unknown else ""
    return Part(
        "annex-whole",
        say("合计", "The whole"),
        [Column(say("项目", "What")), Column(say("数值", "Figure"))],
        rows,
        note,
    )


def _yuan(amount: Any) -> str:
    return UNKNOWN if amount is None else money(Decimal(str(amount)))


def _times(ratio: Any) -> str:
    return UNKNOWN if ratio is None else as_times(Decimal(str(ratio)))
