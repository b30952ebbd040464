"""GET /accounts/, GET/PUT /accounts/{account}/: who keeps an account when, and which days a change marks."""

from datetime import date

import pytest

from projects.models import Account, AuditEntry, Keeper
from tests.factories import client_for, make_guide, make_placement, make_project, user_client

PATH = "/api/v1/projects/p1/accounts/"


@pytest.fixture
def writer(acme, project):
    return client_for(acme, ["team:write"])


@pytest.fixture(autouse=True)
def guides(acme):
    """娜娜 and 莉莉 are placed in acme; 方方 works for the agency and not for acme."""
    for code in ("nana", "lili"):
        make_placement(make_guide(acme.agency, code=code), acme)
    make_guide(acme.agency, code="fangfang")


def keep(client, *keepers, account="a1", path=PATH):
    return client.put(f"{path}{account}/", {"keepers": [{"guide": guide, "from": since} for guide, since in keepers]})


def problem_of(response):
    return response.status_code, [(error["pointer"], error["code"]) for error in response.json()["errors"]]


def test_an_account_is_made_and_changed_by_putting_it(writer):
    made = writer.put(PATH + "a1/", {"name": "小雅", "capacity": 20000})
    expected = {"code": "a1", "name": "小雅", "capacity": 20000, "confirmed": True, "keepers": []}
    assert (made.status_code, made.json()) == (201, expected)
    changed = writer.put(PATH + "a1/", {"capacity": None})
    assert (changed.status_code, changed.json()) == (200, {**expected, "capacity": None})


def test_one_that_events_named_is_shown_unconfirmed_until_it_is_put(acme, inside, writer):
    with inside(acme):
        Account.objects.create(code="a1")
    assert writer.get(PATH + "a1/").json()["confirmed"] is False
    assert writer.put(PATH + "a1/", {}).json()["confirmed"] is True
    assert [account["code"] for account in writer.get(PATH).json()["results"]] == ["a1"]


def test_a_history_is_put_as_a_whole(writer):
    first = keep(writer, ("nana", "2026-01-05T00:00:00"), (None, "2026-02-01T00:00:00Z"))
    assert first.json()["keepers"] == [
        {"guide": "nana", "from": "2026-01-05T00:00:00+08:00"},
        {"guide": None, "from": "2026-02-01T08:00:00+08:00"},
    ]
    assert writer.get(PATH + "a1/").json() == first.json()
    assert writer.put(PATH + "a1/", first.json()).json() == first.json()
    second = keep(writer, ("lili", "2026-01-06T00:00:00+08:00"))
    assert second.json()["keepers"] == [{"guide": "lili", "from": "2026-01-06T00:00:00+08:00"}]


def test_keepers_whom_a_new_history_leaves_out_are_named(acme, writer, project):
    keep(writer, ("nana", "2026-01-05T00:00:00"), ("lili", "2026-03-01T12:00:00"), (None, "2026-04-01T00:00:00"))
    answer = keep(writer, ("nana", "2026-01-05T00:00:00"), ("lili", "2026-02-01T00:00:00")).json()
    assert answer["dropped"] == [{"guide": None, "from": "2026-04-01T00:00:00+08:00"}]
    answer = keep(writer, ("nana", "2026-01-01T00:00:00")).json()
    assert answer["dropped"] == [{"guide": "lili", "from": "2026-02-01T00:00:00+08:00"}]
    assert "dropped" not in writer.put(PATH + "a1/", answer).json()


def test_the_history_tells_of_keepers_in_the_projects_zone(acme, inside, writer):
    keep(writer, ("nana", "2026-01-05T14:00:00Z"))
    with inside(acme):
        (entry,) = AuditEntry.objects.filter(subject="account:a1")
    assert entry.after["keepers"] == [{"guide": "nana", "from": "2026-01-05T22:00:00+08:00"}]


def test_a_put_without_keepers_leaves_them(writer):
    keep(writer, ("nana", "2026-01-05T00:00:00"))
    assert writer.put(PATH + "a1/", {"name": "小雅"}).json()["keepers"] == [
        {"guide": "nana", "from": "2026-01-05T00:00:00+08:00"}
    ]
    assert writer.put(PATH + "a1/", {"keepers": []}).json()["keepers"] == []


def test_an_instant_without_offset_is_read_in_the_projects_zone(acme, inside, writer):
    with inside(acme):
        make_project(code="ny", timezone="America/New_York")
    answer = keep(writer, ("nana", "2026-01-05T00:00:00"), path="/api/v1/projects/ny/accounts/").json()
    assert answer["keepers"][0]["from"] == "2026-01-05T00:00:00-05:00"
    assert writer.get(PATH + "a1/").json()["keepers"][0]["from"] == "2026-01-05T13:00:00+08:00"


def test_instants_strictly_increase(writer):
    response = keep(writer, ("nana", "2026-01-05T00:00:00"), ("lili", "2026-01-04T16:00:00Z"))
    assert problem_of(response) == (422, [("/keepers/1/from", "not_increasing")])
    response = keep(writer, ("nana", "2026-01-05T00:00:00"), ("lili", "2026-01-01T00:00:00"))
    assert problem_of(response) == (422, [("/keepers/1/from", "not_increasing")])
    assert writer.get(PATH + "a1/").status_code == 404


def test_every_wrong_line_is_named(writer):
    response = keep(
        writer, ("nobody", "2026-01-01T00:00:00"), ("fangfang", "2026-01-02T00:00:00"), ("nana", "2026-01-03"),
    )  # fmt: skip
    assert problem_of(response) == (
        422,
        [("/keepers/0/guide", "unknown_guide"), ("/keepers/1/guide", "not_placed"), ("/keepers/2/from", "bad_time")],
    )
    assert response.json()["errors"][1]["message"] == ("导购 fangfang 在本品牌没有席位，请先在 team/ 为其安排席位")


def test_a_past_placement_suffices(acme, writer):
    make_placement(make_guide(acme.agency, code="old"), acme, starts_on=date(2025, 1, 1), ends_on=date(2025, 1, 31))
    assert keep(writer, ("old", "2026-01-05T00:00:00")).status_code == 201


@pytest.mark.parametrize("body", [{"keepers": "nana"}, {"keepers": [{"from": "2026-01-05T00:00:00"}]}, {"owner": "x"}])
def test_what_cannot_be_is_refused(writer, body):
    assert writer.put(PATH + "a1/", body).status_code == 400


# -- Marks ------------------------------------------------------------------------------------------------------------


def test_a_handover_marks_its_days_in_every_project_of_the_brand_that_has_events(
    acme, globex, inside, writer, project, begin_events, marks_of, due_in
):
    with inside(acme):
        second, silent = make_project(code="p2", timezone="America/New_York"), make_project(code="p3")
    with inside(globex):
        foreign = make_project(code="p1")
    begin_events(acme, "p1", "p2")
    begin_events(globex, "p1")
    keep(writer, ("nana", "2026-01-05T12:00:00+08:00"))
    assert marks_of(acme, project) == [("2026-01-04", None)]
    assert marks_of(acme, second) == [("2026-01-03", None)]  # the day before, in New York
    assert (marks_of(acme, silent), marks_of(globex, foreign)) == ([], [])
    ids = [str(project.pk), str(second.pk)]
    assert due_in(acme) == [(kind, subject) for kind in ("assign", "rollup") for subject in sorted(ids)]
    assert due_in(globex) == []


def test_only_days_whose_keeper_changed_are_marked(acme, writer, project, begin_events, marks_of):
    keep(writer, ("nana", "2026-01-05T00:00:00"), ("lili", "2026-03-01T00:00:00"))
    begin_events(acme, "p1")
    keep(writer, ("nana", "2026-01-10T00:00:00"), ("lili", "2026-03-01T00:00:00"))
    assert marks_of(acme, project) == [("2026-01-04", "2026-01-10")]


def test_nothing_changed_marks_nothing(acme, inside, writer, project, begin_events, marks_of, due_in):
    keep(writer, ("nana", "2026-01-05T00:00:00"))
    begin_events(acme, "p1")
    with inside(acme):
        before = Keeper.objects.get()
    keep(writer, ("nana", "2026-01-04T16:00:00Z"))
    assert (marks_of(acme, project), due_in(acme)) == ([], [])
    writer.put(PATH + "a1/", {"name": "小雅", "capacity": 1})
    assert (marks_of(acme, project), due_in(acme)) == ([], [("assign", str(project.pk))])
    with inside(acme):
        assert Keeper.objects.get() == before


def test_a_refused_history_marks_nothing(acme, writer, project, begin_events, marks_of, due_in):
    begin_events(acme, "p1")
    keep(writer, ("nana", "2026-01-05T00:00:00"), ("fangfang", "2026-02-05T00:00:00"))
    assert (marks_of(acme, project), due_in(acme)) == ([], [])


# -- Who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "read", "written"),
    [
        ("owner", 200, 201), ("admin", 200, 201), ("finance", 200, 403),
        ("pm", 404, 404), ("ops", 404, 403), ("content", 404, 403), ("guide", 404, 403),  # without a seat
        ("brand_manager", 200, 403), ("brand_sponsor", 200, 403),
    ],
)  # fmt: skip
def test_who_links_accounts_to_guides(acme, project, role, read, written):
    client = user_client(acme, role)
    assert client.get(PATH).status_code == read
    assert client.put(PATH + "a1/", {}).status_code == written


def test_keys_need_the_scope(acme, globex, project):
    assert client_for(acme, ["contract:write"]).put(PATH + "a1/", {}).status_code == 403
    assert client_for(globex, ["team:write"]).put(PATH + "a1/", {}).status_code == 404
