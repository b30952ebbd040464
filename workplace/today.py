"""今日: one thing that needs a person now, and in which order things come. Pure but for what it is told.

Rows come from the state of things, not from what she was told: what is done is gone, whoever did it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
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

Tone = Literal["bad", "warn", "mid"]  # it harms; it is her turn; good to know
Level = Literal["late", "today", "soon", "open", "info"]
LEVELS: dict[Level, tuple[str, tuple[str, str]]] = {  # in the order they come; icon and word, none by its colour alone
    "late": ("alert-triangle", ("紧急", "Urgent")),
    "today": ("bell", ("今天到期", "Due today")),
    "soon": ("calendar", ("近期到期", "Due soon")),
    "open": ("inbox", ("待办", "To do")),
    "info": ("info-circle", ("知悉", "To know")),
}
SHOWN = 2  # of one kind; the others are one row that leads to all of them
REPORTS = "report_"  # how the kinds of reports begin
OVERDUE = {  # kinds that are gathered into one row, and that row's words
    "own_overdue": ("{} 项承诺逾期", "{} promises overdue"),
    "their_overdue": ("跟进对方 {} 项逾期承诺", "Follow up {} overdue promises of the other side"),
}


@dataclass(frozen=True)
class Task:
    """`kind`: which of its like are told together; `what`: to be done, `why`: the figure that says so; `due`: a local
    day; `link`, `address`: the one action, a path on the brand's site; `whole`: where all of its kind are; `about`: its
    subject alone, as a row of several names it."""

    kind: str
    what: str
    why: str
    link: str
    address: str
    tone: Tone = "warn"
    due: date | None = None
    whole: str = ""
    about: str = ""

    def level(self, today: date) -> Level:
        """How urgent it is on that day. What another person has to do is for information, however late it is."""
        if self.tone == "mid":
            return "info"
        if self.tone == "bad" or (self.due is not None and self.due < today):
            return "late"
        if self.due == today:
            return "today"
        return "soon" if self.due else "open"


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


def in_order(tasks: Iterable[Task], today: date) -> list[Task]:
    """By level; of one level what waits for her word first, what is long overdue last, since a day more of it hurts
    least. Of one kind no more than a few stand by themselves."""
    levels = list(LEVELS)

    def urgency(task: Task) -> tuple[int, bool, bool, date]:
        level = task.level(today)
        return levels.index(level), task.kind in OVERDUE, not task.kind.startswith(REPORTS), task.due or date.max

    by_kind: dict[str, list[Task]] = defaultdict(list)
    for task in sorted(tasks, key=urgency):
        by_kind[task.kind].append(task)
    found = (row for alike in by_kind.values() for row in (_gathered(alike) or _folded(alike)))
    return sorted(found, key=urgency)


def _gathered(alike: Sequence[Task]) -> list[Task]:
    """Promises overdue are one row, however many they are; [] for what is not gathered."""
    first = alike[0]
    if first.kind not in OVERDUE or len(alike) == 1:
        return []
    zh, en = OVERDUE[first.kind]
    names = say("、", ", ").join(task.about for task in alike[:SHOWN])
    why = say(f"{names} 等", f"{names} and others") if len(alike) > SHOWN else names
    what = say(zh.format(len(alike)), en.format(len(alike)))
    return [replace(first, what=what, why=why, address=first.whole or first.address)]


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
