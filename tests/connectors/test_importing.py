"""A file from upload to figures, and back."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from connectors.importing import (
    ImportConflictError,
    ImportRefusedError,
    check_file,
    forget_old_files,
    run_import,
    start_import,
    undo_import,
)
from connectors.models import FileImport
from connectors.tasks import import_file
from fans.models import Event
from siyu.brands import enter_brand
from siyu.due import work_off
from tenants.models import Brand
from tests.factories import inside, make_project

ORDERS = """订单号,付款时间,实付金额,手机号
1001,2026-01-05 09:30,12.50,13800001111
1.23E+18,2026-01-05 09:30,1,
1002,2026-01-06 09:30,7.50,
1002,2026-01-06 09:30,7.50,
1003,2099-01-06 09:30,7.50,
"""


@pytest.fixture
def project(acme: Brand) -> Iterator[Any]:
    with inside(acme):
        yield make_project(code="p1")


def imported(project: Any, text: str = ORDERS) -> FileImport:
    checked = check_file(project, text.encode("gb18030"), name="订单.csv", made_by="user 1")
    start_import(project, checked.pk)
    run_import(checked.pk, lambda: None)
    return FileImport.objects.get(pk=checked.pk)


def orders() -> list[str]:
    found = Event.objects.filter(superseded_by=None, status=Event.Status.CONTENT)
    return sorted(found.values_list("key", flat=True))


@pytest.mark.django_db(transaction=True)
def test_good_rows_count_and_each_bad_one_is_named_by_its_row(project: Any) -> None:
    done = imported(project)

    assert (done.format, done.state, done.rows, done.events) == ("orders", "done", 5, 4)
    assert (done.counts["accepted"], done.counts["duplicates"], done.counts["rejected"]) == (2, 1, 1)
    assert [(fault["row"], fault["code"]) for fault in done.faults] == [(3, "digits_lost"), (6, "future_time")]
    assert (done.faults[1]["title"], done.faults[1]["value"][:4]) == ("付款时间", "2099"), "the cell that was refused"
    assert done.fault_count == 2
    assert orders() == ["1001", "1002"]


@pytest.mark.django_db(transaction=True)
def test_checking_a_file_counts_nothing_and_keeps_it_sealed(project: Any) -> None:
    checked = check_file(project, ORDERS.encode(), name="订单.csv", made_by="user 1")

    assert (checked.state, checked.events, checked.fault_count) == ("checked", 4, 1)
    assert b"13800001111" not in bytes(checked.content or b"")
    assert orders() == []


@pytest.mark.django_db(transaction=True)
def test_the_file_goes_when_its_import_ends_or_its_day_has_passed(project: Any) -> None:
    done = imported(project)
    checked = check_file(project, ORDERS.encode(), name="订单.csv", made_by="user 1")

    forget_old_files(checked.made_at + timedelta(hours=25))

    assert done.content is None
    assert (FileImport.objects.get(pk=checked.pk).content, FileImport.objects.get(pk=checked.pk).state) == (
        None,
        "expired",
    )
    with pytest.raises(ImportConflictError):
        start_import(project, checked.pk)


@pytest.mark.django_db(transaction=True)
def test_a_file_imported_twice_counts_once(project: Any) -> None:
    imported(project)

    again = imported(project)

    assert (again.counts["accepted"], again.counts["duplicates"]) == (0, 3)
    assert orders() == ["1001", "1002"]


@pytest.mark.django_db(transaction=True)
def test_an_import_begun_anew_after_its_worker_died_gives_the_same_account(project: Any) -> None:
    checked = check_file(project, ORDERS.encode(), name="订单.csv", made_by="user 1")
    start_import(project, checked.pk)

    def die() -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        run_import(checked.pk, die)
    run_import(checked.pk, lambda: None)

    done = FileImport.objects.get(pk=checked.pk)
    assert (done.state, done.done, done.counts["accepted"], len(done.batches)) == ("done", 4, 2, 1)


@pytest.mark.django_db(transaction=True)
def test_undoing_takes_out_what_the_import_brought(project: Any) -> None:
    done = imported(project)

    assert undo_import(project, done.pk, made_by="user 1") == 2
    assert orders() == []
    with pytest.raises(ImportConflictError):
        undo_import(project, done.pk, made_by="user 1")


@pytest.mark.django_db(transaction=True)
def test_a_worker_imports_what_was_asked_for_in_its_own_brand_only(acme: Brand, globex: Brand) -> None:
    with inside(globex):
        make_project(code="p1")
    with inside(acme):
        project = make_project(code="p1")
        checked = check_file(project, ORDERS.encode(), name="订单.csv", made_by="user 1")
        start_import(project, checked.pk)

    assert import_file is not None  # its handler is registered
    work_off()

    with inside(acme):
        assert orders() == ["1001", "1002"]
    with inside(globex):
        assert orders() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("甲,乙\n1,2\n", "认不出"),
        ("订单号,实付金额,平台\n1,2,x\n", "认不出"),
        ("京东价,付款确认时间,订单号\n1,2,3\n", "应付金额"),
    ],
)
def test_a_file_that_fits_nothing_is_refused_with_what_to_do(project: Any, text: str, named: str) -> None:
    with pytest.raises(ImportRefusedError, match=named):
        check_file(project, text.encode(), name="x.csv", made_by="user 1")


@pytest.mark.django_db(transaction=True)
def test_the_command_prints_the_account_and_fails_where_a_row_was_refused(acme: Brand, tmp_path: Path) -> None:
    with enter_brand(acme.schema_name):
        make_project(code="p1")
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS, "utf-8")
    out, err = io.StringIO(), io.StringIO()

    with pytest.raises(CommandError, match="2 faults"):
        call_command("import_file", path, brand="acme", project="p1", format="orders", stdout=out, stderr=err)

    assert "5 rows, 4 events: received 4, accepted 2, duplicates 1, rejected 1" in out.getvalue()
    assert [line.split(":")[0] for line in err.getvalue().splitlines()] == ["row 3", "row 6"]
