"""Proposing and approving forecasts. Runs inside the brand; the clock is passed in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from kpi.forecast import read_month
from kpi.forecast_inputs import Inputs, part, read_inputs
from kpi.forecasts import bound_forecasts, newest_forecast, settled_months
from kpi.models import Forecast
from projects.audit import record
from projects.models import Project
from projects.services import fault, locked
from projects.sheet import Flaw, digest
from siyu.problems import DomainError, say
from tenants.identity import Side
from tenants.models import User

DEEPEST = 3  # members of members of the inputs, or of a month: lines.gmv.fail


class ForecastRefusedError(DomainError):
    status = 400
    code = "invalid"


class ForecastConflictError(DomainError):
    status = 409
    code = "changed"


class ForecastApprovalRefusedError(DomainError):
    status = 409
    code = "approval_refused"


def checked_inputs(body: object) -> Inputs:
    """Raises ForecastRefusedError naming every field at fault."""
    inputs, flaws = read_inputs(body)
    if flaws:
        raise refusal(flaws)
    return inputs


def refusal(flaws: Sequence[Flaw]) -> ForecastRefusedError:
    detail = say("预测表不符合要求", "The forecast is not valid")
    return ForecastRefusedError(detail, errors=[fault(*flaw) for flaw in flaws])


@transaction.atomic
def put_forecast(project: Project, body: object, *, by: User | None, seen: int | None = None) -> Forecast:
    """A new draft version; the newest itself where it says the same already. `seen`: the newest version (0: none) that
    whoever wrote the body knew of; None asks for no such check.

    Raises ForecastRefusedError, ForecastConflictError where there is a newer version than the one seen.
    """
    inputs = checked_inputs(body)
    project = locked(project)
    newest, sha256 = newest_forecast(project), digest(inputs)
    if newest is not None and newest.sha256 == sha256:
        return newest
    if newest is not None and seen is not None and newest.version != seen:
        detail = say(f"已有更新的第 {newest.version} 版", f"There is a newer version {newest.version}")
        raise ForecastConflictError(detail, errors=[fault("", "changed", detail)])
    return Forecast.objects.create(
        project=project,
        version=newest.version + 1 if newest else 1,
        effective_from=read_month(inputs["effective_from"]),
        inputs=inputs,
        sha256=sha256,
        made_by=by,
    )


@transaction.atomic
def approve_forecast(project: Project, version: int, sha256: str, *, by: User, side: Side, now: datetime) -> Forecast:
    """Approve for one side what was read: this version with this digest. Said again it changes nothing.

    Approvals of a project take turns. Raises ForecastApprovalRefusedError where the version does not exist
    or reads otherwise, where it could bind none of its months (newer versions that both sides have approved state them,
    or they have ended under another), and where the same person approved it for the other side.
    """
    project = locked(project)
    forecast = Forecast.objects.filter(project=project, version=version).first()
    if forecast is None or forecast.sha256 != sha256:
        detail = say("预测表已变更，请重新查看后再确认", "The forecast has changed: read it again before approving")
        raise ForecastApprovalRefusedError(detail, errors=[fault("/sha256", "changed", detail)])
    ours, theirs = ("agency", "brand") if side == "agency" else ("brand", "agency")
    if getattr(forecast, f"{theirs}_approved_by_id") == by.pk:
        raise ForecastApprovalRefusedError(say("同一人不能代表双方确认", "One person cannot approve for both sides"))
    if getattr(forecast, f"{ours}_approved_at") is not None:
        return forecast
    _refuse_superseded(project, forecast, now)
    setattr(forecast, f"{ours}_approved_by", by)
    setattr(forecast, f"{ours}_approved_at", now)
    forecast.save(update_fields=[f"{ours}_approved_by", f"{ours}_approved_at"])
    said = {"side": side, "version": version, "sha256": sha256}
    record(project, f"forecast:{version}", None, said, by=f"user:{by.pk}")
    return forecast


def _refuse_superseded(project: Project, forecast: Forecast, now: datetime) -> None:
    bound = bound_forecasts(project)
    newer = [other for other in bound if other.version > forecast.version]
    stated = {month for other in newer for month in other.months}
    settled = settled_months(bound, forecast.months, project, now)
    if not set(forecast.months) <= stated | settled:
        return
    if newer:
        version, code = newer[-1].version, "superseded"
        detail = say(
            f"双方已确认更新的第 {version} 版，它取代了第 {forecast.version} 版",
            f"Both sides have approved version {version}, which takes the place of version {forecast.version}",
        )
    else:
        code = "settled"
        detail = say(
            "这一版的月份都已结束，并各有双方确认过的版本，确认后也不会生效",
            "All of its months have ended under versions that both sides approved: it could bind none of them",
        )
    raise ForecastApprovalRefusedError(detail, errors=[fault("/version", code, detail)])


# -- What if ----------------------------------------------------------------------------------------------------------


def changed_inputs(project: Project, body: Mapping[str, Any]) -> Inputs:
    """The inputs of a version with changes; nothing is stored. `body`: {version, changes}; changes are merged member by
    member (null removes one), those of `months` into the month of the same name. Raises ForecastRefusedError."""
    flaws = [
        Flaw(part(name), "unknown_field", say("没有这个字段", "There is no such field"))
        for name in body
        if name not in ("version", "changes")
    ]
    version, changes = body.get("version"), body.get("changes", {})
    forecast = None
    if isinstance(version, int) and not isinstance(version, bool) and 0 < version < 2**31:
        forecast = Forecast.objects.filter(project=project, version=version).first()
    if forecast is None:
        flaws.append(Flaw("/version", "unknown_version", say("没有这个版本", "There is no such version")))
    if not isinstance(changes, Mapping):
        flaws.append(Flaw("/changes", "bad_value", say("应为 JSON 对象", "A JSON object")))
    if flaws or forecast is None:
        raise refusal(flaws)
    others = {name: value for name, value in changes.items() if name != "months"}
    merged = _merged(forecast.inputs, others)
    if "months" in changes:
        merged["months"] = _merged_months(forecast.inputs["months"], changes["months"])
    return checked_inputs(merged)


def _merged_months(months: Sequence[Mapping[str, Any]], changes: object) -> list[Any]:
    by_month = {month["month"]: month for month in months}
    flaws = []
    for place, change in enumerate(changes if isinstance(changes, list) else [None]):
        name = change.get("month") if isinstance(change, Mapping) else None
        if not isinstance(name, str) or name not in by_month:
            message = say("应为该版本已有的月份", "A month that the version states")
            flaws.append(Flaw(f"/changes/months/{place}/month", "bad_value", message))
            continue
        by_month[name] = _merged(by_month[name], change)
    if flaws:
        raise refusal(flaws)
    return list(by_month.values())


def _merged(old: Any, new: Any, depth: int = DEEPEST) -> Any:
    """RFC 7396, as deep as inputs go: what lies deeper is refused when it is read."""
    if not isinstance(new, Mapping) or not depth:
        return new
    out = dict(old) if isinstance(old, Mapping) else {}
    for name, value in new.items():
        if value is None:
            out.pop(name, None)
        else:
            out[name] = _merged(out.get(name), value, depth - 1)
    return out
