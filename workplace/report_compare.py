"""What differs between two revisions of a report, figure by figure: was, now."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from reports.freezing import differences
from reports.models import Report, Revision
from reports.queries import COMPARED_NOT, revision_of
from siyu.numbers import UNKNOWN, exact, fixed
from siyu.problems import say
from tenants.permissions import Act
from workplace.access import seen_project
from workplace.blocks import Note, Table
from workplace.report_blocks import Paper, lay_out, pin_name
from workplace.report_pages import find_report, report_title
from workplace.report_values import Payload
from workplace.report_words import BANDS, figure_text
from workplace.sections import Section, tabs

LEAVES = {
    "numerator": ("分子", "Numerator"), "denominator": ("分母", "Denominator"), "due": ("应达", "Due"),
    "adjusted": ("调整后预测", "Adjusted forecast"), "band": ("区间", "Band"), "share": ("完成", "Share"),
    "traffic_factor": ("导流折算", "Traffic factor"), "low": ("预计下限", "Projected low"),
    "high": ("预计上限", "Projected high"), "gross": ("成交额", "Gross"), "refunds": ("退款", "Refunds"),
    "orders": ("订单数", "Orders"), "buyers": ("购买人数", "Buyers"), "valid": ("有效新增", "Valid"),
}  # fmt: skip

WHOLES = {  # by pointer: what no row of the page is about
    "/score/score": ("综合完成度", "Attainment"), "/score/below": ("低于合同底线", "Below the floor"),
    "/incomplete": ("数据不全", "Incomplete"),
}  # fmt: skip
FRACTION = re.compile(r"-?[0-9]+\.[0-9]{3,}")


class ComparePage(Section):
    """`?was=1&now=2`; the newest two that she may see unless said."""

    acts = {"GET": Act.READ_REPORTS}
    route = "reports"
    title = ("两版对照", "Two revisions")

    def get(self, request: HttpRequest, code: str, report: int = 0) -> HttpResponse:
        found = find_report(self.identity.side, seen_project(self.identity, code), report)
        now = self._revision(found, request.GET.get("now"), None)
        was = self._revision(found, request.GET.get("was"), max(1, now.number - 1))
        context = {
            "project": found.project,
            "title": say(
                f"{report_title(found)}：第 {was.number} 版与第 {now.number} 版",
                f"{report_title(found)}: revisions {was.number} and {now.number}",
            ),
            "tabs": tabs(self.identity, found.project, self.route),
            "blocks": self._blocks(was, now),
            "back": reverse("report", args=[code, found.pk]),
        }
        return render(request, "workplace/report_compare.html", context)

    def _revision(self, report: Report, wanted: str | None, default: int | None) -> Revision:
        number = int(wanted) if wanted and wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else default
        revision = revision_of(report, self.identity.side, number)
        if revision is None and wanted is None:
            revision = revision_of(report, self.identity.side)
        if revision is None:
            raise Http404
        return revision

    def _blocks(self, was: Revision, now: Revision) -> list[Any]:
        before, after = json.loads(was.payload), json.loads(now.payload)
        paper = lay_out(after)
        for name in COMPARED_NOT:
            before.pop(name, None)
            after.pop(name, None)
        rows = [
            [named(after, paper, found["pointer"]), shown_value(after, found, "was"), shown_value(after, found, "now")]
            for found in differences(before, after)
        ]
        columns = [say("内容", "What"), say("原", "Was"), say("现", "Now")]
        same = say("两版的数字完全相同。", "The figures of both are the same.")
        why = [Note(say("原因：", "Why: ") + now.why)] if now.why else []
        return [*why, Table(say("不同之处", "What differs"), columns, rows, same)]


def named(payload: Payload, paper: Paper, pointer: str) -> str:
    """What the pointer of a difference is about."""
    if pointer in WHOLES:
        return say(*WHOLES[pointer])
    leaf = pointer.rpartition("/")[2]
    name = pin_name(payload, paper.pins, pointer)
    return f"{name} · {say(*LEAVES[leaf])}" if leaf in LEAVES else name


def shown_value(payload: Payload, found: Mapping[str, Any], which: str) -> str:
    """The value of an indicator, a band, a share as it is read; other long fractions with two places; else as it
    stands."""
    value, parts = found[which], found["pointer"].split("/")
    if value is None:
        return UNKNOWN
    if len(parts) == 4 and parts[1] == "figures" and parts[3] == "value" and parts[2].isdigit():
        return figure_text(payload["figures"][int(parts[2])]["indicator"], value)
    if parts[-1] == "band" and value in BANDS:
        return say(*BANDS[value][:2])
    if isinstance(value, bool):
        return say("是", "yes") if value else say("否", "no")
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if not FRACTION.fullmatch(value):
        return value
    is_share = parts[1] == "score" or parts[-1] in ("share", "traffic_factor")
    return f"{fixed(Decimal(value) * 100, 2)}%" if is_share else exact(Decimal(value))
