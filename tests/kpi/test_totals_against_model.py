"""Random histories of day totals and events, in any order, corrected and withdrawn: REST's figures are those of a model
in plain Python, and no day is counted twice."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.kpi.sending import Desk, place_guides
from tests.kpi.totals_model import Fan, Order, World

DAYS = [date(2026, 2, 2) + timedelta(days=place) for place in range(6)]
GUIDES, CHANNELS = ("Lin", "Mei"), ("pkg", "sms")
STEPS, AT_ONCE = 6, 7


def state(world, dice):
    group, day = dice.choice(["fans", "fans", "service", "orders", "channel"]), dice.choice(DAYS)
    who = dice.choice(CHANNELS if group == "channel" else GUIDES)
    said = {
        "fans": lambda: {"added": dice.randint(0, 9), "lost": dice.randint(0, 4),
                         **({"friends": dice.randint(20, 60)} if dice.random() < 0.8 else {})},
        "service": lambda: {"chats": 9, "replied": dice.randint(0, 9)},
        "orders": lambda: {"orders": 2, "paid": Decimal(dice.randint(0, 999)) / 4,
                           "refunds": Decimal(dice.randint(0, 99)) / 4},
        "channel": lambda: {"added": dice.randint(0, 9)},
    }[group]()  # fmt: skip
    world.stated[group, who, day] = said
    shown = {name: f"{value:.2f}" if isinstance(value, Decimal) else value for name, value in said.items()}
    return {**_identity(group, who, day), **shown}


def _identity(group, who, day):
    kind = "channel.fans" if group == "channel" else f"{group}.day"
    return {"type": kind, "channel" if group == "channel" else "guide": who, "date": str(day)}


def withdraw(world, dice):
    if not world.stated:
        return None
    group, who, day = dice.choice(sorted(world.stated, key=str))
    del world.stated[group, who, day]
    identity = _identity(group, who, day)
    return {**identity, "type": "retract", "of": identity["type"]}


def add_fan(world, dice):
    name, day = f"f{len(world.fans)}", dice.choice(DAYS)
    world.fans[name] = Fan(day, opening=dice.random() < 0.4)
    return {"type": "fan.added", "id": name, "at": f"{day}T09:00:00", "fan": name, "opening": world.fans[name].opening}


def lose_fan(world, dice):
    there = [name for name, fan in world.fans.items() if fan.lost is None and fan.added < DAYS[-1]]
    if not there:
        return None
    name = dice.choice(there)
    fan = world.fans[name]
    fan.lost = dice.choice([day for day in DAYS if day > fan.added])
    return {"type": "fan.lost", "id": f"lost-{name}", "at": f"{fan.lost}T18:00:00", "fan": name, "by": "fan"}


def write(world, dice):
    if not world.fans:
        return None
    name, day = dice.choice(sorted(world.fans)), dice.choice(DAYS)
    world.fans[name].wrote.add(day)
    return {"type": "interaction", "id": f"in-{name}-{day}", "at": f"{day}T12:00:00", "fan": name,
            "direction": "in", "kind": "message"}  # fmt: skip


def order(world, dice):
    number, day = f"o{len(world.orders)}", dice.choice(DAYS)
    world.orders[number] = Order(day, Decimal(dice.randint(100, 999)))
    return {
        "type": "order.paid",
        "order": number,
        "at": f"{day}T15:00:00",
        "amount": f"{world.orders[number].amount:.2f}",
    }


def refund(world, dice):
    fresh = [number for number, order in world.orders.items() if order.amount and not order.refunds]
    if not fresh:
        return None
    number = dice.choice(fresh)
    day = dice.choice([day for day in DAYS if day >= world.orders[number].day])
    world.orders[number].refunds[f"r-{number}"] = (day, Decimal("50.00"))
    return {"type": "order.refunded", "id": f"r-{number}", "order": number, "at": f"{day}T16:00:00", "amount": "50.00",
            "stage": "unknown"}  # fmt: skip


def take_back(world, dice):
    free = [number for number, order in world.orders.items() if order.amount and not order.refunds]
    if not free:
        return None
    number = dice.choice(free)
    world.orders[number] = Order(date.min, Decimal(0))
    return {"type": "retract", "of": "order.paid", "order": number}


ACTS = [state] * 6 + [withdraw] * 2 + [add_fan, lose_fan, write, order, refund, take_back]


@pytest.mark.parametrize("seed", range(6))
def test_figures_are_those_of_the_model(acme, seed):
    place_guides(acme, *GUIDES)
    desk = Desk(acme, sheet={"gmv_rules": {"default": {"rule": "full"}}})
    world, dice = World(), random.Random(seed)  # noqa: S311 - a history, not a secret
    for _ in range(STEPS):
        acts = (dice.choice(ACTS)(world, dice) for _ in range(AT_ONCE))
        desk.send([event for event in acts if event])
        assert_like_model(desk, world)


def assert_like_model(desk, world):
    singles = by_indicator(desk.figures("day", DAYS[0], DAYS[-1]))
    for place, day in enumerate(DAYS):
        assert_period(world, [day], {code: rows[place] for code, rows in singles.items()})
    for first, last in ((0, 5), (0, 2), (1, 3), (2, 5)):
        whole = by_indicator(desk.figures("range", DAYS[first], DAYS[last]))
        whole = {code: rows[0] for code, rows in whole.items()}
        assert_period(world, DAYS[first : last + 1], whole)
        for code in ("diverted_users", "gmv"):
            days = sum(Decimal(row["value"] or 0) for row in singles[code][first : last + 1])
            assert days == Decimal(whole[code]["value"] or 0), code
        for cut in ("guide", "account", "channel"):
            assert_adds_up(desk.figures("range", DAYS[first], DAYS[last], by=cut)["results"], whole)


def by_indicator(answer):
    found = {}
    for row in answer["results"]:
        found.setdefault(row["indicator"], []).append(row)
    return found


def assert_period(world, period, found):
    about = (period[0], period[-1], world)
    assert found["diverted_users"]["numerator"] == world.diverted(period, DAYS), about
    gmv = world.gmv(period, DAYS)
    assert found["gmv"]["value"] == (None if gmv is None else f"{gmv:.2f}"), about
    for code in ("retention", "churn", "interaction"):
        row = found[f"{code}_rate"]
        assert (row["numerator"], row["denominator"]) == getattr(world, code)(period, DAYS), (code, *about)


def assert_adds_up(parts, whole):
    for code in ("diverted_users", "retention_rate", "churn_rate", "gmv"):
        mine = [row for row in parts if row["indicator"] == code]
        for name in ("numerator", "denominator"):
            if whole[code][name] is not None:
                assert sum(Decimal(row[name]) for row in mine) == Decimal(whole[code][name]), (code, name, parts)
