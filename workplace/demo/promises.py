"""What both sides promised month by month, and how they keep it: mostly, sometimes late, once not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from projects.commitments import Wish, commitments_of, deliver, put_commitments
from projects.confirming import confirm, propose_relief
from projects.models import Commitment, Project, Side
from workplace.demo.calendar import month_after
from workplace.demo.contract import TERM, Cast

MISSED = 4  # in this month of the term the brand's material did not come
SHORT = 6  # and in this one its budget was cut; how much that relieves is not agreed yet


@dataclass(frozen=True)
class Promise:
    side: str
    kind: str
    what: str
    unit: str
    promised: str
    due_day: int  # of the month


PROMISES = (
    Promise(Side.BRAND, Commitment.Kind.CONTENT, "朋友圈与社群图文素材", "套", "12", 5),
    Promise(Side.BRAND, Commitment.Kind.BUDGET, "私域专享券", "元", "20000", 8),
    Promise(Side.BRAND, Commitment.Kind.GOODS, "私域专享价商品", "款", "5", 6),
    Promise(Side.AGENCY, Commitment.Kind.HEADS, "导购配备", "人", "4", 1),
    Promise(Side.AGENCY, Commitment.Kind.POSTS, "朋友圈发布", "条", "60", 28),
    Promise(Side.AGENCY, Commitment.Kind.TOUCHES, "会员一对一触达", "人次", "3000", 28),
)


def promise(project: Project, cast: Cast) -> None:
    """Both sides' commitments of the whole term, nothing of them delivered yet. Inside the brand."""
    for side, person in ((Side.AGENCY, cast.pm), (Side.BRAND, cast.manager)):
        wishes = [
            _wish(one, month_after(project.starts_on, place))
            for place in range(TERM)
            for one in PROMISES
            if one.side == side
        ]
        put_commitments(project, wishes, by=cast.identity(person))


def _wish(one: Promise, month: date) -> Wish:
    due_on = month.replace(day=one.due_day)
    return Wish(None, one.side, one.kind, month, "", one.what, one.unit, Decimal(one.promised), due_on, None, None)


def keep_promises(project: Project, cast: Cast, today: date) -> None:
    """Enter what was delivered before `today` and nobody has entered. Said again it changes nothing; what a person
    entered stays. Inside the brand."""
    for row in commitments_of(project):
        if row.delivered is not None:
            continue
        amount, on = outcome(project, row)
        if amount is not None and on < today:
            person = cast.ops if row.side == Side.AGENCY else cast.manager
            deliver(project, row.pk, amount, on, by=cast.identity(person))


def outcome(project: Project, row: Commitment) -> tuple[Decimal | None, date]:
    """What is delivered of a commitment, and on which day; None where it is not."""
    place = (row.month.year - project.starts_on.year) * 12 + row.month.month - project.starts_on.month
    if row.side == Side.BRAND and (row.kind, place) == (Commitment.Kind.CONTENT, MISSED):
        return None, row.due_on
    if row.side == Side.BRAND and (row.kind, place) == (Commitment.Kind.BUDGET, SHORT):
        return row.promised / 2, row.due_on
    luck = Random(f"{project.name} {row.kind} {row.month}")  # noqa: S311  # a story, no secret
    late = luck.choice((2, 4, 7)) if luck.random() < 0.15 else -luck.choice((0, 0, 1, 2))
    share = Decimal("0.9") if luck.random() < 0.08 else Decimal(1)
    return (row.promised * share).quantize(Decimal(1)), row.due_on + timedelta(days=late)


def settle_promises(project: Project, cast: Cast, today: date) -> None:
    """Each side confirms what the other delivered before last month; one miss relieves by what both agreed on, another
    by what so far the agency alone proposes. Said again it changes nothing. Inside the brand."""
    rows = commitments_of(project)
    for row in rows:
        if row.delivered is not None and row.confirmed_at is None and row.month < month_after(today, -1):
            person = cast.manager if row.side == Side.AGENCY else cast.pm
            confirm(project, row.pk, row.delivered, by=cast.identity(person), person=person)
    _relieve(project, cast, [row for row in rows if row.due_on < today])


def _relieve(project: Project, cast: Cast, rows: Sequence[Commitment]) -> None:
    places = {
        Commitment.Kind.CONTENT: (MISSED, Decimal("0.1"), ["interaction_rate", "gmv"], (cast.pm, cast.manager)),
        Commitment.Kind.BUDGET: (SHORT, Decimal("0.05"), ["gmv"], (cast.pm,)),
    }
    for row in rows:
        if row.side != Side.BRAND or row.kind not in places or row.reliefs.all():
            continue
        place, share, indicators, people = places[Commitment.Kind(row.kind)]
        if row.month == month_after(project.starts_on, place):
            for person in people:
                propose_relief(project, row.pk, share, indicators, by=cast.identity(person), person=person)
