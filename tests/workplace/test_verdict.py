"""What the scorecard asks to be acted on."""

from fractions import Fraction

from workplace.both_sides import Shortfall
from workplace.verdict import to_do


def test_a_shortfall_of_reach_is_work_only_where_it_cost_users():
    """31 reads too few at 1.4 % bring 0.4 users fewer: told among the promises, but nothing to act on."""
    costly = Shortfall("包裹卡", Fraction(500), 30)
    found = to_do([], [], [Shortfall("小红书 KOC", Fraction(31), 0), costly], {}, "/promises/")
    assert [(one.title, one.about) for one in found] == [("包裹卡触达少 500", "按预测表少导 30 人。")]
