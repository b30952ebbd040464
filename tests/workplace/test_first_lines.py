"""A newcomer is led to the four lines: the checklist names them, the page says what lacks without them, and the usual
values stand there as a proposal, stored by nobody until somebody saves them."""

from html import unescape

import pytest

from kpi.models import Forecast
from tests.factories import inside, make_project, user_client
from tests.kpi.plans import ForecastDesk, body, month
from tests.workplace.test_setup import P, text_of

PAGE = f"{P}forecast/"
USUAL = {"kind": "share", "fail": "0.8", "normal": "1", "good": "1.1", "excess": "1.2"}
VOLUMES = ("diverted_users", "gmv", "koc_users", "referral_users")
FIRST = {
    "form": "forecast", "/opening_fans": "1000", "/base": "", "/seen": "0", "/0/month": "2026-03",
    "/0/promised_reach/pkg": "1000", "/0/diversion_rate/pkg": "0.1", "/0/churn_rate": "0.03", "/0/ramp": "1",
    "/0/gmv_per_fan": "6", "/0/koc_share": "0", "/0/referral_share": "0",
}  # fmt: skip


@pytest.fixture
def owner(acme, globex):
    with inside(acme):
        make_project(code="p1")
    client = user_client(acme, "owner")
    assert client.put("/api/v1/projects/p1/channels/pkg/", {"name": "包裹卡"}).status_code in (200, 201)
    return client


def lines_of(brand, version):
    with inside(brand):
        return Forecast.objects.get(version=version).inputs["lines"]


def save(client, where, fields, status=302):
    response = client.post(where, fields, format="multipart")
    assert response.status_code == status, text_of(response)
    return response


def test_a_first_version_takes_the_usual_lines_unless_told_otherwise(acme, owner):
    page = unescape(owner.get(PAGE).content.decode())
    assert 'name="/offered_lines" aria-label="同时设四条线（建议值）' in page
    save(owner, f"{PAGE}propose/", {**FIRST, "/offered_lines": "on"})
    assert lines_of(acme, 1) == dict.fromkeys(VOLUMES, USUAL)
    assert "/offered_lines" not in owner.get(PAGE).content.decode(), "asked once"


def test_without_lines_the_page_says_what_lacks_and_offers_values(acme, owner):
    save(owner, f"{PAGE}propose/", FIRST)
    assert lines_of(acme, 1) == {}
    assert "没有：没有线就没有评级" in text_of(owner.get(f"{P}setup/"))
    page = unescape(owner.get(PAGE).content.decode())
    assert 'href="?version=1#four-lines">设四条线（已填建议值）</a>' in page
    assert 'name="/lines/gmv/fail" value="0.8"' in page
    assert 'name="/lines/diversion_rate/good" value="0.2"' in page, "the forecast expects 10 %: the usual lines fit"
    assert lines_of(acme, 1) == {}, "shown, not stored"
    typed = {"form": "lines", "/base": "1", "/seen": "1", "/lines/gmv/kind": "share", "/lines/gmv/fail": "0.75"}
    save(owner, f"{PAGE}lines/", typed)
    assert lines_of(acme, 2)["gmv"]["fail"] == "0.75"
    assert "1 项指标有线" in text_of(owner.get(f"{P}setup/"))
    assert "没有四条线" not in text_of(owner.get(PAGE))


def test_the_usual_rate_is_not_offered_to_who_expects_less(owner):
    save(owner, f"{PAGE}propose/", {**FIRST, "/0/diversion_rate/pkg": "0.0499"})
    page = owner.get(PAGE).content.decode()
    assert 'name="/lines/diversion_rate/fail" value=""' in page
    assert 'name="/lines/gmv/fail" value="0.8"' in page


def test_who_may_not_propose_reads_that_there_are_none(acme, globex):
    ForecastDesk(acme).put(body(month("2026-03")))
    page = text_of(user_client(acme, "brand_sponsor").get(PAGE))
    assert "这一版没有四条线" in page
    assert "设四条线（已填建议值）" not in page
