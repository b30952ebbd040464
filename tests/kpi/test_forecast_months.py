"""Months judged over REST: ended ones, the running one, and which version binds them. The clock is set, not awaited."""

from datetime import date, timedelta

import pytest

from projects.services import put_definition
from siyu.brands import enter_brand
from tests.kpi.plans import SHARES, ForecastDesk, body, month, months

ZONE = "+08:00"


@pytest.fixture
def desk(acme, clock):
    clock("2026-01-02T10:00")
    return ForecastDesk(acme)


def fans(first_id, day, count, channel="pkg", hour=10, **fields):
    return [
        {"type": "fan.added", "id": f"{first_id}-{n}", "fan": f"{first_id}-{n}", "channel": channel,
         "guide": "a1", "at": f"{day}T{hour:02}:00:00{ZONE}", **fields}
        for n in range(count)
    ]  # fmt: skip


def days(name, first=1, last=31):
    year, number = map(int, name.split("-"))
    return [
        day.isoformat()
        for n in range(first, last + 1)
        if (day := date(year, number, 1) + timedelta(n - 1)).month == number
    ]


# -- Ended months -----------------------------------------------------------------------------------------------------


def test_a_months_row_says_all_of_it(desk, clock):
    stated = month(promised_reach={"pkg": 310}, diversion_rate={"pkg": "0.1"})
    desk.agree(body(stated, opening_fans=0, lines={"diverted_users": SHARES}))
    clock("2026-02-03T10:00")
    desk.send([*fans("a", "2026-01-05", 31), *[desk.reach("pkg", day, 10) for day in days("2026-01")]])
    assert desk.judged("2026-01")["diverted_users"] == {
        "value": "31", "adjusted": "31", "traffic_factor": "1", "relief": None,
        "lines": {"fail": "24.8", "normal": "31", "good": "34.1", "excess": "37.2"}, "lines_due": None,
        "judged": "31", "band": "normal", "provisional": False, "due": "31", "projected": None, "missing_days": 0,
        "version": 1,
    }  # fmt: skip


@pytest.mark.parametrize("query", [{"by": "channel"}, {"grain": "week"}, {"grain": "day"}, {"grain": "range"}])
def test_only_whole_months_are_judged(desk, query):
    desk.agree(body())
    desk.send(fans("a", "2026-01-01", 1))
    query = {"grain": "month", "start": "2026-01-01", "end": "2026-01-31", **query}
    assert {row["forecast"] for row in desk.get("kpis", **query)["results"]} == {None}


LINES = {"diversion_rate": {"kind": "absolute", "fail": "0.05", "normal": "0.17", "good": "0.2", "excess": None}}


def test_parcels_corrected_after_the_fact_move_a_rate_onto_a_line(desk, clock):
    """17 fans of 100 parcels are on the line; one parcel more is below it, one less above."""
    desk.agree(body(month(promised_reach={"pkg": 310}), lines=LINES))
    clock("2026-02-03T10:00")
    desk.send(fans("a", "2026-01-05", 17))
    desk.send([desk.reach("pkg", day, 3) for day in days("2026-01")])
    bands = []
    for last in (11, 10, 9):  # 30 days of 3, and the last day
        desk.send([desk.reach("pkg", "2026-01-31", last)])
        row = desk.figures("month", "2026-01-01", "2026-01-01", indicator="diversion_rate")["results"][0]
        bands.append((row["denominator"], row["forecast"]["band"]))
    assert bands == [(101, "passing"), (100, "normal"), (99, "normal")]
    desk.send(fans("b", "2026-01-06", 3))
    desk.send([desk.reach("pkg", "2026-01-31", 10)])
    assert desk.judged("2026-01")["diversion_rate"]["band"] == "good"


@pytest.mark.parametrize(("reported", "band"), [(28, "good"), (27, None)])
def test_a_rate_over_missing_reach_has_no_band(desk, clock, reported, band):
    desk.agree(body(month(promised_reach={"pkg": 100}), opening_fans=0, lines={**LINES, "diverted_users": SHARES}))
    clock("2026-02-03T10:00")
    desk.send([*fans("a", "2026-01-05", 20), *[desk.reach("pkg", day, 2) for day in days("2026-01", 1, reported)]])
    found = desk.judged("2026-01")
    assert (found["diversion_rate"]["band"], found["diversion_rate"]["missing_days"]) == (band, 31 - reported)
    assert (found["diverted_users"]["band"], found["diverted_users"]["missing_days"]) == ("excess", 31 - reported)


def test_a_channels_lag_gives_it_days(desk, clock):
    desk.agree(body(month(promised_reach={"pkg": 310}), lines=LINES))
    desk.owner.put(f"{desk.path}/channels/pkg/", {"lag_days": 5})
    desk.send([])
    clock("2026-02-03T10:00")
    desk.send([*fans("a", "2026-01-05", 20), *[desk.reach("pkg", day, 10) for day in days("2026-01", 1, 27)]])
    found = desk.judged("2026-01")
    assert (found["diversion_rate"]["missing_days"], found["diverted_users"]["traffic_factor"]) == (
        1,
        "0.9677419354838709677419354839",
    )


def test_the_sheet_says_whether_valid_additions_are_judged(desk, clock):
    desk.agree(body(month(promised_reach={"pkg": 100}, diversion_rate={"pkg": "0.1"}), opening_fans=0,
                    lines={"diverted_users": SHARES}))  # fmt: skip
    clock("2026-02-03T10:00")
    lost = {"type": "fan.lost", "id": "l", "fan": "a-0", "by": "fan", "at": f"2026-01-05T11:00:00{ZONE}"}
    desk.send([*fans("a", "2026-01-05", 10), lost, desk.reach("pkg", "2026-01-05", 100)])
    assert desk.judged("2026-01")["diverted_users"]["band"] == "normal"
    with enter_brand(desk.brand.schema_name):
        put_definition(desk.project, {"judge_diverted": "valid"}, by=None)
    found = desk.judged("2026-01")["diverted_users"]
    assert (found["judged"], found["band"]) == ("9", "passing")


# -- The running month ------------------------------------------------------------------------------------------------

FESTIVAL = {"2026-06-16": "10", "2026-06-17": "10", "2026-06-18": 10}


def test_618_weighs_ten(desk, clock):
    stated = month(
        "2026-06", promised_reach={}, diversion_rate={}, churn_rate="0", gmv_per_fan="3", day_weights=FESTIVAL
    )
    desk.agree(body(stated, opening_fans=1_000_000, lines={"gmv": SHARES}))
    found = []
    for text in ("2026-06-01T00:00", "2026-06-11T10:00", "2026-06-19T00:00", "2026-07-01T00:00"):
        clock(text)
        row = desk.judged("2026-06")["gmv"]
        found.append((row["due"], row["provisional"], row["band"]))
    assert found == [
        ("0.00", True, None), ("526315.79", True, "failing"), ("2368421.05", True, "failing"),
        ("3000000.00", False, "failing"),
    ]  # fmt: skip
    clock("2026-05-31T23:59")
    assert desk.judged("2026-06")["gmv"]["band"] is None


def test_a_running_month_is_provisional_and_projected(desk, clock):
    stated = [
        month(name, promised_reach={"pkg": 300}, diversion_rate={"pkg": "0.1"}) for name in ("2026-03", "2026-04")
    ]
    lines = {
        "diverted_users": SHARES,
        "churn_rate": {"kind": "absolute", "fail": "0.3", "normal": "0.03"},
        "retention_rate": {"kind": "absolute", "fail": "0.7", "normal": "0.97"},
        "interaction_rate": {"kind": "absolute", "fail": "0.01", "normal": "0.5"},
    }
    desk.agree(body(*stated, opening_fans=0, lines=lines))
    clock("2026-04-11T10:00")
    wrote = {"type": "interaction", "id": "i", "fan": "2026-03-20-0", "direction": "in", "kind": "message",
             "at": f"2026-03-20T11:00:00{ZONE}"}  # fmt: skip
    lost = {"type": "fan.lost", "id": "l", "fan": "2026-03-01-0", "by": "fan", "at": f"2026-04-05T11:00:00{ZONE}"}
    added = [fan for day in [*days("2026-03"), *days("2026-04", 1, 10)] for fan in fans(day, day, 1)]
    desk.send([*added, wrote, lost, *[desk.reach("pkg", day, 10) for day in days("2026-04", 1, 10)]])
    found = desk.judged("2026-04")
    diverted = found["diverted_users"]
    assert (diverted["adjusted"], diverted["due"], diverted["judged"], diverted["band"]) == ("30", "10", "10", "normal")
    assert diverted["projected"] == {"value": "30", "low": "30", "high": "30", "band": "normal"}
    assert diverted["provisional"]
    assert found["churn_rate"]["lines_due"]["fail"] == "0.1"
    assert found["churn_rate"]["band"] == "passing"  # 1 of 41
    assert found["retention_rate"]["band"] == "passing"  # 30 of 31, the line at 0.99
    assert (found["interaction_rate"]["band"], found["interaction_rate"]["judged"][:6]) == ("passing", "0.0243")
    assert found["retention_rate"]["projected"] is None
    march = desk.judged("2026-03")["diverted_users"]
    assert (march["provisional"], march["projected"]) == (False, None)


def test_reach_of_the_running_month_is_held_against_what_is_due(desk, clock):
    desk.agree(body(month(promised_reach={"pkg": 3100}), opening_fans=0))
    clock("2026-01-11T10:00")
    desk.send([desk.reach("pkg", "2026-01-05", 400)])
    [row] = desk.get("forecast")["adjusted"]
    assert row["diverted_users"] == 124  # 40 % of what was due, 40 % of the promise


# -- Which version binds ----------------------------------------------------------------------------------------------


def bound(desk, count=6):
    return [row["gmv"] and row["gmv"]["version"] for row in (desk.judged(f"2026-0{n}") for n in range(1, count + 1))]


def test_a_new_version_in_mid_year_leaves_ended_months_theirs(desk, clock):
    desk.agree(body(*months("2026-01", 6)))
    assert bound(desk) == [1] * 6
    clock("2026-03-15T10:00")
    second = desk.agree(body(*months("2026-01", 6), opening_fans=9))
    assert bound(desk) == [1, 1, 2, 2, 2, 2]
    assert second["binding_months"] == ["2026-03", "2026-04", "2026-05", "2026-06"]
    third = desk.put(body(*months("2026-04", 2)))
    desk.approve(desk.owner, 3, third["sha256"])
    assert bound(desk) == [1, 1, 2, 2, 2, 2], "one side is not enough"
    clock("2026-05-01T00:00")
    desk.approve(desk.manager, 3, third["sha256"])
    assert bound(desk) == [1, 1, 2, 2, 3, 2], "April is over; June the new one does not state"
    assert desk.get("forecast", version=1)["binding_months"] == ["2026-01", "2026-02"]


def test_what_is_signed_late_binds_months_that_had_nothing(desk, clock):
    clock("2026-03-15T10:00")
    desk.agree(body(*months("2026-01", 2)))
    desk.agree(body(*months("2026-01", 4), opening_fans=9))
    assert bound(desk, 4) == [1, 1, 2, 2]


def test_the_month_ends_on_the_projects_own_calendar(acme, clock):
    clock("2026-01-02T10:00")
    desk = ForecastDesk(acme, tz="America/New_York")
    desk.agree(body(month()))
    clock("2026-02-01T12:59")  # 23:59 on 31 January in New York
    desk.agree(body(month(), opening_fans=9))
    assert bound(desk, 1) == [2]
    clock("2026-02-01T13:00")
    late = desk.put(body(month(), opening_fans=8))
    assert desk.approve(desk.owner, 3, late["sha256"]).status_code == 409
    assert bound(desk, 1) == [2]
