"""How a month's days and sources are drawn and laid out, by hand."""

import re

from workplace.report_blocks import lay_out
from workplace.report_courses import days, sources
from workplace.report_folds import digest


def month():
    """30 days of ¥100 from Wednesday the 1st of April 2026 on, but ¥1,000 on the 10th; the 2nd is not known."""
    rows = [{"day": f"2026-04-{n:02}", "gmv": "100.00", "diverted_users": 1} for n in range(1, 31)]
    rows[9]["gmv"], rows[1]["gmv"] = "1000.00", None
    return {"kind": "monthly", "days": rows}


def weeks():
    return {
        "names": {"channels": {"pkg": "包裹卡", "sms": "短信"}},
        "figures": [{"indicator": "gmv", "value": "7.00"}, {"indicator": "diverted_users", "value": "9"}],
        "sources": {
            "grain": "week",
            "spans": [
                {"start": "2026-04-01", "end": "2026-04-05", "diverted_users": 9},
                {"start": "2026-04-06", "end": "2026-04-12", "diverted_users": None},
            ],
            "channels": [
                {"channel": "pkg", "diverted_users": 6, "by_span": [6, None]},
                {"channel": "sms", "diverted_users": 2, "by_span": [2, None]},
                {"channel": None, "diverted_users": 1, "by_span": [1, None]},
            ],
        },
    }


def test_the_days_of_a_month_stand_by_week_and_weekday():
    part = days(month())
    assert part.finding == "最高 04-10 ¥1,000.00，占 26.3%；日均 ¥131.03"  # 1,000 ÷ 3,800; 3,800 ÷ 29
    assert digest(part) == part.finding
    assert [row.title for row in part.rows] == [
        "04-01～05", "04-06～12", "04-13～19", "04-20～26", "04-27～30",
    ]  # fmt: skip
    first = part.rows[0].cells
    assert first[:2] == ["", ""]
    assert [(cell.pointer, cell.exact) for cell in first[2:4]] == [("/days/0/gmv", "100.00"), ("/days/1/gmv", "")]
    assert part.rows[1].cells[4].pointer == "/days/9/gmv"
    assert part.rows[4].cells[4:] == ["", "", ""]


def test_every_known_day_is_a_bar_and_the_best_one_is_marked():
    drawn = days(month()).picture
    assert (drawn.count("<rect"), drawn.count('class="sy-plot-best"')) == (29, 1)
    # A mean of seven days needs seven: none before the 9th, as the 2nd is not known; so 22 points and 21 strokes.
    assert drawn.count('class="sy-plot-mean"') == 21
    assert 'aria-label="成交走势：最高 04-10' in drawn


def test_the_picture_names_the_unit_that_its_marks_are_read_in():
    """The best day stays below 万 where the axis above it ends at 10,000."""
    payload = month()
    payload["days"][9]["gmv"] = "9500.00"
    drawn = days(payload).picture
    assert re.search(r'<text x="0"[^>]*>([^<]*)<', drawn)[1] == "万元"
    assert re.findall(r'text-anchor="end">([^<]*)<', drawn) == ["0.0", "0.5", "1.0"]


def test_the_days_of_a_week_stand_one_by_one():
    payload = {"kind": "weekly", "days": month()["days"][5:12]}  # Monday the 6th to Sunday the 12th
    part = days(payload)
    assert [row.title for row in part.rows][::6] == ["04-06 周一", "04-12 周日"]
    assert [cell.pointer for cell in part.rows[4].cells] == ["/days/4/gmv", "/days/4/diverted_users"]
    assert "sy-plot-mean" not in part.picture


def test_sources_are_stacked_and_told_by_their_share():
    part = sources(weeks())
    assert part.finding == "包裹卡 66.7%、短信 22.2%、未标明渠道 11.1%"
    assert [(row.title, [getattr(cell, "text", cell) for cell in row.cells]) for row in part.rows] == [
        ("包裹卡", ["6", "—", "6"]),
        ("短信", ["2", "—", "2"]),
        ("未标明渠道", ["1", "—", "1"]),
        ("合计", ["9", "—", "9"]),
    ]
    assert part.rows[-1].cells[-1].pointer == "/figures/1/value"
    stacked = part.picture.split('class="sy-plot"')[1]
    assert [stacked.count(f'class="sy-plot-{n}"') for n in range(4)] == [1, 1, 1, 0]


def test_more_channels_than_colours_are_one():
    payload = weeks()
    payload["sources"]["channels"] = [
        {"channel": f"c{n}", "diverted_users": 9 - n, "by_span": [9 - n, 0]} for n in range(6)
    ]
    part = sources(payload)
    assert len(part.rows) == 7
    assert "其他" in part.picture
    assert "sy-plot-4" not in part.picture


def test_a_period_without_sales_says_so():
    payload = {"days": [{"day": "2026-04-06", "gmv": "0.00", "diverted_users": 0}]}
    assert days(payload).finding == "本期没有成交"


def test_earlier_formats_have_neither():
    assert days({"format": 3}) is None
    assert sources({"format": 3}) is None
    assert [part.key for part in lay_out({"kind": "monthly", "format": 3}).parts] == []
