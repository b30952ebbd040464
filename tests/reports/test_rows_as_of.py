"""The rows behind a frozen figure stay what they were, whatever comes, is corrected or withdrawn afterwards."""

import json
from decimal import Decimal

import pytest

from kpi.metrics import METRICS
from projects.models import Project
from projects.services import put_definition
from reports.occasions import read_period
from reports.services import issue
from siyu.brands import enter_brand
from tests.factories import client_for, sign_in
from tests.kpi.sending import place_guides
from tests.kpi.stories import DAYS, GUIDES, Story
from tests.reports.desk import JANUARY, ReportDesk, january, paid


def frozen_story(brand, seed, **fields):
    """A project with most of a story, and its first whole week's report frozen."""
    place_guides(brand, *GUIDES)
    story = Story(seed, "America/New_York", **fields)
    desk = ReportDesk(brand, tz="America/New_York", sheet=story.sheet)
    desk.send(story.events)
    for account, keepers in story.keepers.items():
        desk.keep(account, keepers)
    day = story.origin.date().toordinal() + DAYS // 2
    period = read_period("weekly", "{}-W{:02}".format(*type(story.origin.date()).fromordinal(day).isocalendar()[:2]))
    with enter_brand(brand.schema_name):
        report = issue(Project.objects.get(pk=desk.project.pk), "weekly", period, now=JANUARY)
    return desk, story, report


def trouble(story):
    """What came late, and every third event corrected or withdrawn."""
    yield from story.late
    for place, event in enumerate(story.events):
        if place % 3:
            continue
        kind = event["type"]
        if place % 2 and "id" in event:
            yield {"type": "retract", "of": kind, "id": event["id"]}
        elif kind == "order.paid":
            yield {**event, "amount": f"{Decimal(event['amount']) + 7}", "fan": "f3", "platform": "youzan"}
        elif kind == "order.refunded":
            yield {**event, "amount": f"{Decimal(event['amount']) / 2:.2f}"}
        elif kind == "channel.day":
            yield {**event, "reached": 77, "cost": "1.00"}
        elif kind == "rating":
            yield {**event, "score": 6 - event["score"]}
        elif kind == "fan.added":
            yield {**event, "channel": "other", "guide": "a3", "opening": False}


def send_as_it_comes(desk, events):
    """What is refused is refused."""
    body = "\n".join(json.dumps(event) for event in events)
    assert desk.client.post(f"{desk.path}/events/", body, content_type="application/x-ndjson").status_code == 200
    desk.roll_up()


def rows_of(desk, report, cuts=((),), **query):
    """Of every indicator: the answer and its rows, by cut and part."""
    out = {}
    for code, metric in METRICS.items():
        for cut in cuts:
            if cut and cut[0] not in metric.cuts:
                continue
            found = desk.rows(
                code, report.first_day, report.last_day, page_size=1000, **dict([cut] if cut else []), **query
            )
            rows = sorted(json.dumps(row, sort_keys=True) for row in found["results"])
            out[code, cut] = (found["numerator"], found["denominator"], rows)
    return out


PARTS = [(), ("guide", "Lin"), ("guide", ""), ("account", "a2"), ("channel", "pkg"), ("channel", "")]


@pytest.mark.parametrize("seed", [3, 8])
def test_rows_of_a_revision_stay(acme, globex, seed):
    frozen_story(globex, seed + 1)
    desk, story, report = frozen_story(acme, seed)
    before = rows_of(desk, report, PARTS)
    assert rows_of(desk, report, PARTS, revision=f"{report.pk}.1") == before
    send_as_it_comes(desk, trouble(story))
    assert rows_of(desk, report) != {key: before[key] for key in before if key[1] == ()}
    assert rows_of(desk, report, PARTS, revision=f"{report.pk}.1") == before
    with enter_brand(acme.schema_name):
        sheet = {"counting_ties": ["friend", "group", "official"], "gmv_rules": {"default": {"rule": "full"}}}
        put_definition(desk.project, sheet, by=None)
    assert rows_of(desk, report, revision=f"{report.pk}.1") == {key: before[key] for key in before if key[1] == ()}


def test_they_add_up_to_the_frozen_figures(acme, globex):
    desk, story, report = frozen_story(acme, 5)
    with enter_brand(acme.schema_name):
        figures = json.loads(report.revisions.get().payload)["figures"]
    send_as_it_comes(desk, trouble(story))
    found = rows_of(desk, report, revision=str(report.pk))
    for figure in figures:
        numerator, denominator, rows = found[figure["indicator"], ()]
        assert (numerator, denominator) == (figure["numerator"], figure["denominator"])
        rows = [json.loads(row) for row in rows]
        amounts = [Decimal(str(row.get("amount", 1))) for row in rows if row["in_numerator"]]
        assert sum(amounts, Decimal(0)) == Decimal(str(numerator or 0))


def test_pages_follow_each_other(acme):
    desk, story, report = frozen_story(acme, 5)
    whole = desk.rows("churn_rate", report.first_day, report.last_day, page_size=1000)["results"]
    send_as_it_comes(desk, trouble(story))
    paged = desk.rows("churn_rate", report.first_day, report.last_day, page_size=7, revision=f"{report.pk}.1")
    assert paged["results"] == whole
    assert paged["revision"] == f"{report.pk}.1"


def test_asking_leaves_nothing_behind(acme):
    """The temporary relations are gone with the answer: the same connection reads what is now."""
    desk, story, report = frozen_story(acme, 5)
    send_as_it_comes(desk, trouble(story))
    now = rows_of(desk, report)
    rows_of(desk, report, revision=f"{report.pk}.1")
    assert rows_of(desk, report) == now


def test_whose_revisions_may_be_named(acme, globex):
    desk = ReportDesk(acme)
    desk.send(january())
    report = desk.issue("monthly", "2026-01")
    query = {"indicator": "gmv", "start": "2026-01-01", "end": "2026-01-31"}
    path = f"{desk.path}/kpis/rows/"
    for wrong in (f"{report.pk}.2", f"{report.pk + 1}.1", "0"):
        answer = desk.pm.get(path, query | {"revision": wrong})
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (400, ["/revision"])
    sign_in(desk.manager, desk.manager.user)
    assert desk.manager.get(path, query | {"revision": f"{report.pk}.1"}).status_code == 400  # not sent yet
    desk.send_out(report)
    desk.send([paid("late", "100.00", "2026-01-06", fan="f1")])
    answer = desk.manager.get(path, query | {"revision": f"{report.pk}.1"})
    assert (answer.status_code, answer.json()["numerator"]) == (200, "349.90")
    assert client_for(acme, ["reports:read"]).get(path, query).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_with_transactions_of_its_own(acme, globex):
    desk = ReportDesk(acme)
    desk.send(january())
    report = desk.issue("monthly", "2026-01")
    desk.send([paid("late", "100.00", "2026-01-06", fan="f1")])
    assert desk.rows("gmv", "2026-01-01", "2026-01-31", revision=f"{report.pk}.1")["numerator"] == "349.90"
    assert desk.rows("gmv", "2026-01-01", "2026-01-31")["numerator"] == "449.90"
