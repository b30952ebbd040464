"""REST of reports: CONTRACT 8."""

import json
from collections.abc import Sequence
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from projects.api import DayField
from projects.queries import is_seen, zone_of
from projects.rest import ProjectView, StrictSerializer, checked
from reports.freezing import digest
from reports.models import Report, Revision, Transition
from reports.occasions import KINDS
from reports.queries import (
    BLOCKS,
    comments_on,
    deemed_accepted_on,
    disputed_pointers,
    frozen_words,
    reports_of,
    revision_of,
    revisions_of,
    schedule_of,
    states_for,
)
from reports.restating import restate
from reports.review import Deed, act, write_words
from reports.settling import settle
from reports.states import ACTIONS
from siyu.pagination import page
from siyu.periods import local_day
from siyu.problems import say
from tenants.identity import Identity
from tenants.permissions import Act, may
from tenants.rest import BrandView

LONGEST_TEXT = 10_000
MOST_ENTRIES = 200


# -- What is asked ----------------------------------------------------------------------------------------------------


class ReportsQuery(StrictSerializer):
    """`from`, `to`: local days, both included; reports whose period touches them."""

    kind = serializers.ChoiceField(KINDS, required=False)
    to = DayField(required=False)
    cursor = serializers.CharField(required=False)
    page_size = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": DayField(required=False)}


class ActionBody(StrictSerializer):
    action = serializers.ChoiceField(tuple(ACTIONS))
    revision = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    comment = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_TEXT)
    pointer = serializers.CharField(required=False, allow_blank=True, max_length=300, trim_whitespace=False)
    sha256 = serializers.RegexField(r"^[0-9a-f]{64}\Z", required=False)


class EntryBody(StrictSerializer):
    id = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    block = serializers.ChoiceField(BLOCKS, required=False)
    text = serializers.CharField(required=False, max_length=LONGEST_TEXT)
    owner = serializers.CharField(required=False, allow_blank=True, max_length=100)
    due_on = DayField(required=False, allow_null=True)
    done_on = DayField(required=False, allow_null=True)


class WordsBody(StrictSerializer):
    """{revision, base?, <block>: text …, entries: […]}. `base`: `words_base` as it was read; 409 where the words are
    others by now."""

    revision = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    base = serializers.RegexField(r"^[0-9a-f]{64}\Z", required=False)
    entries = serializers.ListField(child=EntryBody(), required=False, max_length=MOST_ENTRIES)

    def get_fields(self) -> dict[str, Any]:
        texts = {
            block: serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_TEXT) for block in BLOCKS
        }
        return {**super().get_fields(), **texts}


# -- What is answered -------------------------------------------------------------------------------------------------


def head_dict(report: Report, identity: Identity) -> dict[str, Any]:
    """A report in a list: what is newest of it that the caller may see."""
    return head_dicts([report], identity)[0]


def head_dicts(reports: Sequence[Report], identity: Identity) -> list[dict[str, Any]]:
    """Of each, in two questions for all."""
    revisions = revisions_of(reports, identity.side)
    states = states_for({report.pk: report for report in reports}, revisions.values(), identity.side)
    return [_head(report, revisions.get(report.pk), states.get(report.pk, report.state)) for report in reports]


def _head(report: Report, revision: Revision | None, state: str) -> dict[str, Any]:
    return {
        "id": report.pk,
        "project": report.project.code,
        "kind": report.kind,
        "period_start": report.first_day,
        "period_end": report.last_day,
        "state": state,
        "revision": revision.number if revision else None,
        "sha256": revision.sha256 if revision else None,
        "incomplete": revision.incomplete if revision else None,
    }


def report_dict(report: Report, revision: Revision, identity: Identity) -> dict[str, Any]:
    """One revision with its frozen payload. `words`: frozen with the revision once it was sent, else as they stand.

    The agency's annex is for those who may see its costs, and never for the brand.
    """
    payload = json.loads(revision.payload)
    deemed = deemed_accepted_on(report, revision)
    today = local_day(timezone.now(), zone_of(report.project))
    words = revision.words or frozen_words(report)
    out: dict[str, Any] = {
        **head_dict(report, identity),
        "revision": revision.number,
        "sha256": revision.sha256,
        "words_sha256": revision.words_sha256 or None,
        "incomplete": revision.incomplete,
        "made_at": revision.made_at,
        "sent_at": revision.sent_at,
        "why": revision.why,
        "seq": revision.seq,
        "definitions": revision.definition_version,
        "forecast": revision.forecast_version,
        "layout": revision.layout_version,
        "revisions": [revision_dict(row) for row in _revisions(report, identity)],
        "payload": payload,
        "settlement": settle(payload, disputed_pointers(report, revision)),
        "words": json.loads(words),
        "words_base": digest(words),
        "comments": comments_on(report, identity.side),
        "transitions": [transition_dict(row) for row in _transitions(report, identity)],
        "deemed_accepted_on": deemed,
        "deemed_accepted": deemed is not None and deemed < today,
    }
    if identity.side == "agency" and may(identity, Act.READ_COSTS, identity.brand):
        out["annex"] = json.loads(revision.annex)
        out["annex_sha256"] = revision.annex_sha256
    return out


def revision_dict(revision: Revision) -> dict[str, Any]:
    return {
        "revision": revision.number,
        "made_at": revision.made_at,
        "sent_at": revision.sent_at,
        "why": revision.why,
        "sha256": revision.sha256,
    }


def transition_dict(move: Transition) -> dict[str, Any]:
    return {
        "revision": move.revision.number,
        "action": move.action,
        "before": move.before or None,
        "after": move.after,
        "at": move.at,
        "side": move.side,
        "sha256": move.sha256,
        "words_sha256": move.words_sha256 or None,
    }


def _revisions(report: Report, identity: Identity) -> list[Revision]:
    found = report.revisions.order_by("number")
    return list(found.filter(sent_at__isnull=False) if identity.side == "brand" else found)


def _transitions(report: Report, identity: Identity) -> list[Transition]:
    """The brand reads from the sending of each revision on."""
    found = report.transitions.select_related("revision").order_by("pk")
    if identity.side == "brand":
        found = found.filter(revision__sent_at__isnull=False).exclude(action__in=("make", "review", "revise"))
    return list(found)


# -- Views ------------------------------------------------------------------------------------------------------------


class ReportListView(ProjectView):
    """The project's reports, the newest period first."""

    acts = {"GET": Act.READ_REPORTS}

    @extend_schema(parameters=[ReportsQuery], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, code: str) -> Response:
        query = checked(ReportsQuery(data=request.query_params.dict()))
        found = reports_of(self.project, self.identity.side, query.get("kind"), query.get("from"), query.get("to"))
        return page(
            request,
            found.select_related("project"),
            lambda report: head_dict(report, self.identity),
            ordering="-first_day",
        )


class OneReportView(BrandView):
    """The base of views of one report: `self.report`. 404 where the caller may not know of it: she does not see its
    project, or stands on the brand's side and it was never sent."""

    report: Report

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        report = Report.objects.select_related("project").filter(pk=min(kwargs["report"], 2**63 - 1)).first()
        if report is None or not is_seen(self.identity, report.project, timezone.now()):
            raise Http404
        if revision_of(report, self.identity.side) is None:
            raise Http404
        self.report = report

    def answer(self, number: int | None = None) -> Response:
        report = Report.objects.select_related("project").get(pk=self.report.pk)
        revision = revision_of(report, self.identity.side, number)
        if revision is None:
            raise Http404
        return Response(report_dict(report, revision, self.identity))


class ReportView(OneReportView):
    """The newest revision, or `?revision=`."""

    acts = {"GET": Act.READ_REPORTS}

    @extend_schema(parameters=[OpenApiParameter("revision", int)], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, report: int) -> Response:
        wanted = request.query_params.get("revision")
        if wanted is None:
            return self.answer()
        if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 10):
            raise Http404
        return self.answer(int(wanted))


class ReportActionsView(OneReportView):
    """Who may do which action, and in which state: reports.states."""

    acts = {"POST": Act.READ_REPORTS}

    @extend_schema(request=ActionBody, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, report: int) -> Response:
        body = checked(ActionBody(data=request.data))
        person = self.identity.user
        if person is None or not may(self.identity, ACTIONS[body["action"]].act, self.identity.brand):
            raise PermissionDenied(say("您的角色不能执行这一操作", "Your role may not do this"))
        act(self.report, Deed(**body), by=self.identity, person=person, now=timezone.now())
        return self.answer()


class ReportWordsView(OneReportView):
    """Texts and entries of a draft."""

    acts = {"PATCH": Act.DRAFT_REPORTS}

    @extend_schema(request=WordsBody, responses=OpenApiTypes.OBJECT)
    def patch(self, request: Request, report: int) -> Response:
        body = checked(WordsBody(data=request.data))
        revision, entries, base = body.pop("revision"), body.pop("entries", ()), body.pop("base", "")
        write_words(self.report, revision, body, entries, by=self.identity, now=timezone.now(), base=base)
        return self.answer()


class RestatementView(OneReportView):
    """What the newest revision would say now, figure by figure, and why; nothing is changed."""

    acts = {"GET": Act.DRAFT_REPORTS}

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, report: int) -> Response:
        revision = revision_of(self.report, self.identity.side)
        if revision is None:
            raise Http404
        found = restate(self.report, revision, schedule_of(self.report.project).restate_share)
        return Response(
            {
                "revision": revision.number,
                "sha256": revision.sha256,
                "changes": found.changes,
                "causes": found.causes,
                "is_significant": found.is_significant,
            }
        )
