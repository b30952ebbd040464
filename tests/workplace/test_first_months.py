"""A forecast for a project that began before anybody forecast it: its months are offered from its first one on, and
whoever agrees on nothing for them leaves them out."""

import json
import re
from datetime import datetime
from html import unescape

import pytest
from django.utils import timezone

from kpi.models import Forecast
from tests.factories import inside, make_project, user_client
from tests.workplace.test_setup import P, text_of

PAGE = f"{P}forecast/"
ROW = {
    "/promised_reach/pkg": "1000", "/diversion_rate/pkg": "0.1", "/churn_rate": "0.03", "/ramp": "1",
    "/gmv_per_fan": "6", "/koc_share": "0", "/referral_share": "0",
}  # fmt: skip


@pytest.fixture
def begun(acme, globex, monkeypatch):
    """begun("2026-09-16"): the owner of a project that begins then, on 22 November."""
    now = datetime.fromisoformat("2026-11-22T10:00+08:00")
    monkeypatch.setattr(timezone, "now", lambda: now)

    def begin(starts_on):
        with inside(acme):
            make_project(code="p1", starts_on=starts_on, ends_on="2027-09-15")
        client = user_client(acme, "owner")
        assert client.put("/api/v1/projects/p1/channels/pkg/", {"name": "包裹卡"}).status_code in (200, 201)
        return client

    return begin


def heads(response):
    """(month, its mark) of each column."""
    return re.findall(
        r"<span data-name>(\S+)</span><input[^>]*>(?:<small>([^<]*)</small>)?", unescape(response.content.decode())
    )


def form(*months, **others):
    """The form with these months, those in `others` filled in."""
    typed = {"form": "forecast", "/opening_fans": "0", "/base": "", "/seen": "0"}
    for place, name in enumerate(months):
        filled = others["filled"]
        typed |= {f"/{place}/month": name} | {
            f"/{place}{key}": value if name in filled else "" for key, value in ROW.items()
        }
    return typed


AHEAD = [("2026-11", "进行中"), *((name, "") for name in ("2026-12", "2027-01", "2027-02", "2027-03"))]


@pytest.mark.parametrize(
    ("starts_on", "offered"),
    [
        ("2026-09-16", [("2026-09", "已结束"), ("2026-10", "已结束"), *AHEAD]),
        ("2026-02-01", [("2026-08", "已结束"), ("2026-09", "已结束"), ("2026-10", "已结束"), *AHEAD]),
        ("2026-11-02", [*AHEAD, ("2027-04", "")]),
        ("2026-12-31", [(name, "") for name in ("2026-12", "2027-01", "2027-02", "2027-03", "2027-04", "2027-05")]),
    ],
)
def test_a_first_version_is_offered_the_months_since_the_project_began(begun, starts_on, offered):
    page = begun(starts_on).get(PAGE)
    assert heads(page)[: len(offered)] == offered
    assert len(heads(page)) - len(offered) <= 1
    has_ended = offered[0][1] == "已结束"
    assert ("项目已经开始的月份也列在前面，双方确认后同样按这一版评定" in text_of(page)) is has_ended


def test_the_page_knows_the_month_that_none_is_put_before(begun):
    page = begun("2026-02-10").get(PAGE).content.decode()
    data = json.loads(re.search(r'id="forecast-data"[^>]*>(.*?)</script>', page)[1])
    assert (data["first"], data["now"]) == ("2026-02", "2026-11")
    assert 'data-tool="front">前面加一个月</button>' in page


def test_months_since_the_beginning_are_saved_from_the_page(acme, begun):
    months = ("2026-09", "2026-10", "2026-11")
    answer = begun("2026-09-16").post(f"{PAGE}propose/", form(*months, filled=months), format="multipart")
    assert answer.status_code == 302, text_of(answer)
    with inside(acme):
        stated = Forecast.objects.get().inputs
    assert (stated["effective_from"], [row["month"] for row in stated["months"]]) == ("2026-09", [*months])


def test_first_months_left_empty_are_left_out_and_no_flaw_moves_to_another_column(acme, begun):
    owner, months = begun("2026-09-16"), ("2026-09", "2026-10", "2026-11", "2026-12")
    typed = form(*months, filled=months[2:])
    wrong = owner.post(f"{PAGE}propose/", {**typed, "/2/ramp": "abc", "/3/churn_rate": ""}, format="multipart")
    assert wrong.status_code == 400
    html = unescape(wrong.content.decode())
    flaws = re.findall(r'name="(/\d/[a-z_]+)"[^>]*aria-invalid="true"', html)
    assert set(flaws) == {"/2/ramp", "/3/churn_rate"}
    assert [head[0] for head in heads(wrong)] == [*months], "typed is shown again"
    saved = owner.post(f"{PAGE}propose/", typed, format="multipart")
    assert saved.status_code == 302, text_of(saved)
    with inside(acme):
        assert [row["month"] for row in Forecast.objects.get().inputs["months"]] == ["2026-11", "2026-12"]


def test_a_month_left_empty_between_others_and_a_form_left_empty_are_refused(begun):
    owner, months = begun("2026-09-16"), ("2026-09", "2026-10", "2026-11")
    gap = owner.post(f"{PAGE}propose/", form(*months, filled=("2026-09", "2026-11")), format="multipart")
    none = owner.post(f"{PAGE}propose/", form(*months, filled=()), format="multipart")
    assert (gap.status_code, none.status_code) == (400, 400)


def test_a_later_version_drops_no_month_in_silence(begun):
    owner, months = begun("2026-09-16"), ("2026-09", "2026-10")
    owner.post(f"{PAGE}propose/", form(*months, filled=months), format="multipart")
    later = {**form(*months, filled=("2026-10",)), "/base": "1", "/seen": "1"}
    assert owner.post(f"{PAGE}propose/", later, format="multipart").status_code == 400
