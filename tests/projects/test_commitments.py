"""Both sides' commitments: each enters its own, the other confirms, silence counts for what the brand entered."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from kpi.metrics import METRICS
from projects.commitments import INDICATORS, standing_of
from projects.models import AuditEntry, Commitment, Project, TeamSeat
from tests.factories import client_for, make_project, user_client

PATH = "/api/v1/projects/p1/commitments/"
GOODS = {"kind": "goods", "month": "2026-03", "what": "会员专享价", "unit": "款", "promised": "20.00"}


def goods(**fields):
    return {**GOODS, **fields}


def problem_of(response):
    return response.status_code, [(error["pointer"], error["code"]) for error in response.json()["errors"]]


@pytest.fixture
def brand(acme, project):
    return user_client(acme, "brand_manager")


@pytest.fixture
def pm(acme, inside, project):
    client = user_client(acme, "pm")
    with inside(acme):
        TeamSeat.objects.create(project=project, role="pm", user=client.user, starts_on="2026-01-01")
    return client


def put(client, *rows):
    response = client.put(PATH, list(rows))
    assert response.status_code == 200, response.content
    return response.json()


def the_one(client):
    (row,) = client.get(PATH).json()
    return row


# -- One's own side ---------------------------------------------------------------------------------------------------


def test_a_commitment_is_put_and_read(brand):
    (made,) = put(brand, goods())
    assert made == {
        "id": made["id"], "side": "brand", **GOODS, "channel": None, "due_on": "2026-03-31", "delivered": None,
        "delivered_on": None, "source": "entered", "state": "overdue", "late_days": made["late_days"],
        "confirmed_by": None, "confirmed_at": None, "confirmed_how": None, "silence_confirms_after": None,
        "calendar": "published", "confirmed_before": None,
        "relief": None, "relief_proposed": None,
    }  # fmt: skip
    assert put(brand, made) == [made]


def test_each_side_enters_its_own_and_leaves_the_others(globex, inside, brand, pm):
    put(brand, goods())
    both = put(pm, {"kind": "heads", "month": "2026-03", "promised": "8"})
    assert [(row["side"], row["kind"], row["promised"]) for row in both] == [
        ("agency", "heads", "8.00"), ("brand", "goods", "20.00"),
    ]  # fmt: skip
    assert put(brand, *both) == both  # the other side's rows may be sent along
    assert [row["side"] for row in put(brand)] == ["agency"]
    with inside(globex):
        assert not Commitment.objects.exists()


@pytest.mark.parametrize(
    "change", [{"promised": "1"}, {"delivered": "20"}, {"side": "agency"}, {"due_on": "2026-04-30"}]
)
def test_what_the_other_side_promised_is_not_ones_own_to_change(brand, pm, change):
    (made,) = put(brand, goods())
    assert problem_of(pm.put(PATH, [{**made, **change}])) == (403, [("/0", "not_yours")])
    assert the_one(brand) == made


def test_nobody_promises_for_the_other_side(pm):
    assert problem_of(pm.put(PATH, [goods(side="brand")])) == (403, [("/0", "not_yours")])


def test_traffic_stands_in_the_forecast(brand):
    assert problem_of(brand.put(PATH, [goods(kind="traffic", channel="parcel")])) == (
        400, [("/0/kind", "from_forecast")],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"kind": "gifts"}, (400, [("/0/kind", "invalid_choice")])),
        ({"month": "2026-13"}, (400, [("/0/month", "bad_value")])),
        ({"promised": "-1"}, (400, [("/0/promised", "min_value")])),
        ({"promised": "1.234"}, (400, [("/0/promised", "max_decimal_places")])),
        ({"owner": "x"}, (400, [("/0/owner", "unknown_field")])),
        ({"id": 7}, (422, [("/0/id", "unknown_commitment")])),
        ({"delivered_on": "2026-03-01"}, (400, [("/0/delivered", "required")])),
    ],
)
def test_what_cannot_be_is_named(brand, fields, problem):
    assert problem_of(brand.put(PATH, [goods(**fields)])) == problem


def test_one_row_is_named_once(brand):
    (made,) = put(brand, goods())
    assert problem_of(brand.put(PATH, [made, made])) == (422, [("/1/id", "unknown_commitment")])


def test_one_month_can_be_asked_for(brand):
    put(brand, goods(), goods(month="2026-04"))
    assert [row["month"] for row in brand.get(PATH, {"month": "2026-04"}).json()] == ["2026-04"]
    assert brand.get(PATH, {"month": "April"}).status_code == 400


# -- A promise that is past due ----------------------------------------------------------------------------------------


@pytest.fixture
def stale(acme, inside, brand):
    """A commitment of the brand that was entered long ago, due on 31 March 2026."""
    (made,) = put(brand, goods())
    with inside(acme):
        project = Project.objects.get(code="p1")
        Commitment.objects.filter(pk=made["id"]).delete()
        old = Commitment.objects.create(project=project, side="brand", kind="goods", month="2026-03-01",
                                        what="会员专享价", unit="款", promised=20, due_on="2026-03-31")  # fmt: skip
    (row,) = brand.get(PATH).json()
    assert row["id"] == old.pk
    return row


@pytest.mark.parametrize(
    "change",
    [{"promised": "18"}, {"due_on": "2099-01-31"}, {"what": "样品"}, {"unit": "件"}, {"kind": "content"},
     {"month": "2026-04"}],
)  # fmt: skip
def test_a_promise_past_due_is_no_longer_one_sides_to_change(brand, stale, change):
    assert problem_of(brand.put(PATH, [{**stale, **change}])) == (409, [("/0", "past_due")])
    assert the_one(brand) == stale


def test_a_promise_past_due_stays_and_its_delivery_is_entered(brand, pm, stale):
    assert problem_of(brand.put(PATH, [])) == (409, [("", "past_due")])
    (done,) = put(brand, {**stale, "delivered": "20", "delivered_on": "2026-04-02"})
    assert (done["promised"], done["state"], done["late_days"]) == ("20.00", "late", 2)
    assert put(brand, done, goods(month="2026-05"))[1]["month"] == "2026-05"  # entered late, and put right that day:
    rows = brand.get(PATH).json()
    assert put(brand, rows[0], {**rows[1], "promised": "7"})[1]["promised"] == "7.00"
    assert len(put(brand, rows[0])) == 1


def test_a_promise_to_come_is_changed_freely(brand):
    (made,) = put(brand, goods(month="2099-03"))
    assert put(brand, {**made, "promised": "18", "due_on": "2099-04-30"})[0]["promised"] == "18.00"
    assert put(brand) == []


# -- Lateness ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delivered", "on", "now", "state", "days"),
    [
        (None, None, "2026-03-31T15:59:59", "open", 0),
        (None, None, "2026-03-31T16:00:00", "overdue", 1),  # the first instant of 1 April in Shanghai
        ("19.99", "2026-03-30", "2026-04-03T00:00:00", "overdue", 3),  # in part is not delivered
        ("20", "2026-03-31", "2026-05-01T00:00:00", "delivered", 0),
        ("21", "2026-04-02", "2026-05-01T00:00:00", "late", 2),
    ],
)
def test_lateness_is_told_in_the_projects_zone(acme, inside, project, delivered, on, now, state, days):
    with inside(acme):
        row = Commitment(
            project=project, side="agency", promised=Decimal(20), due_on=datetime(2026, 3, 31, tzinfo=UTC).date(),
            delivered=delivered and Decimal(delivered),
            delivered_on=on and datetime.fromisoformat(on).date(),
        )  # fmt: skip
        standing = standing_of(row, project, datetime.fromisoformat(f"{now}+00:00"))
    assert (standing.state, standing.late_days) == (state, days)


# -- Confirmation -----------------------------------------------------------------------------------------------------


def test_the_other_side_confirms_what_it_read(brand, pm):
    (made,) = put(brand, goods(delivered="12", delivered_on="2026-03-20"))
    path = f"{PATH}{made['id']}/confirm/"
    assert problem_of(pm.post(path, {"delivered": "13"})) == (409, [("/delivered", "changed")])
    done = pm.post(path, {"delivered": "12"}).json()
    assert (done["confirmed_by"], done["confirmed_how"]) == (str(pm.user), "person")
    assert pm.post(path, {"delivered": "12"}).json() == done
    assert brand.post(path, {"delivered": "12"}).status_code == 403  # one's own


def test_a_changed_delivery_awaits_confirmation_anew(brand, pm):
    (made,) = put(brand, goods(delivered="12", delivered_on="2026-03-20"))
    pm.post(f"{PATH}{made['id']}/confirm/", {"delivered": "12"})
    assert put(brand, {**made, "what": made["what"]})[0]["confirmed_how"] == "person"  # nothing changed
    changed = brand.post(f"{PATH}{made['id']}/deliver/", {"delivered": "13"}).json()
    assert (changed["delivered"], changed["confirmed_by"], changed["confirmed_how"]) == ("13.00", None, None)


def test_nothing_delivered_is_nothing_to_confirm(brand, pm):
    (made,) = put(brand, goods())
    assert pm.post(f"{PATH}{made['id']}/confirm/", {"delivered": "0"}).status_code == 409
    assert pm.post(f"{PATH}999/confirm/", {"delivered": "0"}).status_code == 404


@pytest.mark.parametrize(
    ("side", "now", "how"),
    [
        ("brand", "2026-03-05T23:59:59+08:00", None),  # entered on Monday: Tuesday, Wednesday, Thursday pass first
        ("brand", "2026-03-06T00:00:00+08:00", "silence"),
        ("agency", "2026-12-31T00:00:00+08:00", None),  # what the agency says it did waits for the brand
    ],
)
def test_three_working_days_of_silence_confirm_what_the_brand_entered(acme, inside, project, side, now, how):
    with inside(acme):
        row = Commitment(
            project=project, side=side, promised=Decimal(20), due_on=datetime(2026, 3, 31, tzinfo=UTC).date(),
            delivered=Decimal(20), delivered_on=datetime(2026, 3, 1, tzinfo=UTC).date(),
            entered_at=datetime.fromisoformat("2026-03-02T00:00:00+08:00"),
        )  # fmt: skip
        standing = standing_of(row, project, datetime.fromisoformat(now))
    assert standing.confirmed_how == how
    assert standing.calendar_known
    if how:
        assert standing.confirmed_at == datetime.fromisoformat("2026-03-06T00:00:00+08:00")


# -- Relief -----------------------------------------------------------------------------------------------------------


def relieve(client, row, share="0.5", *indicators):
    return client.put(f"{PATH}{row['id']}/relief/", {"share": share, "indicators": list(indicators or ["gmv"])})


def test_a_relief_counts_once_both_sides_said_the_same(brand, pm):
    (made,) = put(brand, goods())
    proposed = relieve(pm, made, "0.5", "koc_users", "gmv").json()
    assert (proposed["relief"], proposed["relief_proposed"]["brand"]) == (None, None)
    agreed = relieve(brand, made, "0.500", "gmv", "koc_users").json()
    assert agreed["relief_proposed"] is None
    relief = agreed["relief"]
    assert (relief["share"], relief["indicators"]) == ("0.5", ["gmv", "koc_users"])
    assert (relief["agency"]["by"], relief["brand"]["by"]) == (str(pm.user), str(brand.user))


def test_another_proposal_leaves_what_was_agreed_in_force(brand, pm):
    (made,) = put(brand, goods())
    relieve(pm, made)
    relieve(brand, made)
    after = relieve(pm, made, "0.9").json()
    assert (after["relief"]["share"], after["relief_proposed"]["share"]) == ("0.5", "0.9")
    assert relieve(brand, made, "0.8").json()["relief_proposed"]["agency"] is None  # a counter-proposal
    assert relieve(pm, made, "0.8").json()["relief"]["share"] == "0.8"


def test_only_what_the_brand_missed_relieves(brand, pm):
    (kept,) = put(brand, goods(delivered="20", delivered_on="2026-03-20"))
    assert relieve(pm, kept).status_code == 409
    own = [row for row in put(pm, goods(side="agency")) if row["side"] == "agency"]
    assert relieve(brand, own[0]).status_code == 409


@pytest.mark.parametrize("body", [{"share": "1.1", "indicators": ["gmv"]}, {"share": "1", "indicators": []},
                                  {"share": "1", "indicators": ["likes"]}])  # fmt: skip
def test_a_relief_names_indicators_and_a_share(brand, pm, body):
    (made,) = put(brand, goods())
    assert pm.put(f"{PATH}{made['id']}/relief/", body).status_code == 400


def test_what_a_relief_rests_on_stays(brand, pm):
    (made,) = put(brand, goods())
    relieve(pm, made)
    assert problem_of(brand.put(PATH, [{**made, "promised": "1"}])) == (409, [("/0", "past_due")])
    assert problem_of(brand.put(PATH, [])) == (409, [("", "has_relief")])


def test_indicators_are_the_ten():
    assert tuple(METRICS) == INDICATORS


# -- Who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [
        ("owner", 200, 200), ("admin", 200, 200), ("finance", 200, 403), ("pm", 404, 404), ("ops", 404, 404),
        ("content", 404, 403), ("guide", 403, 403), ("brand_manager", 200, 200), ("brand_aftersales", 403, 403),
        ("brand_reviewer", 403, 403), ("brand_sponsor", 200, 403),
    ],
)  # fmt: skip
def test_who_reads_and_writes(acme, project, role, reads, writes):
    client = user_client(acme, role)
    assert (client.get(PATH).status_code, client.put(PATH, []).status_code) == (reads, writes)


def test_a_key_enters_deliveries_and_nothing_else(acme, brand):
    (made,) = put(brand, goods())
    key = client_for(acme, ["contract:write"], made_by=brand.user)
    assert problem_of(key.put(PATH, [])) == (403, [])
    assert problem_of(key.put(PATH, [made, goods()])) == (403, [("/1", "deliveries_only")])
    assert problem_of(key.put(PATH, [{**made, "promised": "1"}])) == (403, [("/0", "deliveries_only")])
    (done,) = put(key, {**made, "delivered": "20", "delivered_on": "2026-03-02"})
    assert (done["delivered"], done["delivered_on"], done["state"]) == ("20.00", "2026-03-02", "delivered")
    assert key.post(f"{PATH}{made['id']}/deliver/", {"delivered": "19"}).json()["delivered"] == "19.00"
    for what, body in (("confirm", {"delivered": "19"}), ("relief", {"share": "1", "indicators": ["gmv"]})):
        assert client_for(acme, ["contract:write"]).post(f"{PATH}{made['id']}/{what}/", body).status_code in (403, 405)
    other = client_for(acme, ["contract:write"])  # made by command: it stands on the agency's side
    assert other.post(f"{PATH}{made['id']}/deliver/", {"delivered": "1"}).status_code == 403


# -- History ----------------------------------------------------------------------------------------------------------


def test_every_change_is_on_record(acme, inside, brand, pm):
    (made,) = put(brand, goods())
    put(brand, made)  # changes nothing
    put(brand, {**made, "promised": "18"})
    pm.put("/api/v1/projects/p1/team/", [])
    entries = brand.get("/api/v1/projects/p1/history/").json()["results"]
    subject = f"commitment:{made['id']}"
    assert [(entry["subject"], entry["by"]) for entry in entries] == [
        (subject, str(brand.user)), (subject, str(brand.user)), ("team", str(pm.user)),
    ]  # fmt: skip
    assert (entries[0]["before"], entries[1]["before"]["promised"], entries[1]["after"]["promised"]) == (
        None, "20.00", "18.00",
    )  # fmt: skip
    assert len(brand.get("/api/v1/projects/p1/history/", {"subject": "team"}).json()["results"]) == 1


def test_what_is_on_record_stays(acme, inside, brand):
    put(brand, goods())
    with inside(acme):
        for change in (lambda: AuditEntry.objects.update(by="x"), lambda: AuditEntry.objects.all().delete()):
            with pytest.raises(DatabaseError, match="appended and never changed"), transaction.atomic():
                change()


def test_the_database_holds_what_a_commitment_may_be(acme, inside):
    with inside(acme):
        project = make_project()
        good = {"project": project, "side": "brand", "kind": "goods", "month": "2026-03-01", "promised": 1,
                "due_on": "2026-03-31"}  # fmt: skip
        for wrong, name in [
            ({"side": "both"}, "commitment_side_known"),
            ({"month": "2026-03-02"}, "commitment_month_is_first_day"),
            ({"promised": -1}, "commitment_promised_not_negative"),
            ({"delivered": 1}, "commitment_delivered_with_its_day"),
        ]:
            with pytest.raises(IntegrityError, match=name), transaction.atomic():
                Commitment.objects.create(**{**good, **wrong})
