"""Where values lie on the four-line track, and which days a scorecard is of."""

from datetime import date
from fractions import Fraction

import pytest

from siyu.periods import Period
from workplace.charts import draw_spark, place
from workplace.occasion import read_occasion

UP = {"fail": Fraction(80), "normal": Fraction(100), "good": Fraction(110), "excess": Fraction(120)}
DOWN = {"fail": Fraction(8), "normal": Fraction(7), "good": Fraction(6), "excess": Fraction(5)}
TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("value", "at"), [(0, 1.5), (40, 17), (80, 34), (90, 42), (100, 50), (110, 66), (115, 74), (120, 82), (999, 97.5)]
)
def test_every_line_lies_at_its_place(value, at):
    assert place(Fraction(value), UP, "up") == at


@pytest.mark.parametrize(("value", "at"), [(8, 34), (7, 50), (6, 66), (5, 82), (Fraction(15, 2), 42), (100, 1.5)])
def test_where_less_is_better_right_is_still_better(value, at):
    assert place(Fraction(value), DOWN, "down") == at


def test_lines_that_are_not_set_are_passed_over():
    two = {"fail": Fraction(1, 2), "normal": None, "good": Fraction(1), "excess": None}
    assert [place(Fraction(value), two, "up") for value in (0, Fraction(1, 2), Fraction(3, 4), 1)] == [1.5, 34, 50, 66]
    assert place(Fraction(1), dict.fromkeys(UP), "up") is None


def test_a_course_of_less_than_two_days_is_not_drawn():
    assert draw_spark([None, 3.0]) == ""
    assert "polyline" in draw_spark([3.0, None, 3.0])


@pytest.mark.parametrize(
    ("asked", "period", "compared"),
    [
        ({}, ("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-09")),  # as many days as have ended
        ({"period": "last_month"}, ("2026-02-01", "2026-02-28"), ("2026-01-01", "2026-01-31")),
        ({"period": "week"}, ("2026-03-09", "2026-03-15"), ("2026-03-08", "2026-03-08")),
        ({"period": "today"}, ("2026-03-10", "2026-03-10"), ("2026-03-09", "2026-03-09")),
        ({"start": "2026-01-10", "end": "2026-01-12"}, ("2026-01-10", "2026-01-12"), ("2026-01-07", "2026-01-09")),
        ({"period": "month", "compare": "year"}, ("2026-03-01", "2026-03-31"), ("2025-03-01", "2025-03-09")),
        ({"start": "soon", "end": "2026-01-12"}, ("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-09")),
        ({"start": "2026-02-02", "end": "2026-02-01"}, ("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-09")),
    ],
)
def test_the_days_of_a_card_and_those_it_is_compared_with(asked, period, compared):
    occasion = read_occasion(asked, TODAY)
    assert occasion.period == Period(*map(date.fromisoformat, period))
    assert occasion.compared == Period(*map(date.fromisoformat, compared))


def test_only_a_whole_month_can_be_judged():
    assert read_occasion({"start": "2026-02-01", "end": "2026-02-28"}, TODAY).month == date(2026, 2, 1)
    assert read_occasion({"start": "2026-02-01", "end": "2026-02-27"}, TODAY).month is None
