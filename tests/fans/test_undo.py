"""An undone batch leaves what was there before it, wherever nobody changed it since."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from fans.intake import take_body
from fans.models import Batch, Contact, Event, EventKind
from fans.spool import spooled
from kpi.rollup import roll_up
from projects.services import put_definition
from tenants.keys import keys_of_current_brand
from tenants.models import Brand
from tests.factories import inside, make_project
from tests.fans.sending import (
    Source,
    added,
    facts_of,
    lines_of,
    lost,
    moved,
    paid,
    rated,
    refunded,
    retract,
    take,
    touched,
    undo,
    versions,
    wrote,
)
from tests.fans.test_projection import SHEET, flows_of, identity, in_bodies, in_order


@pytest.fixture
def source(acme):
    return Source(acme)


def undone(source, batch):
    """(restored, {id: code} of what was kept)"""
    answer = source.undo(batch)
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert told["kept_count"] == len(told["kept"])
    return told["restored"], {event["id"]: event["code"] for event in told["kept"]}


BEFORE = [added("f", 1, guide="a", phone="13800138000", name="Wang"), wrote("f", 2), paid("o", "100", 3, fan="f"),
          refunded("o", "10", 4), rated("f", 5, 5), lost("g", 6)]  # fmt: skip
BATCH = [added("f", 2, guide="b", phone="13900139000", name="Li"), retract("interaction", "~f"), paid("o", "80", 5),
         refunded("o", "20", 4), added("g", 1), moved("g", "b", 3), touched("f", 9), retract("rating", "*f"),
         paid("new", "5")]  # fmt: skip


@pytest.mark.django_db
class TestUndo:
    def test_everything_is_as_if_it_had_never_been_sent(self, source):
        source.send(*BEFORE)
        before, held = source.facts(), source.held()
        batch = source.send(*BATCH)["batch"]
        assert source.facts() != before
        assert undone(source, batch) == (len(BATCH), {})
        assert source.facts() == before
        assert [{**one, "at": None} for one in source.held()] == [{**one, "at": None} for one in held]

    def test_what_somebody_changed_since_is_kept_and_listed(self, source):
        source.send(*BEFORE)
        batch = source.send(added("f", 2), added("h", 1), added("i", 1), rated("f", 1, 5))["batch"]
        source.send(added("h", 2), retract("fan.added", "+i"))
        assert undone(source, batch) == (2, {"+h": "changed_since", "+i": "changed_since"})
        assert [(row[0], row[1].hour) for row in source.facts()["members"]] == [("f", 17), ("h", 18)]

    def test_a_change_that_was_changed_back_is_a_change(self, source):
        batch = source.send(added("f", 1))["batch"]
        source.send(added("f", 2))
        source.send(b"\n", added("f", 1))
        assert undone(source, batch) == (0, {"+f": "changed_since"})

    def test_duplicates_were_not_the_batchs_and_stay(self, source):
        source.send(added("f"))
        batch = source.send(added("f"), added("g"))["batch"]
        assert undone(source, batch) == (1, {})
        assert [row[0] for row in source.facts()["members"]] == ["f"]

    def test_personal_data_comes_back_with_the_version_restored(self, source):
        source.send(*BEFORE)
        undone(source, source.send(*BATCH)["batch"])
        with inside(source.brand):
            current = versions(source.project, EventKind.FAN_ADDED, "+f")[-1]
            contact = Contact.objects.get(event_id=current.id)
            assert (contact.name, contact.fan_id) == ("Wang", current.fan_id)
            assert keys_of_current_brand().unseal(bytes(contact.phone_sealed)) == "13800138000"
            assert bytes(current.phone_index) == keys_of_current_brand().phone_index("13800138000")

    def test_what_the_batch_sent_first_was_never_sent(self, source):
        undone(source, source.send(added("f"))["batch"])
        assert source.count(retract("fan.added", "+f")) == {"rejected": 1}
        assert source.count(wrote("f")) == {"held": 1}
        assert source.count(added("f")) == {"accepted": 1}

    def test_what_was_withdrawn_before_the_batch_is_withdrawn_again(self, source):
        source.send(added("f"))
        source.send(retract("fan.added", "+f"))
        undone(source, source.send(b"\n", added("f"))["batch"])
        assert source.count(retract("fan.added", "+f"), b"\n") == {"duplicates": 1}

    def test_what_the_batch_sent_and_withdrew_itself_was_never_sent(self, source):
        batch = source.send(added("f"), retract("fan.added", "+f"))["batch"]
        assert undone(source, batch) == (1, {})
        assert source.count(retract("fan.added", "+f")) == {"rejected": 1}

    def test_undoing_twice_or_undoing_an_undo_conflicts(self, source):
        batch = source.send(added("f"))["batch"]
        undo_of_it = source.undo(batch).json()["batch"]
        for number in (batch, undo_of_it):
            answer = source.undo(number)
            assert (answer.status_code, answer.json()["type"]) == (409, "urn:siyu:problem:cannot_undo")

    def test_both_batches_tell_of_it(self, source):
        batch = source.send(added("f"))["batch"]
        undo_of_it = source.undo(batch).json()["batch"]
        told = {b["batch"]: b for b in source.client.get(f"{source.path}/batches/").json()["results"]}
        assert told[batch]["undone_at"] is not None
        assert (told[undo_of_it]["undoes"], told[undo_of_it]["received"], told[undo_of_it]["withdrawn"]) == (
            batch,
            1,
            1,
        )

    def test_batches_may_be_undone_in_any_order(self, source):
        first = source.send(added("f", 1))["batch"]
        second = source.send(added("f", 2))["batch"]
        assert undone(source, first) == (0, {"+f": "changed_since"})
        assert undone(source, second) == (1, {})
        assert source.facts()["members"][0][1].hour == 17

    def test_a_batch_whose_sender_died_can_be_undone(self, source):
        batch = source.send(added("f"))["batch"]
        with inside(source.brand):
            Batch.objects.filter(pk=batch).update(state=Batch.State.RUNNING)
        assert undone(source, batch) == (1, {})

    def test_a_batch_of_nothing_can_be_undone(self, source):
        assert undone(source, source.send({"type": "what"})["batch"]) == (0, {})

    def test_what_another_body_corrected_between_two_chunks_goes_back_to_that(self, source, monkeypatch):
        monkeypatch.setattr("fans.intake.CHUNK_LINES", 1)
        source.send(rated("f", 1))
        with inside(source.brand):
            digest, body = keys_of_current_brand().body_digest(), lines_of([rated("f", 2), rated("f", 4)])
            with spooled(BytesIO(body), digest, encoding="", is_array=False, expected=len(body)) as spool:
                first, second = spool.lines()

                def lines():
                    yield first
                    take(source.project, [rated("f", 3)])
                    yield second

                spool.lines = lines
                batch = take_body(source.project, spool, digest.digest(), made_by="test").pk
        assert undone(source, batch) == (1, {})
        with inside(source.brand):
            told = versions(source.project, EventKind.RATING, "*f")
        assert [version.score for version in told] == [1, 2, 3, 4, 3]

    def test_undone_from_the_last_to_the_first_batches_give_back_what_each_found(self, source):
        batches = [source.send(rated("f", score))["batch"] for score in (1, 2, 3)]
        assert [undone(source, batch) for batch in reversed(batches)] == [(1, {})] * 3
        assert source.count(retract("rating", "*f")) == {"rejected": 1}

    def test_what_an_undo_gave_back_of_an_undo_is_its_first_senders(self, source):
        first, second = (source.send(rated("f", score))["batch"] for score in (1, 2))
        undone(source, second)
        third = source.send(rated("f", 3))["batch"]
        undone(source, third)
        assert undone(source, first) == (1, {})

    def test_a_batch_of_several_pieces_is_restored_whole(self, source, monkeypatch):
        """Also where an order and its refunds lie in different pieces, and each makes room for the other."""
        source.send(*BEFORE, *(paid(f"p{i}", "100") for i in range(4)), *(refunded(f"p{i}", "90") for i in range(4)))
        before = source.facts()
        down = [*(retract("order.refunded", f"rp{i}") for i in range(4)), *(paid(f"p{i}", "5") for i in range(4))]
        batch = source.send(*BATCH, *down)["batch"]
        monkeypatch.setattr("fans.undo.CHUNK_LINES", 2)
        assert undone(source, batch) == (len(BATCH) + len(down), {})
        assert source.facts() == before

    def test_the_other_brand_keeps_what_it_was_sent(self, source, globex):
        there = Source(globex)
        batch = source.send(*BEFORE)["batch"]
        there.send(*BEFORE)
        told = there.facts()
        undone(source, batch)
        assert there.facts() == told


@pytest.mark.django_db
class TestMoney:
    def test_an_order_is_not_restored_below_what_is_refunded_by_now(self, source):
        source.send(paid("o", "10"))
        batch = source.send(paid("o", "20"), added("f"))["batch"]
        source.send(refunded("o", "15"))
        assert undone(source, batch) == (1, {"o": "below_refunded"})
        assert source.facts()["Order"][0][3] == 20

    def test_a_refund_is_not_restored_above_what_is_left(self, source):
        source.send(paid("o", "10"), refunded("o", "8"))
        batch = source.send(refunded("o", "2"))["batch"]
        source.send(refunded("o", "5", id="r2"))
        assert undone(source, batch) == (0, {"ro": "refund_exceeds_paid"})

    def test_an_order_first_sent_by_the_batch_goes_and_later_refunds_wait(self, source):
        batch = source.send(paid("o", "10"))["batch"]
        source.send(refunded("o", "5"))
        assert undone(source, batch) == (1, {})
        assert [(event["id"], event["reason"]) for event in source.held()] == [("ro", "unknown_order")]

    def test_order_and_refund_of_one_batch_make_room_for_each_other(self, source):
        source.send(paid("o", "10"), refunded("o", "10"))
        batch = source.send(refunded("o", "1"), paid("o", "1"))["batch"]
        assert undone(source, batch) == (2, {})
        assert source.facts()["Order"][0][3] == source.facts()["Refund"][0][4] == 10

    def test_a_refund_that_waited_is_applied_when_the_undo_makes_room(self, source):
        source.send(refunded("o", "8"), paid("o", "10"))
        batch = source.send(retract("order.paid", order="o"), paid("o", "5"))["batch"]
        assert [event["reason"] for event in source.held()] == ["refund_exceeds_paid"]
        assert undone(source, batch) == (1, {})
        assert source.held() == []


class TestAnyBatch(TestCase):
    @settings(max_examples=15, deadline=None, derandomize=True)
    @given(identity, identity, st.integers(0, 10**6))
    def test_rows_and_flows_are_those_of_never_having_sent_it(self, before, batch, seed):
        with inside(Brand.objects.get(slug="acme")):
            project = make_project(auto_assign=False)
            put_definition(project, SHEET, by=None)
            take(project, before)
            roll_up(project)
            facts, flows = facts_of(project), flows_of(project)
            history, _ = in_order(batch, seed)
            told = undo(project, take(project, [b"\n", *history])["batch"])
            roll_up(project)
            assert told.kept == []
            assert facts_of(project) == facts
            assert flows_of(project) == flows

    @settings(max_examples=10, deadline=None, derandomize=True)
    @given(identity, st.integers(0, 10**6))
    def test_all_batches_undone_from_the_last_to_the_first_leave_nothing(self, events, seed):
        with inside(Brand.objects.get(slug="acme")):
            project = make_project(auto_assign=False)
            history, chance = in_order(events, seed)
            batches = [take(project, body)["batch"] for body in in_bodies(history, chance)]
            assert [undo(project, batch).kept for batch in reversed(batches)] == [[] for _ in batches]
            assert not any(facts_of(project).values())
            in_force = Event.objects.filter(project_id=project.pk, superseded_by=None)
            assert not in_force.exclude(status=Event.Status.UNDONE).exists()
