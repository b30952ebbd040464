"""Every figure of random stories equals the model's: four grains, four cuts, before and after late events and
hand-overs, in two brands whose codes are the same and whose facts are not."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from kpi.metrics import CUTS, METRICS
from kpi.models import DayFlow
from kpi.rollup import mark_days
from siyu.brands import enter_brand
from siyu.periods import periods
from tests.kpi.facts import read_facts
from tests.kpi.model import Model
from tests.kpi.sending import Desk, place_guides
from tests.kpi.stories import DAYS, GUIDES, ZONES, Story

SEEDS = range(2)


def begin(brand, seed, zone):
    story = Story(seed, zone)
    desk = Desk(brand, tz=zone, sheet=story.sheet)
    desk.send(story.events)
    for account, keepers in story.keepers.items():
        desk.keep(account, keepers)
    return desk, story


def number(text):
    return None if text is None else Decimal(str(text))


def found(answer, by):
    return {
        (row["period_start"], row["indicator"], row[by] if by else None): (
            number(row["numerator"]),
            number(row["denominator"]),
            row["value"] and round(Decimal(row["value"]), 20),
        )
        for row in answer["results"]
    }


def expected(model, grain, by, first, last):
    out = {}
    for period in periods(grain, first, last):
        figures = model.figures(period.first, period.last, by)
        for (indicator, part), (numerator, denominator, value) in figures.items():
            if by is None or numerator or denominator:
                key = (period.first.isoformat(), indicator, part)
                out[key] = (number(numerator), number(denominator), None if value is None else round(value, 20))
    return out


def assert_equals_model(desk, story):
    with enter_brand(desk.brand.schema_name):
        model = Model(read_facts(desk.project))
    first = story.origin.date() - timedelta(days=3)
    last = first + timedelta(days=DAYS + 30)
    for grain in ("day", "week", "month", "range"):
        for by in (None, *CUTS):
            answer = desk.figures(grain, first, last, **({"by": by} if by else {}))
            assert answer["stale_days"] == 0
            mine, theirs = expected(model, grain, by, first, last), found(answer, by)
            if by is None:  # indicators of which nothing happened stand there with 0, or 0/0
                quiet = {key: figure for key, figure in theirs.items() if key not in mine}
                assert {key[1] for key in theirs} == set(METRICS)
                assert all(not numerator and not denominator for numerator, denominator, _ in quiet.values())
                theirs = {key: figure for key, figure in theirs.items() if key in mine}
            assert theirs == mine, (grain, by)
        for row in desk.figures(grain, first, last)["results"]:
            period = date.fromisoformat(row["period_start"]), date.fromisoformat(row["period_end"])
            beside = model.details(*period).get(row["indicator"])
            detail = row["detail"] and {name: number(amount) for name, amount in row["detail"].items()}
            assert detail == (beside and {name: number(amount) for name, amount in beside.items()})


@pytest.fixture
def guides(acme, globex):
    for brand in (acme, globex):
        place_guides(brand, *GUIDES)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("seed", SEEDS)
def test_figures_equal_the_model(acme, globex, guides, seed, zone):
    desks = [begin(acme, seed, zone), begin(globex, seed + 1000, zone)]
    for desk, story in desks:
        assert_equals_model(desk, story)
    for desk, story in desks:
        desk.send(story.late)
        for account, keepers in story.handed_over.items():
            desk.keep(account, keepers)
    for desk, story in desks:
        assert_equals_model(desk, story)


@pytest.mark.parametrize("seed", range(len(ZONES)))
def test_rebuilding_everything_changes_nothing(acme, guides, seed):
    """What was rebuilt day by day as marks came is what is built at once from nothing."""
    desk, story = begin(acme, seed, ZONES[seed])
    desk.send(story.late)
    for account, keepers in story.handed_over.items():
        desk.keep(account, keepers)
    with enter_brand(acme.schema_name):
        columns = [field.attname for field in DayFlow._meta.fields if field.attname != "id"]
        grown = set(DayFlow.objects.values_list(*columns))
        DayFlow.objects.all().delete()
        mark_days(desk.project)
        desk.roll_up()
        assert set(DayFlow.objects.values_list(*columns)) == grown


@pytest.mark.parametrize("by", CUTS)
def test_parts_add_up_to_the_whole(acme, guides, by):
    desk, story = begin(acme, 7, "Asia/Shanghai")
    first, last = story.origin.date(), story.origin.date() + timedelta(days=DAYS)
    whole = {row["indicator"]: row for row in desk.figures("range", first, last)["results"]}
    parts = desk.figures("range", first, last, by=by)["results"]
    for code, metric in METRICS.items():
        if by in metric.cuts:
            for side in ("numerator", "denominator"):
                total = sum(number(row[side]) or 0 for row in parts if row["indicator"] == code)
                assert total == (number(whole[code][side]) or 0), (code, side)
