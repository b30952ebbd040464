"""Where a version of the forecast stands: one sentence, what it comes to, who did what, what is said of it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse

from kpi.forecast_comments import describe_thread, thread_of
from kpi.models import Forecast
from projects.models import Project, Side
from projects.queries import local_minute
from siyu.numbers import exact
from siyu.problems import say
from tenants.identity import Identity
from tenants.permissions import Act, may
from workplace.blocks import Field, Form, Link, Typed
from workplace.forecast_words import sentences_of
from workplace.grid_blocks import Said, Status
from workplace.words import from_to

MOST_CHANGES = 5  # told one by one


def forecast_status(
    project: Project,
    version: Forecast,
    shown: Mapping[str, Any],
    outlook: Mapping[str, Any],
    bound: Mapping[str, Mapping[str, Any]],
    last: Forecast | None,
    identity: Identity,
    typed: Typed,
) -> Status:
    """`shown`: the version as REST tells it; `outlook`: what it comes to; `bound`: by month the rows of the versions
    that bind them; `last`: the newest that both have approved."""
    is_new = last is not None and last != version and not all(shown["approvals"].values())
    said = describe_thread(thread_of(version))
    thread = [
        Said(
            one["by"],
            str(Side(one["side"]).label),
            local_minute(one["at"], project),
            one["text"],
            one["kind"] == "proposal",
        )
        for one in said
    ]
    talks = typed.of("comment")
    return Status(
        title=say(f"第 {version.version} 版", f"Version {version.version}"),
        chip=chip_of(shown),
        lead=_lead(shown),
        why=[
            total_of(outlook["table"]),
            *([_versus(outlook["table"], bound)] if _versus(outlook["table"], bound) else []),
            *([_changed(last, version)] if last and is_new else []),
        ],
        steps=steps_of(project, shown),
        forms=_forms(project, version, shown, identity),
        links=[_beside(project, version, last)] if last and is_new else [],
        thread=thread,
        talk=reverse("comment_forecast", args=[project.code])
        if may(identity, Act.COMMENT_FORECAST, identity.brand)
        else "",
        version=version.version,
        typed=talks.values.get("/text", ""),
        flaw=talks.errors.get("/text", ""),
    )


def chip_of(shown: Mapping[str, Any]) -> tuple[str, str, str]:
    """Words, tone and icon of how far the version is."""
    waits = _waiting(shown)
    if shown["binding_months"]:
        return say("现行", "Binding"), "good", "circle-check"
    if not waits:
        return say("已被取代", "Superseded"), "none", "history"
    if len(waits) == 1:
        return say(f"待{waits[0].label}确认", f"Awaits the {waits[0].value}"), "warn", "hourglass"
    if shown["proposed"]:
        return say("待双方确认", "Awaits both sides"), "warn", "hourglass"
    return say("草稿", "Draft"), "none", "edit"


def _waiting(shown: Mapping[str, Any]) -> list[Side]:
    return [side for side in Side if not shown["approvals"][side.value]]


def _lead(shown: Mapping[str, Any]) -> str:
    version, months, waits = shown["version"], shown["binding_months"], _waiting(shown)
    if months:
        span = from_to(months[0], months[-1]) if len(months) > 1 else months[0]
        return say(f"第 {version} 版是 {span} 的约定。", f"Version {version} is what was agreed for {span}.")
    if not waits:
        return say(
            f"第 {version} 版双方都确认过，已被更新的版本取代。",
            f"Version {version} was approved by both and has been superseded.",
        )
    if len(waits) == 1:
        return say(
            f"第 {version} 版等{waits[0].label}确认，确认后即成为约定。",
            f"Version {version} awaits the {waits[0].value}; it binds once they approve.",
        )
    if shown["proposed"]:
        return say(
            f"第 {version} 版已提出，等双方确认后成为约定。", f"Version {version} is proposed and awaits both sides."
        )
    return say(
        f"第 {version} 版是草稿，还没有提出给双方确认。",
        f"Version {version} is a draft and is not proposed to both sides yet.",
    )


def total_of(table: Sequence[Mapping[str, Any]]) -> str:
    """What the months come to, in one sentence."""
    diverted = exact(sum(row["diverted_users"] for row in table))
    gmv = _whole(sum(Decimal(row["gmv"]) for row in table))
    fans, guides = exact(table[-1]["fans"]), max(row["guides"] for row in table)
    return say(
        f"{len(table)} 个月新增 {diverted} 位粉丝，期末 {fans} 位，GMV ¥{gmv}，最多需导购 {guides} 位。",
        f"{len(table)} months: {diverted} diverted, {fans} fans at the end, GMV ¥{gmv}, at most {guides} guides.",
    )


def _versus(table: Sequence[Mapping[str, Any]], bound: Mapping[str, Mapping[str, Any]]) -> str:
    """Against what binds the same months; "" where nothing does or nothing differs."""
    same = [(row, bound[row["month"]]) for row in table if row["month"] in bound]
    difference = sum((Decimal(row["gmv"]) - Decimal(agreed["gmv"]) for row, agreed in same), Decimal(0))
    fans = same[-1][0]["fans"] - same[-1][1]["fans"] if same else 0
    if not difference and not fans:
        return ""
    return say(
        f"较现行约定：GMV {_signed(difference)} 元，期末粉丝 {_signed(Decimal(fans))} 位。",
        f"Against what is agreed: GMV {_signed(difference)} yuan, fans at the end {_signed(Decimal(fans))}.",
    )


def _changed(last: Forecast, version: Forecast) -> str:
    """What the version states otherwise than the one agreed last, the first few."""
    told = sentences_of(last.inputs, version.inputs, MOST_CHANGES)
    if not told:
        return say(f"与第 {last.version} 版的输入相同。", f"It states what version {last.version} states.")
    return say(f"与第 {last.version} 版不同：{told}。", f"Other than version {last.version}: {told}.")


def _beside(project: Project, version: Forecast, last: Forecast) -> Link:
    address = f"{reverse('forecast', args=[project.code])}?version={version.version}&compare={last.version}#compare"
    return Link(say(f"与现行第 {last.version} 版并列", f"Beside version {last.version}, agreed"), address)


def _whole(number: Decimal | int) -> str:
    return exact(round(Decimal(number)))


def _signed(number: Decimal) -> str:
    whole = round(number)
    return f"{'+' if whole > 0 else '−' if whole < 0 else ''}{exact(abs(whole))}"


def steps_of(project: Project, shown: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Who did what, and when."""
    made = shown["made_by"] or say("接口或系统", "A key or the system")
    steps = [(say("保存", "Saved"), f"{made} {local_minute(shown['created_at'], project)}")]
    if proposed := shown["proposed"]:
        steps.append((say("提出", "Proposed"), f"{proposed['by']} {local_minute(proposed['at'], project)}"))
    for side in Side:
        given = shown["approvals"][side.value]
        word = say(f"{side.label}确认", f"The {side.value}")
        steps.append(
            (word, f"{given['by']} {local_minute(given['at'], project)}" if given else say("未确认", "Not yet"))
        )
    return steps


def _forms(project: Project, version: Forecast, shown: Mapping[str, Any], identity: Identity) -> list[Form]:
    """What she can do with the version: approve it for her side, propose it."""
    read = [Field("/version", "", "hidden", str(version.version)), Field("/sha256", "", "hidden", version.sha256)]
    forms = []
    if not shown["approvals"][identity.side] and may(identity, Act.APPROVE_CONTRACT, identity.brand):
        address = reverse("approve_forecast", args=[project.code])
        forms.append(Form(address, f"approve-{version.version}", say("确认这一版", "Approve"), read))
    is_draft = not shown["proposed"] and len(_waiting(shown)) == len(Side)
    if is_draft and may(identity, Act.PROPOSE_CONTRACT, identity.brand):
        address = reverse("put_forward_forecast", args=[project.code])
        forms.append(Form(address, f"forward-{version.version}", say("提出给双方确认", "Propose to both"), read))
    return forms
