"""Versions are put before both sides and talked about: one thread, the same for both, in each brand its own."""

import pytest
from django.db import IntegrityError, transaction

from kpi.forecast_changes import changes_between
from kpi.models import ForecastComment
from kpi.services import ForecastConflictError, put_forecast
from tests.factories import client_for, inside, user_client
from tests.kpi.plans import ForecastDesk, body, month

COMMENTS = "/api/v1/projects/p1/forecast/comments/"
PROPOSE = "/api/v1/projects/p1/forecast/propose/"


@pytest.fixture
def desk(acme):
    return ForecastDesk(acme)


def notices(client):
    return [(notice["kind"], notice["text"]) for notice in client.get("/api/v1/notices/").json()["results"]]


def test_both_sides_read_one_thread(desk, globex):
    desk.put(body())
    ForecastDesk(globex).put(body())
    assert (
        desk.manager.post(COMMENTS, {"version": 1, "text": " 包裹卡 11 月能到 12 万张。\n短信不变。 "}).status_code
        == 200
    )
    answer = desk.owner.post(COMMENTS, {"version": 1, "text": "好的，下一版改。"})
    assert [(said["side"], said["by"], said["text"]) for said in answer.json()] == [
        ("brand", str(desk.manager.user), "包裹卡 11 月能到 12 万张。\n短信不变。"),
        ("agency", str(desk.owner.user), "好的，下一版改。"),
    ]
    assert desk.manager.get(COMMENTS).json() == answer.json()
    assert notices(desk.manager) == [("forecast_commented", "预测表第 1 版有新评论")]
    assert user_client(globex, "brand_manager").get(COMMENTS).json() == []


def test_a_version_is_proposed_once_and_who_approves_is_told(desk, acme):
    made = desk.put(body())
    assert made["proposed"] is None
    said = {"version": 1, "sha256": made["sha256"]}
    admin = user_client(acme, "admin")
    for client in (admin, desk.manager):
        assert client.post(PROPOSE, said).status_code == 200
    proposed = desk.get("forecast")["proposed"]
    assert (proposed["by"], proposed["side"]) == (str(admin.user), "agency")
    for client in (desk.owner, desk.manager):
        assert notices(client) == [("forecast_proposed", "预测表第 1 版已提出，待确认")]
    refused = admin.post(PROPOSE, {**said, "sha256": "x"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "changed")


def test_a_version_that_nobody_proposed_can_be_approved(desk):
    assert desk.agree(body())["binding_months"] == ["2026-01"]


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 2001, "a\x00b"])
def test_what_says_nothing_is_refused(desk, text):
    desk.put(body())
    assert desk.manager.post(COMMENTS, {"version": 1, "text": text}).status_code == 400
    assert desk.manager.get(COMMENTS).json() == []


def test_only_people_of_the_project_say_something(desk, acme):
    made = desk.put(body())
    key = client_for(acme, ["contract:write", "kpis:read"])
    for address, sent in ((COMMENTS, {"version": 1, "text": "x"}), (PROPOSE, {"version": 1, "sha256": made["sha256"]})):
        assert key.post(address, sent).status_code == 403
        assert user_client(acme, "finance").post(address, sent).status_code == 403
    assert key.get(COMMENTS).json() == []
    assert desk.manager.get(COMMENTS, {"version": 9}).status_code == 404
    assert desk.manager.post(COMMENTS, {"version": 9, "text": "x"}).status_code == 404


def test_the_database_holds_one_proposal_and_no_empty_comment(desk, acme):
    desk.put(body())
    desk.manager.post(COMMENTS, {"version": 1, "text": "x"})
    with inside(acme):
        said = ForecastComment.objects.get()
        fields = {"forecast": said.forecast, "side": "agency", "by_id": said.by_id, "at": said.at}
        ForecastComment.objects.create(kind="proposal", **fields)
        for wrong in ({"kind": "proposal"}, {"kind": "comment", "text": ""}):
            with pytest.raises(IntegrityError), transaction.atomic():
                ForecastComment.objects.create(**fields, **wrong)


def test_who_wrote_against_an_older_version_is_told(desk, acme):
    desk.put(body())
    with inside(acme):
        assert put_forecast(desk.project, body(opening_fans=1), by=desk.owner.user, seen=1).version == 2
        with pytest.raises(ForecastConflictError, match="第 2 版"):
            put_forecast(desk.project, body(opening_fans=2), by=desk.manager.user, seen=1)
        assert put_forecast(desk.project, body(opening_fans=1), by=desk.manager.user, seen=1).version == 2


def test_versions_differ_where_their_numbers_do():
    old = body(
        month(), month("2026-02", day_weights={"2026-02-17": "3"}), lines={"gmv": {"kind": "share", "fail": "0.8"}}
    )
    new = body(
        month(churn_rate="0.030"), month("2026-02", promised_reach={"pkg": 120_000}), lines={"gmv": {"kind": "share"}}
    )
    assert [(change.path, change.was, change.now) for change in changes_between(old, new)] == [
        (("months", "2026-02", "promised_reach", "pkg"), 100_000, 120_000),
        (("months", "2026-02", "day_weights", "2026-02-17"), "3", None),
        (("lines", "gmv", "fail"), "0.8", None),
    ]
