"""What the demo's people do with the reports of its first months, once: review, send, dispute, answer, approve.

They act through the services that pages and REST call, at the hours at which people would have. A killed start is gone
on with: of each report the next start counts what was done. The row with the project's schedule is written last; where
it stands, the people of the demo have done their part and those who look around do the rest.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from kpi.forecasts import count_present_fans
from kpi.services import approve_forecast, put_forecast
from projects.models import Project
from projects.queries import zone_of
from reports.models import Report, ReportSchedule, Revision, Words
from reports.occasions import Hours, due_at
from reports.review import BELOW_FLOOR, Deed, act, is_below_floor, write_words
from reports.scheduling import agree_on_silence, change_schedule
from reports.services import issue
from siyu.periods import Period, local_day, periods
from tenants.models import User
from workplace.demo.brands import BABY, SNACKS, BrandPlan
from workplace.demo.calendar import DAY, days_of, month_after
from workplace.demo.contract import TERM, Cast, forecast_body

LESS = "0.85"  # of what was promised: the forecast that the PM of the snacks proposes instead
HOUR = timedelta(hours=1)
SILENT, SILENCE = BABY, 5  # whose contract takes silence for acceptance, and after how many working days


@dataclass(frozen=True)
class Step:
    """`who`: of the cast; `after`: the report was due; `figure`: an indicator whose value the comment is about."""

    action: str
    who: str
    after: timedelta
    comment: str = ""
    figure: str = ""


REVIEW = Step("review", "pm", 3 * HOUR)
SEND = Step("send", "pm", 4 * HOUR)
READ = Step("acknowledge", "manager", 6 * HOUR)
APPROVE = Step("approve", "manager", 52 * HOUR)
APPROVED = (REVIEW, SEND, READ, APPROVE)
SETTLED = (
    REVIEW,
    SEND,
    Step(
        "dispute",
        "manager",
        25 * HOUR,
        "社群新增里包含了门店老会员扫码，我们统计少 200 人左右，请核对口径。",
        "diverted_users",
    ),
    Step(
        "answer",
        "ops",
        31 * HOUR,
        "按口径表，首次添加即计入；门店老会员此前没有好友或社群关系，因此计入。明细见数据追溯。",
    ),
    APPROVE,
)
DISPUTED = (
    REVIEW,
    SEND,
    READ,
    Step(
        "dispute",
        "manager",
        27 * HOUR,
        "抖店直播订单的退款请再核对：我们后台的签收后退款比这里高，GMV 应更低。",
        "gmv",
    ),
)
AGAINST_LESS = "下月起把预测下调 15% 的方案我们不同意：包裹卡会恢复投放，请维持原预测表。"
BY_PARTS = {  # the last month's, as the tour finds them
    "yunzhi": (REVIEW, SEND),
    "hetian": DISPUTED,
    "beile": (),
}
NOTES = {
    3: "女神节活动带动新增，老粉复购平稳；下月重点是新粉 7 日内的首次互动。",
    6: "618 达成主要目标，直播间退货集中在发货前；下月复盘高退货商品并调整话术。",
    11: "双11 流量高峰按排班承接，响应时间稳定；下月重点是大促新粉的留存。",
}
ORDINARY_NOTE = "本月按计划推进：1v1 回访、朋友圈内容与会员日活动。下月继续提升互动率，跟进渠道触达。"
WHY_BELOW = (
    "未达标原因：渠道触达不足且主推款缺货两周，新粉转化低于预期。改进：补齐库存，调整欢迎语与首单券，两周后复盘。"
)


def months_to_act_on(project: Project, now: datetime) -> list[date]:
    """The ended months of a new brand whose reports are due by `now`, by first day; none once its people have acted."""
    if ReportSchedule.objects.filter(project=project).exists():
        return []
    zone = zone_of(project)
    ended = periods("month", project.starts_on, local_day(now, zone))
    return [period.first for period in ended if due_at("monthly", period, Hours(), zone) <= now]


def act_out(plan: BrandPlan, project: Project, cast: Cast, months: Sequence[date], now: datetime) -> Iterator[date]:
    """Make the reports of these months and do with each what its script says; yields each month when it is done. Inside
    the brand, outside a transaction."""
    report = None
    for place, month in enumerate(months):
        left = len(months) - 1 - place
        steps = BY_PARTS[plan.slug] if left == 0 else SETTLED if left == 1 and plan.slug == SNACKS.slug else APPROVED
        report = _play(project, cast, month, steps, now)
        yield month
    with transaction.atomic():
        if plan.slug == SNACKS.slug and report is not None:
            _propose_less(plan, project, cast, report, now)
        ReportSchedule.objects.create(project=project, since=months[-1])
        if plan.slug == SILENT.slug:
            change_schedule(project, {"deemed_after": SILENCE}, by=cast.identity(cast.pm), now=now)
            agree_on_silence(project, SILENCE, by=cast.identity(cast.manager))


def _play(project: Project, cast: Cast, month: date, steps: Sequence[Step], now: datetime) -> Report | None:
    period = Period(month, days_of(month)[-1])
    due = due_at("monthly", period, Hours(), zone_of(project))
    report = issue(project, "monthly", period, now=due)
    if report is None:
        return None
    revision = report.revisions.get(number=1)
    if report.state == Report.State.DRAFT and not Words.objects.filter(report=report).exists():
        _write(report, revision, cast, min(due + 2 * HOUR, now), now)
    done = report.transitions.exclude(action="make").count()
    for step in steps[done:]:
        person: User = getattr(cast, step.who)
        deed = Deed(step.action, revision.number, step.comment, _pointer_to(revision, step.figure))
        when = min(due + step.after, now)
        report = act(report, deed, by=cast.identity(person), person=person, now=when)
    return report


def _write(report: Report, revision: Revision, cast: Cast, when: datetime, now: datetime) -> None:
    blocks = {"notes": NOTES.get(report.first_day.month, ORDINARY_NOTE)}
    if is_below_floor(revision):
        blocks[BELOW_FLOOR] = WHY_BELOW
    agreed = {
        "block": "meeting",
        "text": "下月活动排期与素材清单确认",
        "owner": str(cast.content),
        "due_on": report.last_day + 10 * DAY,
        "done_on": report.last_day + 9 * DAY if report.last_day + 40 * DAY < now.date() else None,
    }
    write_words(report, revision.number, blocks, [agreed], by=cast.identity(cast.pm), now=when)


def _pointer_to(revision: Revision, indicator: str) -> str:
    """The value of an indicator in the frozen figures; "" for none."""
    for place, figure in enumerate(json.loads(revision.payload)["figures"]):
        if figure["indicator"] == indicator:
            return f"/figures/{place}/value"
    return ""


def _propose_less(plan: BrandPlan, project: Project, cast: Cast, report: Report, now: datetime) -> None:
    """A forecast with less from next month on, which the agency approves and the brand, in a comment, does not."""
    following = month_after(local_day(now, zone_of(project)), 1)
    place = (following.year - project.starts_on.year) * 12 + following.month - project.starts_on.month
    if place >= TERM:
        return
    body = forecast_body(plan, project.starts_on, since=place, less=LESS)
    forecast = put_forecast(project, {**body, "opening_fans": count_present_fans(project)}, by=cast.pm)
    approve_forecast(project, forecast.version, forecast.sha256, by=cast.owner, side="agency", now=now)
    against = Deed("comment", 1, AGAINST_LESS)
    act(report, against, by=cast.identity(cast.manager), person=cast.manager, now=now)
