"""What REST answers to a body of events: its account, whatever shape the body has and however often it comes."""

import gzip
import hashlib
import json
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from fans.models import Batch, Event, EventKind, Fan, Merge, Projection
from fans.spool import LARGE, LARGE_AT_ONCE, spooled
from projects.models import Account, Channel, DayMark, Project
from siyu.models import DueWork
from tenants.keys import keys_of_current_brand
from tests.factories import client_for, inside, user_client
from tests.fans.sending import (
    COUNTERS,
    NDJSON,
    Source,
    added,
    lines_of,
    lost,
    moved,
    paid,
    rated,
    refunded,
    retract,
    take,
    versions,
    wrote,
)

pytestmark = pytest.mark.django_db
JSON = "application/json"
PHONE, NAME = "13700137001", "某某某"


@pytest.fixture
def source(acme):
    return Source(acme)


def nonzero(account):
    return {name: account[name] for name in COUNTERS if account[name]}


def problem_of(answer):
    return answer.status_code, answer.json()["type"].removeprefix("urn:siyu:problem:")


def post_short(source, body, announced, **how):
    """A client that announces more bytes than it sends before it goes away."""
    stream = {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(announced)}
    return source.post(body, **how, **stream)


# -- The account ------------------------------------------------------------------------------------------------------


def test_a_line_counts_once_under_what_became_of_it(source):
    source.send(added("f"), wrote("f", 1), rated("f", 5))
    body = [added("f"), wrote("f", 2), retract("rating", "*f"), wrote("g"), added("h"), {"type": "what"}]
    account = source.send(*body)
    assert nonzero(account) == {"received": 6, "accepted": 1, "duplicates": 1, "replaced": 1, "withdrawn": 1,
                                "held": 1, "rejected": 1}  # fmt: skip
    assert list(account) == [*COUNTERS, "errors", "batch"]


def test_an_error_names_line_id_code_and_says_what_is_wrong_in_the_language_asked_for(source):
    bad = [added("f"), {**added("g"), "at": "soon"}]
    [error] = source.send(*bad, HTTP_ACCEPT_LANGUAGE="en")["errors"]
    assert error == {"line": 2, "id": "+g", "code": "bad_time", "message": error["message"]}
    assert error["message"].startswith("Field at is no valid time")
    [error] = source.send(b"\n", *bad)["errors"]
    assert error["message"].startswith("字段 at")


def test_the_first_thousand_errors_are_listed_and_all_are_counted(source):
    account = source.send(b"{}\n" * 1_005, added("f"))
    assert nonzero(account) == {"received": 1_006, "accepted": 1, "rejected": 1_005}
    assert [error["line"] for error in account["errors"]] == list(range(1, 1_001))


def test_a_body_of_no_lines_has_an_account_too(source):
    for body in (b"", b"\n\n"):
        assert nonzero(source.send(body)) == {}
    assert nonzero(source.send(b"[]", kind=JSON)) == {}


def test_lines_refused_alone_make_no_events_and_fix_no_time_zone(source):
    assert source.count({"type": "what"}, retract("rating", "x")) == {"rejected": 2}
    with inside(source.brand):
        assert not Project.objects.get(pk=source.project.pk).has_events
        assert not Merge.objects.exists()
    source.send(added("f"))
    with inside(source.brand):
        assert Project.objects.get(pk=source.project.pk).has_events


def test_accounts_and_channels_are_made_unconfirmed_on_first_sight(source):
    with inside(source.brand):
        Account.objects.create(code="known", confirmed=True)
    source.send(added("f", guide="known", channel="cards"), moved("f", "new", 1), paid("o", channel="sms"))
    with inside(source.brand):
        assert dict(Account.objects.values_list("code", "confirmed")) == {"known": True, "new": False}
        assert dict(Channel.objects.values_list("code", "confirmed")) == {"cards": False, "sms": False}


def test_events_ask_for_the_roll_up_of_their_project(source):
    source.send(added("f"))
    asked = DueWork.objects.filter(schema=source.brand.schema_name).values_list("kind", "subject")
    assert list(asked) == [("rollup", str(source.project.pk))]


# -- A body that comes again ------------------------------------------------------------------------------------------


def test_a_body_sent_again_changes_nothing_also_after_a_correction(source):
    body = lines_of([added("f"), wrote("f", 1)])
    source.send(body)
    source.send(wrote("f", 2))
    assert nonzero(source.send(body)) == {"received": 2, "duplicates": 2}
    with inside(source.brand):
        assert len(versions(source.project, EventKind.INTERACTION, "~f")) == 2


def test_its_refused_lines_are_tried_again(source):
    body = lines_of([retract("fan.added", "+f"), added("g"), {"type": "what"}])
    assert nonzero(source.send(body)) == {"received": 3, "accepted": 1, "rejected": 2}
    source.send(added("f"))
    assert nonzero(source.send(body)) == {"received": 3, "withdrawn": 1, "duplicates": 1, "rejected": 1}
    assert nonzero(source.send(body)) == {"received": 3, "duplicates": 2, "rejected": 1}


def test_compression_makes_no_other_body(source):
    body = lines_of([added("f")])
    source.send(body)
    source.send({**added("f"), "at": "2026-01-01T00:00:00Z"})
    assert nonzero(source.send(gzip.compress(body), HTTP_CONTENT_ENCODING="gzip")) == {"received": 1, "duplicates": 1}


def test_another_project_or_brand_takes_the_same_body_as_new(source, globex):
    body = lines_of([added("f", phone=PHONE), paid("o", phone=PHONE)])
    for other in (source, Source(source.brand, "p2"), Source(globex)):
        assert nonzero(other.send(body)) == {"received": 2, "accepted": 2}
    assert source.facts()["Order"] == Source.facts(other)["Order"]


def test_after_an_undo_it_counts_as_new(source):
    body = lines_of([added("f")])
    source.undo(source.send(body)["batch"])
    assert nonzero(source.send(body)) == {"received": 1, "accepted": 1}


# -- All or nothing ---------------------------------------------------------------------------------------------------


def test_an_atomic_body_with_a_refused_line_leaves_no_trace(source):
    body = lines_of([added("f", guide="a", channel="c", phone=PHONE), {"type": "what"}])
    answer = source.post(body, query="?atomic=1", HTTP_IDEMPOTENCY_KEY="k")
    assert problem_of(answer) == (422, "refused_whole")
    told = answer.json()
    assert (told["received"], told["rejected"], told["batch"]) == (2, 1, None)
    assert [error["line"] for error in told["errors"]] == [2]
    with inside(source.brand):
        for model in (Batch, Merge, Event, Fan, Account, Channel, DayMark, Projection):
            assert not model.objects.exists(), model
        assert not Project.objects.get(pk=source.project.pk).has_events
    assert not DueWork.objects.filter(schema=source.brand.schema_name).exists()
    assert nonzero(source.send(added("f"), HTTP_IDEMPOTENCY_KEY="k")) == {"received": 1, "accepted": 1}


def test_an_atomic_body_without_one_is_stored(source):
    assert source.count(added("f"), wrote("g"), query="?atomic=1") == {"accepted": 1, "held": 1}


def test_an_atomic_body_that_breaks_off_leaves_no_trace(source):
    answer = post_short(source, lines_of([added("f")]), 5_000, query="?atomic=1")
    assert problem_of(answer) == (400, "body_broken_off")
    assert answer.json()["batch"] is None
    with inside(source.brand):
        assert not Batch.objects.exists()


# -- Shapes of a body -------------------------------------------------------------------------------------------------


def test_a_body_that_breaks_off_is_told_what_was_whole_and_is_stored(source):
    body = lines_of([added("f"), {"type": "what"}, added("g")])
    answer = post_short(source, body[:-10], len(body))
    assert problem_of(answer) == (400, "body_broken_off")
    told = answer.json()
    assert nonzero(told) == {"received": 2, "accepted": 1, "rejected": 1}
    batch = source.client.get(f"{source.path}/batches/{told['batch']}/").json()
    assert (batch["state"], nonzero(batch)) == ("broken", nonzero(told))
    assert nonzero(source.send(body)) == {"received": 3, "accepted": 1, "duplicates": 1, "rejected": 1}


def gzipped(source, body, **headers):
    return source.post(body, HTTP_CONTENT_ENCODING="gzip", **headers)


def test_gzip_may_have_several_members(source):
    whole = lines_of([added("f"), added("g")])
    body = gzip.compress(whole[:40]) + gzip.compress(b"") + gzip.compress(whole[40:])
    assert nonzero(gzipped(source, body).json()) == {"received": 2, "accepted": 2}


@pytest.mark.parametrize("harm", ["cut", "garbage after", "bad checksum", "no gzip at all"])
def test_gzip_that_is_broken_is_a_body_that_breaks_off(source, harm):
    whole = gzip.compress(lines_of([added(f"f{i}") for i in range(3_000)]))
    body = {"cut": whole[: len(whole) // 2], "garbage after": whole + b"garbage",
            "bad checksum": whole[:-8] + b"\0" * 8, "no gzip at all": lines_of([added("f")])}[harm]  # fmt: skip
    answer = gzipped(source, body)
    assert problem_of(answer) == (400, "body_broken_off")
    told = answer.json()
    assert told["received"] == told["accepted"]
    assert (told["received"] > 0) == (harm != "no gzip at all")


def test_what_a_small_gzip_unpacks_to_is_bounded(source):
    assert problem_of(gzipped(source, gzip.compress(b"\n" * 1_000_001))) == (413, "body_too_large")
    answer = gzipped(source, gzip.compress(b"[" + b" " * (65 << 20), 1), kind=JSON)
    assert problem_of(answer) == (413, "body_too_large")


def test_a_million_lines_are_taken_and_not_one_more(source):
    assert source.post(b"\n" * 1_000_000).status_code == 200
    assert problem_of(source.post(b"\n" * 1_000_000 + b" ")) == (413, "body_too_large")


def test_other_encodings_are_refused(source):
    answer = source.post(b"x", HTTP_CONTENT_ENCODING="br")
    assert problem_of(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["application/x-ndjson; charset=utf-8", "application/ndjson", "application/jsonl"])
def test_lines_go_by_several_names(source, kind):
    assert source.count(added("f"), kind=kind) == {"accepted": 1}


@pytest.mark.parametrize("kind", ["text/plain", "text/csv", "multipart/form-data", "application/octet-stream"])
def test_other_content_types_are_refused(source, kind):
    assert problem_of(source.post(lines_of([added("f")]), kind=kind)) == (415, "unsupported_media_type")


def test_an_array_counts_its_items_from_one(source):
    account = source.send(json.dumps([added("f"), 5, {"type": "what"}, added("g")]).encode(), kind=JSON)
    assert nonzero(account) == {"received": 4, "accepted": 2, "rejected": 2}
    assert [(error["line"], error["code"]) for error in account["errors"]] == [(2, "bad_json"), (3, "unknown_type")]


def test_odd_items_of_an_array_are_refused_one_by_one(source):
    body = b'[{"type": "fan.added", "fan": "\\ud800", "id": "x", "at": "2026-01-01T00:00:00Z"}, %s]'
    account = source.send(body % json.dumps(added("f")).encode(), kind=JSON)
    assert [(error["line"], error["code"]) for error in account["errors"]] == [(1, "bad_value")]
    assert account["accepted"] == 1


def test_an_array_may_have_ten_thousand_items(source):
    assert source.send(b"[" + b",".join([b"5"] * 10_000) + b"]", kind=JSON)["received"] == 10_000
    for many in (10_001, 3_000_000):
        answer = source.post(b"[" + b",".join([b"5"] * many) + b"]", kind=JSON)
        assert problem_of(answer) == (413, "body_too_large")


@pytest.mark.parametrize("body", [b"", b"{}", b"[1", b"[1,]", b"null", b'"x"', b"[]]", b"[" * 100_000])
def test_what_is_no_array_is_refused_and_leaves_no_batch(source, body):
    assert problem_of(source.post(body, kind=JSON)) == (400, "bad_body")
    with inside(source.brand):
        assert not Batch.objects.exists()


def test_long_lines_are_merged_in_chunks_of_bounded_bytes(source, monkeypatch):
    monkeypatch.setattr("fans.intake.CHUNK_BYTES", 1_000)
    account = source.send(*(added(f"f{i}", x="x" * 600) for i in range(5)))
    with inside(source.brand):
        assert Merge.objects.filter(batch=account["batch"]).count() == 3
        assert Batch.objects.get().stored_lines == [1, 2, 3, 4, 5, 5]


# -- Idempotency keys, batches, held ----------------------------------------------------------------------------------


def test_a_key_belongs_to_one_body(source):
    first = source.send(added("f"), HTTP_IDEMPOTENCY_KEY="k")
    assert source.count(added("f"), HTTP_IDEMPOTENCY_KEY="k") == {"duplicates": 1}
    answer = source.post([added("g")], HTTP_IDEMPOTENCY_KEY="k")
    assert problem_of(answer) == (422, "idempotency_key_reused")
    found = source.client.get(f"{source.path}/batches/", {"key": "k"}).json()["results"]
    assert found[0]["batch"] == first["batch"]
    assert len(found) == 2


def test_a_key_is_the_projects_own(source, globex):
    source.send(added("f"), HTTP_IDEMPOTENCY_KEY="k")
    for other in (Source(source.brand, "p2"), Source(globex)):
        assert other.count(added("g"), HTTP_IDEMPOTENCY_KEY="k") == {"accepted": 1}


def test_a_key_has_at_most_200_characters(source):
    assert source.post([added("f")], HTTP_IDEMPOTENCY_KEY="k" * 200).status_code == 200
    assert problem_of(source.post([added("f")], HTTP_IDEMPOTENCY_KEY="k" * 201)) == (400, "bad_body")


def test_a_batch_tells_its_account_later_too(source):
    account = source.send(added("f"), {"type": "what"}, HTTP_IDEMPOTENCY_KEY="k")
    batch = source.client.get(f"{source.path}/batches/{account['batch']}/").json()
    assert {name: batch[name] for name in account} == account
    assert (batch["state"], batch["key"], batch["undone_at"], batch["undoes"]) == ("done", "k", None, None)


def test_batches_are_the_projects_own(source, globex):
    account = source.send(added("f"))
    for other in (Source(source.brand, "p2"), Source(globex)):
        assert other.client.get(f"{other.path}/batches/{account['batch']}/").status_code == 404
        assert other.client.get(f"{other.path}/batches/").json()["results"] == []
        assert other.undo(account["batch"]).status_code == 404
    assert source.client.get(f"{source.path}/batches/{10**30}/").status_code == 404


def test_the_held_list_says_what_waits_and_why_page_by_page(source):
    source.send(paid("o", "5"), refunded("o", "6", id="big"), refunded("p", "6", id="early"))
    source.send(refunded("q", "6", id="large"), paid("q", "5"))
    source.send(lost("f"), moved("f", "a"), wrote("f"), rated("f", 1))
    path, found = f"{source.path}/events/held/?page_size=2", []
    while path:
        page = source.client.get(path).json()
        path = page["next"]
        assert len(page["results"]) <= 2
        found += page["results"]
    assert {(event["type"], event["id"], event.get("fan", event.get("order")), event["reason"]) for event in found} == {
        ("order.refunded", "early", "p", "unknown_order"),
        ("order.refunded", "large", "q", "refund_exceeds_paid"),
        ("fan.lost", "-f", "f", "unknown_fan"),
        ("assignment", ">f", "f", "unknown_fan"),
        ("interaction", "~f", "f", "unknown_fan"),
        ("rating", "*f", "f", "unknown_fan"),
    }
    assert len(found) == 6


# -- Who may, and how much at once ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "status"),
    [("owner", 200), ("pm", 404), ("content", 403), ("guide", 403), ("finance", 403), ("brand_manager", 403)],
)
def test_people_send_events_by_their_role(source, role, status):
    client = user_client(source.brand, role)
    answer = client.generic("POST", f"{source.path}/events/", lines_of([added("f")]), content_type=NDJSON)
    assert answer.status_code == status  # a PM without a seat in the project does not see it


@pytest.mark.parametrize("scopes", [[], ["fans:read"], ["kpis:read", "reports:write", "assignments:write"]])
def test_a_key_without_the_scope_may_do_none_of_it(source, scopes):
    batch = source.send(added("f"))["batch"]
    client = client_for(source.brand, scopes)
    reads = ["events/held/", "batches/", f"batches/{batch}/"]
    for method, path in [("POST", "events/"), ("POST", f"batches/{batch}/undo/"), *(("GET", read) for read in reads)]:
        answer = client.generic(method, f"{source.path}/{path}", b"", content_type=NDJSON)
        assert answer.status_code == 403, path


def test_another_brands_key_and_nobody_are_turned_away(source, globex, anonymous_client):
    there = client_for(globex, ["events:write"], name="there")
    header = there.defaults["HTTP_AUTHORIZATION"]
    for client in (anonymous_client(source.brand, HTTP_AUTHORIZATION=header), anonymous_client(source.brand)):
        answer = client.generic("POST", f"{source.path}/events/", lines_of([added("f")]), content_type=NDJSON)
        assert answer.status_code in (401, 403, 404)
    with inside(source.brand):
        assert not Event.objects.exists()


def test_a_third_large_import_is_asked_to_come_later(source):
    with inside(source.brand), ExitStack() as taken:
        for _ in range(LARGE_AT_ONCE):
            digest = keys_of_current_brand().body_digest()
            body = b" " * (LARGE + 1)
            taken.enter_context(spooled(BytesIO(body), digest, encoding="", is_array=False, expected=len(body)))
        answer = source.post(b" " * (LARGE + 1) + b"\n")
        assert problem_of(answer) == (429, "busy")
        assert int(answer["Retry-After"]) > 0
        assert source.count(added("small")) == {"accepted": 1}
    assert source.post(b" " * (LARGE + 1)).status_code == 200


def test_nothing_stays_of_a_body_on_disk(source):
    source.send(added("f", phone=PHONE))
    left = [path.name for path in Path(settings.SPOOL_DIR).iterdir() if not path.name.endswith(".lock")]
    assert left == []


# -- Personal data ----------------------------------------------------------------------------------------------------


def test_a_phone_is_nowhere_in_the_database_but_sealed(source, caplog):
    source.send(added("f", phone=PHONE, name=NAME), paid("o", phone=f"+86 {PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]}"))
    source.send(
        {**added("g"), "phone": PHONE, "at": "x"},
        {**paid("p", "much"), "phone": PHONE},
        {"type": PHONE[:-1], "name": NAME},
    )
    source.send(added("f", phone=PHONE, name="other"), retract("order.paid", order="o"))
    guessed = hashlib.blake2b(PHONE.encode(), digest_size=16).hexdigest()  # without the brand's key
    named = {}
    with inside(source.brand), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT t::text FROM {table} t")  # noqa: S608 - names of our own tables
            rows = [row for (row,) in cursor.fetchall()]
            assert not any(PHONE in row or PHONE.encode().hex() in row or PHONE[3:7] + "-" in row for row in rows), (
                table
            )
            assert not any(guessed in row for row in rows), table
            named[table] = sum(NAME in row for row in rows)
    assert {table for table, count in named.items() if count} == {"fans_contact"}
    assert PHONE not in caplog.text
    assert NAME not in caplog.text


def test_the_contents_hash_differs_from_brand_to_brand(source, globex):
    there = Source(globex)
    hashes = set()
    for one in (source, there):
        one.send(added("f", phone=PHONE))
        with inside(one.brand):
            hashes |= set(map(bytes, Event.objects.values_list("hash", flat=True)))
            hashes |= set(map(bytes, Event.objects.values_list("phone_index", flat=True)))
    assert len(hashes) == 4


def test_an_error_of_the_database_is_answered_without_its_words(source, caplog, monkeypatch):
    monkeypatch.setattr("fans.merge._CONTENT", ("no_such_column",))
    answer = source.post([added("f", phone=PHONE, name=NAME)])
    assert problem_of(answer) == (500, "server_error")
    monkeypatch.undo()
    assert PHONE not in caplog.text + answer.content.decode()
    assert NAME not in caplog.text + answer.content.decode()


def test_after_a_chunk_that_failed_the_connection_serves_both_brands(source, globex, monkeypatch):
    there = Source(globex)
    monkeypatch.setattr("fans.merge._CONTENT", ("no_such_column",))
    assert source.post([added("f")]).status_code == 500
    monkeypatch.undo()
    for one in (there, source, there):
        assert one.count(added("f"), b"\n" * len(one.facts()["Presence"])) in ({"accepted": 1}, {"duplicates": 1})


def test_two_projects_and_brands_take_turns_in_one_transaction(source, globex):
    there = Source(globex)
    for _ in range(2):
        for one in (source, there):
            with inside(one.brand):
                take(one.project, [added("f", guide="a"), paid("o", fan="f")])
    assert source.facts() == there.facts()
