"""今日: one thing that needs a person now, and in which order things come. Pure but for what it is told.

Rows come from the state of things, not from what she was told: what is done is gone, whoever did it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from urllib.parse import urlencode

from django.urls import reverse

from projects.models import Project
from projects.queries import zone_of
from siyu.periods import local_day
from siyu.problems import say
from tenants.identity import Identity
from tenants.permissions import Act, may

Tone = Literal["bad", "warn", "mid"]
URGENCY: tuple[Tone, ...] = ("bad", "warn", "mid")  # it harms or is late; it is her turn; good to know
SHOWN = 2  # of one kind; the others are one row that leads to all of them


@dataclass(frozen=True)
class Task:
    """`kind`: which of its like are told together; `what`: to be done, `why`: the figure that says so; `due`: a local
    day; `link`, `address`: the one action, a path on the brand's site; `whole`: where all of its kind are."""

    kind: str
    what: str
    why: str
    link: str
    address: str
    tone: Tone = "warn"
    due: date | None = None
    whole: str = ""


@dataclass(frozen=True)
class Desk:
    """Whose day it is, in which project, when. `today`: the local day in the project's zone."""

    identity: Identity
    project: Project
    now: datetime

    @property
    def today(self) -> date:
        return local_day(self.now, zone_of(self.project))

    @property
    def is_agency(self) -> bool:
        return self.identity.side == "agency"

    def may(self, act: Act) -> bool:
        return may(self.identity, act, self.identity.brand)

    def path(self, route: str, *where: Any, **asked: Any) -> str:
        """Of a page of the project on the brand's site, also while the agency's is shown."""
        path = reverse(route, urlconf="siyu.urls", args=[self.project.code, *where])
        return f"{path}?{urlencode(asked)}" if asked else path


def in_order(tasks: Iterable[Task]) -> list[Task]:
    """The most urgent first: by tone, then by what is due first. Of one kind no more than a few stand by themselves."""
    by_kind: dict[str, list[Task]] = defaultdict(list)
    for task in sorted(tasks, key=_urgency):
        by_kind[task.kind].append(task)
    return sorted((row for alike in by_kind.values() for row in _folded(alike)), key=_urgency)


def _urgency(task: Task) -> tuple[int, date]:
    return URGENCY.index(task.tone), task.due or date.max


def _folded(alike: Sequence[Task]) -> list[Task]:
    if len(alike) <= SHOWN + 1:
        return list(alike)
    rest = alike[SHOWN:]
    first = rest[0]
    return [
        *alike[:SHOWN],
        Task(
            first.kind,
            say(f"另有 {len(rest)} 项同类事项", f"{len(rest)} more of the kind"),
            say(f"{first.what} 等", f"{first.what} and others"),
            say("查看全部", "See all"),
            first.whole or first.address,
            first.tone,
            first.due,
        ),
    ]
