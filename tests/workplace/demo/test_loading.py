"""Loading: nothing twice whatever happens, later days as if they had always been there, and figures that are right."""

import io
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from fans.models import Batch, Event, EventKind
from guides.models import Guide, Placement
from kpi.metrics import CUTS
from kpi.queries import read_standing
from projects.commitments import commitments_of
from projects.models import Commitment, Keeper, Project, Relief
from reports.models import Comment, Report, ReportSchedule
from siyu.brands import enter_brand
from tests.kpi.facts import read_facts
from tests.kpi.model import Model
from workplace.demo.loading import bring_up_to_date, first_day_of, make_demo
from workplace.demo.story import Story

FIRST = date(2026, 2, 1)
PASSWORD = "a given password"


def morning(month, day):
    """At 11 o'clock in Shanghai."""
    return datetime(2026, month, day, 3, tzinfo=UTC)


def load(now, plans, out=None):
    bring_up_to_date(now, out or io.StringIO(), bar=False, plans=plans)


def stored(plan):
    """How many events of each type there are."""
    with enter_brand(f"b_{plan.slug}"):
        assert not Batch.objects.exclude(rejected=0, held=0, replaced=0, withdrawn=0).exists()
        kinds = Event.objects.filter(superseded_by=None).values_list("kind", flat=True)
        return Counter(EventKind(kind).label for kind in kinds)


def told(plan, last):
    return Counter(event["type"] for _, events in Story(plan, FIRST).days(last) for event in events)


class Cut(io.StringIO):
    """A terminal at which somebody presses Ctrl-C when so many lines have come."""

    def __init__(self, lines):
        super().__init__()
        self.left = lines

    def write(self, text):
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return super().write(text)


def test_what_a_cut_off_start_left_is_gone_on_with(empty, plans):
    make_demo(PASSWORD, FIRST, plans)
    with pytest.raises(KeyboardInterrupt):
        load(morning(4, 12), plans, Cut(2))
    assert stored(plans[0]) == told(plans[0], date(2026, 4, 11))
    assert not stored(plans[1])
    load(morning(4, 25), plans)  # some days later
    for plan in plans:
        assert stored(plan) == told(plan, date(2026, 4, 24))


def test_later_starts_add_the_days_that_passed(empty, plans):
    make_demo(PASSWORD, FIRST, plans)
    for now in (morning(2, 20), morning(2, 21), morning(2, 21), morning(4, 9)):
        load(now, plans[:2])
    for plan in plans[:2]:
        assert stored(plan) == told(plan, date(2026, 4, 8))
    said = io.StringIO()
    load(morning(4, 9), plans[:2], said)
    assert said.getvalue() == ""
    with enter_brand("b_yunzhi"):
        keys = list(Batch.objects.order_by("pk").values_list("idempotency_key", flat=True))
        assert keys == [
            "demo 2026-01-31..2026-02-19", "demo 2026-02-20..2026-02-20", "demo 2026-02-21..2026-04-08",
        ]  # fmt: skip


def test_figures_equal_the_model(empty, plans):
    make_demo(PASSWORD, FIRST, plans)
    load(morning(3, 26), plans[:2])
    for plan in plans[:2]:
        with enter_brand(f"b_{plan.slug}"):
            project = Project.objects.get()
            model = Model(read_facts(project))
            for grain in ("week", "month"):
                for by in (None, *CUTS):
                    standing = read_standing(project, grain, FIRST, date(2026, 3, 25), by)
                    assert standing.stale_days == 0
                    found = {
                        (figure.period.first, figure.indicator, figure.part): (figure.numerator, figure.denominator)
                        for figure in standing.figures
                        if figure.numerator or figure.denominator
                    }
                    expected = {
                        (period.first, indicator, part): (numerator, denominator)
                        for period in standing.periods
                        for (indicator, part), (numerator, denominator, _) in model.figures(
                            period.first, period.last, by
                        ).items()
                        if numerator or denominator
                    }
                    assert found == expected


def test_people_have_acted_on_the_reports_of_a_year_that_begins(empty, plans):
    make_demo(PASSWORD, FIRST, plans)
    load(morning(10, 20), plans)
    states = {}
    for plan in plans:
        with enter_brand(f"b_{plan.slug}"):
            reports = Report.objects.filter(kind="monthly").order_by("first_day")
            states[plan.slug] = [report.state for report in reports]
            schedule = ReportSchedule.objects.get()
            assert schedule.since == date(2026, 9, 1)
            assert schedule.deemed_after == (5 if plan.slug == "beile" else None), "silence counts at one of them"
            if plan.slug == "hetian":
                said = list(Comment.objects.order_by("pk").values_list("kind", "side"))
                disputed = Comment.objects.filter(kind="dispute").latest("pk")
                assert disputed.pointer.endswith("/value")
                assert disputed.revision.report.first_day == date(2026, 9, 1)
                misses = [row for row in commitments_of(Project.objects.get()) if row.reliefs.all()]
                assert [(row.kind, row.month) for row in misses] == [
                    (Commitment.Kind.CONTENT, date(2026, 6, 1)),
                    (Commitment.Kind.BUDGET, date(2026, 8, 1)),
                ]
                assert [relief.brand_at is not None for relief in Relief.objects.order_by("pk")] == [True, False]
    assert states == {
        "yunzhi": ["approved"] * 7 + ["sent"],
        "hetian": ["approved"] * 7 + ["disputed"],
        "beile": ["approved"] * 5 + ["draft"],
    }
    assert said == [("dispute", "brand"), ("answer", "agency"), ("dispute", "brand"), ("comment", "brand")]
    load(morning(11, 20), plans)  # what comes later is left to those who look around
    with enter_brand("b_yunzhi"):
        assert Report.objects.filter(kind="monthly").count() == 8


def test_the_guide_who_left_handed_her_account_over(empty, plans):
    make_demo(PASSWORD, FIRST, plans)
    left = Guide.objects.get(code="g07")
    assert left.retired_at is not None
    assert Placement.objects.get(guide=left).ends_on == date(2026, 6, 30)
    with enter_brand("b_yunzhi"):
        keepers = [
            (keeper.guide.code, keeper.since)
            for keeper in Keeper.objects.filter(account__code="yz-03").order_by("since")
        ]
    midnight = timedelta(hours=-8)
    assert keepers == [
        ("g07", datetime(2026, 1, 31, tzinfo=UTC) + midnight),
        ("g12", datetime(2026, 7, 1, tzinfo=UTC) + midnight),
    ]


def test_a_demo_begins_nine_months_ago():
    for month in range(1, 13):
        first = first_day_of(datetime(2027, month, 27, 20, tzinfo=UTC))  # the 28th in Shanghai
        assert first == date(2026 if month < 10 else 2027, (month + 2) % 12 + 1, 1)
