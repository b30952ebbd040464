"""Own indicators of random stories equal a plain model, in every grain, in two brands of the same codes: numerators and
denominators are counted fan by fan and order by order, and ratios divided last."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from kpi.countings import Selection
from kpi.own_indicators import Shape, count_shapes
from siyu.brands import enter_brand
from siyu.periods import day_start, periods
from tests.kpi.facts import read_facts
from tests.kpi.sending import Desk, place_guides
from tests.kpi.stories import CHANNELS, DAYS, GUIDES, ZONES, Story


class OwnModel:
    """What each counting is, said once more from instants alone."""

    def __init__(self, facts, orders_platform):
        self.facts, self.platform = facts, orders_platform
        self.counted = {number for number, order in facts.orders.items() if order.state == "counted"}

    def count(self, side, first, last):
        start, end = (day_start(day, self.facts.zone) for day in (first, last + timedelta(days=1)))
        fans = list(self.facts.fans.values())
        seen = [fan for fan in fans if fan.was_there(start) or fan.begins_within(start, end)]
        if side.platform is not None:
            mine = {
                n
                for n, one in self.facts.orders.items()
                if one.state == "counted" and self.platform[n] == side.platform
            }
            return self._of_orders(side.count, mine, start, end)
        if side.channel is not None:
            seen = [fan for fan in seen if fan.first and fan.first.channel == side.channel]
        if side.count in ("orders", "buyers", "gross", "refunds", "gmv"):
            return self._of_orders(side.count, self.counted, start, end)
        if side.count == "inbound":
            return sum(start <= at < end for fan in fans for at in fan.inbound)
        return sum(1 for fan in seen if {
            "at_start": lambda fan: fan.was_there(start),
            "seen": lambda fan: True,
            "arrived": lambda fan: not fan.was_there(start),
            "at_end": lambda fan: fan.was_there(end),
            "retained": lambda fan: fan.was_there(start) and fan.was_there(end),
            "churned": lambda fan: fan.ends_within(start, end) and not fan.was_there(end),
            "interacted": lambda fan: any(start <= at < end for at in fan.inbound),
        }[side.count](fan))  # fmt: skip

    def _of_orders(self, count, numbers, start, end):
        paid = [self.facts.orders[n] for n in numbers if start <= self.facts.orders[n].at < end]
        gross = sum((one.amount for one in paid), Decimal(0))
        back = sum(
            (amount for at, amount, _, n in self.facts.refunds if n in numbers and start <= at < end), Decimal(0)
        )
        return {
            "orders": len(paid), "buyers": len({one.fan for one in paid} - {None}), "gross": gross, "refunds": back,
            "gmv": gross - back,
        }[count]  # fmt: skip


SIDES = [
    *(Selection(code) for code in ("at_start", "seen", "arrived", "at_end", "retained", "churned", "interacted")),
    *(Selection(code) for code in ("inbound", "orders", "buyers", "gross", "refunds", "gmv")),
    *(Selection(code, channel=CHANNELS[0]) for code in ("at_start", "seen", "at_end", "churned", "interacted")),
    *(Selection(code, platform="tmall") for code in ("orders", "buyers", "gross", "refunds", "gmv")),
    *(Selection(code, platform="youzan") for code in ("orders", "refunds", "gmv")),
]  # fmt: skip


@pytest.mark.parametrize("zone", [ZONES[0], ZONES[3]])
def test_figures_equal_the_model(acme, globex, zone):
    desks = []
    for seed, brand in enumerate((acme, globex)):
        place_guides(brand, *GUIDES)
        story = Story(seed + 40, zone)
        desk = Desk(brand, tz=zone, sheet=story.sheet)
        desk.send([*story.events, *story.late])
        desks.append((desk, story))
    for desk, story in desks:
        assert_equals_model(desk, story)


def assert_equals_model(desk, story):
    platform = {
        one["order"]: one.get("platform") for one in [*story.events, *story.late] if one["type"] == "order.paid"
    }
    first = story.origin.date() - timedelta(days=3)
    last: date = first + timedelta(days=DAYS + 30)
    shapes = [Shape(f"i{place}", one, SIDES[place - 1]) for place, one in enumerate(SIDES)]
    with enter_brand(desk.brand.schema_name):
        model = OwnModel(read_facts(desk.project), platform)
        for grain in ("day", "week", "month", "range"):
            wanted = periods(grain, first, last)
            asked = [(period, shape) for period in wanted for shape in shapes]
            for (period, shape), [figure] in zip(asked, count_shapes(desk.project, asked, grain, wanted), strict=True):
                numerator = model.count(shape.numerator, period.first, period.last)
                denominator = model.count(shape.denominator, period.first, period.last)
                assert (figure.numerator, figure.denominator) == (numerator, denominator), (grain, period, shape)
                assert figure.value is None if not denominator else figure.value == Decimal(numerator) / denominator
