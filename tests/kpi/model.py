"""The ten indicators said once more, slowly: fan by fan, instant by instant, straight from CONTRACT 4 and 5.

It knows intervals and instants only, no days, no stocks and flows, nothing derived: what the product keeps beside them
to be fast (local days, credited accounts, neighbours of a presence) is worked out here anew and so checked along.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(hours=24)
Key = tuple[str, str | None]  # an indicator, a part
Figure = tuple[Any, Any, Decimal | None]


@dataclass
class Addition:
    """A fan's first addition."""

    at: datetime
    channel: str | None = None
    opening: bool = False
    koc_post: str | None = None
    referrer: str | None = None


@dataclass
class Fan:
    """`presences`: (from, to); `holdings`: (account, from, to); both in order, open where `to` is None."""

    presences: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    holdings: list[tuple[str, datetime, datetime | None]] = field(default_factory=list)
    first: Addition | None = None
    inbound: list[datetime] = field(default_factory=list)
    ratings: list[tuple[datetime, int]] = field(default_factory=list)

    def was_there(self, x: datetime) -> bool:
        """In P(x)."""
        return any(begin < x and (end is None or x <= end) for begin, end in self.presences)

    def begins_within(self, start: datetime, end: datetime) -> list[datetime]:
        return [begin for begin, _ in self.presences if start <= begin < end]

    def ends_within(self, start: datetime, end: datetime) -> list[datetime]:
        return [over for _, over in self.presences if over is not None and start <= over < end]

    def holder(self, t: datetime) -> str | None:
        return next((a for a, begin, end in self.holdings if begin <= t and (end is None or t < end)), None)

    def holder_just_before(self, x: datetime) -> str | None:
        return next((a for a, begin, end in self.holdings if begin < x and (end is None or x <= end)), None)

    def first_holding_from(self, t: datetime) -> tuple[str | None, datetime | None]:
        for account, begin, end in self.holdings:
            if t <= begin <= t + ONE_DAY and begin != end:
                return account, begin
        return None, None


@dataclass
class Order:
    at: datetime
    amount: Decimal
    state: str
    fan: str | None = None
    dual: bool = False


@dataclass
class Facts:
    """One project. `keepers`: account → [(since, guide or None)] in order; `refunds`: (at, amount, stage, order);
    `channel_days`: (channel, date, reached, cost); `posts`: (at, author)."""

    zone: ZoneInfo
    valid_after: timedelta
    fans: dict[str, Fan]
    keepers: dict[str, list[tuple[datetime, str | None]]]
    orders: dict[str, Order]
    refunds: list[tuple[datetime, Decimal, str, str]]
    channel_days: list[tuple[str, date, int | None, Decimal | None]]
    posts: list[tuple[datetime, str | None]]


Credit = tuple[str | None, datetime | None, bool]  # account; the instant its keeper is asked for; just before it


class Model:
    def __init__(self, facts: Facts):
        self.facts = facts

    def midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.facts.zone).astimezone(UTC)

    def guide(self, credit: Credit) -> str | None:
        account, t, just_before = credit
        if account is None or t is None:
            return None
        kept = account
        for since, guide in self.facts.keepers.get(account, []):
            if since < t or (since == t and not just_before):
                kept = guide or account
        return kept

    def part(self, by: str | None, channel: str | None, credit: Credit) -> str | None:
        return {None: None, "channel": channel, "account": credit[0], "guide": self.guide(credit)}[by]

    def figures(self, first: date, last: date, by: str | None) -> dict[Key, Figure]:
        """Of the days first..last; parts with nothing are left out."""
        start, end = self.midnight(first), self.midnight(last + timedelta(days=1))
        sums: dict[Key, list[Any]] = {}

        def count(indicator: str, part: str | None, numerator: Any, denominator: Any = None) -> None:
            entry = sums.setdefault((indicator, part), [None, None])
            for place, number in enumerate((numerator, denominator)):
                if number is not None:
                    entry[place] = number if entry[place] is None else entry[place] + number

        for fan in self.facts.fans.values():
            self._count_fan(fan, start, end, by, count)
        self._count_money(start, end, by, count)
        if by in (None, "channel"):
            self._count_diversion(first, last, start, end, by, count)
        return {key: self._finished(key[0], *entry) for key, entry in sums.items()}

    def _count_fan(self, fan: Fan, start: datetime, end: datetime, by: str | None, count: Callable[..., None]) -> None:
        channel = fan.first.channel if fan.first else None
        begins = fan.begins_within(start, end)
        if fan.was_there(start) or begins:
            if fan.was_there(start):
                credit: Credit = (fan.holder_just_before(start), start, True)
            else:
                credit = (*fan.first_holding_from(begins[0]), False)
            part = self.part(by, channel, credit)
            stays = fan.was_there(end)
            if fan.was_there(start):
                count("retention_rate", part, int(stays), 1)
            count("churn_rate", part, int(bool(fan.ends_within(start, end)) and not stays), 1)
            count("interaction_rate", part, int(any(start <= t < end for t in fan.inbound)), 1)
        if self._is_diverted(fan, start, end):
            part = self.part(by, channel, (*fan.first_holding_from(fan.first.at), False))
            count("diverted_users", part, 1)
            count("koc_users", part, int(fan.first.koc_post is not None))
            count("referral_users", part, int(fan.first.referrer is not None))
        for t, score in fan.ratings:
            if start <= t < end:
                count("satisfaction_rate", self.part(by, channel, (fan.holder(t), t, False)), int(score >= 4), 1)

    def _is_diverted(self, fan: Fan, start: datetime, end: datetime) -> bool:
        return fan.first is not None and start <= fan.first.at < end and not fan.first.opening

    def _count_money(self, start: datetime, end: datetime, by: str | None, count: Callable[..., None]) -> None:
        for _, amount, order in self._counted(start, end):
            fan = self.facts.fans.get(order.fan) if order.fan else None
            channel = fan.first.channel if fan and fan.first else None
            account = fan.holder(order.at) if fan else None
            count("gmv", self.part(by, channel, (account, order.at, False)), amount)

    def _counted(self, start: datetime, end: datetime) -> Iterator[tuple[str, Decimal, Order]]:
        """(stage or "paid", signed amount, order) of counted orders and their refunds dated in [start, end)."""
        for order in self.facts.orders.values():
            if order.state == "counted" and start <= order.at < end:
                yield "paid", order.amount, order
        for t, amount, stage, number in self.facts.refunds:
            order = self.facts.orders[number]
            if order.state == "counted" and start <= t < end:
                yield stage, -amount, order

    def _count_diversion(
        self, first: date, last: date, start: datetime, end: datetime, by: str | None, count: Callable[..., None]
    ) -> None:
        days = [entry for entry in self.facts.channel_days if first <= entry[1] <= last]
        reporting = {channel for channel, _, reached, _ in days if reached is not None}
        for channel, _, reached, cost in days:
            part = channel if by else None
            if reached is not None:
                count("diversion_rate", part, 0, reached)
            if cost is not None:
                count("cost_per_diverted_user", part, cost, 0)
        for fan in self.facts.fans.values():
            if self._is_diverted(fan, start, end):
                part = fan.first.channel if by else None
                count("cost_per_diverted_user", part, None, 1)
                if fan.first.channel in reporting:
                    count("diversion_rate", part, 1, 0)

    def _finished(self, indicator: str, numerator: Any, denominator: Any) -> Figure:
        if indicator in ("diverted_users", "koc_users", "referral_users", "gmv"):
            return numerator, None, Decimal(numerator)
        known = numerator is not None and denominator
        return numerator, denominator, Decimal(numerator) / Decimal(denominator) if known else None

    def details(self, first: date, last: date) -> dict[str, dict[str, Any]]:
        """By indicator, what stands beside the figure."""
        start, end = self.midnight(first), self.midnight(last + timedelta(days=1))
        facts = self.facts
        paid = [order for order in facts.orders.values() if start <= order.at < end]
        counted = [order for order in paid if order.state == "counted"]
        back = [(stage, -amount) for stage, amount, _ in self._counted(start, end) if stage != "paid"]
        authors = [author for t, author in facts.posts if start <= t < end]
        diverted = [fan for fan in facts.fans.values() if self._is_diverted(fan, start, end)]

        def yuan(amounts: Iterable[Decimal]) -> Decimal:
            return sum(amounts, Decimal("0.00"))

        return {
            "gmv": {
                "gross": yuan(order.amount for order in counted),
                "refunds": yuan(amount for _, amount in back),
                "refunds_before_shipping": yuan(amount for stage, amount in back if stage == "before_shipping"),
                "refunds_after_receipt": yuan(amount for stage, amount in back if stage == "after_receipt"),
                "dual": yuan(order.amount for order in counted if order.dual),
                "unbound": yuan(order.amount for order in paid if order.state == "unbound"),
                "before_added": yuan(order.amount for order in paid if order.state == "before_added"),
                "natural": yuan(order.amount for order in paid if order.state == "natural"),
                "orders": len(counted),
                "buyers": len({order.fan for order in counted} - {None}),
            },
            "diverted_users": {
                "valid": sum(not fan.ends_within(fan.first.at, fan.first.at + facts.valid_after) for fan in diverted),
                "recalled": sum(
                    any(start <= begin < end for begin, _ in fan.presences[1:]) for fan in facts.fans.values()
                ),
            },
            "koc_users": {"posts": len(authors), "kocs": len(set(authors) - {None})},
        }
