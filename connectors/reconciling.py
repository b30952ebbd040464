"""对账: somebody else's list of orders against ours, and how their total becomes our GMV, step by step to the cent.

Runs inside the brand; nothing is stored.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, NamedTuple

from django.db import transaction

from connectors.conversion import Converted, convert
from connectors.importing import ImportRefusedError, read_file
from projects.models import Project
from siyu import sql
from siyu.periods import Period
from siyu.problems import say

SQL = Path(__file__).parent / "sql"
Place = Literal["matched", "amount", "elsewhere", "missing", "only_ours"]
ORDERS = "order.paid"


class Step(NamedTuple):
    """`amount` in yuan is what the step adds (less: negative); of a total it is the total. `orders`: how many."""

    code: str
    amount: Decimal
    orders: int | None
    is_total: bool = False


@dataclass(frozen=True)
class Reconciled:
    """`steps`: from their total to our net GMV, each total the sum of what stands above it since the one before, on
    top of that. `different`: orders that do not stand alike on both sides. `faults`: rows that could not be read."""

    steps: list[Step]
    different: list[dict[str, Any]]
    converted: Converted


def reconcile(
    project: Project, data: bytes, period: Period, *, today: date, code: str = "", platform: str = ""
) -> Reconciled:
    """`platform`: compare with our orders of that one only; empty: with all.

    Raises as `read_file`; ImportRefusedError for a file that holds no orders.
    """
    form, table = read_file(data, code)
    if form.kind != ORDERS:
        raise ImportRefusedError(say("对账需要订单文件", "This takes a file of orders"))
    converted = convert(form, table, today)
    amounts: dict[str, Decimal] = {}
    repeated, repeats = Decimal(0), 0
    for _, event in converted.events:
        amount = Decimal(event["amount"])
        if event["order"] in amounts:
            repeated, repeats = repeated + amount, repeats + 1
        else:
            amounts[event["order"]] = amount
    parameters = {
        "project": project.pk, "first_day": period.first, "next_day": period.end, "platform": platform
    }  # fmt: skip
    with transaction.atomic():
        sql.run(SQL / "their_orders.sql")
        sql.copy_in("their_order", ("number", "amount"), amounts.items())
        rows = sql.records(SQL / "reconciled.sql", parameters)
        [refunds] = sql.rows(SQL / "reconciled_refunds.sql", parameters)
    theirs = sum(amounts.values(), Decimal(0)) + repeated
    steps = _steps(rows, theirs, len(amounts) + repeats, repeated, repeats, refunds[0])
    different = sorted(
        (row for row in rows if row["place"] != "matched"), key=lambda row: (row["place"], row["number"])
    )
    return Reconciled(steps, different, converted)


def _steps(
    rows: list[dict[str, Any]], theirs: Decimal, count: int, repeated: Decimal, repeats: int, refunds: Decimal
) -> list[Step]:
    by_place: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_place[row["place"]].append(row)
    changed = by_place["amount"]
    here = [row for place in ("matched", "amount", "only_ours") for row in by_place[place]]
    counted = [row for row in here if row["state"] == "counted"]
    return [
        Step("theirs", theirs, count, is_total=True),
        Step("repeated", -repeated, repeats),
        _less(by_place["missing"], "missing", "theirs"),
        _less(by_place["elsewhere"], "elsewhere", "theirs"),
        Step("amount", sum((row["ours"] - row["theirs"] for row in changed), Decimal(0)), len(changed)),
        Step("only_ours", _sum(by_place["only_ours"], "ours"), len(by_place["only_ours"])),
        Step("ours", _sum(here, "ours"), len(here), is_total=True),
        *(
            _less([row for row in here if row["state"] == state], state, "ours")
            for state in ("natural", "unbound", "before_added")
        ),
        Step("gross", _sum(counted, "ours"), len(counted), is_total=True),
        Step("refunds", -refunds, None),
        Step("net", _sum(counted, "ours") - refunds, None, is_total=True),
    ]


def _sum(rows: list[dict[str, Any]], side: str) -> Decimal:
    return sum((row[side] for row in rows), Decimal(0))


def _less(rows: list[dict[str, Any]], code: str, side: str) -> Step:
    return Step(code, -_sum(rows, side), len(rows))
