"""What is done on the forecast's page: saving versions, proposing, approving, talking, trying what would be if."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.exceptions import ErrorDetail, ValidationError

from kpi.forecast_api import ForecastApprovalBody
from kpi.forecast_changes import changes_between
from kpi.forecast_comment_api import CommentBody, ProposalBody
from kpi.forecast_comments import comment_forecast, propose_forecast
from kpi.forecast_inputs import part
from kpi.forecasts import newest_forecast
from kpi.metrics import METRICS
from kpi.models import Forecast
from kpi.services import ForecastConflictError, ForecastRefusedError, approve_forecast, checked_inputs, put_forecast
from projects.api import CODE_LENGTH, ChannelBody
from projects.models import Project
from projects.queries import local_minute, people
from projects.rest import checked
from projects.services import put_channel
from projects.sheet import is_clean_text
from siyu.problems import say
from tenants.models import User
from tenants.permissions import Act
from workplace.access import seen_project
from workplace.blocks import Typed, flat_body, row_bodies, typed_of
from workplace.forecast_forms import MARKS, base_of, by_line, forecast_body
from workplace.forecast_pages import ForecastPage
from workplace.forecast_words import sentences_of, value_of
from workplace.sections import Action
from workplace.term_forms import body_with_terms, body_with_weights, by_weight, term_field

MOST_CHANGES = 12  # told of a colleague's version, one by one


class _Saving(Action):
    """Saves a version that was written against the newest one its page knew. Where there is a newer one by now, says
    what changed, keeps what was typed, and takes it when it is sent again."""

    acts = {"POST": Act.PROPOSE_CONTRACT}
    page = ForecastPage

    def save(self, project: Project, body: Mapping[str, Any], values: Mapping[str, str]) -> str:
        seen = _number(values.get("/seen", ""))
        made = put_forecast(project, body, by=self.identity.user, seen=seen)
        if not values.get("propose"):
            return say(f"第 {made.version} 版已存为草稿", f"Version {made.version} is saved as a draft")
        _propose(self, project, made.version, made.sha256)
        return say(f"第 {made.version} 版已提出，等待双方确认", f"Version {made.version} awaits both sides")

    def refused(self, project: Project, typed: Typed, status: int) -> HttpResponse:
        newest, seen = newest_forecast(project), _number(typed.values.get("/seen", ""))
        if status != ForecastConflictError.status or newest is None:
            return super().refused(project, typed, status)
        page = ForecastPage()
        page.setup(self.request, project.code)
        page.identity = self.identity
        detail, page.conflicts = _meanwhile(project, newest, seen, typed.values)
        values = {**typed.values, "/base": str(newest.version)}
        return page.show(project, Typed(values, {}, detail), status)


def _meanwhile(
    project: Project, newest: Forecast, seen: int | None, values: Mapping[str, str]
) -> tuple[str, dict[str, str]]:
    """What a colleague saved since: in a sentence, and by field of the grid."""
    before = Forecast.objects.filter(project=project, version=seen or 0).first()
    by = people([newest.made_by_id])
    who = str(by[newest.made_by_id]) if newest.made_by_id else say("接口", "A key")
    at, version = local_minute(newest.created_at.isoformat(), project), newest.version
    changes = changes_between(before.inputs, newest.inputs) if before else []
    told = sentences_of(before.inputs, newest.inputs, MOST_CHANGES) if before else say("整版", "all of it")
    places = {values[name]: name.split("/")[1] for name in values if name.endswith("/month") and name.count("/") == 2}
    conflicts = {
        f"/{places[change.path[1]]}/{change.path[2]}{''.join(part(step) for step in change.path[3:])}": say(
            f"第 {version} 版：{value_of(change.path, change.now)}",
            f"Version {version}: {value_of(change.path, change.now)}",
        )
        for change in changes
        if change.path[0] == "months" and change.path[1] in places
    }
    detail = say(
        f"{who} 在 {at} 已存了第 {version} 版，还没有保存你的改动，你填的内容都在。第 {version} 版改了：{told}。"
        "请核对，再保存一次会以你填的为准另存一版。",
        f"{who} saved version {version} at {at}. Yours is not saved; all you typed is still here. "
        f"Version {version} changed: {told}. Look through it: saving again makes a further version as you typed it.",
    )
    return detail, conflicts


class ProposeForecast(_Saving):
    def act(self, project: Project, values: dict[str, str]) -> str:
        try:
            return self.save(project, forecast_body(project, values), values)
        except ForecastRefusedError as refusal:
            raise by_line(refusal, values) from refusal


class ProposeLines(_Saving):
    def act(self, project: Project, values: dict[str, str]) -> str:
        lines = {}
        for code in METRICS:
            marks = {mark: values.get(f"/lines/{code}/{mark}", "").strip() or None for mark in MARKS}
            kind = values.get(f"/lines/{code}/kind", "")
            if kind or any(marks.values()):
                lines[code] = {"kind": kind, **marks}
        return self.save(project, {**_base(project, values).inputs, "lines": lines}, values)


class ProposeTerms(_Saving):
    """The version shown, with other terms."""

    def act(self, project: Project, values: dict[str, str]) -> str:
        return self.save(project, body_with_terms(_base(project, values), values), values)

    def refused(self, project: Project, typed: Typed, status: int) -> HttpResponse:
        return super().refused(project, typed.renamed(lambda name: term_field(typed.values, name)), status)


class ProposeWeights(_Saving):
    """The version shown, with other weights of days."""

    def act(self, project: Project, values: dict[str, str]) -> str:
        base = _base(project, values)
        try:
            return self.save(project, body_with_weights(base, values), values)
        except ForecastRefusedError as refusal:
            raise by_weight(base, values, refusal) from refusal


def _base(project: Project, values: Mapping[str, str]) -> Forecast:
    base = base_of(project, values) or newest_forecast(project)
    if base is None:
        raise Http404
    return base


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


class WhatIf(Action):
    """Answers the page with the table of what was typed into one of its forms; nothing is stored."""

    acts = {"POST": Act.PROPOSE_CONTRACT}
    page = ForecastPage

    def post(self, request: HttpRequest, code: str, **where: Any) -> HttpResponse:
        project = seen_project(self.identity, code)
        values = {name: str(value) for name, value in request.POST.items()}
        try:
            tried = self._tried(project, values)
        except ForecastRefusedError as refusal:
            typed, status = typed_of(values, refusal, row_bodies(values)[0] or None)
            return self.refused(project, typed.renamed(lambda name: term_field(values, name)), status)
        page = ForecastPage()
        page.setup(request, code)
        page.identity, page.tried = self.identity, tried
        return page.show(project, Typed(values))

    def _tried(self, project: Project, values: Mapping[str, str]) -> dict[str, Any]:
        form = values.get("form")
        if form == "terms":
            return checked_inputs(body_with_terms(_base(project, values), values))
        if form != "weights":
            try:
                return checked_inputs(forecast_body(project, values))
            except ForecastRefusedError as refusal:
                raise by_line(refusal, values) from refusal
        base = _base(project, values)
        try:
            return checked_inputs(body_with_weights(base, values))
        except ForecastRefusedError as refusal:
            raise by_weight(base, values, refusal) from refusal


class PutChannel(Action):
    """A further channel, for whose reach a forecast can promise."""

    acts = {"POST": Act.PROPOSE_CONTRACT}
    page = ForecastPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        body = flat_body(values)
        code = body.get("code", "").strip()
        if not is_clean_text(code, CODE_LENGTH):
            message = say(f"应有 1 到 {CODE_LENGTH} 个字符", f"1 to {CODE_LENGTH} characters")
            raise ValidationError({"code": [ErrorDetail(message, "bad_value")]})
        fields = checked(ChannelBody(data=body))
        put_channel(code, {name: value for name, value in fields.items() if name != "code"})
        return say(f"渠道 {code} 已建立", f"The channel {code} is made")


class _OnVersion(Action):
    """What is done with one version; leads back to it."""

    page = ForecastPage

    def back(self, project: Project) -> str:
        version = _number(self.request.POST.get("/version", ""))
        return f"{super().back(project)}?version={version}" if version else super().back(project)


class ApproveForecast(_OnVersion):
    acts = {"POST": Act.APPROVE_CONTRACT}

    def act(self, project: Project, values: dict[str, str]) -> str:
        read = checked(ForecastApprovalBody(data=flat_body(values)))
        made = approve_forecast(
            project, read["version"], read["sha256"], by=_person(self), side=self.identity.side, now=timezone.now()
        )
        return say(f"第 {made.version} 版已确认", f"Version {made.version} is approved")


class PutForwardForecast(_OnVersion):
    acts = {"POST": Act.PROPOSE_CONTRACT}

    def act(self, project: Project, values: dict[str, str]) -> str:
        read = checked(ProposalBody(data=flat_body(values)))
        _propose(self, project, read["version"], read["sha256"])
        return say(f"第 {read['version']} 版已提出，等待双方确认", f"Version {read['version']} awaits both sides")


class CommentForecast(_OnVersion):
    acts = {"POST": Act.COMMENT_FORECAST}
    missing = (Forecast.DoesNotExist,)

    def act(self, project: Project, values: dict[str, str]) -> str:
        read = checked(CommentBody(data=flat_body(values)))
        comment_forecast(
            project, read["version"], read["text"], by=_person(self), side=self.identity.side, now=timezone.now()
        )
        return say("评论已发出，双方都能看到", "Your comment is there for both sides")


def _propose(action: Action, project: Project, version: int, sha256: str) -> None:
    propose_forecast(
        project, version, sha256, by=_person(action), side=action.identity.side, now=timezone.now()
    )  # fmt: skip


def _person(action: Action) -> User:
    if action.identity.user is None:
        raise PermissionDenied
    return action.identity.user
