"""REST of the rows behind a figure, as they are or as a frozen revision knew them: CONTRACT 5."""

import json
from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kpi import api
from kpi.api import asked, page_dict, refused
from kpi.metrics import METRICS
from kpi.own_indicators import find_own
from kpi.rows import Position, read_page_as_of
from kpi.totals import ROWLESS
from projects.models import Definition
from reports.models import Report, Revision
from reports.queries import revision_of
from siyu.pagination import CursorPages
from siyu.periods import Period
from siyu.problems import say
from tenants.permissions import Act


class RevisionRowsQuery(api.RowsQuery):
    """`revision`: `<report's id>.<number>`, or the id alone for the newest that the caller may see."""

    revision = serializers.RegexField(r"^[0-9]{1,18}(\.[0-9]{1,9})?\Z", required=False)


class RowsView(api.RowsView):
    """The rows behind one figure of a range: each adds 1, or its `amount`, where it is in. Paged forward by `next`.

    With `revision` they are those that its figures knew, whatever came since."""

    acts = {"GET": Act.READ_KPIS}

    @extend_schema(parameters=[RevisionRowsQuery], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, code: str) -> Response:
        if "revision" not in request.query_params:
            return super().get(request, code)
        indicator = request.query_params.get("indicator", "")
        if indicator not in METRICS and find_own(self.project, indicator):
            raise refused("revision", say("自有指标的明细只有现在的", "Rows of own indicators are as they are now"))
        query = asked(RevisionRowsQuery, request)
        revision = self._revision(query["revision"])
        by = query["by"]
        page = read_page_as_of(
            self.project,
            query["indicator"],
            Period(query["start"], query["end"]),
            by,
            (query[by] or None) if by else None,
            query.get("cursor", Position()),
            query.get("page_size", CursorPages.page_size),
            seq=revision.seq,
            definition=Definition.objects.get(project=self.project, version=revision.definition_version),
        )
        found = page_dict(request, page) | self._of_totals(revision, query)
        return Response({"revision": f"{revision.report_id}.{revision.number}", **found})

    def _of_totals(self, revision: Revision, query: Mapping[str, Any]) -> dict[str, Any]:
        """Of a figure of the revision's own period that rests on day totals, what it said: rows are of events alone.
        Nothing for any other."""
        payload = json.loads(revision.payload)
        if query["by"] or (str(query["start"]), str(query["end"])) != (payload["period_start"], payload["period_end"]):
            return {}
        rows = [row for row in payload["figures"] if row["indicator"] == query["indicator"] and row.get("totals")]
        if not rows:
            return {}
        [row] = rows
        detail = say(
            "其中有天来自日汇总，没有明细行；下列各行只是其余各天的。",
            "Some days come from day totals and have no rows: those below are of the other days.",
        )
        is_rowless = query["indicator"] in ROWLESS and row["totals"]["reads"]
        return {
            "numerator": row["numerator"],
            "denominator": row["denominator"],
            "totals": {**row["totals"], "detail": detail},
            **({"next": None, "results": []} if is_rowless else {}),
        }

    def _revision(self, text: str) -> Revision:
        """Of this project, and of those that the caller may see; 400 for any other."""
        report_id, _, number = text.partition(".")
        found: dict[str, Any] = {"pk": int(report_id), "project": self.project}
        report = Report.objects.filter(**found).first()
        revision = revision_of(report, self.identity.side, int(number) if number else None) if report else None
        if revision is None:
            raise refused("revision", say("没有这一版报告", "There is no such revision"))
        return revision
