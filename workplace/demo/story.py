"""One brand's history, day by day, from its first day on without an end. Pure: seeded, no clock, no database.

Each day is told from the day before and from a seed of its own, so what is told through one day is a prefix of what is
told through a later one. Events are those of the REST interface, within a day by their instant.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from random import Random
from typing import Any

from workplace.demo.brands import KOC, REFERRAL, BrandPlan, Platform, Source
from workplace.demo.calendar import DAY, month_after, month_weight, weight

Event = dict[str, Any]

ZONE = "+08:00"
HOURS = list(accumulate((1, 0, 0, 0, 0, 0, 1, 2, 4, 6, 7, 6, 7, 6, 6, 6, 6, 6, 7, 9, 11, 11, 7, 3)))  # 0 to 23 o'clock
ORDER_WEEK = (0.95, 0.94, 0.95, 0.97, 1.04, 1.10, 1.05)  # Monday first
REACH_WEEK = (1.06, 1.05, 1.03, 1.02, 1.00, 0.93, 0.91)
CHAT_WEEK = (1.02, 1.0, 1.0, 1.0, 1.04, 0.98, 0.96)
ORDINARY_DAYS = 30.4  # of a month
EARLY_LOSS = 0.05  # of new fans, within days
RETURNS = 0.03  # of lost fans, some time later
ACTIVE = 0.3  # of fans; the others answer a fifth as often
PRIVATE_SHARE = (0.08, 0.009)  # of the brand's sales in the first month, and what each month adds
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜"
NICKNAMES = ("小鹿", "阿宁", "圆圆", "西西", "木木", "安安", "可可", "橙子", "团子", "一诺", "冬冬", "晴天")
GROUPS = 12


@dataclass(slots=True)
class Fan:
    code: str
    account: str | None
    group: str | None
    phone: str | None
    active: bool
    place: int = -1  # in the list of those present; -1: not present


@dataclass(slots=True)
class Refund:
    order: str
    amount: str
    stage: str


class Story:
    """`first_day`: the demo's first, on which no event falls. Opening stock comes on the eve of the brand's term."""

    def __init__(self, plan: BrandPlan, first_day: date) -> None:
        self.plan = plan
        self.begins = month_after(first_day, plan.begins)
        self.present: list[Fan] = []
        self.lost: list[Fan] = []
        self.posts: list[str] = []
        self.unmet: list[str] = []  # phones of buyers who are no fans yet
        self.fans = self.orders = self.counter = 0
        self.sold = 0.0  # in the running month
        self.refunds: dict[date, list[Refund]] = defaultdict(list)
        self.leaving: dict[date, list[Fan]] = defaultdict(list)

    def days(self, last: date) -> Iterator[tuple[date, list[Event]]]:
        """(day, its events) through the day `last`. A story is told once."""
        day = self.begins - DAY
        while day <= last:
            self.random = Random(f"{self.plan.slug} {day}")  # noqa: S311  # a story, no secret
            self.day, self.text, self.events = day, day.isoformat(), list[Event]()
            if day < self.begins:
                self._open()
            else:
                self._tell()
            self.events.sort(key=lambda event: event.get("at", ""))  # facts of the whole day first
            yield day, self.events
            day += DAY

    # -- One day ------------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        self.month = (self.day.year - self.begins.year) * 12 + self.day.month - self.begins.month
        self.weight = float(weight(self.day))
        self._refund()
        self._lose()
        self._chat()
        self._buy()
        self._post()
        self._divert()
        self._close_month()

    def _open(self) -> None:
        for _ in range(self.plan.opening_fans):
            self._add(None, opening=True)

    def _divert(self) -> None:
        """Reach of every channel, and the fans that come of it."""
        for source in self.plan.sources:
            if self.month < source.opens:
                continue
            promised = promised_reach(source, month_after(self.begins, self.month))
            due = promised * self.weight / float(month_weight(self.day.replace(day=1)))
            noise = REACH_WEEK[self.day.weekday()] * self.random.uniform(0.88, 1.14)
            reached = round(due * self.plan.delivered(source, self.month) * noise)
            is_missing = source.code == "call" and self.random.random() < 0.02  # the dialler's export failed
            self.events.append({
                "type": "channel.day", "channel": source.code, "date": self.text, "paid_by": source.paid_by,
                "reached": None if is_missing else reached, "cost": f"{reached * float(source.cost):.2f}",
            })  # fmt: skip
            for _ in range(self._poisson(reached * float(source.rate) * source.turns_out)):
                self._add(source)
        for fan in [fan for fan in self.lost[-400:] if self.random.random() < RETURNS / 30]:
            self.lost.remove(fan)
            self._event("fan.added", fan=fan.code, **self._ties(fan), channel="sms")
            self._enter(fan)

    def _lose(self) -> None:
        hazard = float(self.plan.churn) * self.plan.churns_out * 0.75 / ORDINARY_DAYS
        leaving = [fan for fan in self.leaving.pop(self.day, ()) if fan.place >= 0]
        for _ in range(self._poisson(len(self.present) * hazard)):
            leaving.append(self._anyone())
        for fan in leaving:
            if fan.place < 0:
                continue
            by_guide = self.random.random() < 0.03
            more: Event = (
                {"cause": "cleanup"} if by_guide else {"cause": "deleted"} if fan.account and not fan.group else {}
            )
            self._event("fan.lost", fan=fan.code, by="guide" if by_guide else "fan", **more)
            self._leave(fan)

    def _chat(self) -> None:
        said = len(self.present) * self.plan.chats / ORDINARY_DAYS * CHAT_WEEK[self.day.weekday()]
        said *= 0.85 + 0.15 * self.weight
        for _ in range(self._poisson(said)):
            fan = self._talker()
            at = self._event("interaction", fan=fan.code, direction="in", kind=self._kind_of_chat(fan))
            if self.random.random() < 0.07:
                score = 5 if self.random.random() < self.plan.good_ratings - 0.14 else 4
                if self.random.random() > self.plan.good_ratings:
                    score = self.random.choice((1, 2, 3, 3))
                self._event("rating", at=at, fan=fan.code, score=score)
        for _ in range(self._poisson(said * 0.35)):
            self._event("interaction", fan=self._anyone().code, direction="out", kind=self._pick(("message", "moment")))

    def _kind_of_chat(self, fan: Fan) -> str:
        kinds = ("group", "group", "message", "click") if fan.group else ("message", "message", "moment", "click")
        return self._pick(kinds)

    # -- Orders -------------------------------------------------------------------------------------------------------

    def _buy(self) -> None:
        plan = self.plan
        wanted = len(self.present) * float(plan.gmv_per_fan) / ORDINARY_DAYS * self.weight
        wanted *= float(plan.ramp_of(self.month)) * plan.gmv_turns_out(self.month) * ORDER_WEEK[self.day.weekday()]
        mean = sum(plan.prices) / len(plan.prices) * 1.12
        for _ in range(self._poisson(wanted / (mean * counted_share(plan.platforms)))):
            self._order(self._talker())
        for _ in range(self._poisson(2.0)):
            phone = self._phone()
            self.unmet.append(phone)
            self._pay(self.plan.platforms[0], {"phone": phone})

    def _order(self, fan: Fan) -> None:
        by_phone = fan.phone is not None and self.random.random() < 0.15
        self._pay(self._platform(), {"phone": fan.phone} if by_phone else {"fan": fan.code})

    def _pay(self, platform: Platform, buyer: Event) -> None:
        self.orders += 1
        order = f"{self.plan.prefix.upper()}{self.day:%y%m%d}{self.orders:06}"
        price = self._pick(self.plan.prices) * (2 if self.random.random() < 0.12 else 1)
        amount = price - self.random.randrange(0, max(2, price // 12)) * 0.5
        proof: Event = (
            {"proof": self._pick(("link", "coupon", "coupon", "code"))} if self._happens(platform.proof) else {}
        )
        dual: Event = {"dual": True} if platform.dual and proof else {}
        self._event(
            "order.paid", identity=False, order=order, **buyer, amount=f"{amount:.2f}", platform=platform.code,
            **proof, **dual,
        )  # fmt: skip
        self.sold += amount
        chance = self.random.random()
        if chance < platform.before:
            self._will_refund(self.random.randrange(0, 2), order, amount, "before_shipping")
        elif chance < platform.before + platform.after:
            share = 1.0 if self.random.random() < 0.8 else 0.5
            self._will_refund(self.random.randrange(5, 13), order, amount * share, "after_receipt")

    def _will_refund(self, days: int, order: str, amount: float, stage: str) -> None:
        self.refunds[self.day + (days + 1) * DAY].append(Refund(order, f"{amount:.2f}", stage))

    def _refund(self) -> None:
        for refund in self.refunds.pop(self.day, ()):
            self._event("order.refunded", order=refund.order, amount=refund.amount, stage=refund.stage)

    def _platform(self) -> Platform:
        chance = self.random.random()
        for platform in self.plan.platforms:
            chance -= platform.share
            if chance < 0:
                return platform
        return self.plan.platforms[-1]

    def _close_month(self) -> None:
        if (self.day + DAY).day == 1:
            share = PRIVATE_SHARE[0] + PRIVATE_SHARE[1] * self.month
            month = {"type": "brand.sales", "month": self.text[:7], "amount": f"{self.sold / share:.2f}"}
            self.events.append(month)
            self.sold = 0.0

    # -- Fans ---------------------------------------------------------------------------------------------------------

    def _post(self) -> None:
        if self._happens(0.4) and self.present:
            post = f"{self.plan.prefix}-xhs-{len(self.posts) + 1:03}"
            views = int(self.random.lognormvariate(7.5, 0.8))
            self._event(
                "koc.post", identity=False, post=post, fan=self._anyone().code, platform="xiaohongshu", views=views,
                likes=views // 22, comments=views // 160, saves=views // 40,
            )  # fmt: skip
            self.posts.append(post)

    def _add(self, source: Source | None, *, opening: bool = False) -> None:
        self.fans += 1
        chance = self.random.random()
        in_group = self.plan.operating_model == "community" and chance < 0.45
        account = self.plan.shelf.codes[int(self.random.random() ** 1.15 * len(self.plan.shelf.codes))]
        fan = Fan(
            code=f"{self.plan.prefix}-{self.fans:06}",
            account=None if in_group and chance < 0.02 else account,  # some join without having a friend
            group=f"{self.plan.prefix}-g{self.random.randrange(GROUPS) + 1:02}" if in_group else None,
            phone=self._phone_of_new(source) if self._happens(0.6) else None,
            active=self._happens(ACTIVE),
        )
        came: Event = self._ties(fan)
        if fan.phone:
            came |= {"phone": fan.phone, "name": self._pick(SURNAMES) + self._pick(("女士", "小姐", "先生", "妈妈"))}
        else:
            came["name"] = self._pick(NICKNAMES)
        if opening:
            came["opening"] = True
        elif source:
            came |= self._came_by(source)
        at = self._event("fan.added", fan=fan.code, **came)
        self._enter(fan)
        if opening:
            return
        if self._happens(EARLY_LOSS):
            self.leaving[self.day + self.random.choice((1, 1, 2, 3, 5)) * DAY].append(fan)
        if self._happens(0.22):
            self._event("interaction", at=at, fan=fan.code, direction="in", kind="message")

    def _came_by(self, source: Source) -> Event:
        came: Event = {"channel": source.code}
        if source.code == KOC and self.posts:
            came["koc_post"] = self._pick(self.posts[-12:])
        if source.code == REFERRAL and self.present:
            came["referrer"] = self._anyone().code
        return came

    def _ties(self, fan: Fan) -> Event:
        ties: Event = {"guide": fan.account} if fan.account else {}
        return ties | ({"tie": "group", "group": fan.group} if fan.group else {})

    def _enter(self, fan: Fan) -> None:
        fan.place = len(self.present)
        self.present.append(fan)

    def _leave(self, fan: Fan) -> None:
        last = self.present.pop()
        if last is not fan:
            self.present[fan.place], last.place = last, fan.place
        fan.place = -1
        self.lost.append(fan)

    def _phone_of_new(self, source: Source | None) -> str:
        if source and source.code == "parcel-card" and self.unmet and self._happens(0.06):
            return self.unmet.pop(0)
        return self._phone()

    def _phone(self) -> str:
        """No one's: mobile numbers in China begin with 13 to 19."""
        return f"100{self.random.randrange(10**8):08}"

    # -- Chance -------------------------------------------------------------------------------------------------------

    def _event(self, name: str, /, *, at: str = "", identity: bool = True, **fields: Any) -> str:
        """Append an event at its instant (a likely time of the day where none is said), and return the instant."""
        at = at or self._time()
        event: Event = {"type": name, "at": at}
        if identity:
            self.counter += 1
            event["id"] = f"{self.plan.prefix}{self.counter}"
        self.events.append(event | fields)
        return at

    def _time(self) -> str:
        chance = self.random.random() * HOURS[-1]
        hour = next(hour for hour, up_to in enumerate(HOURS) if chance < up_to)
        second = int(self.random.random() * 3600)
        return f"{self.text}T{hour:02}:{second // 60:02}:{second % 60:02}{ZONE}"

    def _anyone(self) -> Fan:
        return self.present[int(self.random.random() * len(self.present))]

    def _talker(self) -> Fan:
        """Someone present; the active ones five times as often."""
        fan = self._anyone()
        while not fan.active and self.random.random() > 0.2:
            fan = self._anyone()
        return fan

    def _pick(self, choices: Sequence[Any]) -> Any:
        return choices[int(self.random.random() * len(choices))]

    def _happens(self, chance: float) -> bool:
        return self.random.random() < chance

    def _poisson(self, mean: float) -> int:
        """Knuth's method; the normal distribution where the mean is large."""
        if mean > 40:
            return max(0, round(self.random.gauss(mean, math.sqrt(mean))))
        limit, product, count = math.exp(-mean), self.random.random(), 0
        while product > limit:
            product *= self.random.random()
            count += 1
        return count


def promised_reach(source: Source, month: date) -> int:
    """What is promised of a channel for a month, in whole hundreds, by the season."""
    return round(source.reach * float(month_weight(month)) / ORDINARY_DAYS / 100) * 100


def counted_share(platforms: Sequence[Platform]) -> float:
    """Net counted money ÷ money paid, as the sheets count: marketplaces by proof, refunds taken off."""
    return sum(
        platform.share * (platform.proof or 1.0) * (1 - platform.before - 0.9 * platform.after)
        for platform in platforms
    )
