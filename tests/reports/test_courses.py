"""Days and sources of weeklies and monthlies, by hand."""

import pytest

from reports.contents import compute
from reports.freezing import digest
from reports.occasions import read_period
from reports.wording import beside, count, counted, money, percent, plain_number
from tests.factories import inside
from tests.kpi.sending import place_guides
from tests.reports.desk import ReportDesk, added, january_of_two, lost
from tests.reports.test_totals import state, total


@pytest.fixture
def desk(acme, globex):
    return january_of_two(acme, globex)


def test_the_days_of_a_week(desk):
    """5–11 January: f3 and f4 and the order of ¥300 on the 5th; ¥99.90 less the ¥50 refunded on the 6th."""
    days = desk.payload("weekly", "2026-W02")["days"]
    assert days[:2] == [
        {"day": "2026-01-05", "gmv": "300.00", "diverted_users": 2},
        {"day": "2026-01-06", "gmv": "49.90", "diverted_users": 0},
    ]
    assert [(row["gmv"], row["diverted_users"]) for row in days[2:]] == [("0.00", 0)] * 5


def test_the_sources_of_a_week_by_day(desk):
    sources = desk.payload("weekly", "2026-W02")["sources"]
    assert sources["grain"] == "day"
    assert [span["diverted_users"] for span in sources["spans"]] == [2, 0, 0, 0, 0, 0, 0]
    assert sources["channels"] == [
        {"channel": "pkg", "diverted_users": 1, "by_span": [1, 0, 0, 0, 0, 0, 0]},
        {"channel": None, "diverted_users": 1, "by_span": [1, 0, 0, 0, 0, 0, 0]},
    ]


def test_the_sources_of_a_month_by_week(desk):
    """January 2026 begins on a Thursday and ends on a Saturday; a fan who returns was diverted once; the greatest
    channel comes first, fans of no named one last."""
    desk.send(
        [
            *(added(f"s{n}", f"2026-01-{12 + n}", channel="sms") for n in range(4)),  # Monday the 12th to Thursday
            lost("s0", "2026-01-20"),
            {**added("s0", "2026-01-27", channel="pkg"), "id": "again"},
            added("end", "2026-01-31", channel="pkg"),
            added("after", "2026-02-01", channel="pkg"),
        ]
    )
    sources = desk.payload("monthly", "2026-01")["sources"]
    assert sources["grain"] == "week"
    assert [(span["start"], span["end"], span["diverted_users"]) for span in sources["spans"]] == [
        ("2026-01-01", "2026-01-04", 2),
        ("2026-01-05", "2026-01-11", 2),
        ("2026-01-12", "2026-01-18", 4),
        ("2026-01-19", "2026-01-25", 0),
        ("2026-01-26", "2026-01-31", 1),
    ]
    assert sources["channels"] == [
        {"channel": "pkg", "diverted_users": 4, "by_span": [2, 1, 0, 0, 1]},
        {"channel": "sms", "diverted_users": 4, "by_span": [0, 0, 4, 0, 0]},
        {"channel": None, "diverted_users": 1, "by_span": [0, 1, 0, 0, 0]},
    ]


def test_both_add_up_to_the_figures(desk):
    payload = desk.payload("monthly", "2026-01")
    figures = {row["indicator"]: row["value"] for row in payload["figures"]}
    assert sum(float(row["gmv"]) for row in payload["days"]) == pytest.approx(float(figures["gmv"]))
    assert sum(row["diverted_users"] for row in payload["days"]) == int(figures["diverted_users"])
    assert sum(row["diverted_users"] for row in payload["sources"]["channels"]) == int(figures["diverted_users"])


def test_a_daily_has_neither(desk):
    assert not desk.payload("daily", "2026-01-05").keys() & {"days", "sources"}


def test_the_same_data_are_the_same_bytes(acme, desk):
    with inside(acme):
        texts = {digest(compute(desk.project, "monthly", read_period("monthly", "2026-01")).payload) for _ in range(2)}
        assert len(texts) == 1


def test_days_that_nobody_stated_are_unknown(acme):
    """Totals of two days of the week alone: no other day is nought. Of ten added the channel names eight."""
    place_guides(acme, "Lin")
    desk = ReportDesk(acme)
    channel = {"channel": "pkg", "date": "2026-01-05", "reached": 100, "cost": "30.00", "added": 8}
    state(desk, [total("Lin", "2026-01-05"), total("Lin", "2026-01-06", added=1)], [channel])
    payload = desk.payload("weekly", "2026-W02")
    assert payload["days"][:3] == [
        {"day": "2026-01-05", "gmv": "500.00", "diverted_users": 10},
        {"day": "2026-01-06", "gmv": "500.00", "diverted_users": 1},
        {"day": "2026-01-07", "gmv": None, "diverted_users": None},
    ]
    assert payload["sources"]["channels"] == [
        {"channel": "pkg", "diverted_users": 8, "by_span": [8, 0, None, None, None, None, None]},
        {"channel": None, "diverted_users": 3, "by_span": [2, 1, None, None, None, None, None]},
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("本月累计", "GMV ¥3", "本月累计 GMV ¥3"),
        ("本月累计", "导流总用户数 3", "本月累计导流总用户数 3"),
        ("小红书 KOC", "有 2 天", "小红书 KOC 有 2 天"),
        ("包裹卡", "有 2 天", "包裹卡有 2 天"),
        ("包裹卡（B）", "有 2 天", "包裹卡（B）有 2 天"),
    ],
)
def test_latin_letters_stand_apart_from_chinese_ones(before, after, expected):
    assert beside(before, after) == expected


def test_what_is_below_nought_has_a_minus_before_it():
    assert [money("-350.1"), money("1234.5"), count(-1), plain_number("-7.10"), percent("-0.05")] == [
        "−¥350.10", "¥1,234.50", "−1", "−7.1", "−5.0%",
    ]  # fmt: skip


def test_one_is_no_plural():
    assert [counted(number, "day", "days") for number in (0, 1, "1", 2, "1,240")] == [
        "0 days", "1 day", "1 day", "2 days", "1,240 days",
    ]  # fmt: skip
