"""Before a report goes out: what sending needs, and what whoever sends it should have seen. Runs inside the brand."""

from datetime import datetime
from typing import NamedTuple

from projects.queries import definition_in_use
from reports.models import Report, Revision
from reports.review import BELOW_FLOOR, is_below_floor, missing_to_send
from siyu.problems import say


class Check(NamedTuple):
    """`blocks`: it keeps the report from being sent; without it, a warning."""

    code: str
    is_met: bool
    blocks: bool
    text: str


def checks(report: Report, revision: Revision, now: datetime) -> list[Check]:
    """In the order in which they are mended."""
    missing = {flaw["code"]: flaw["message"] for flaw in missing_to_send(report, revision, now)}
    sheet = definition_in_use(report.project)
    found = [
        _check(
            "sources", not revision.incomplete, False,
            ("数据来源齐全", "All sources are in"),
            ("部分来源未到齐，报告将标为数据不全", "A source is missing: the report is marked incomplete"),
        ),
        _check(
            "definitions", bool(sheet.agency_approved_at and sheet.brand_approved_at), False,
            ("口径表双方已确认", "Both sides approved the definitions"),
            ("口径表尚未经双方确认", "The definitions are not approved by both sides"),
        ),
        _check(
            "forecast", revision.forecast_version is not None, False,
            ("使用双方确认的预测表", "It stands on a forecast that both sides approved"),
            ("没有双方确认的预测表，不显示目标与区间", "No forecast is approved by both: no targets, no bands"),
        ),
        _check(
            "active", "not_active" not in missing, True,
            ("项目进行中", "The project is active"),
            ("项目尚未启动或已结束，不能发送", "The project is not active: nothing is sent"),
        ),
        _check(
            "pm", "no_pm" not in missing, True,
            ("项目经理在岗", "The project has a PM today"),
            ("项目今天没有项目经理，不能发送", "The project has no PM today: nothing is sent"),
        ),
    ]  # fmt: skip
    if is_below_floor(revision):
        found.append(
            _check(
                BELOW_FLOOR, "missing_field" not in missing, True,
                ("未达标说明已填写", "The words about the floor are there"),
                ("未达到合同底线，请填写未达标说明", "Below the contract's floor: say why"),
            )
        )  # fmt: skip
    return found


def _check(code: str, is_met: bool, blocks: bool, met: tuple[str, str], unmet: tuple[str, str]) -> Check:
    return Check(code, is_met, blocks, say(*(met if is_met else unmet)))
