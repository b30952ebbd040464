"""What both sides promised of a month, how far it is kept, and whose a shortfall is: for the scorecard. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.safestring import SafeString

from kpi.forecast import round_half_up
from kpi.forecasts import MonthOutlook
from kpi.reach import ChannelReach
from projects.models import Commitment
from siyu.numbers import UNKNOWN, count
from siyu.problems import say
from workplace.card import Chip
from workplace.charts import draw_bar

TOLD = 4  # promises of a side that stand on the card at least


@dataclass(frozen=True)
class Promise:
    """`done`, `promised`: as read; `is_kept`: nothing is missing of what is due by now."""

    name: str
    about: str
    done: str
    promised: str
    unit: str
    bar: SafeString
    chip: Chip
    is_kept: bool


@dataclass(frozen=True)
class SideOfCard:
    title: str
    icon: str
    promises: list[Promise]

    @property
    def kept(self) -> int:
        return sum(promise.is_kept for promise in self.promises)

    @property
    def told(self) -> list[Promise]:
        """All that is not kept, and some that is."""
        return self.promises[: max(TOLD, len(self.promises) - self.kept)]

    @property
    def rest(self) -> list[Promise]:
        """What is kept beyond those."""
        return self.promises[len(self.told) :]


@dataclass(frozen=True)
class Shortfall:
    """Of a channel's reach by now: what is missing, and the users it cost by the forecast's own diversion rate."""

    channel: str
    missing: Fraction
    users: int


def build_sides(
    outlook: MonthOutlook | None, promises: Sequence[Mapping[str, Any]], channels: Mapping[str, str]
) -> list[SideOfCard]:
    """The brand's and the agency's. `promises`: as projects.commitments.describe gives them."""
    traffic = [_traffic(reach, outlook, channels) for reach in outlook.reach if reach.promised] if outlook else []
    by_side = {side: [_entered(row) for row in promises if row["side"] == side] for side in ("brand", "agency")}
    return [
        _side(say("品牌方承诺", "The brand's promises"), "building-store", traffic + by_side["brand"]),
        _side(say("代运营方承诺", "The agency's promises"), "user-star", by_side["agency"]),
    ]


def _side(title: str, icon: str, promises: list[Promise]) -> SideOfCard:
    """What is not kept comes first."""
    return SideOfCard(title, icon, sorted(promises, key=lambda promise: promise.is_kept))


def shortfalls(outlook: MonthOutlook | None, channels: Mapping[str, str]) -> list[Shortfall]:
    """Channels that delivered less than what is due, the dearest first."""
    found = []
    for reach in outlook.reach if outlook else ():
        missing = reach.due - reach.delivered
        rate = outlook.month.diversion_rate.get(reach.channel) if outlook else None
        if missing >= 1:
            users = int(round_half_up(missing * rate, 0)) if rate else 0
            found.append(Shortfall(channels.get(reach.channel) or reach.channel, missing, users))
    return sorted(found, key=lambda shortfall: (-shortfall.users, shortfall.channel))


def _traffic(reach: ChannelReach, outlook: MonthOutlook | None, channels: Mapping[str, str]) -> Promise:
    missing = reach.due - reach.delivered
    if missing >= 1:
        chip = Chip(say(f"缺 {count(int(missing))}", f"{count(int(missing))} short"), "bad", "alert-triangle")
    elif reach.due:
        chip = Chip(say("按期", "On time"), "good", "check")
    else:
        chip = Chip(say("未开始", "Not begun"), "none", "clock")
    days = len(reach.missing)
    return Promise(
        name=channels.get(reach.channel) or reach.channel,
        about=say(
            f"导流触达，{days} 天未填" if days else "导流触达", f"Reach, {days} days missing" if days else "Reach"
        ),
        done=count(reach.delivered),
        promised=count(reach.promised),
        unit="",
        bar=draw_bar(reach.delivered / reach.promised, float(reach.due / reach.promised), chip.tone),
        chip=chip,
        is_kept=missing < 1,
    )


def _entered(row: Mapping[str, Any]) -> Promise:
    promised = Decimal(str(row["promised"]))
    done = None if row["delivered"] is None else Decimal(str(row["delivered"]))
    state, late = row["state"], row["late_days"]
    due = str(row["due_on"])[5:]
    chips = {
        "delivered": Chip(say("已完成", "Done"), "good", "check"),
        "late": Chip(say(f"晚 {late} 天", f"{late} days late"), "warn", "clock"),
        "overdue": Chip(say(f"逾期 {late} 天", f"Overdue by {late} days"), "bad", "alert-triangle"),
        "open": Chip(say(f"{due} 前", f"By {due}"), "none", "clock"),
    }
    kind = str(Commitment.Kind(row["kind"]).label)
    return Promise(
        name=row["what"] or kind,
        about=kind if row["what"] else "",
        done=UNKNOWN if done is None else plain(done),
        promised=plain(promised),
        unit="",
        bar=draw_bar(float((done or 0) / promised) if promised else 0.0, None, chips[state].tone),
        chip=chips[state],
        is_kept=state in ("delivered", "open"),
    )


def plain(number: Decimal) -> str:
    """Whole numbers as counts are read, others as they are."""
    return count(number) if number == number.to_integral_value() else f"{number.normalize():,f}"
