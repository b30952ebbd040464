"""GMV against labour cost as a picture: round marks on both axes, rays that suit the projects, names that can be read;
and guides by how full they are."""

import re
from decimal import Decimal

import pytest
from django.utils import translation

from workplace.axes import axis
from workplace.bubbles import Bubble, draw_bubbles, rays_beside
from workplace.load_strip import draw_strip
from workplace.portfolio import Load

NAME = re.compile(r'<text x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)">([^<]+)</text>')


def bubble(name, labour, gmv, guides=4):
    return Bubble(name, Decimal(labour), Decimal(gmv), guides, is_below=gmv < 10 * labour)


@pytest.mark.parametrize(
    ("least", "most", "steps", "ticks"),
    [
        (0, 183_000, 4, [0, 50_000, 100_000, 150_000, 200_000]),
        (14_500, 24_000, 5, [10_000, 15_000, 20_000, 25_000]),
        (0, 1, 4, [0, 0.25, 0.5, 0.75, 1]),
        (5_270, 6_510, 5, [4_000, 6_000, 8_000]),
    ],
)
def test_axes_have_round_marks_around_the_figures(least, most, steps, ticks):
    assert axis(least, most, steps).ticks == pytest.approx(ticks)


def test_three_multiples_suit_the_projects_and_one_is_the_usual():
    assert rays_beside([4.2, 6.4, 7.4], 10) == [3, 5, 10]
    assert rays_beside([18, 24], 10) == [10, 20, 30]
    assert rays_beside([10, 11], 10) == [5, 10, 20]
    assert rays_beside([0], 10) == [5, 10, 20]


def test_marks_stand_in_units_of_the_language():
    with translation.override("zh-hans"):
        picture = draw_bubbles([bubble("云栖", 22_500, 167_000), bubble("禾田", 21_600, 90_000)], Decimal(10))
    words = re.findall(r">([^<]+)</text>", picture)
    assert words[:5] == ["0", "5", "10", "15", "20"]
    assert {"GMV（万元）", "人力成本（万元）", "常见 10 倍", "5 倍"} <= set(words)
    assert 'aria-label="GMV 与人力成本：云栖 ¥16.7万 / ¥2.3万；禾田 ¥9.0万 / ¥2.2万"' in picture


def test_names_do_not_cover_one_another():
    """Three projects in one spot: beside, on the other side, above."""
    found = [bubble(name, 20_000, 90_000) for name in ("甲牌", "乙牌", "丙牌")]
    names = [(anchor, name) for *_, anchor, name in NAME.findall(draw_bubbles([*found, bubble("丁牌", 30_000, 300_000)], Decimal(10))) if name.endswith("牌")]  # fmt: skip  # noqa: E501
    assert names[:3] == [("start", "甲牌"), ("end", "乙牌"), ("middle", "丙牌")]


def test_without_a_cost_there_is_no_picture():
    assert draw_bubbles([bubble("甲", 0, 90_000)], Decimal(10)) == ""


def test_a_strip_runs_from_30_to_130_percent_and_dots_stand_beside_each_other():
    """70 % lies 40 % along it, full 70 %; two who are as full stand above each other, and nobody falls off it."""
    loads = [Load("a", "甲", 80, 100), Load("b", "乙", 80, 100), Load("c", "丙", 260, 100), Load("d", "丁", 5, 100)]
    dots = re.findall(r'sy-load-(\w+)" cx="([\d.]+)%" cy="(\d+)"', draw_strip(loads))
    assert dots == [("spare", "1.6", "18"), ("fit", "50.0", "18"), ("fit", "50.0", "9"), ("over", "98.4", "18")]
    assert 'x1="70.0%"' in draw_strip(loads)
