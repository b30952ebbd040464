"""What becomes of each line: stored, repeated, replaced, withdrawn, held or refused; and money by arrival."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from fans.models import Contact, EventKind, Refund
from fans.queries import held_events
from tenants.models import Brand
from tests.factories import inside, make_project
from tests.fans.sending import (
    Source,
    added,
    lost,
    moved,
    paid,
    rated,
    refunded,
    retract,
    retraction_of,
    take,
    touched,
    versions,
    wrote,
)

pytestmark = pytest.mark.django_db
KOC = {"type": "koc.post", "post": "p", "at": "2026-03-02T00:00:00", "platform": "xhs"}
REACH = {"type": "channel.day", "channel": "c", "date": "2026-03-02", "reached": 1}
SALES = {"type": "brand.sales", "month": "2026-03", "amount": "1"}
EACH = [added("f"), moved("f", "a", 1), lost("f", 9), wrote("f", 2), rated("f", 5, 2), paid("o"), refunded("o", "1"),
        KOC, REACH, SALES]  # fmt: skip


@pytest.fixture
def source(acme):
    return Source(acme)


def refunds(source):
    """{id: (state, amount)}"""
    with inside(source.brand):
        rows = Refund.objects.filter(project_id=source.project.pk).values_list("key", "state", "amount")
        return {key: (state, str(amount)) for key, state, amount in rows}


def held(source):
    return {event["id"]: event["reason"] for event in source.held()}


# -- Counters ---------------------------------------------------------------------------------------------------------


def test_each_type_is_accepted_then_a_duplicate_then_withdrawn_then_a_duplicate_then_accepted_anew(source):
    retracts = [retraction_of(event) for event in EACH]
    for body, counter in ((EACH, "accepted"), (EACH, "duplicates"), (retracts, "withdrawn"), (retracts, "duplicates")):
        assert source.count(*body, {}) == {counter: len(EACH), "rejected": 1}
    again = source.count(*EACH, {}, {})
    assert again == {"accepted": len(EACH), "rejected": 2}


def test_each_type_is_replaced_by_other_content_of_its_identity(source):
    source.send(*EACH)
    assert source.count(*({**event, "source": "crm"} for event in EACH)) == {"replaced": len(EACH)}
    assert source.count(*({**event, "source": "crm"} for event in EACH), b"\n") == {"duplicates": len(EACH)}


def test_a_correction_corrected_back_is_a_replacement_again(source):
    first, second = wrote("f"), wrote("f", 1)
    source.send(added("f"), first)
    assert source.count(second) == {"replaced": 1}
    assert source.count(first) == {"replaced": 1}
    with inside(source.brand):
        told = versions(source.project, EventKind.INTERACTION, "~f")
    assert [version.superseded_by for version in told] == [told[1].id, told[2].id, None]


def test_one_body_may_say_everything_about_one_event(source):
    event = added("f")
    other = added("f", 1)
    body = [event, event, other, other, event, retraction_of(event), retraction_of(event), other]
    assert source.count(*body) == {"accepted": 2, "duplicates": 3, "replaced": 2, "withdrawn": 1}
    [member] = source.facts()["members"]
    assert member[1].hour == 17  # of the day before, in UTC


def test_to_withdraw_what_was_never_sent_is_refused(source):
    account = source.send(retract("rating", "x"))
    assert [(error["line"], error["id"], error["code"]) for error in account["errors"]] == [(1, "x", "unknown_event")]


def test_a_retract_says_nothing_of_another_type_with_the_same_id(source):
    source.send(added("f", id="x"))
    assert source.count(retract("rating", "x"), retract("fan.added", "x")) == {"rejected": 1, "withdrawn": 1}


def test_what_is_withdrawn_keeps_its_personal_data_out_of_the_current_version_alone(source):
    source.send(added("f", name="Wang", phone="13800138000"))
    source.send(retract("fan.added", "+f"))
    with inside(source.brand):
        [sent, withdrawn] = versions(source.project, EventKind.FAN_ADDED, "+f")
        assert (withdrawn.fan_id, withdrawn.phone_index, withdrawn.at) == (None, None, None)
        assert list(Contact.objects.values_list("event_id", flat=True)) == [sent.id]


# -- Held -------------------------------------------------------------------------------------------------------------


def test_events_about_a_fan_never_added_are_held_until_she_is(source):
    about = [moved("f", "a", 2), lost("f", 9), wrote("f", 3), rated("f", 5, 4)]
    assert source.count(*about) == {"held": 4}
    assert held(source) == dict.fromkeys((">f", "-f", "~f", "*f"), "unknown_fan")
    assert source.facts()["Presence"] == []
    assert source.count(added("f")) == {"accepted": 1}
    assert held(source) == {}
    facts = source.facts()
    assert len(facts["Presence"]) == len(facts["Holding"]) == 1


def test_a_held_event_corrected_is_replaced_and_withdrawn_is_withdrawn(source):
    source.send(wrote("f"), rated("g", 5))
    assert source.count(wrote("f", 1), retract("rating", "*g")) == {"replaced": 1, "withdrawn": 1}
    assert held(source) == {"~f": "unknown_fan"}


def test_posts_and_orders_are_never_held(source):
    assert source.count({**KOC, "fan": "nobody"}, paid("o", fan="nobody")) == {"accepted": 2}
    assert held(source) == {}


def test_a_correction_that_makes_her_unknown_again_holds_all_that_is_about_her(source):
    source.send(added("f"), wrote("f", 1), lost("f", 2), paid("o", fan="f", hours=1))
    assert source.count({**added("g"), "id": "+f"}) == {"replaced": 1}
    assert held(source) == {"~f": "unknown_fan", "-f": "unknown_fan"}
    facts = source.facts()
    assert [row[0] for row in facts["Presence"]] == ["g"]
    assert facts["Order"][0][7:9] == (None, "unbound")
    assert source.count(added("f")) == {"replaced": 1}
    assert held(source) == {}


def test_a_fan_known_by_one_of_two_additions_stays_known_when_one_is_withdrawn(source):
    source.send(added("f"), added("f", 5, id="+f2"), wrote("f", 6))
    source.send(retract("fan.added", "+f"))
    assert held(source) == {}
    assert source.count(rated("f", 5)) == {"accepted": 1}
    source.send(retract("fan.added", "+f2"))
    assert held(source) == {"~f": "unknown_fan", "*f": "unknown_fan"}


# -- Money ------------------------------------------------------------------------------------------------------------


def test_refunds_may_take_all_that_was_paid_and_not_a_cent_more(source):
    source.send(paid("o", "10.00"), refunded("o", "9.99", id="r1"))
    assert source.count(refunded("o", "0.02", id="r2")) == {"rejected": 1}
    assert source.count(refunded("o", "0.01", id="r2")) == {"accepted": 1}
    assert source.count(refunded("o", "0.00", id="r3")) == {"accepted": 1}


def test_the_limit_goes_by_arrival_within_one_body_too(source):
    body = [paid("o", "10"), refunded("o", "6", 9, id="late"), refunded("o", "6", 1, id="early")]
    account = source.send(*body)
    assert [(error["id"], error["code"]) for error in account["errors"]] == [("early", "refund_exceeds_paid")]


def test_a_refund_of_an_unknown_order_is_held_and_applied_when_the_order_comes(source):
    assert source.count(refunded("o", "5")) == {"held": 1}
    assert held(source) == {"ro": "unknown_order"}
    source.send(paid("o", "5"))
    assert (held(source), refunds(source)) == ({}, {"ro": ("applied", "5.00")})


def test_a_held_refund_that_turns_out_too_large_stays_held_with_that_reason(source):
    source.send(refunded("o", "6", id="r1"), refunded("o", "5", id="r2"), refunded("o", "3", id="r3"))
    source.send(paid("o", "9"))
    assert refunds(source) == {
        "r1": ("applied", "6.00"),
        "r2": ("refund_exceeds_paid", "5.00"),
        "r3": ("applied", "3.00"),
    }
    assert held(source) == {"r2": "refund_exceeds_paid"}


def test_a_refund_too_large_is_applied_once_the_order_is_corrected_upwards(source):
    source.send(refunded("o", "6"), paid("o", "5"))
    assert held(source) == {"ro": "refund_exceeds_paid"}
    source.send(paid("o", "6"))
    assert (held(source), refunds(source)) == ({}, {"ro": ("applied", "6.00")})


def test_a_refund_too_large_may_be_corrected_or_withdrawn(source):
    source.send(refunded("o", "6"), paid("o", "5"))
    assert source.count(refunded("o", "7")) == {"rejected": 1}
    assert source.count(refunded("o", "4")) == {"replaced": 1}
    assert refunds(source) == {"ro": ("applied", "4.00")}
    assert source.count(retract("order.refunded", "ro")) == {"withdrawn": 1}
    assert refunds(source) == {}


def test_a_withdrawn_refund_makes_room_for_one_that_waits(source):
    source.send(refunded("o", "6", id="r1"), refunded("o", "6", id="r2"), paid("o", "10"))
    source.send(retract("order.refunded", "r1"))
    assert refunds(source) == {"r2": ("applied", "6.00")}


def test_an_order_is_not_corrected_below_what_is_refunded(source):
    source.send(paid("o", "10"), refunded("o", "6"))
    account = source.send(paid("o", "5.99"))
    assert [(error["id"], error["code"]) for error in account["errors"]] == [("o", "below_refunded")]
    assert source.count(paid("o", "6")) == {"replaced": 1}


def test_a_refund_waiting_does_not_count_as_refunded(source):
    source.send(refunded("o", "6"), paid("o", "5"))
    assert source.count(paid("o", "1")) == {"replaced": 1}


def test_a_refund_corrected_is_measured_without_its_old_amount(source):
    source.send(paid("o", "10"), refunded("o", "6", id="r1"), refunded("o", "4", id="r2"))
    assert source.count(refunded("o", "7", id="r1")) == {"rejected": 1}
    assert source.count(refunded("o", "5", id="r1"), refunded("o", "5", id="r2")) == {"replaced": 2}


def test_a_refund_corrected_to_another_order_leaves_room_at_the_first(source):
    source.send(paid("o", "10"), paid("p", "5"), refunded("o", "10", id="r1"))
    assert source.count(refunded("p", "6", id="r1")) == {"rejected": 1}
    assert source.count(refunded("p", "5", id="r1"), refunded("o", "10", id="r2")) == {"replaced": 1, "accepted": 1}
    assert refunds(source) == {"r1": ("applied", "5.00"), "r2": ("applied", "10.00")}


def test_a_refund_corrected_to_an_unknown_order_waits_for_it(source):
    source.send(paid("o", "10"), refunded("o", "10"))
    assert source.count(refunded("p", "10", id="ro")) == {"replaced": 1}
    assert held(source) == {"ro": "unknown_order"}
    assert source.count(paid("o", "1")) == {"replaced": 1}


def test_an_order_withdrawn_holds_its_refunds_and_sent_anew_smaller_applies_what_fits(source):
    source.send(paid("o", "10"), refunded("o", "6", id="r1"), refunded("o", "4", id="r2"))
    assert source.count(retract("order.paid", order="o")) == {"withdrawn": 1}
    assert held(source) == {"r1": "unknown_order", "r2": "unknown_order"}
    assert source.count(paid("o", "5")) == {"accepted": 1}
    assert refunds(source) == {"r1": ("refund_exceeds_paid", "6.00"), "r2": ("applied", "4.00")}


def test_order_numbers_may_hold_any_characters(source):
    numbers = ["a b", "A B", "纸😀", "x|y", "\\N", "\\.", "tab\there", "new\nline", "cr\rhere", "'; --", "%s", "%(x)s",
               "ünïcödé", "u\u0308", "0", " "]  # fmt: skip
    assert source.count(*(paid(number, "5") for number in numbers)) == {"accepted": len(numbers)}
    assert source.count(*(refunded(number, "5") for number in numbers)) == {"accepted": len(numbers)}
    assert source.count(*(paid(number, "5.0") for number in numbers)) == {"duplicates": len(numbers)}
    assert {row[0] for row in source.facts()["Order"]} == set(numbers)


def test_the_other_brand_and_the_other_project_know_nothing_of_it(acme, globex):
    here, beside, there = Source(acme), Source(acme, "p2"), Source(globex)
    here.send(added("f"), paid("o", "10"), refunded("o", "1"))
    for other in (beside, there):
        assert other.count(wrote("f"), refunded("o", "1")) == {"held": 2}
        assert other.count(retract("fan.added", "+f"), retract("order.paid", order="o")) == {"rejected": 2}
    assert held(here) == {}


# -- Any history against a replay -------------------------------------------------------------------------------------


class Replay:
    """The ledger said naively: what is in force, and after every line all refunds of all orders looked at again."""

    def __init__(self):
        self.known, self.in_force, self.applied, self.arrival = set(), {}, set(), {}

    def take(self, line):
        kind = line.get("of") or line["type"]
        identity = (kind, line["order"] if kind == "order.paid" else line["id"])
        if line["type"] == "retract":
            if identity not in self.known:
                return "unknown_event"
            if self.in_force.pop(identity, None) is None:
                return "duplicates"
            self.applied.discard(identity)
            self.settle()
            return "withdrawn"
        before = self.in_force.get(identity)
        if before == line:
            return "duplicates"
        if kind == "order.paid" and before and Decimal(line["amount"]) < self.refunded(line["order"]):
            return "below_refunded"
        if kind == "order.refunded":
            paid = self.paid(line["order"])
            others = self.refunded(line["order"], but=identity)
            if paid is not None and Decimal(line["amount"]) > paid - others:
                return "refund_exceeds_paid"
        waits = self.waits(line)
        self.known.add(identity)
        self.in_force[identity] = line
        self.arrival[identity] = max(self.arrival.values(), default=0) + 1
        if kind == "order.refunded":
            self.applied.discard(identity)
            if not waits:
                self.applied.add(identity)
        self.settle()
        return "replaced" if before else "held" if waits else "accepted"

    def waits(self, line):
        if line["type"] == "order.refunded":
            return self.paid(line["order"]) is None
        return line["type"] in ("interaction", "fan.lost") and not any(
            other["type"] == "fan.added" and other["fan"] == line["fan"] for other in self.in_force.values()
        )

    def paid(self, order):
        line = self.in_force.get(("order.paid", order))
        return Decimal(line["amount"]) if line else None

    def refunded(self, order, but=None):
        return sum(
            Decimal(self.in_force[one]["amount"])
            for one in self.applied
            if one != but and self.in_force[one]["order"] == order
        )

    def settle(self):
        refunds = [one for one in self.in_force if one[0] == "order.refunded"]
        for one in sorted(refunds, key=self.arrival.get):
            line, paid = self.in_force[one], self.paid(self.in_force[one]["order"])
            if paid is None:
                self.applied.discard(one)
            elif one not in self.applied and Decimal(line["amount"]) <= paid - self.refunded(line["order"]):
                self.applied.add(one)

    def held(self):
        return {line["id"] for line in self.in_force.values() if self.waits(line)} | {
            one[1] for one in self.in_force if one[0] == "order.refunded" and one not in self.applied
        }


amounts = st.sampled_from(["0.00", "3.00", "5.00", "8.00", "10.00"])
facts = st.one_of(
    st.builds(paid, st.sampled_from("op"), amounts),
    st.builds(lambda o, a, i: refunded(o, a, id=i), st.sampled_from("op"), amounts, st.sampled_from("rst")),
    st.builds(lambda f, i: added(f, id=i), st.sampled_from("fg"), st.sampled_from("xy")),
    st.builds(lambda f, i: wrote(f, 1, id=i), st.sampled_from("fg"), st.sampled_from("xy")),
    st.builds(lambda f: lost(f, 9, id=f"-{f}"), st.sampled_from("fg")),
)
sequences = st.lists(facts | facts.map(retraction_of), min_size=1, max_size=24)


class TestHistories(TestCase):
    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(sequences, st.lists(st.integers(0, 24), max_size=3))
    def test_any_history_in_any_bodies_ends_as_the_replay_does(self, lines, cuts):
        with inside(Brand.objects.get(slug="acme")):
            project, replay = make_project(auto_assign=False), Replay()
            ends = sorted({min(cut, len(lines)) for cut in (0, *cuts, len(lines))})
            for first, last in pairwise(ends):
                # A blank line per body keeps it from being a repeat of an earlier one, byte for byte.
                account = take(project, [b"\n" * last, *lines[first:last]])
                verdicts = [replay.take(line) for line in lines[first:last]]
                told = {error["line"] - last - 1: error["code"] for error in account["errors"]}
                assert told == {i: v for i, v in enumerate(verdicts) if v in _REFUSALS}
                for counter in ("accepted", "duplicates", "replaced", "withdrawn", "held"):
                    assert (counter, account[counter]) == (counter, verdicts.count(counter))
            assert {event.key for event in held_events(project)} == replay.held()
            states = dict(Refund.objects.filter(project_id=project.pk).values_list("key", "state"))
            assert {key for key, state in states.items() if state == "applied"} == {key for _, key in replay.applied}
            for order in "op":
                assert replay.refunded(order) <= (replay.paid(order) or 0)


_REFUSALS = {"unknown_event", "below_refunded", "refund_exceeds_paid"}


def test_touches_are_interactions_like_others(source):
    assert source.count(added("f"), touched("f", 1), wrote("f", 1)) == {"accepted": 3}
