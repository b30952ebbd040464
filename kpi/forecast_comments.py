"""What both sides say about a version of the forecast, and when it was put before both. Runs inside the brand.

A thread is append-only and the same for both sides. A version that was saved is a draft; proposing it says that it
awaits both sides' approval, once. Approving needs no proposal: who approves has read.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from kpi.models import Forecast, ForecastComment
from projects.models import Project
from projects.notices import brand_managers, leads, notify, owners
from projects.queries import people
from projects.services import fault, locked
from projects.sheet import is_clean_text
from siyu.problems import DomainError, say
from tenants.identity import Side
from tenants.models import User

LONGEST = 2000  # characters of a comment


class CommentRefusedError(DomainError):
    status = 400
    code = "invalid"


class ProposalRefusedError(DomainError):
    status = 409
    code = "proposal_refused"


def thread_of(forecast: Forecast) -> list[ForecastComment]:
    """The oldest first."""
    return list(ForecastComment.objects.filter(forecast=forecast).order_by("pk"))


def describe_thread(thread: Sequence[ForecastComment]) -> list[dict[str, Any]]:
    """As both sides read it over REST and on the page: {id, kind: comment|proposal, side, by, at, text}."""
    by = people([said.by_id for said in thread])
    return [
        {
            "id": said.pk,
            "kind": said.kind,
            "side": said.side,
            "by": str(by[said.by_id]),
            "at": said.at.isoformat(),
            "text": said.text,
        }
        for said in thread
    ]


@transaction.atomic
def comment_forecast(
    project: Project, version: int, text: str, *, by: User, side: Side, now: datetime
) -> ForecastComment:
    """Say something about a version, for both sides. Raises Forecast.DoesNotExist, CommentRefusedError."""
    forecast = Forecast.objects.get(project=project, version=version)
    text = text.strip()
    if not is_clean_text(text.replace("\n", " ").replace("\r", " "), LONGEST):
        detail = say(f"应有 1 到 {LONGEST} 个字符", f"1 to {LONGEST} characters")
        raise CommentRefusedError(detail, errors=[fault("/text", "bad_value", detail)])
    said = ForecastComment.objects.create(
        forecast=forecast, kind=ForecastComment.Kind.COMMENT, side=side, by=by, at=now, text=text
    )
    _tell(project, "forecast_commented", f"forecast-comment:{said.pk}", version, _concerned(project, now), by, now)
    return said


@transaction.atomic
def propose_forecast(
    project: Project, version: int, sha256: str, *, by: User, side: Side, now: datetime
) -> ForecastComment:
    """Put a version before both sides: who approves is told. Said again it changes nothing.

    Raises ProposalRefusedError where the version does not exist or reads otherwise.
    """
    project = locked(project)
    forecast = Forecast.objects.filter(project=project, version=version, sha256=sha256).first()
    if forecast is None:
        detail = say("预测表已变更，请重新查看后再提出", "The forecast has changed: read it again before proposing")
        raise ProposalRefusedError(detail, errors=[fault("/sha256", "changed", detail)])
    made, is_new = ForecastComment.objects.get_or_create(
        forecast=forecast, kind=ForecastComment.Kind.PROPOSAL, defaults={"side": side, "by": by, "at": now}
    )
    if is_new:
        to: dict[Side, list[int]] = {"agency": owners(), "brand": brand_managers()}
        _tell(project, "forecast_proposed", f"forecast-proposed:{forecast.pk}", version, to, by, now)
    return made


def _concerned(project: Project, now: datetime) -> dict[Side, list[int]]:
    return {"agency": leads(project, now), "brand": brand_managers()}


def _tell(
    project: Project, kind: str, occasion: str, version: int, to: Mapping[Side, Sequence[int]], by: User, now: datetime
) -> None:
    """Everyone of `to` but who did it."""
    for side, users in to.items():
        others = [user for user in users if user != by.pk]
        notify(
            project, kind, others, side=side, occasion=occasion, subject=f"forecast:{version}",
            facts={"version": version}, now=now,
        )  # fmt: skip
