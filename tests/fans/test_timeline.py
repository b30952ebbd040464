"""A fan's course as one list: everything in force once, the newest first, page after page the same."""

import pytest

from fans.models import Fan
from fans.timeline import KINDS, read_place, timeline_of, touches_of
from tests.factories import inside
from tests.fans.sending import Source, added, lost, moved, paid, rated, refunded, retract, touched, wrote

COURSE = [
    added("f", 1, guide="a1", channel="pkg", name="仲小妮"),
    wrote("f", 2, id="w1"),
    wrote("f", 3, id="w2"),
    touched("f", 4),
    wrote("f", 30, id="w3"),
    moved("f", "a2", 5, reason="换班"),
    moved("f", "a1", 6, id="void", **{"from": "a9"}),
    paid("o1", "100.00", 7, fan="f", platform="天猫"),
    refunded("o1", "30.00", 8, stage="after_receipt"),
    rated("f", 5, 9),
    {"type": "koc.post", "post": "k1", "fan": "f", "platform": "小红书", "at": "2026-03-02T10:00:00+08:00"},
    lost("f", 40),
]


@pytest.fixture
def source(acme, globex) -> Source:
    Source(globex).send(*COURSE)
    source = Source(acme)
    source.send(*COURSE, added("g", 1, guide="a1"), paid("o2", "5.00", 2, fan="g"))
    return source


def read(source, count=100, before=None, kinds=KINDS):
    with inside(source.brand):
        fan = Fan.objects.get(code="f")
        return timeline_of(source.project, fan, count=count, before=before, kinds=kinds)


def test_everything_stands_once_the_newest_first(source):
    assert [thing.kind for thing in read(source).things] == [
        "lost", "wrote", "posted", "rated", "refunded", "paid", "decided", "held", "decided",
        "wrote", "held", "added",
    ]  # fmt: skip


def test_messages_are_told_by_the_projects_own_day(source):
    """Until 04:00 two in and one out on 2 March; at 30 h, which is 06:00 of 3 March in Shanghai, one in."""
    days = [thing.facts for thing in read(source, kinds=["wrote"]).things]
    assert days == [{"day": "2026-03-03", "in": 1, "out": 0}, {"day": "2026-03-02", "in": 2, "out": 1}]


def test_what_moved_nobody_is_void(source):
    decided = [thing.facts for thing in read(source, kinds=["decided"]).things]
    assert [(one["to"], one["reason"], one["void"]) for one in decided] == [("a1", None, True), ("a2", "换班", False)]
    held = [thing.facts["account"] for thing in read(source, kinds=["held"]).things]
    assert held == ["a2", "a1"]


def test_a_loss_names_the_ties_it_closed(source):
    [loss] = read(source, kinds=["lost"]).things
    assert (loss.facts["gone"], loss.facts["by"]) == (True, "fan")
    assert loss.facts["closed"] == [{"tie": 1, "account": "a1", "group": None}]


def test_money_is_exact_text(source):
    order, refund = (read(source, kinds=[kind]).things[0].facts for kind in ("paid", "refunded"))
    assert (order["amount"], order["platform"], order["state"]) == ("100.00", "天猫", "counted")
    assert refund == {"order": "o1", "amount": "30.00", "stage": "after_receipt"}


def test_pages_put_together_are_the_whole(source):
    whole = read(source).things
    for count in (1, 2, 5):
        pages, place = [], None
        while True:
            page = read(source, count=count, before=place)
            pages += page.things
            if page.following is None:
                break
            place = read_place(str(page.following))
            assert place == page.following
        assert pages == whole


def test_what_was_withdrawn_is_told_no_more(source):
    source.send(retract("rating", "*f"), retract("order.paid", order="o1"))
    kinds = {thing.kind for thing in read(source).things}
    assert not kinds & {"rated", "paid", "refunded"}


@pytest.mark.parametrize("text", ["", "x", "2026-01-01~1~k", "2026-01-01T00:00:00+08:00~x~k", "~1~", "2026~¹~k"])
def test_a_cursor_that_is_none_names_no_place(text):
    assert read_place(text) is None


def sifted(source, **asked):
    with inside(source.brand):
        return timeline_of(source.project, Fan.objects.get(code="f"), count=100, **asked).things


def test_messages_of_one_way_and_orders_of_one_touch(source):
    source.send(wrote("f", 3, id="m1", kind="moment"), paid("o3", "7.00", 10, fan="f", touch="live-1101"),
                refunded("o3", "1.00", 11, id="r3"))  # fmt: skip
    moments = [thing.facts for thing in sifted(source, kinds=["wrote"], how="moment")]
    assert moments == [{"day": "2026-03-02", "in": 1, "out": 0}]
    assert sifted(source, kinds=["wrote"], how="survey") == []
    money = sifted(source, kinds=["paid", "refunded"], touch="live-1101")
    assert [(thing.kind, thing.facts["order"]) for thing in money] == [("refunded", "o3"), ("paid", "o3")]
    assert money[1].facts["touch"] == "live-1101"
    assert [thing.facts["touch"] for thing in sifted(source, kinds=["paid"])] == ["live-1101", None]
    with inside(source.brand):
        assert touches_of(source.project, Fan.objects.get(code="f")) == ["live-1101"]
