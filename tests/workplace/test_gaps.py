"""What a month lacks, and whose shortfall it is: worked out by hand."""

from dataclasses import replace
from fractions import Fraction

import pytest
from django.utils.translation import override

from kpi.judging import IndicatorRelief, Judgement
from workplace.gaps import gaps_of

HALF_WAY = Judgement(
    indicator="diverted_users",
    version=1,
    value=Fraction(1000),
    adjusted=Fraction(800),
    traffic_factor=Fraction(4, 5),
    relief=None,
    lines=None,
    lines_due={"fail": Fraction(320), "normal": Fraction(400), "good": None, "excess": None},
    judged=Fraction(350),
    band="passing",
    provisional=True,
    due=Fraction(400),
    projected=None,
    missing_days=0,
)  # half of the month's weight has passed: 500 were agreed by now, 400 are due of the reach that came, 350 are there


def told(judgement):
    with override("zh-hans"):
        return [(gap.lead, gap.about, [(part.side, part.text) for part in gap.parts])
                for gap in gaps_of([], {judgement.indicator: judgement})]  # fmt: skip


def test_a_gap_is_parted_between_the_sides():
    assert told(HALF_WAY) == [
        ("导流总用户数少 150", "现 350，截至今日预测 500；距正常线 400 差 50", [("brand", "100"), ("agency", "50")])
    ]


def test_a_latin_name_stands_apart_from_the_chinese_words():
    [(lead, _, _)] = told(replace(HALF_WAY, indicator="gmv"))
    assert lead == "GMV 少 ¥150.00"


def test_who_makes_up_for_missing_reach_lacks_nothing_of_her_own():
    [(lead, about, parts)] = told(replace(HALF_WAY, judged=Fraction(450)))
    assert (lead, about) == ("导流总用户数少 50", "现 450，截至今日预测 500；已达正常线 400")
    assert parts == [("brand", "50")]


def test_where_all_reach_came_the_gap_is_the_agencys():
    whole = replace(HALF_WAY, adjusted=Fraction(1000), due=Fraction(500), lines_due=None)
    assert told(whole) == [("导流总用户数少 150", "现 350，截至今日预测 500", [("agency", "150")])]


def test_an_ended_month_is_held_against_the_whole_forecast():
    ended = replace(HALF_WAY, provisional=False, due=None, lines_due=None, judged=Fraction(700),
                    lines={"fail": None, "normal": Fraction(800), "good": None, "excess": None})  # fmt: skip
    [(lead, about, parts)] = told(ended)
    assert (lead, about) == ("导流总用户数少 300", "现 700，预测 1,000；距正常线 800 差 100")
    assert parts == [("brand", "200"), ("agency", "100")]


@pytest.mark.parametrize("number", [500, 501])
def test_what_is_reached_is_no_gap(number):
    assert told(replace(HALF_WAY, judged=Fraction(number))) == []


def test_a_relief_is_named():
    relieved = replace(HALF_WAY, relief=IndicatorRelief(Fraction(1, 10), []))
    with override("zh-hans"):
        [gap] = gaps_of([], {"diverted_users": relieved})
    assert gap.parts[0].name == "品牌方（触达与减免）"


def test_without_a_forecast_nothing_is_said():
    assert told(replace(HALF_WAY, value=None, adjusted=None)) == []
    assert told(replace(HALF_WAY, adjusted=Fraction(0), due=Fraction(0))) == []
