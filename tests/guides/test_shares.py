"""A guide's shares sum to at most 100 % on any day: the service says so, and the database holds it whoever writes."""

import threading
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, connections, transaction

from guides.models import Placement
from guides.queries import first_overload
from guides.services import GuideRefusedError, SharesOverFullError, Stint, replace_placements, retire_guide
from tests.factories import make_guide, make_placement

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
END_OF_JANUARY = date(2026, 1, 31)


def check_now():
    """Run the deferred trigger as a commit would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS placement_shares_at_most_one IMMEDIATE")
        cursor.execute("SET CONSTRAINTS placement_shares_at_most_one DEFERRED")


@pytest.fixture
def nana(acme):
    return make_guide(acme.agency, code="nana", name="娜娜")


def test_exactly_100_percent_over_two_brands_is_allowed(acme, globex, nana):
    make_placement(nana, acme, share="0.6", starts_on=JANUARY)
    make_placement(nana, globex, share="0.4", starts_on=JANUARY)
    check_now()
    assert first_overload([nana.pk]) is None


def test_the_database_refuses_more_than_100_percent(acme, globex, nana):
    make_placement(nana, acme, share="0.6", starts_on=JANUARY)
    make_placement(nana, globex, share="0.401", starts_on=FEBRUARY)
    with pytest.raises(IntegrityError, match=r"sum to 1\.001 on 2026-02-01"):
        check_now()


def test_one_day_in_common_counts_and_the_day_after_does_not(acme, globex, nana):
    make_placement(nana, acme, share=1, starts_on=JANUARY, ends_on=END_OF_JANUARY)
    second = make_placement(nana, globex, share=1, starts_on=FEBRUARY)
    check_now()
    second.starts_on = END_OF_JANUARY
    second.save()
    with pytest.raises(IntegrityError):
        check_now()


def test_an_overload_inside_a_new_range_is_found(acme, globex, nana):
    """The sum passes 1 only from March on, where a third share begins."""
    make_placement(nana, acme, share="0.5", project="p1", starts_on=MARCH)
    make_placement(nana, acme, share="0.3", project="p2", starts_on=FEBRUARY)
    make_placement(nana, globex, share="0.3", starts_on=JANUARY)
    overload = first_overload([nana.pk])
    assert (overload.guide, overload.day, overload.total) == (nana, MARCH, Decimal("1.1"))
    with pytest.raises(IntegrityError):
        check_now()


def test_another_guides_shares_do_not_count(acme, nana):
    make_placement(nana, acme, share=1)
    make_placement(make_guide(acme.agency, code="lili"), acme, share=1)
    check_now()


def test_the_service_names_guide_day_and_sum(acme, globex, nana):
    make_placement(nana, globex, share="0.7", starts_on=FEBRUARY)
    with pytest.raises(SharesOverFullError) as refusal:
        replace_placements(acme, "p1", [Stint(nana, Decimal("0.5"), JANUARY, None)])
    assert refusal.value.status == 409
    assert refusal.value.detail == "导购 nana（娜娜）2026-02-01 的时间占比合计 120 %，超过 100 %"


def test_rows_may_pass_100_percent_for_a_moment_within_a_transaction(acme, globex, nana):
    here, there = make_placement(nana, acme, share="0.6"), make_placement(nana, globex, share="0.4")
    Placement.objects.filter(pk=there.pk).update(share="0.6")
    Placement.objects.filter(pk=here.pk).update(share="0.4")
    check_now()


def test_replacing_keeps_the_rows_that_stay_and_touches_no_other_project(acme, globex, nana):
    elsewhere = make_placement(nana, globex, share="0.2")
    other_project = make_placement(nana, acme, share="0.2", project="p2")
    stays = Stint(nana, Decimal("0.3"), JANUARY, END_OF_JANUARY)
    (first,) = replace_placements(acme, "p1", [stays])
    again = replace_placements(acme, "p1", [stays, Stint(nana, Decimal("0.4"), FEBRUARY, None)])
    assert first.pk in [placement.pk for placement in again]
    assert Placement.objects.filter(pk__in=[elsewhere.pk, other_project.pk]).count() == 2


def test_a_retired_guide_is_placed_no_more(acme, nana):
    make_placement(nana, acme)
    with pytest.raises(GuideRefusedError, match="Acme p1"):
        retire_guide(nana, on=END_OF_JANUARY)
    Placement.objects.update(ends_on=END_OF_JANUARY)
    assert retire_guide(nana, on=END_OF_JANUARY).retired_at is not None
    with pytest.raises(GuideRefusedError, match="已离职"):
        replace_placements(acme, "p2", [Stint(nana, Decimal(1), FEBRUARY, None)])


def test_a_guide_is_never_deleted(nana):
    with pytest.raises(RuntimeError, match="retire_guide"):
        nana.delete()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("through_the_service", [True, False])
def test_two_transactions_at_once_cannot_both_take_60_percent(acme, globex, through_the_service):
    """Each writes before either commits; neither sees the other's row, so only the lock on the guide tells."""
    nana = make_guide(acme.agency, code="nana")
    both_began, outcomes = threading.Barrier(2, timeout=20), {}

    def place(brand):
        try:
            with transaction.atomic():
                connection.cursor().execute("SELECT 1")
                both_began.wait()
                if through_the_service:
                    replace_placements(brand, "p1", [Stint(nana, Decimal("0.6"), JANUARY, None)])
                else:
                    make_placement(nana, brand, share="0.6")
                    with suppress(threading.BrokenBarrierError):
                        both_began.wait()
            outcomes[brand.slug] = "placed"
        except (SharesOverFullError, IntegrityError) as error:
            outcomes[brand.slug] = type(error).__name__
        finally:
            connections.close_all()

    threads = [threading.Thread(target=place, args=[brand]) for brand in (acme, globex)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    refused = "SharesOverFullError" if through_the_service else "IntegrityError"
    assert sorted(outcomes.values()) == sorted(["placed", refused])
    assert Placement.objects.filter(guide=nana).count() == 1
