"""Missed commitments of the brand relieve the indicators that both sides named: kpi/FORECAST.md, over REST."""

from datetime import date
from fractions import Fraction

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.forecast import effective_reach, plan_of, round_half_up, table
from kpi.forecasts import read_judgements
from kpi.lines import MARKS, attainment, joint_relief, marks_of, relieved
from kpi.metrics import METRICS
from kpi.queries import read_standing
from projects.confirming import agreed_reliefs
from projects.models import Relief
from reports.monthly import attained_share
from tests.factories import inside
from tests.kpi.plans import SHARES, ForecastDesk, awake, body, month, months
from tests.kpi.test_forecast_page import rows_of

ZONE = "+08:00"


@pytest.fixture
def desk(acme, clock):
    clock("2026-02-03T10:00")
    return ForecastDesk(acme)


def miss(desk, name="2026-01", **fields):
    """A commitment of the brand that it did not keep; its id."""
    path = f"{desk.path}/commitments/"
    stored = [row for row in awake(desk.manager).get(path).json() if row["id"]]
    row = {"kind": "goods", "month": name, "what": "会员专享价", "promised": "20", **fields}
    answer = desk.manager.put(path, [*stored, row])
    assert answer.status_code == 200, answer.content
    return max(row["id"] for row in answer.json() if row["id"])


def say_relief(desk, client, commitment, share, *indicators):
    body = {"share": share, "indicators": list(indicators)}
    answer = awake(client).put(f"{desk.path}/commitments/{commitment}/relief/", body)
    assert answer.status_code == 200, answer.content


def relieve(desk, commitment, share, *indicators):
    """Said by both sides."""
    for client in (desk.owner, desk.manager):
        say_relief(desk, client, commitment, share, *indicators)


def half_the_parcels(desk, **others):
    desk.agree(body(**others))
    desk.send([desk.reach("pkg", "2026-01-15", 50_000)])


# -- The page's tables ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", rows_of("volume"), ids=lambda row: f"{row[0]} {row[1]}")
def test_relieved_volumes_are_those_of_the_page(row):
    code, by, forecast, by_traffic, adjusted = row
    plan = plan_of(body(month()))
    half = [{"pkg": effective_reach(100_000, 50_000, Fraction(1))}]
    share = joint_relief(Fraction(one) for one in by.split(","))
    rows = [table(plan, 25_000), table(plan, 25_000, half), table(plan, 25_000, half, [{code: 1 - share}])]
    assert [str(getattr(found[0], code)) for found in rows] == [forecast, by_traffic, adjusted]
    assert (rows[2][0].fans, rows[2][0].guides) == (rows[1][0].fans, rows[1][0].guides)


@pytest.mark.parametrize("row", rows_of("indicator"), ids=lambda row: f"{row[0]} {row[2]}")
def test_relieved_lines_are_those_of_the_page(row):
    code, line, by, then = row
    share = joint_relief(Fraction(one) for one in by.split(","))
    marks = marks_of({"kind": "absolute", "fail": line}, None, share, METRICS[code].better)
    assert marks is None if then == "—" else marks["fail"] == Fraction(then)


# -- Over REST --------------------------------------------------------------------------------------------------------


def test_the_forecast_page_shows_agreed_reliefs_and_what_they_move(desk):
    half_the_parcels(desk, lines={"gmv": SHARES})
    relieve(desk, miss(desk), "0.1", "gmv")
    html = awake(desk.manager).get("/projects/p1/forecast/").content.decode()
    assert "2026-01 GMV 减免 10.0%：会员专享价" in html
    assert "1,077,300.00" in html


def test_an_agreed_relief_moves_target_lines_and_due(desk):
    half_the_parcels(desk, lines={"gmv": SHARES})
    before = desk.judged("2026-01")
    commitment = miss(desk)
    say_relief(desk, desk.owner, commitment, "0.1", "gmv")
    assert desk.judged("2026-01") == before  # one side alone changes nothing
    say_relief(desk, desk.manager, commitment, "0.1", "gmv")
    after = desk.judged("2026-01")
    of = [{"commitment": commitment, "kind": "goods", "what": "会员专享价", "share": "0.1"}]
    assert after["gmv"]["relief"] == {"share": "0.1", "side": "brand", "of": of}
    assert (after["gmv"]["value"], after["gmv"]["adjusted"], after["gmv"]["due"]) == (
        "1212000.00", "1077300.00", "1077300.00",
    )  # fmt: skip
    assert after["gmv"]["lines"] == {
        "fail": "861840.00", "normal": "1077300.00", "good": "1185030.00", "excess": "1292760.00",
    }  # fmt: skip
    assert after["gmv"]["traffic_factor"] == before["gmv"]["traffic_factor"]
    assert {code: row for code, row in after.items() if code != "gmv"} == {
        code: row for code, row in before.items() if code != "gmv"
    }


def test_the_forecast_says_what_is_relieved_and_why(desk):
    half_the_parcels(desk)
    unrelieved = desk.get("forecast")
    first, second = miss(desk), miss(desk, kind="content", what="海报")
    relieve(desk, first, "0.1", "gmv", "churn_rate")
    relieve(desk, second, "0.05", "gmv")
    answer = desk.get("forecast")
    [stands] = answer["months"]
    assert answer["table"] == unrelieved["table"]
    assert answer["adjusted"] == [{**unrelieved["adjusted"][0], "gmv": "1023435.00"}]
    assert stands["traffic"] == unrelieved["months"][0]["traffic"]
    assert {code: (relief["share"], [one["commitment"] for one in relief["of"]])
            for code, relief in stands["relief"].items()} == {
        "gmv": ("0.145", [first, second]), "churn_rate": ("0.1", [first]),
    }  # fmt: skip


def test_another_month_and_another_project_are_not_relieved(desk, acme, globex):
    desk.agree(body(*months("2026-01", 2)))
    relieve(desk, miss(desk), "0.5", "gmv", "diverted_users")
    other = ForecastDesk(acme, "p2")
    abroad = ForecastDesk(globex)
    for each in (other, abroad):
        each.agree(body(*months("2026-01", 2)))
        assert [stands["relief"] for stands in each.get("forecast")["months"]] == [{}, {}]
    january, february = desk.get("forecast")["months"]
    assert (set(january["relief"]), february["relief"]) == ({"gmv", "diverted_users"}, {})
    of = desk.get("forecast")
    assert of["adjusted"][1] == {**other.get("forecast")["adjusted"][1]}


def test_a_new_agreement_takes_the_place_of_the_old(desk):
    half_the_parcels(desk)
    commitment = miss(desk)
    relieve(desk, commitment, "0.1", "gmv")
    say_relief(desk, desk.owner, commitment, "0.5", "gmv")
    assert desk.judged("2026-01")["gmv"]["relief"]["share"] == "0.1"
    say_relief(desk, desk.manager, commitment, "0.5", "gmv")
    assert desk.judged("2026-01")["gmv"]["adjusted"] == "598500.00"


def test_a_running_month_is_held_against_the_relieved_lines(desk, clock):
    lines = {
        "gmv": {"kind": "absolute", "fail": "3100", "normal": None, "good": None, "excess": None},
        "retention_rate": {"kind": "absolute", "fail": "0.9", "normal": None, "good": None, "excess": None},
        "churn_rate": {"kind": "absolute", "fail": "0.04", "normal": None, "good": None, "excess": None},
    }
    desk.agree(body(lines=lines))
    commitment = miss(desk, due_on="2026-01-05")
    relieve(desk, commitment, "0.5", *lines)
    clock("2026-01-11T10:00")
    found = desk.judged("2026-01")
    assert {code: found[code]["lines"]["fail"] for code in lines} == {
        "gmv": "1550.00", "retention_rate": "0.45", "churn_rate": "0.06",
    }  # fmt: skip
    due = {code: Fraction(found[code]["lines_due"]["fail"]) for code in lines}
    assert due["gmv"] == 500  # ten of 31 days
    assert abs(due["retention_rate"] - (1 - Fraction("0.55") * 10 / 31)) < Fraction(1, 10**20)
    assert abs(due["churn_rate"] - Fraction("0.06") * 10 / 31) < Fraction(1, 10**20)


def test_a_whole_relief_judges_nothing(desk):
    lines = {
        "gmv": SHARES,
        "churn_rate": {"kind": "absolute", "fail": "0.04", "normal": "0.03", "good": None, "excess": None},
    }
    half_the_parcels(desk, lines=lines)
    relieve(desk, miss(desk), "1", "gmv", "churn_rate")
    found = desk.judged("2026-01")
    assert [(found[code]["band"], found[code]["lines"]) for code in lines] == [(None, None), (None, None)]
    assert (found["gmv"]["adjusted"], found["churn_rate"]["adjusted"]) == ("0.00", None)


def test_attainment_follows_the_relieved_target(desk):
    half_the_parcels(desk, lines={"gmv": SHARES})
    relieve(desk, miss(desk), "0.1", "gmv")
    desk.send([
        {"type": "fan.added", "id": "a", "fan": "a", "at": f"2026-01-02T10:00:00{ZONE}"},
        {"type": "order.paid", "order": "o", "fan": "a", "amount": "1100000.00", "at": f"2026-01-05T10:00:00{ZONE}"},
    ])  # fmt: skip
    with inside(desk.brand):
        day = date(2026, 1, 1)
        standing = read_standing(desk.project, "month", day, day)
        found = read_judgements(desk.project, standing.figures, timezone.now())
    gmv = found[day, "gmv"]
    assert (gmv.band, round_half_up(attained_share(gmv), 4)) == ("normal", round_half_up(Fraction("1.02107"), 4))


# -- Against a plain model --------------------------------------------------------------------------------------------

RELIEFS = st.lists(st.integers(0, 1000).map(lambda n: Fraction(n, 1000)), max_size=4)
NUMBERS = st.integers(1, 10**9).map(lambda n: Fraction(n, 100))


@settings(deadline=None)
@given(target=NUMBERS, shares=RELIEFS, better=st.sampled_from(["up", "down"]))
def test_what_attained_one_less_the_relief_attains_all(target, shares, better):
    """The rule itself, told backwards: the value with that attainment before is exactly the target after."""
    left = Fraction(1)
    for share in shares:
        left *= 1 - share
    relief = joint_relief(shares)
    after = relieved(target, relief, better)
    if left == 0:
        assert after == (0 if better == "up" else None)
        return
    value = target * left if better == "up" else target * (2 - left)
    assert attainment(value, target, better) == left
    assert attainment(value, after, better) == 1


@settings(deadline=None)
@given(marks=st.lists(NUMBERS, min_size=4, max_size=4), adjusted=NUMBERS, shares=RELIEFS)
def test_lines_keep_their_order_and_none_agreed_changes_none(marks, adjusted, shares):
    relief = joint_relief(shares)
    setting = {name: str(mark) for name, mark in zip(MARKS, sorted(marks), strict=True)}
    for kind in ("share", "absolute"):
        plain = marks_of({"kind": kind, **setting}, adjusted)
        assert marks_of({"kind": kind, **setting}, adjusted, Fraction(0), "down") == plain
        found = marks_of({"kind": kind, **setting}, relieved(adjusted, relief), relief)
        assert found is None if relief == 1 else list(found.values()) == sorted(found.values())
        assert found is None or all(found[name] == plain[name] * (1 - relief) for name in MARKS)


def test_only_what_both_sides_said_is_in_force(acme, desk):
    commitment = miss(desk)
    say_relief(desk, desk.owner, commitment, "0.1", "gmv")
    with inside(acme):
        assert agreed_reliefs(desk.project) == []
        assert Relief.objects.filter(commitment=commitment).count() == 1
