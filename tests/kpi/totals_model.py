"""Day totals and events in plain Python, from the prose of kpi/METRICS.md alone: no SQL, no flows, day by day."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

DAY = timedelta(days=1)


@dataclass
class Fan:
    added: date
    opening: bool
    lost: date | None = None
    wrote: set[date] = field(default_factory=set)

    def is_there_at(self, day):
        """Just before the day begins."""
        return self.added < day and (self.lost is None or self.lost >= day)


@dataclass
class Order:
    day: date
    amount: Decimal
    refunds: dict[str, tuple[date, Decimal]] = field(default_factory=dict)


@dataclass
class World:
    """`stated`: (group, who, day) → fields; groups fans, service and orders by guide, channel by channel."""

    stated: dict = field(default_factory=dict)
    fans: dict[str, Fan] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)

    # -- Sources ------------------------------------------------------------------------------------------------------

    def rows(self, group, day):
        return {who: said for (name, who, on), said in self.stated.items() if name == group and on == day}

    def is_stated(self, group, day):
        return bool(self.rows(group, day) or (group == "fans" and self.rows("channel", day)))

    def events_speak(self, group, day):
        if group == "fans":
            return any((fan.added == day and not fan.opening) or fan.lost == day for fan in self.fans.values())
        if group == "service":
            return any(self.wrote_on(day))
        return any(
            order.day == day or any(on == day for on, _ in order.refunds.values()) for order in self.orders.values()
        )

    def wrote_on(self, day):
        return [
            name for name, fan in self.fans.items() if day in fan.wrote and (fan.is_there_at(day) or fan.added == day)
        ]

    def source(self, group, day, days):
        """totals, events; "missing" where totals should speak and don't; "quiet" where events should: nothing happened;
        None where neither ever spoke."""
        if self.events_speak(group, day):
            return "events"
        if self.is_stated(group, day):
            return "totals"
        said = [on for on in days if self.is_word(group, on)]
        before = [on for on in said if on < day] or said[:1]
        if not before:
            return "missing" if self.stated else None
        last = before[-1] if before[-1] < day else before[0]
        by_totals = self.is_stated(group, last) and not self.events_speak(group, last)
        return "missing" if by_totals else "quiet"

    def is_word(self, group, day):
        stock = group == "fans" and any(fan.added == day for fan in self.fans.values())
        return stock or self.events_speak(group, day) or self.is_stated(group, day)

    # -- Figures ------------------------------------------------------------------------------------------------------

    def volume(self, group, period, days, of_day):
        """The sum over the days that are there; None where none is and some are missing."""
        sources = {day: self.source(group, day, days) for day in period}
        if set(sources.values()) == {"missing"}:
            return None
        return sum(of_day(day, source) for day, source in sources.items())

    def diverted_on(self, day, source):
        if source == "totals":
            guides = sum(said["added"] for said in self.rows("fans", day).values())
            return max(guides, sum(said["added"] for said in self.rows("channel", day).values()))
        return sum(fan.added == day and not fan.opening for fan in self.fans.values()) if source == "events" else 0

    def diverted(self, period, days):
        return self.volume("fans", period, days, self.diverted_on)

    def net_on(self, day, source):
        if source == "totals":
            return sum(said["paid"] - said["refunds"] for said in self.rows("orders", day).values())
        if source != "events":
            return Decimal(0)
        paid = sum(order.amount for order in self.orders.values() if order.day == day)
        back = [amount for order in self.orders.values() for on, amount in order.refunds.values() if on == day]
        return Decimal(paid) - sum(back)

    def gmv(self, period, days):
        found = self.volume("orders", period, days, self.net_on)
        return None if found is None else Decimal(found)

    def fans_of(self, period, days):
        """(at_start, added or arrived, lost or churned, of them old), None where that can't be said."""
        sources = [self.source("fans", day, days) for day in period]
        if not {"totals", "missing"} & set(sources):
            return self.fans_by_events(period)
        if {"events", "quiet"} & set(sources) or "totals" not in sources:
            return None
        last = max(place for place, source in enumerate(sources) if source == "totals")
        if set(sources[: last + 1]) != {"totals"}:
            return None
        first, used = period[0], period[: last + 1]
        if not all(self.rows("fans", day) for day in used):
            return None
        start, added, lost = 0, 0, 0
        guides = {who for (group, who, day) in self.stated if group == "fans" and (day in used or day == first - DAY)}
        for guide in guides:
            hers = [self.stated["fans", guide, day] for day in used if ("fans", guide, day) in self.stated]
            before = self.stated.get(("fans", guide, first - DAY), {}).get("friends")
            if before is None and hers:
                known = hers[0].get("friends")
                before = None if known is None else known - hers[0]["added"] + hers[0]["lost"]
            elif before is None:
                continue
            start = None if before is None or start is None else start + before
            added += sum(said["added"] for said in hers)
            lost += sum(said["lost"] for said in hers)
        return start, added, lost, lost

    def fans_by_events(self, period):
        first, end = period[0], period[-1] + DAY
        start = [fan for fan in self.fans.values() if fan.is_there_at(first)]
        came = [fan for fan in self.fans.values() if first <= fan.added < end]
        gone = [fan for fan in (*start, *came) if fan.lost is not None and fan.lost < end]
        return len(start), len(came), len(gone), sum(fan.added < first for fan in gone)

    def retention(self, period, days):
        found = self.fans_of(period, days)
        if found is None:
            return None, None
        start, _, _, old = found
        return (None if start is None or start < old else start - old), start

    def churn(self, period, days):
        found = self.fans_of(period, days)
        return (None, None) if found is None else (found[2], self.seen(found))

    @staticmethod
    def seen(found):
        return None if found is None or found[0] is None else found[0] + found[1]

    def interaction(self, period, days):
        found, sources = self.fans_of(period, days), [self.source("service", day, days) for day in period]
        seen = self.seen(found)
        fans_by_totals = bool({"totals", "missing"} & {self.source("fans", day, days) for day in period})
        by_totals = bool({"totals", "missing"} & set(sources))
        if not fans_by_totals and not by_totals:
            end = period[-1] + DAY
            wrote = [
                fan for fan in self.fans.values()
                if any(day in fan.wrote for day in period)
                and (fan.is_there_at(period[0]) or period[0] <= fan.added < end)
            ]  # fmt: skip
            return len(wrote), seen
        if seen is not None and fans_by_totals and sources == ["totals"]:
            return sum(said["replied"] for said in self.rows("service", period[0]).values()), seen
        return None, seen
