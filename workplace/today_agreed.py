"""今日: what both sides agreed on and what of it waits for her: promises, reach, forecast, sheet, contacts.

Runs inside the brand.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Protocol

from django.db.models import Q

from kpi.forecasts import binding_forecast, bound_forecasts, newest_forecast, newest_put_forward, read_outlook
from kpi.metrics import METRICS
from kpi.models import Forecast
from kpi.reach_confirming import unconfirmed_reach
from projects.commitments import commitments_of, describe
from projects.contacts import missing_for_activation
from projects.models import Channel, Commitment, Project
from projects.queries import newest_definition, people
from siyu.brands import enter_public
from siyu.numbers import count, percent
from siyu.periods import DAY, Period
from siyu.problems import say
from tenants.identity import identify_user
from tenants.models import Membership
from tenants.permissions import Act
from workplace.both_sides import plain, shortfalls
from workplace.tables import metric_title
from workplace.today import Desk, Task
from workplace.words import ROLES

PERSON = re.compile(r"user:(\d+)")  # a label of tenants.identity
SOON = timedelta(days=7)  # a promise of one's own is told of so long before it is due


def agreed_tasks(desk: Desk) -> Iterator[Task]:
    yield from _activation(desk)
    if desk.may(Act.READ_FORECAST):
        yield from _versions(desk)
    if desk.may(Act.READ_COMMITMENTS):
        yield from _promises(desk)
        yield from _reach(desk)


# -- Versions to approve ----------------------------------------------------------------------------------------------


class Version(Protocol):
    version: int
    agency_approved_at: Any
    brand_approved_at: Any


def _versions(desk: Desk) -> Iterator[Task]:
    newest = newest_forecast(desk.project)
    if newest is None:
        if desk.is_agency and desk.may(Act.PROPOSE_CONTRACT):
            what, why = say("提出预测表", "Propose a forecast"), say("没有预测表，就没有目标、四条线和评级", "Without one there are no targets, lines or bands")  # fmt: skip  # noqa: E501
            yield Task("forecast", what, why, say("去填写", "Propose"), desk.path("forecast"))
    else:
        forward = newest_put_forward(desk.project)
        if forward:
            number = forward.version
            words = f"预测表第 {number} 版", f"forecast version {number}"
            yield from _version(desk, forward, "forecast", words, desk.path("forecast", version=number))
        if newest != forward and desk.may(Act.PROPOSE_CONTRACT) and _is_ours(desk, newest):
            number = newest.version
            what = say(f"提出预测表第 {number} 版", f"Propose forecast version {number}")
            why = say("你方的草稿还没有提出，对方不会收到确认的请求", "Your side's draft is not proposed yet: the other side is not asked")  # fmt: skip  # noqa: E501
            yield Task("draft", what, why, say("去提出", "Propose"), desk.path("forecast", version=number))
    sheet = newest_definition(desk.project)
    words = f"口径表第 {sheet.version} 版", f"definition sheet version {sheet.version}"
    yield from _version(desk, sheet, "definitions", words, desk.path("definitions"))


def _is_ours(desk: Desk, draft: Forecast) -> bool:
    """Whether her side saved it; what a key saved is the agency's."""
    if draft.made_by_id is None:
        return desk.is_agency
    user = people([draft.made_by_id])[draft.made_by_id]
    with enter_public():
        maker = identify_user(user, desk.identity.brand)
    return (maker.side if maker else "agency") == desk.identity.side


def _version(desk: Desk, row: Version, kind: str, words: tuple[str, str], address: str) -> Iterator[Task]:
    """Who approves is asked; who only proposes is told for whom it waits."""
    waits = {"agency": row.agency_approved_at is None, "brand": row.brand_approved_at is None}
    zh, en = words
    if desk.may(Act.APPROVE_CONTRACT):
        if not waits[desk.identity.side]:
            return
        other = waits["brand" if desk.is_agency else "agency"]
        why = say("双方都还没有确认", "Neither side has approved it")
        if not other:
            why = say("对方已确认，等你确认后生效", "The other side approved it; it binds once you do")
        yield Task(kind, say(f"确认{zh}", f"Approve {en}"), why, say("去确认", "Approve"), address)
    elif desk.may(Act.PROPOSE_CONTRACT) and any(waits.values()):
        sides = [
            name
            for side, name in (("agency", say("代运营方", "the agency")), ("brand", say("品牌方", "the brand")))
            if waits[side]
        ]
        names = say("、", " and ").join(sides)
        what, why = (
            say(f"跟进{zh}的确认", f"See to the approval of {en}"),
            say(f"待{names}确认", f"It waits for {names}"),
        )
        yield Task(kind, what, why, say("去查看", "Look"), address, "mid")


def _activation(desk: Desk) -> Iterator[Task]:
    if desk.project.state != Project.State.DRAFT or not desk.may(Act.ACTIVATE_PROJECT):
        return
    missing = missing_for_activation(desk.project, desk.now)
    why = say("；", "; ").join(flaw["message"] for flaw in missing)
    yield Task(
        "activate",
        say("启动项目", "Activate the project"),
        why or say("条件已齐，启动后才能发送报告", "All is there; reports are sent once it is active"),
        say("去启动", "Activate"),
        desk.path("contacts"),
        due=desk.project.starts_on,
    )


# -- Promises ---------------------------------------------------------------------------------------------------------


def _promises(desk: Desk) -> Iterator[Task]:
    own = desk.identity.side
    address = desk.path("commitments")
    for row in describe(commitments_of(desk.project), desk.project, desk.now):
        is_own = row["side"] == own
        if desk.may(Act.WRITE_COMMITMENTS) and not row["relief"]:
            yield from _due(desk, row, address, is_own=is_own)
        if desk.may(Act.CONFIRM_COMMITMENTS):
            if not is_own and row["delivered"] is not None and row["confirmed_how"] is None:
                yield _to_confirm(row, address)
            proposed = row["relief_proposed"]
            if proposed and proposed[own] is None:
                yield _relief(row, proposed, address)


def _due(desk: Desk, row: Mapping[str, Any], address: str, *, is_own: bool) -> Iterator[Task]:
    due_on, what = date.fromisoformat(row["due_on"]), _name(row)
    promised, done = plain(Decimal(row["promised"])), plain(Decimal(row["delivered"] or 0))
    said = say(f"承诺 {promised}，已交付 {done}", f"{done} of {promised} delivered")
    if row["state"] == "overdue":
        late = row["late_days"]
        why = say(f"{said}，逾期 {late} 天", f"{said}, overdue by {late} days")
        if is_own:
            title, link = say(f"交付{what}", f"Deliver: {what}"), say("填写交付", "Enter the delivery")
            yield Task("own_overdue", title, why, link, address, "warn", due_on, about=what)
        else:
            side = say("品牌方", "the brand") if desk.is_agency else say("代运营方", "the agency")
            title = say(f"跟进{side}：{what}", f"Follow up with {side}: {what}")
            yield Task("their_overdue", title, why, say("去查看", "Look"), address, "mid", due_on, about=what)
    elif row["state"] == "open" and is_own and due_on <= desk.today + SOON:
        title, link = say(f"交付{what}", f"Deliver: {what}"), say("填写交付", "Enter the delivery")
        yield Task("own_due", title, said, link, address, "warn", due_on)


def _to_confirm(row: Mapping[str, Any], address: str) -> Task:
    done, silent_on = plain(Decimal(row["delivered"])), row["silence_confirms_after"]
    why = say(f"对方填写交付 {done}", f"The other side says {done}")
    if silent_on:
        why = say(f"{why}；{silent_on} 后无异议视为确认", f"{why}; silence after {silent_on} confirms it")
    due = date.fromisoformat(silent_on) if silent_on else None
    what = say(f"确认交付：{_name(row)}", f"Confirm the delivery: {_name(row)}")
    return Task("confirm", what, why, say("去确认", "Confirm"), address, "warn", due)


def _relief(row: Mapping[str, Any], proposed: Mapping[str, Any], address: str) -> Task:
    share = percent(Decimal(proposed["share"]))
    names = say("、", ", ").join(metric_title(METRICS[code]) for code in proposed["indicators"])
    what = say(f"回应减免：{_name(row)}", f"Answer the relief: {_name(row)}")
    why = say(f"对方提议减免 {share}：{names}", f"The other side proposes {share} of {names}")
    return Task("relief", what, why, say("去回应", "Answer"), address)


def _name(row: Mapping[str, Any]) -> str:
    name, month = row["what"] or Commitment.Kind(row["kind"]).label, row["month"]
    return say(f"{name}（{month}）", f"{name} ({month})")


# -- Promised traffic -------------------------------------------------------------------------------------------------


def _sources(desk: Desk, labels: Collection[str]) -> dict[str, str]:
    """By label, who stated a figure: a person of the agency by her roles here, else a system."""
    users = {label: int(person[1]) for label in labels if (person := PERSON.match(label))}
    held: dict[int, set[str]] = {}
    if users:
        with enter_public():
            here = Q(brand=desk.identity.brand) | Q(agency=desk.identity.brand.agency)
            for user, role in Membership.objects.filter(here, user__in=users.values()).values_list("user_id", "role"):
                held.setdefault(user, set()).add(role)
    found = dict.fromkeys(labels, say("数据接入", "a connected system"))
    for label, user in users.items():
        titles = say("、", ", ").join(say(*words) for role, words in ROLES.items() if role in held.get(user, ()))
        found[label] = say("代运营方", "the agency") + (say(f"（{titles}）", f" ({titles})") if titles else "")
    return found


def _reach(desk: Desk) -> Iterator[Task]:
    names = {channel.code: channel.name or channel.code for channel in Channel.objects.all()}
    if desk.may(Act.CONFIRM_REACH):
        before = (desk.today.replace(day=1) - DAY).replace(day=1)
        waiting = unconfirmed_reach(desk.project, Period(before, desk.today), desk.now)
        sources = _sources(desk, {label for one in waiting for label in one.made_by})
        for one in waiting:
            name = names.get(one.channel, one.channel)
            reached, day = count(one.reached), one.silence_confirms_after
            source = say("、", ", ").join(dict.fromkeys(sources[label] for label in one.made_by))
            why = say(f"{source}报来 {reached}", f"{reached} stated by {source}")
            if day:
                why = say(f"{why}；{day} 后无异议视为确认", f"{why}; silence after {day} confirms it")
            what = say(f"确认触达：{name} {one.month:%Y-%m}", f"Confirm reach: {name} {one.month:%Y-%m}")
            yield Task("reach", what, why, say("去确认", "Confirm"), desk.path("commitments"), "warn", day)
    month = desk.today.replace(day=1)
    forecast = binding_forecast(bound_forecasts(desk.project), month, desk.project)
    if forecast is None:
        return
    outlooks = read_outlook(desk.project, forecast.inputs, desk.today)
    outlook = next((one for one in outlooks if one.month.first == month), None)
    if outlook and desk.may(Act.WRITE_COMMITMENTS):
        for short in shortfalls(outlook, names):
            if not short.users:
                continue
            missing, users = count(int(short.missing)), count(short.users)
            what = say(f"补足触达：{short.channel}", f"Make up reach: {short.channel}")
            if desk.is_agency:
                what = say(f"跟进品牌方触达：{short.channel}", f"Follow up reach with the brand: {short.channel}")
            why = say(f"比应完成少 {missing}，按预测表少导 {users} 人", f"{missing} less than due: {users} users fewer by the forecast")  # fmt: skip  # noqa: E501
            yield Task("shortfall", what, why, say("看承诺", "See promises"), desk.path("commitments"))
    if outlook and desk.may(Act.SEND_EVENTS):
        for reach in outlook.reach:
            if reach.missing:
                name, days = names.get(reach.channel, reach.channel), len(reach.missing)
                what = say(f"补传触达：{name}", f"Send the reach: {name}")
                why = say(f"{days} 天没有数据，最早 {min(reach.missing)}", f"{days} days without a figure, first {min(reach.missing)}")  # fmt: skip  # noqa: E501
                yield Task("reach_missing", what, why, say("去上传", "Upload"), desk.path("data"))
