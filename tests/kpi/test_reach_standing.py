"""Whether a channel's reach of a month is confirmed: worked cases, and any story against a diary kept day by day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.reach_standing import Confirmation, Said, changes_of, reach_standing
from projects.workdays import is_workday

SHANGHAI = ZoneInfo("Asia/Shanghai")
MANAGER = 7


def at(text):
    return datetime.fromisoformat(f"{text}+08:00")


def said(day, reached, when, by_brand=False):
    return Said(date.fromisoformat(day), reached, at(when), by_brand)


def confirmed(reached, when):
    return Confirmation(reached, MANAGER, at(when))


def stands(versions, confirmations=(), today="2026-03-31"):
    return reach_standing(changes_of(versions), list(confirmations), SHANGHAI, date.fromisoformat(today))


# Monday 2 March; Tuesday to Thursday are the three working days.
ENTERED = said("2026-03-01", 500, "2026-03-02T10:00")


@pytest.mark.parametrize(("today", "how"), [("2026-03-05", None), ("2026-03-06", "silence")])
def test_three_working_days_of_silence_confirm(today, how):
    found = stands([ENTERED], today=today)
    assert (found.reached, found.confirmed and found.confirmed.how) == (500, how)
    assert found.silent_on == date(2026, 3, 5)
    if how:
        assert found.confirmed.at == at("2026-03-06T00:00")


def test_holidays_are_no_working_days():
    """Entered on 13 February 2026, a Friday: the 14th is worked for the Spring Festival of the 15th to 23rd."""
    found = stands([said("2026-02-12", 500, "2026-02-13T10:00")], today="2026-02-25")
    assert (found.confirmed, found.silent_on) == (None, date(2026, 2, 25))


def test_a_day_that_comes_later_begins_the_silence_anew():
    found = stands([ENTERED, said("2026-03-02", 10, "2026-03-05T09:00")], today="2026-03-06")
    assert (found.reached, found.confirmed, found.silent_on) == (510, None, date(2026, 3, 10))


def test_what_the_brand_entered_is_confirmed_by_it():
    found = stands([ENTERED._replace(by_brand=True)], today="2026-03-02")
    assert (found.confirmed.how, found.confirmed.at) == ("entered_by_brand", ENTERED.at)
    mixed = stands([ENTERED._replace(by_brand=True), said("2026-03-02", 10, "2026-03-02T11:00")], today="2026-03-02")
    assert (mixed.reached, mixed.confirmed) == (510, None)


def test_another_cost_changes_nothing():
    again = said("2026-03-01", 500, "2026-03-20T10:00")
    assert stands([ENTERED, again], today="2026-03-21") == stands([ENTERED], today="2026-03-21")
    by_brand = stands([ENTERED, again._replace(by_brand=True)], today="2026-03-21")
    assert by_brand.confirmed.how == "entered_by_brand"
    kept = stands([ENTERED._replace(by_brand=True), again], today="2026-03-21")
    assert kept.confirmed.how == "entered_by_brand"


def test_a_person_confirms_at_once():
    found = stands([ENTERED], [confirmed(500, "2026-03-02T12:00")], today="2026-03-02")
    assert (found.confirmed.how, found.confirmed.by, found.silent_on) == ("person", MANAGER, None)


def test_a_correction_is_unconfirmed_anew_and_tells_what_was():
    late = said("2026-03-01", 450, "2026-03-20T10:00")
    found = stands([ENTERED, late], [confirmed(500, "2026-03-02T12:00")], today="2026-03-20")
    assert (found.reached, found.confirmed, found.before.reached, found.before.how) == (450, None, 500, "person")
    found = stands([ENTERED, late], today="2026-03-20")
    assert (found.before.reached, found.before.how) == (500, "silence")
    early = stands([ENTERED, late._replace(at=at("2026-03-03T10:00"))], today="2026-03-03")
    assert (early.reached, early.before) == (450, None)  # nothing had confirmed it
    corrected_back = [ENTERED, late, said("2026-03-01", 500, "2026-03-20T11:00")]
    again = stands(corrected_back, [confirmed(500, "2026-03-02T12:00")], today="2026-03-20")
    assert (again.confirmed.how, again.before) == ("person", None)


def test_what_was_taken_back_is_nothing_to_confirm():
    found = stands([ENTERED, said("2026-03-01", None, "2026-03-20T10:00")], [confirmed(500, "2026-03-02T12:00")])
    assert (found.reached, found.confirmed, found.is_unconfirmed) == (None, None, False)
    assert stands([said("2026-03-01", None, "2026-03-02T10:00")]).reached is None
    assert stands([said("2026-03-01", 0, "2026-03-02T10:00")], today="2026-03-02").is_unconfirmed


# -- Any story, against a diary ---------------------------------------------------------------------------------------

START = datetime(2026, 1, 26, 2, tzinfo=UTC)
STEP = st.tuples(
    st.sampled_from(["agency", "agency", "brand", "confirm"]),
    st.integers(1, 100),  # hours since the step before
    st.integers(1, 3),  # the day of February that it speaks of
    st.sampled_from([None, 0, 1, 1, 2]),
)


def kept_in_a_diary(steps, today):
    """What a careful clerk would hold on the morning of `today`, turning one page a day: (reached, how, was)."""
    figures, by_brand, person, held, last_day = {}, {}, None, None, None
    changed_on, now, entries = None, START, []
    for who, hours, day, reached in steps:
        now += timedelta(hours=hours)
        entries.append((now.astimezone(SHANGHAI), who, day, reached))
    page = START.astimezone(SHANGHAI).date()
    total = was = None
    while page <= today:
        if total is not None and held is None:
            passed = sum(is_workday(changed_on + timedelta(n)) for n in range(1, (page - changed_on).days))
            held = "silence" if passed >= 3 else None
        for moment, who, day, reached in entries:
            if moment.date() != page or page >= today:
                continue
            if who == "confirm":
                if total is not None:
                    person, held = total, "person"
                continue
            changed = figures.get(day) != reached
            if not changed and day not in figures:
                continue
            by_brand[day] = who == "brand" or (not changed and by_brand[day])
            if changed:
                if held:
                    last_day = total
                figures[day], changed_on = reached, page
                there = [figure for figure in figures.values() if figure is not None]
                total = sum(there) if there else None
                held = "person" if total is not None and person == total else None
            if total is not None and all(by_brand.values()) and held in (None, "silence"):
                held = "entered_by_brand"
        page += timedelta(1)
    was = last_day if total is not None and held is None and last_day != total else None
    return total, held, was


@settings(deadline=None, max_examples=400)
@given(steps=st.lists(STEP, max_size=14), later=st.integers(1, 12))
def test_any_story_reads_as_a_diary_kept_day_by_day(steps, later):
    now, versions, confirmations = START, [], []
    for who, hours, day, reached in steps:
        now += timedelta(hours=hours)
        if who == "confirm":
            changes = changes_of(versions)
            if changes and changes[-1].reached is not None:
                confirmations.append(Confirmation(changes[-1].reached, MANAGER, now))
        else:
            versions.append(Said(date(2026, 2, day), reached, now, who == "brand"))
    today = now.astimezone(SHANGHAI).date() + timedelta(later)
    found = reach_standing(changes_of(versions), confirmations, SHANGHAI, today)
    how = found.confirmed.how if found.confirmed else None
    assert (found.reached, how, found.before and found.before.reached) == kept_in_a_diary(steps, today)
