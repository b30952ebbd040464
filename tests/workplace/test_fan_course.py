"""A fan's course by the way of talking and by the touch that brought an order."""

import re
from html import unescape

import pytest

from tests.factories import user_client
from tests.fans.sending import Source, added, paid, wrote

PAGE = "/projects/p1/fans/f/"


@pytest.fixture
def pm(acme, globex):
    Source(globex).send(added("f", 1), wrote("f", 2, kind="live"))
    Source(acme).send(
        added("f", 1), wrote("f", 2, id="w"), wrote("f", 26, id="m", kind="moment"),
        paid("o1", "10.00", 3, fan="f"), paid("o2", "20.00", 4, fan="f", touch="直播 11-01"),
    )  # fmt: skip
    return user_client(acme, "owner")


def course(client, **asked):
    response = client.get(PAGE, asked)
    assert response.status_code == 200
    html = response.content.decode()
    titles = re.findall(
        r'<time>|<ol class="sy-course">|<b>([^<]+)</b>', html.partition('id="course"')[2].partition('id="phone"')[0]
    )
    return html, [unescape(title) for title in titles if title]


def test_talk_is_asked_for_by_its_way(pm):
    html, told = course(pm, part="talk")
    assert told == ["互动", "互动"]
    assert '<option value="moment">朋友圈</option>' in html
    html, told = course(pm, part="talk", how="moment")
    assert told == ["互动"]
    assert '<option value="moment" selected>朋友圈</option>' in html
    assert course(pm, part="talk", how="survey")[1] == []


def test_orders_are_asked_for_by_their_touch(pm):
    html, told = course(pm, part="money", touch="直播 11-01")
    assert told == ["下单 ¥20.00"]
    assert "触点 直播 11-01" in html
    assert course(pm, part="money")[1] == ["下单 ¥20.00", "下单 ¥10.00"]


@pytest.mark.parametrize("asked", [{"how": "\0"}, {"how": "nonsense'--"}, {"touch": "x" * 500}, {"part": "people", "how": "moment"}])  # fmt: skip  # noqa: E501
def test_nonsense_is_answered(pm, asked):
    course(pm, **{"part": "talk", **asked})
