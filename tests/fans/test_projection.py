"""What follows from the events in force does not depend on how they came; and the marks name the days that changed."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from fans.models import Member, OrderState, Projection
from fans.refold import refold_project
from kpi.models import DayFlow
from kpi.rollup import mark_days, roll_up
from projects.models import DayMark
from projects.queries import definition_in_use
from projects.services import put_definition
from siyu.models import DueWork
from tenants.models import Brand
from tests.factories import inside, make_project
from tests.fans.sending import (
    Source,
    added,
    facts_of,
    lost,
    moved,
    paid,
    rated,
    refunded,
    retract,
    retraction_of,
    take,
    touched,
    wrote,
)

SHEET = {
    "counting_ties": ["friend", "group"],
    "gmv_rules": {
        "default": {"rule": "any_fan"},
        "shop": {"rule": "full"},
        "live": {"rule": "present", "grace_days": 1},
        "mall": {"rule": "window", "days": 2},
        "ads": {"rule": "proof"},
    },
}
OTHER_SHEET = {
    "counting_ties": ["official"],
    "gmv_rules": {"default": {"rule": "none"}, "mall": {"rule": "window", "days": 1}, "live": {"rule": "full"}},
}

# -- One example for each sentence ------------------------------------------------------------------------------------


@pytest.fixture
def source(acme):
    return Source(acme, sheet=SHEET)


def orders(source):
    """{order: (fan, state)}"""
    return {row[0]: (row[7], row[8]) for row in source.facts()["Order"]}


@pytest.mark.django_db
class TestBinding:
    def test_by_fan_where_she_is_known_else_by_phone(self, source):
        source.send(added("f", phone="13800138000"), paid("by fan", fan="f"), paid("by phone", phone="13800138000"))
        source.send(
            paid("unknown fan", fan="g", phone="13800138000"), paid("unknown both", fan="g", phone="13900139000")
        )
        source.send(added("h"), paid("known fan, other's phone", fan="h", phone="13800138000"))
        assert orders(source) == {
            "by fan": ("f", "counted"),
            "by phone": ("f", "counted"),
            "unknown fan": ("f", "counted"),
            "unknown both": (None, "unbound"),
            "known fan, other's phone": ("h", "counted"),
        }

    def test_a_phone_is_its_last_eleven_digits(self, source):
        source.send(added("f", phone="+86 (138) 0013-8000"), added("short", phone="0013-8000"))
        spelt = ["13800138000", "0086-138-0013-8000", "１３８００１３８０００", "tel:138 0013 8000", "1３8001３8000x"]
        source.send(*(paid(phone, phone=phone) for phone in spelt), paid("short", phone="00138000"))
        assert orders(source) == {**dict.fromkeys(spelt, ("f", "counted")), "short": (None, "unbound")}

    def test_other_scripts_digits_are_none(self, source):
        source.send(added("f", phone="13800138000"), paid("o", phone="١٣٨٠٠١٣٨٠٠٠"))
        assert orders(source) == {"o": (None, "unbound")}

    def test_of_several_fans_the_earliest_added_by_any_tie_then_the_smaller_code(self, source):
        phone = "13800138000"
        source.send(added("纸", 2, phone=phone), added("a", 2, phone=phone), paid("o", phone=phone, hours=5))
        assert orders(source) == {"o": ("a", "counted")}
        source.send(added("纸", 1, id="earlier", tie="official"))  # her first addition of any tie, without the phone
        assert orders(source) == {"o": ("纸", "counted")}
        source.send(added("B", 1, phone=phone))
        assert orders(source) == {"o": ("B", "counted")}

    def test_a_phone_or_fan_known_later_binds_anew_and_one_withdrawn_lets_go(self, source):
        phone = "13800138000"
        source.send(paid("o", fan="f", phone=phone, hours=5))
        assert orders(source) == {"o": (None, "unbound")}
        source.send(added("g", 2, phone=phone))
        assert orders(source) == {"o": ("g", "counted")}
        source.send(added("f", 1))
        assert orders(source) == {"o": ("f", "counted")}
        source.send(retract("fan.added", "+f"))
        assert orders(source) == {"o": ("g", "counted")}
        source.send(added("g", 2, phone="13900139000"))
        assert orders(source) == {"o": (None, "unbound")}

    def test_an_old_phone_binds_while_its_addition_is_in_force(self, source):
        source.send(added("f", phone="13800138000"), added("f", 1, id="+2", phone="13900139000"))
        source.send(paid("old", phone="13800138000", hours=2), paid("new", phone="13900139000", hours=2))
        assert orders(source) == {"old": ("f", "counted"), "new": ("f", "counted")}


@pytest.mark.django_db
class TestStates:
    def test_paid_before_her_first_addition_or_without_one(self, source):
        source.send(added("f", 5), added("g", 1, tie="official"), paid("at", fan="f", hours=5))
        source.send(paid("before", fan="f", hours=4.999), paid("follower", fan="g", hours=5))
        assert orders(source) == {
            "at": ("f", "counted"),
            "before": ("f", "before_added"),
            "follower": ("g", "before_added"),
        }

    def test_full_counts_all(self, source):
        source.send(added("f", 5), paid("unbound", platform="shop"), paid("before", fan="f", platform="shop"))
        assert orders(source) == {"unbound": (None, "counted"), "before": ("f", "counted")}

    def test_proof_counts_what_is_proven(self, source):
        source.send(added("f"), paid("with", fan="f", platform="ads", proof="code", hours=1))
        source.send(paid("without", fan="f", platform="ads", hours=1))
        assert orders(source) == {"with": ("f", "counted"), "without": ("f", "natural")}

    def test_present_counts_from_her_begin_to_just_before_the_end_of_grace(self, source):
        source.send(added("f", 1), lost("f", 2), added("f", 100, id="again"))
        hours = {"first": 1, "at end": 2, "just within": 2 + 24 - 1 / 3600, "just over": 26, "back": 100}
        source.send(*(paid(name, fan="f", platform="live", hours=hour) for name, hour in hours.items()))
        counted = {name for name, (_, state) in orders(source).items() if state == OrderState.COUNTED}
        assert counted == {"first", "at end", "just within", "back"}

    def test_a_presence_of_no_length_has_its_grace(self, source):
        source.send(added("f", 1), lost("f", 1))
        source.send(
            paid("within", fan="f", platform="live", hours=24), paid("over", fan="f", platform="live", hours=25)
        )
        assert orders(source) == {"within": ("f", "counted"), "over": ("f", "natural")}

    def test_window_counts_from_a_touch_to_its_days_after_both_ends_included(self, source):
        source.send(added("f"), touched("f", 10), wrote("f", 200))
        hours = {"before": 9.999, "at": 10, "end": 58, "over": 58.001, "after her own words": 201}
        source.send(*(paid(name, fan="f", platform="mall", hours=hour) for name, hour in hours.items()))
        assert {name for name, (_, state) in orders(source).items() if state == "counted"} == {"at", "end"}

    def test_a_touch_late_corrected_moved_or_withdrawn_takes_its_place(self, source):
        source.send(added("f"), added("g"), paid("f's", fan="f", platform="mall", hours=30))
        source.send(paid("g's", fan="g", platform="mall", hours=30))

        def counted():
            return {name for name, (_, state) in orders(source).items() if state == "counted"}

        assert counted() == set()
        source.send(touched("f", 20, id="t"))
        assert counted() == {"f's"}
        source.send(touched("g", 20, id="t"))
        assert counted() == {"g's"}
        source.send(wrote("g", 20, id="t"))
        assert counted() == set()
        source.send(touched("g", 20, id="t"))
        source.send(retract("interaction", "t"))
        assert counted() == set()

    def test_an_unheard_of_platform_and_none_stand_under_the_default(self, source):
        source.send(added("f"), paid("none", fan="f", hours=1), paid("other", fan="f", platform="default", hours=1))
        assert orders(source) == {"none": ("f", "counted"), "other": ("f", "counted")}


@pytest.mark.django_db
class TestFirstAddition:
    def member(self, source):
        [row] = source.facts()["members"]
        return {"at": row[2], "channel": row[4], "opening": row[5], "post": row[6], "referrer": row[7]}

    def test_it_is_the_one_that_began_her_first_presence_and_its_words_are_credited(self, source):
        source.send(
            added("f", 1, id="1", tie="official", channel="early"),
            added("f", 2, id="2", channel="cards", koc_post="p", referrer="r"),
            added("f", 3, id="3", channel="late", opening=True),
        )
        told = self.member(source)
        assert (told["channel"], told["opening"], told["post"], told["referrer"]) == ("cards", False, "p", "r")

    def test_at_one_instant_the_smaller_id_is_first_by_code_points(self, source):
        ids = ["😀", "纸", "z", "Z", "ä"]
        source.send(*(added("f", 1, id=id, channel=id) for id in ids))
        for id in sorted(ids):
            assert self.member(source)["channel"] == id
            source.send(retract("fan.added", id))

    def test_when_it_is_withdrawn_the_next_one_is_first(self, source):
        source.send(added("f", 1, id="1", channel="a", opening=True), added("f", 2, id="2", channel="b"))
        source.send(retract("fan.added", "1"))
        told = self.member(source)
        assert (told["channel"], told["opening"]) == ("b", False)

    def test_one_who_was_lost_and_returned_keeps_her_first_even_if_opening(self, source):
        source.send(added("f", 1, opening=True), lost("f", 2), added("f", 3, id="back", channel="sms"))
        assert self.member(source)["opening"] is True


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:30:00+00:00"),  # skipped: the offset before
        ("America/New_York", "2025-11-02T01:30:00", "2025-11-02T05:30:00+00:00"),  # repeated: the first
        ("Europe/London", "2025-03-30T01:30:00", "2025-03-30T01:30:00+00:00"),
        ("Europe/London", "2025-10-26T01:30:00", "2025-10-26T00:30:00+00:00"),
        ("Asia/Beirut", "2022-03-27T00:30:00", "2022-03-26T22:30:00+00:00"),  # midnight does not exist
        ("America/St_Johns", "2010-11-07T00:00:30", "2010-11-07T02:30:30+00:00"),  # 00:01 goes back to 23:01
        ("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T22:00:00+00:00"),  # the day that was left out
        ("Asia/Shanghai", "1900-12-31T23:00:00", "1900-12-31T14:54:17+00:00"),  # local mean time
    ],
)
def test_times_without_an_offset_are_read_in_the_projects_zone(acme, zone, at, day):
    source = Source(acme, timezone=zone)
    source.send({**added("f"), "at": at})
    assert source.facts()["members"][0][1].isoformat() == day


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("Asia/Shanghai", "2026-03-01T15:59:59.999999Z", "2026-03-01"),
        ("Asia/Shanghai", "2026-03-01T16:00:00Z", "2026-03-02"),
        ("America/New_York", "2025-11-02T05:30:00Z", "2025-11-02"),
        ("Asia/Beirut", "2022-03-26T21:59:59Z", "2022-03-26"),
        ("Asia/Beirut", "2022-03-26T22:00:00Z", "2022-03-27"),
        ("America/St_Johns", "2010-11-07T02:31:30Z", "2010-11-07"),  # 23:01:30 again, after the day began
        ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31"),
    ],
)
def test_a_local_day_begins_at_its_first_instant(acme, zone, at, day):
    source = Source(acme, timezone=zone)
    source.send({**added("f"), "at": at})
    assert source.facts()["members"][0][3].isoformat() == day


# -- Any order, any bodies --------------------------------------------------------------------------------------------

FANS, ACCOUNTS = ["f", "g", "纸"], ["a", "b"]
PHONES = [None, "13800138000", "+86 139 0013 9000"]
HOURS = [0, 1, 1, 20, 24, 30, 50, 80]
fans, hours, accounts = st.sampled_from(FANS), st.sampled_from(HOURS), st.sampled_from(ACCOUNTS)
ids = st.sampled_from(["1", "2", "3", "Z", "纸"])


def options(**fields):
    return st.fixed_dictionaries({}, optional=fields)


events = st.one_of(
    st.builds(
        lambda f, h, i, more: added(f, h, id=i, **more), fans, hours, ids,
        options(guide=accounts, channel=st.sampled_from(["c", "d"]), phone=st.sampled_from(PHONES),
                opening=st.booleans(), tie=st.sampled_from(["friend", "friend", "group", "official"]),
                group=st.sampled_from(["x", "y"]), koc_post=st.just("p"), referrer=fans),
    ),
    st.builds(
        lambda f, h, i, more: lost(f, h, id=i, **more), fans, hours, ids,
        options(guide=accounts, tie=st.sampled_from(["friend", "group"]),
                cause=st.sampled_from(["deleted", "transfer"])),
    ),
    st.builds(
        lambda f, h, i, to, more: moved(f, to, h, id=i, **more), fans, hours, ids, st.none() | accounts,
        options(**{"from": st.none() | accounts}),
    ),
    st.builds(lambda f, h, i: touched(f, h, id=i), fans, hours, ids),
    st.builds(lambda f, h, i: wrote(f, h, id=i), fans, hours, ids),
    st.builds(lambda f, s, h, i: rated(f, s, h, id=i), fans, st.integers(3, 5), hours, ids),
    st.builds(
        lambda o, h, more: paid(o, "100.00", h, **more), st.sampled_from("opq"), hours,
        options(fan=fans, phone=st.sampled_from(PHONES), proof=st.just("link"),
                platform=st.sampled_from(["shop", "live", "mall", "ads", "else"])),
    ),
    st.builds(lambda o, h, i: refunded(o, "10.00", h, id=i), st.sampled_from("opq"), hours, st.sampled_from("rs")),
)  # fmt: skip
identity = st.lists(events, min_size=4, max_size=24, unique_by=lambda event: str(sorted(retraction_of(event).items())))


def in_order(finals, seed):
    """A history that ends with these events in force: each perhaps preceded by other content, a withdrawal, repeats."""
    chance = random.Random(seed)  # noqa: S311 - the same history for the same seed
    stories = []
    for event in finals:
        story = [event]
        if chance.random() < 0.4:
            other = next((one for one in finals if one["type"] == event["type"] and one is not event), None)
            names = ("fan", "at", "guide", "phone", "to", "platform")
            story = [{**event, **{n: other[n] for n in names if other and n in other}}, event]
        if chance.random() < 0.3:
            story[-1:] = [event, retraction_of(event), event]
        if chance.random() < 0.3:
            story.append(event)
        stories.append(story)
    unwanted = [[event, retraction_of(event)] for event in _UNWANTED if chance.random() < 0.5]
    stories += unwanted
    history = []
    while stories:
        story = chance.choice(stories)
        history.append(story.pop(0))
        if not story:
            stories.remove(story)
    return history, chance


_UNWANTED = [
    added("f", 0, id="no", phone="13800138000", guide="b", channel="e"),
    lost("g", 1, id="no"),
    moved("g", "b", 2, id="no"),
    touched("g", 20, id="no"),
    paid("no", fan="f"),
    added("h", 0, id="gone"),
]


def in_bodies(history, chance):
    """The history cut into bodies, none the repeat of another byte for byte."""
    while history:
        size = chance.choice([1, 3, 8, len(history)])
        yield [b"\n" * len(history), *history[:size]]
        history = history[size:]


class TestAnyHistory(TestCase):
    @settings(max_examples=20, deadline=None, derandomize=True)
    @given(identity, st.integers(0, 10**6))
    def test_rows_are_those_of_the_final_events_sent_once_in_one_body(self, finals, seed):
        with inside(Brand.objects.get(slug="acme")):
            at_once, bit_by_bit = make_project(auto_assign=False), make_project(auto_assign=False)
            for project in (at_once, bit_by_bit):
                put_definition(project, SHEET, by=None)
            take(at_once, sorted(finals, key=lambda event: event["type"] == "order.refunded"))
            history, chance = in_order(finals, seed)
            for body in in_bodies(history, chance):
                take(bit_by_bit, body)
            assert facts_of(bit_by_bit) == facts_of(at_once)

    @settings(max_examples=12, deadline=None, derandomize=True)
    @given(identity, identity)
    def test_a_sheet_changed_leaves_the_rows_of_one_that_was_always_so(self, before, after):
        with inside(Brand.objects.get(slug="acme")):
            changed, always = make_project(auto_assign=False), make_project(auto_assign=False)
            put_definition(changed, SHEET, by=None)
            put_definition(always, OTHER_SHEET, by=None)
            take(changed, before)
            put_definition(changed, OTHER_SHEET, by=None)
            take(changed, [b"\n", *after])  # already under the new sheet; what it does not touch waits for the refold
            refold_project(changed, lambda: None)
            take(always, before)
            take(always, [b"\n", *after])
            assert facts_of(changed) == facts_of(always)

    @settings(max_examples=15, deadline=None, derandomize=True)
    @given(identity, st.integers(0, 10**6))
    def test_the_flows_of_marked_days_alone_are_those_of_all_days(self, finals, seed):
        """After every body only the days it marked are rolled up; in the end nothing else has changed."""
        with inside(Brand.objects.get(slug="acme")):
            project = make_project(auto_assign=False)
            put_definition(project, SHEET, by=None)
            history, chance = in_order(finals, seed)
            for body in in_bodies(history, chance):
                take(project, body)
                roll_up(project)
            kept = flows_of(project)
            mark_days(project)
            roll_up(project)
            assert kept == flows_of(project)


def flows_of(project):
    names = [field.attname for field in DayFlow._meta.fields if field.attname not in ("id", "project_id")]
    measures = [n for n in names if n not in ("day", "account_id", "guide", "channel_id")]
    rows = DayFlow.objects.filter(project=project).values(*names)
    return sorted((tuple(row.values()) for row in rows if any(row[name] for name in measures)), key=str)


# -- Marks and the sheet ----------------------------------------------------------------------------------------------


def days_marked(project):
    """(first, last) of each mark, as days of the month."""
    marks = DayMark.objects.filter(project=project)
    return sorted(((f"{m.first_day:%d}", f"{m.last_day:%d}" if m.last_day else "on") for m in marks), key=str)


@pytest.mark.django_db
class TestMarks:
    @pytest.fixture
    def project(self, acme):
        with inside(acme):
            project = make_project(auto_assign=False)
            take(project, [added("f", 0), lost("f", 24 * 5), paid("o", fan="f", hours=24), refunded("o", "1", 24 * 3)])
            DayMark.objects.filter(project=project).delete()
            yield project

    def test_a_duplicate_marks_nothing(self, project):
        take(project, [b"\n", added("f", 0), paid("o", fan="f", hours=24)])
        assert days_marked(project) == []

    def test_a_correction_that_changes_nothing_derived_marks_nothing(self, project):
        take(project, [added("f", 0, source="crm", name="W")])
        assert days_marked(project) == []

    def test_an_inbound_interaction_marks_its_day_and_an_outbound_one_none(self, project):
        take(project, [wrote("f", 24 * 2), touched("f", 24 * 4)])
        assert days_marked(project) == [("04", "04")]

    def test_an_event_moved_marks_the_day_it_left_and_the_day_it_came_to(self, project):
        take(project, [wrote("f", 24 * 2)])
        DayMark.objects.filter(project=project).delete()
        take(project, [wrote("f", 24 * 4)])
        assert days_marked(project) == [("04", "04"), ("06", "06")]

    def test_a_refund_marks_its_own_day(self, project):
        take(project, [refunded("o", "1", 24 * 6, id="r2")])
        assert days_marked(project) == [("08", "08")]

    def test_an_order_marks_its_day_and_those_of_its_refunds(self, project):
        take(project, [paid("o", "50", fan="f", hours=24)])
        assert days_marked(project) == [("03", "03"), ("05", "05")]

    def test_neighbouring_days_make_one_mark(self, project):
        take(project, [wrote("f", 24 * day, id=str(day)) for day in (1, 2, 3, 6)])
        assert days_marked(project) == [("03", "05"), ("08", "08")]

    def test_the_other_project_is_not_marked(self, project):
        other = make_project()
        take(other, [wrote("f", 24 * 2)])
        assert days_marked(project) == []


@pytest.mark.django_db
class TestTheSheet:
    def test_a_new_sheet_asks_for_a_refold_and_the_refold_for_a_roll_up(self, acme):
        source = Source(acme)
        source.send(added("f", tie="group"))
        with inside(acme):
            DayMark.objects.all().delete()
            put_definition(source.project, {"counting_ties": ["group"]}, by=None)
            subject = str(source.project.pk)
            assert Projection.objects.get(project=source.project).definition_version == 1
            refold_project(source.project, lambda: None)
            newest = definition_in_use(source.project).version
            assert Projection.objects.get(project=source.project).definition_version == newest == 2
            assert days_marked(source.project) == [("02", "02"), ("02", "on")]
        asked = DueWork.objects.filter(schema=acme.schema_name, subject=subject).values_list("kind", flat=True)
        assert sorted(asked) == ["refold", "rollup"]

    def test_members_whose_events_wait_are_no_fans_under_any_sheet(self, acme):
        source = Source(acme)
        source.send(lost("f"), moved("g", "a"))
        with inside(acme):
            refold_project(source.project, lambda: None)
            assert list(Member.objects.values_list("known_at", "first_added_at").distinct()) == [(None, None)]
