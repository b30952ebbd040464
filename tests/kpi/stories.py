"""Random lawful stories of a project, crowded on day bounds and clock changes. The same seed tells the same story."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONES = ["Asia/Shanghai", "America/New_York", "Europe/London", "America/Havana"]  # Havana's clock changes at midnight
ORIGINS = [(2026, 1, 20), (2026, 2, 20), (2026, 3, 1), (2025, 10, 15)]
ACCOUNTS = ["a1", "a2", "a3"]
CHANNELS = ["pkg", "sms", "store"]
PLATFORMS = ["tmall", "jd", "youzan", "weixin"]
GUIDES = ["Lin", "Mei", "Zhu"]
DAYS = 40
_BESIDE = [timedelta(0), timedelta(microseconds=-1), timedelta(microseconds=1), timedelta(hours=1), timedelta(hours=24)]


class Story:
    """`events`: in no order; `late`: what comes after; `keepers`, `handed_over`: account → [(instant, guide)]."""

    def __init__(self, seed: int, zone: str, fans: int = 40):
        self.random = random.Random(seed)  # noqa: S311 - a story, no secret
        self.zone = ZoneInfo(zone)
        self.origin = datetime(*self.random.choice(ORIGINS), tzinfo=self.zone)
        self.sheet = {
            "counting_ties": self.random.choice([["friend"], ["friend", "group"]]),
            "valid_after_hours": self.random.choice([0, 24, 72]),
            "gmv_rules": {
                "default": {"rule": "any_fan"},
                "tmall": {"rule": "proof"},
                "jd": {"rule": "window", "days": 3},
                "youzan": {"rule": "full"},
                "weixin": {"rule": "present", "grace_days": 2},
            },
        }
        self.names = [f"f{number}" for number in range(fans)]
        self.numbers = iter(range(10**9))
        self.taken: list[datetime] = []
        self.events: list[dict[str, Any]] = []
        for name in self.names:
            self._live(name)
        self._sell(fans * 2)
        self._report()
        self.random.shuffle(self.events)
        cut = len(self.events) * 9 // 10
        self.events, self.late = self.events[:cut], self.events[cut:]
        self.keepers = {account: self._keepers() for account in ACCOUNTS[:2]}
        self.handed_over = {account: self._keepers() for account in ACCOUNTS[1:]}

    def moment(self) -> datetime:
        if self.taken and self.random.random() < 0.25:
            return self.random.choice(self.taken)  # at the very instant of something else
        at = self.origin + timedelta(seconds=self.random.uniform(0, DAYS * 86400))
        if self.random.random() < 0.3:
            at = at.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC) + self.random.choice(_BESIDE)
        return at

    def put(self, what: str, at: datetime | None, **fields: Any) -> None:
        event = {"type": what, "id": f"e{next(self.numbers)}", **{k: v for k, v in fields.items() if v is not None}}
        if at is not None:
            self.taken.append(at)
            event["at"] = at.astimezone(UTC).isoformat()
        self.events.append(event)

    def maybe(self, chance: float, value: Any) -> Any:
        return value if self.random.random() < chance else None

    def _live(self, name: str) -> None:
        choose, at, first = self.random.choice, self.moment(), len(self.taken)
        for _ in range(choose([1, 1, 2, 3, 5])):
            self.put(
                "fan.added",
                at,
                fan=name,
                guide=self.maybe(0.8, choose(ACCOUNTS)),
                channel=self.maybe(0.9, choose(CHANNELS)),
                opening=self.maybe(0.15, True),
                koc_post=self.maybe(0.2, "p1"),
                referrer=self.maybe(0.2, "f0"),
                phone=self.maybe(0.5, f"139{int(name[1:]):08d}"),
                tie=self.maybe(0.15, "official"),
            )
            at += choose([timedelta(0), timedelta(hours=23, minutes=59), timedelta(hours=24), timedelta(days=3)])
            if self.random.random() < 0.5:
                decision = {"fan": name, "to": choose([*ACCOUNTS, None])}
                self.events.append(
                    {"type": "assignment", "id": f"e{next(self.numbers)}", "at": at.isoformat(), **decision}
                )
            at += choose([timedelta(0), timedelta(hours=1), timedelta(days=4)])
            if self.random.random() < 0.6:
                self.put("fan.lost", at, fan=name, by="fan")
            at += choose([timedelta(0), timedelta(hours=2), timedelta(days=5)])
        for _ in range(choose([0, 1, 4])):
            direction = choose(["in", "in", "out"])
            self.put("interaction", self.moment(), fan=name, direction=direction, kind="message")
        for _ in range(choose([0, 0, 2])):
            at = choose([self.moment(), *self.taken[first:]])
            self.put("rating", at, fan=name, score=choose([1, 2, 3, 4, 5]))

    def _sell(self, orders: int) -> None:
        choose = self.random.choice
        for number in range(orders):
            at, paid = self.moment(), self.random.randrange(0, 30000)
            who = {"fan": choose(self.names)} if self.random.random() < 0.7 else {"phone": f"139{number % 60:08d}"}
            platform = self.maybe(0.8, choose(PLATFORMS))
            shown = {"platform": platform, "proof": self.maybe(0.5, "link"), "dual": self.maybe(0.2, True)}
            self.put("order.paid", at, order=f"o{number}", amount=f"{paid / 100:.2f}", **shown, **who)
            if paid > 1 and self.random.random() < 0.3:
                later = at + timedelta(days=self.random.uniform(-2, 20))
                stage = choose(["before_shipping", "after_receipt", "unknown"])
                self.put("order.refunded", later, order=f"o{number}", amount=f"{paid // 2 / 100:.2f}", stage=stage)

    def _report(self) -> None:
        for number in range(DAYS):
            day = (self.origin + timedelta(days=number)).date().isoformat()
            for channel in CHANNELS[:2]:
                reached = self.maybe(0.4, self.random.randrange(50))
                cost = self.maybe(0.4, f"{self.random.randrange(5000) / 100:.2f}")
                self.events.append(
                    {"type": "channel.day", "channel": channel, "date": day, "reached": reached, "cost": cost}
                )
        for number in range(6):
            self.put("koc.post", self.moment(), post=f"p{number}", fan=self.maybe(0.7, "f1"), platform="xhs")

    def _keepers(self) -> list[tuple[str, str | None]]:
        """Mostly from the instants of what is credited on."""
        moments = sorted({self.origin - timedelta(days=2), self.moment(), *self.random.sample(self.taken, 8)})
        return [(at.astimezone(UTC).isoformat(), self.random.choice([*GUIDES, None])) for at in moments]
