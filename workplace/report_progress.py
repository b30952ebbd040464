"""How far a report is: what happened to it, who is awaited, and what of its settlement both sides leave undisputed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from projects.models import Project
from projects.queries import zone_of
from reports.models import Report
from siyu.numbers import cents
from siyu.problems import say
from workplace.report_words import AWAITED, SIDES, STEPS, word


@dataclass(frozen=True)
class Step:
    """`checksum`: the first of the figures' sha256 to which an approval is bound; "" for every other step."""

    name: str
    text: str
    checksum: str = ""


def at_words(at: datetime | str, project: Project) -> str:
    """An instant in the project's zone."""
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{instant.astimezone(zone_of(project)):%Y-%m-%d %H:%M}"


def steps_of(report: Report, shown: Mapping[str, Any]) -> list[Step]:
    """What happened to what the reader may see, the oldest first; comments apart."""
    found = []
    for move in shown["transitions"]:
        if move["action"] == "comment":
            continue
        side = "" if move["action"] == "make" else f" · {word(SIDES, move['side'])}"
        text = f"{at_words(move['at'], report.project)} · {say('第 %d 版', 'revision %d') % move['revision']}{side}"
        checksum = move["sha256"][:12] if move["action"] == "approve" else ""
        found.append(Step(word(STEPS, move["action"]), text, checksum))
    return found


def awaited_of(shown: Mapping[str, Any]) -> str:
    """Who has to do what now; "" where nobody is awaited."""
    return word(AWAITED, shown["state"]) if shown["state"] in AWAITED else ""


def settled_of(shown: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(name, amount to the cent) of the settlement's base; nothing where the report has none."""
    found = shown["settlement"]
    if found is None:
        return []
    return [
        (say("无异议", "Undisputed"), cents(Decimal(found["undisputed"]))),
        (say("有异议，待处理", "Disputed, waits"), cents(Decimal(found["disputed"]))),
    ]
