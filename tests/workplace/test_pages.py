"""The first pages: which brands and projects one is shown, and a project's ten figures by month and by guide."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.utils import timezone

from kpi.metrics import METRICS
from projects.models import TeamSeat
from siyu.brands import enter_public
from siyu.numbers import count, money, percent
from tests.factories import anonymous_client, make_guide, make_placement, make_project, make_user, sign_in, user_client
from tests.kpi.sending import Desk

PAGE = "/projects/p1/months/"
EVENTS = [
    {"type": "fan.added", "id": "1", "at": "2026-01-05T10:00:00", "fan": "f1", "guide": "a1", "channel": "parcel"},
    {"type": "fan.added", "id": "2", "at": "2026-01-06T10:00:00", "fan": "f2", "guide": "a1", "channel": "parcel"},
    {"type": "fan.added", "id": "3", "at": "2026-01-07T10:00:00", "fan": "f3", "guide": "a2", "referrer": "f1"},
    {"type": "fan.lost", "id": "4", "at": "2026-02-03T10:00:00", "fan": "f2", "by": "fan", "guide": "a1"},
    {"type": "interaction", "id": "5", "at": "2026-02-04T10:00:00", "fan": "f1", "direction": "in", "kind": "message"},
    {"type": "rating", "id": "6", "at": "2026-02-05T10:00:00", "fan": "f1", "score": 5},
    {"type": "rating", "id": "7", "at": "2026-02-05T11:00:00", "fan": "f3", "score": 2},
    {"type": "order.paid", "at": "2026-02-06T10:00:00", "order": "o1", "fan": "f1", "amount": "12345.60"},
    {"type": "order.paid", "at": "2026-02-07T10:00:00", "order": "o2", "fan": "f3", "amount": "80.00"},
    {"type": "channel.day", "channel": "parcel", "date": "2026-01-05", "reached": 40, "cost": "30.00"},
]  # worked out by hand below


@pytest.fixture
def desk(acme) -> Desk:
    """娜娜 keeps a1, nobody keeps a2."""
    make_placement(make_guide(acme.agency, code="nana", name="娜娜"), acme)
    desk = Desk(acme)
    desk.send(EVENTS, rolled_up=False)
    desk.keep("a1", [("2026-01-01T00:00:00", "nana")])
    return desk


def tables(response):
    """Of each table: {line's title: [cells]}; a cell is its text, "value|parts" where it has parts."""
    found = []
    for table in re.findall(r"<table.*?</table>", response.text, re.DOTALL):
        lines = {}
        for line in re.findall(r"<tr.*?</tr>", table[table.index("<tbody>") :], re.DOTALL):
            title, *cells = (unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.DOTALL))
            lines[text(title)] = [text(cell) for cell in cells]
        found.append(lines)
    return found


def text(html):
    return re.sub(r"<[^>]+>", "", html.replace("<small>", "|")).strip()


def test_a_project_by_month_and_by_guide(acme, desk):
    by_month, by_guide = tables(user_client(acme, "owner").get(PAGE, {"until": "2026-02"}))
    assert by_month == {
        "2026-02": [
            "0", "—|0 / 0", "—|— / 0", "66.7%|2 / 3", "50.0%|1 / 2", "33.3%|1 / 3", "33.3%|1 / 3",
            "¥1.2万|12,425.60", "0", "0",
        ],
        "2026-01": [
            "3", "5.0%|2 / 40", "¥10.00|30.00 / 3", "—|0 / 0", "—|0 / 0", "0.0%|0 / 3", "0.0%|0 / 3",
            "¥0.00", "0", "1",
        ],
    }  # fmt: skip
    assert by_guide == {
        "娜娜（nana）": [
            "0",
            "50.0%|1 / 2",
            "100.0%|1 / 1",
            "50.0%|1 / 2",
            "50.0%|1 / 2",
            "¥1.2万|12,345.60",
            "0",
            "0",
        ],
        "企微号 a2（无人承接）": ["0", "100.0%|1 / 1", "0.0%|0 / 1", "0.0%|0 / 1", "0.0%|0 / 1", "¥80.00", "0", "0"],
    }


def test_the_guides_of_another_month(acme, desk):
    _, by_guide = tables(user_client(acme, "owner").get(PAGE, {"until": "2026-02", "month": "2026-01"}))
    assert [(title, cells[0]) for title, cells in by_guide.items()] == [
        ("娜娜（nana）", "2"),
        ("企微号 a2（无人承接）", "1"),
    ]


def test_every_figure_is_the_one_that_rest_answers(acme, desk):
    whole = desk.figures("month", "2026-01-01", "2026-02-28")["results"]
    by_month, _ = tables(user_client(acme, "owner").get(PAGE, {"until": "2026-02"}))
    assert len(whole) == 20
    for row in whole:
        metric = METRICS[row["indicator"]]
        write = {"count": count, "rate": percent}.get(metric.kind, money)
        cell = by_month[row["period_start"][:7]][list(METRICS).index(metric.code)]
        assert cell.split("|")[0] == write(None if row["value"] is None else Decimal(row["value"]))


def test_the_page_says_how_far_the_data_reach_and_what_is_being_computed(acme, desk):
    page = user_client(acme, "owner").get(PAGE, {"until": "2026-02"}).text
    assert "数据截至 2026-02-07" in page
    assert "口径表第 1 版" in page
    assert "重新计算" not in page
    desk.send([{**EVENTS[8], "amount": "90.00"}], rolled_up=False)
    assert "1 天的数据正在重新计算" in user_client(acme, "owner").get(PAGE, {"until": "2026-02"}).text


def test_a_project_without_events_says_so(acme, inside):
    with inside(acme):
        make_project(code="p1")
    page = user_client(acme, "owner").get(PAGE, {"until": "2026-03"})
    by_month, *rest = tables(page)
    assert list(by_month) == ["2026-03", "2026-02", "2026-01"]
    assert (rest, "还没有数据" in page.text) == ([], True)


def test_a_year_is_shown_and_earlier_months_are_linked(acme, inside):
    with inside(acme):
        make_project(code="p1", starts_on="2024-06-01")
    client = user_client(acme, "owner")
    page = client.get(PAGE, {"until": "2025-12"})
    assert list(tables(page)[0])[0::11] == ["2025-12", "2025-01"]
    assert 'href="?until=2024-12"' in page.text
    assert list(tables(client.get(PAGE, {"until": "2024-12"}))[0])[-1] == "2024-06"
    assert "更早的月份" not in client.get(PAGE, {"until": "2024-12"}).text


@pytest.mark.parametrize("query", [{"until": "soon"}, {"until": "0000-01"}, {"until": "9999-12"}, {"month": "2026-13"}])
def test_a_month_that_is_none_is_passed_over(acme, desk, query):
    months = list(tables(user_client(acme, "owner").get(PAGE, query))[0])
    assert months[0] == f"{timezone.localdate():%Y-%m}"


def test_english_where_english_is_asked_for(acme, desk):
    client = user_client(acme, "owner")
    page = client.get(PAGE, {"until": "2026-02"}, headers={"Accept-Language": "en"})
    assert '<html lang="en">' in page.text
    assert "Account a2 (no keeper)" in page.text
    assert "12,425.60" in page.text
    assert '<html lang="zh-Hans">' in client.get(PAGE).text


def test_the_language_can_be_chosen(acme):
    client = user_client(acme, "owner")
    assert client.post("/language/", {"language": "en", "next": "/"}, format="multipart").status_code == 302
    assert "<h1>Today" in client.get("/").text


# -- Who sees what ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("owner", 200), ("admin", 200), ("brand_manager", 200), ("brand_sponsor", 200),
        ("finance", 403), ("brand_aftersales", 403), ("brand_reviewer", 403),
        ("pm", 404), ("ops", 404), ("content", 404), ("guide", 404),  # without a seat
    ],
)  # fmt: skip
def test_who_reads_the_figures(acme, desk, role, status):
    assert user_client(acme, role).get(PAGE).status_code == status


@pytest.mark.parametrize("role", ["pm", "ops", "content"])
def test_with_a_seat_today_they_read_them(acme, inside, desk, role):
    client = user_client(acme, role)
    with inside(acme):
        TeamSeat.objects.create(project=desk.project, role=role, user_id=client.user.pk, starts_on="2026-01-01")
    assert client.get(PAGE).status_code == 200


def guide_client(acme, guide):
    client = user_client(acme, "guide")
    with enter_public():
        guide.user = client.user
        guide.save(update_fields=["user"])
    return client


def test_a_guide_reads_her_own_figures_and_no_others(acme, desk):
    lili = make_guide(acme.agency, code="lili", name="莉莉")
    make_placement(lili, acme)
    desk.keep("a2", [("2026-01-01T00:00:00", "lili")])
    page = guide_client(acme, lili).get(PAGE, {"until": "2026-02"})
    assert tables(page) == [
        {
            "2026-02": ["0", "100.0%|1 / 1", "0.0%|0 / 1", "0.0%|0 / 1", "0.0%|0 / 1", "¥80.00", "0", "0"],
            "2026-01": ["1", "—", "—", "0.0%|0 / 1", "0.0%|0 / 1", "¥0.00", "0", "1"],
        }
    ]
    assert "莉莉" in page.text
    assert "娜娜" not in page.text
    assert "12,345.60" not in page.text


def test_a_seat_without_a_guide_shows_no_figures(acme, inside, desk):
    """Her role is guide, her seat is another: whose figures would be hers is not known."""
    client = user_client(acme, "guide")
    with inside(acme):
        TeamSeat.objects.create(
            project=desk.project, role="acquisition", user_id=client.user.pk, starts_on="2026-01-01"
        )
    assert client.get(PAGE).status_code == 403


def test_another_brand_has_other_figures_under_the_same_address(acme, globex, inside, desk):
    owner = user_client(globex, "owner")
    assert owner.get(PAGE).status_code == 404
    with inside(globex):
        make_project(code="p1", name="别家的项目")
    page = owner.get(PAGE)
    assert "别家的项目" in page.text
    assert not {"娜娜（nana）", "12,425.60"} & set(re.split(r"[<>]", page.text))
    assert user_client(acme, "brand_manager", site=globex).get(PAGE).status_code == 404


def test_signing_in_comes_first(acme, desk):
    for path in ("/", PAGE):
        response = anonymous_client(acme).get(path)
        assert (response.status_code, response["Location"].split("?")[0]) == (302, "/sign-in/")
    assert anonymous_client().get("/")["Location"].split("?")[0] == "/sign-in/"


# -- Home -------------------------------------------------------------------------------------------------------------


def test_a_brands_home_lists_the_projects_one_may_know_of(acme, globex, inside):
    with inside(acme):
        mine, _ = make_project(code="p1", name="一期"), make_project(code="p2", name="二期")
    with inside(globex):
        make_project(code="p3", name="三期")
    owner = user_client(acme, "owner").get("/").text
    assert ("一期" in owner, "二期" in owner, "三期" in owner) == (True, True, False)
    client = user_client(acme, "pm")
    assert "没有你可以查看的项目" in client.get("/").text
    with inside(acme):
        today = timezone.localdate()
        TeamSeat.objects.create(
            project=mine, role="pm", user_id=client.user.pk, starts_on=today - timedelta(days=2), ends_on=today
        )
    pm = client.get("/").text
    assert ("一期" in pm, "二期" in pm) == (True, False)


def test_home_leads_to_the_first_section_that_one_may_read(acme, inside):
    with inside(acme):
        make_project(code="p1")
    assert 'href="/projects/p1/"' in user_client(acme, "brand_sponsor").get("/").text
    assert 'href="/projects/p1/definitions/"' in user_client(acme, "brand_aftersales").get("/").text


def test_the_agencys_home_links_the_brands_one_may_enter(acme, globex, initech):
    def home(user):
        client = anonymous_client()
        sign_in(client, user)
        return sorted(set(re.findall(r"http://\w+\.localhost", client.get("/").text)))

    assert home(make_user("owner", brand=acme)) == ["http://acme.localhost", "http://globex.localhost"]
    assert home(make_user("pm", brand=globex)) == ["http://globex.localhost"]
    assert home(make_user("brand_manager", brand=initech)) == ["http://initech.localhost"]
    assert home(make_user("operator")) == []


# -- Refusals are pages too -------------------------------------------------------------------------------------------


def test_refusals_are_pages_in_the_readers_language(acme, desk):
    aftersales = user_client(acme, "brand_aftersales")
    assert "你的角色不能查看这个页面" in aftersales.get(PAGE).text
    definitions = aftersales.get("/projects/p2/definitions/", headers={"Accept-Language": "en"})
    assert "There is no such page" in definitions.text


def test_a_form_from_a_forgotten_tab_is_refused_in_words(acme):
    client = user_client(acme, "owner")
    client.handler.enforce_csrf_checks = True
    response = client.post("/language/", {"language": "en"}, format="multipart")
    assert (response.status_code, "页面已过期" in response.text) == (403, True)
