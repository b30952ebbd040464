"""Exports in the background: made once, resumed after a death, the asker's alone, told of, written down, taken away."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from projects.models import AuditEntry, Notice, Project
from reports import exports, tasks
from reports.exports import ask_export, expire, file_of, folder_of, produce_export, register, take_away_orphans
from reports.models import Export
from reports.review import ReportConflictError
from siyu.brands import current_schema
from siyu.models import DueWork
from siyu.spreadsheets import Column, Sheet
from tenants.identity import identify_user
from tenants.models import Membership
from tenants.permissions import Act
from tests.factories import inside
from tests.reports.desk import ReportDesk


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.EXPORT_DIR = tmp_path / "exports"
    return settings.EXPORT_DIR


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    monkeypatch.setattr(exports, "_kinds", {})
    register("probe", Act.READ_KPIS, probe)
    register("broken", Act.READ_KPIS, broken)


@pytest.fixture
def desk(acme, globex):
    ReportDesk(globex)
    return ReportDesk(acme)


def probe(project, asked, identity):
    """So many rows, and a sheet about them that knows what was written."""
    written = []

    def rows():
        for number in range(asked["rows"]):
            written.append(number)
            yield [f"{number:018d}", number, "=1+1"]

    yield Sheet("行", [Column("编号"), Column("数", "count", summed=True), Column("文字")], rows())
    yield Sheet("口径", [Column("写了")], [[str(len(written))]])


def broken(project, asked, identity):
    yield Sheet("行", [Column("编号")], iter_that_fails())


def iter_that_fails():
    yield ["1"]
    raise RuntimeError("no")


def ask(desk, kind="probe", form="xlsx", client=None, **asked):
    identity = identify_user((client or desk.pm).user, desk.brand)
    with inside(desk.brand):
        project = Project.objects.get(pk=desk.project.pk)
        asked = asked or {"rows": 2500}
        return ask_export(project, kind, asked, form=form, title="明细", by=identity, now=timezone.now())


def make(desk, export, beat=lambda: None):
    with inside(desk.brand):
        produce_export(export.pk, beat)
        return Export.objects.get(pk=export.pk)


def read(desk, export):
    with inside(desk.brand):
        path = file_of(Export.objects.get(pk=export.pk), timezone.now())
    return None if path is None else path.read_bytes()


def test_a_workbook_holds_all_rows_and_adds_them_up(desk, folder):
    beats = []
    made = make(desk, ask(desk), lambda: beats.append(1))
    assert (made.state, made.rows, made.attempts) == ("done", 2500, 1)
    assert len(beats) == 3  # after each thousand rows, and before it is handed over
    assert made.expires_at - made.done_at == timedelta(days=7)
    book = CalamineWorkbook.from_filelike(io.BytesIO(read(desk, made)))
    assert book.sheet_names == ["行", "口径", "核对合计"]
    rows = book.get_sheet_by_name("行").to_python()
    assert len(rows) == 2501
    assert rows[2500] == ["000000000000002499", 2499.0, "=1+1"]
    assert book.get_sheet_by_name("口径").to_python()[1] == ["2500"]
    assert book.get_sheet_by_name("核对合计").to_python()[2] == ["行", "数", 3123750.0]
    [path] = [found for found in Path(folder).rglob("*") if found.is_file()]
    assert (path.parent.name, path.stat().st_mode & 0o777) == (desk.brand.schema_name, 0o600)


def test_a_csv_begins_with_a_mark_and_runs_nothing(desk):
    made = make(desk, ask(desk, form="csv", rows=2))
    body = read(desk, made)
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert rows == [["编号", "数", "文字"], ["0" * 18, "0", "'=1+1"], ["0" * 17 + "1", "1", "'=1+1"]]


def test_who_took_what_is_written_down_and_she_is_told_once(desk):
    made = make(desk, ask(desk, rows=7, q="13800138000"))
    make(desk, made)
    with inside(desk.brand):
        [entry] = AuditEntry.objects.filter(subject="export:probe")
        assert entry.after == {"rows": 7, "format": "xlsx", "filters": {"rows": 7, "q": "…"}}
        assert entry.by == f"user:{desk.pm.user.pk}"
        [notice] = Notice.objects.filter(kind="export_ready")
        assert (notice.user_id, notice.facts) == (desk.pm.user.pk, {"title": "明细"})
        assert Export.objects.get().attempts == 1


def test_what_a_dead_worker_left_is_made_anew_and_shown_to_nobody(desk, folder):
    export = ask(desk)
    with inside(desk.brand):
        Export.objects.filter(pk=export.pk).update(state="running", rows=1000, attempts=1)
        left = folder_of(current_schema()) / f"{export.pk}-left.part"
        left.mkdir(parents=True)
        (left / "half.xlsx").write_bytes(b"half")
    made = make(desk, export)
    assert (made.state, made.rows, made.attempts) == ("done", 2500, 2)
    with inside(desk.brand):
        expire(timezone.now() + timedelta(hours=2))
    assert not left.exists()
    assert read(desk, made) is not None


def test_a_lost_lease_leaves_it_to_the_other_worker(desk, folder):
    from siyu.due import LostLeaseError

    def lost():
        raise LostLeaseError

    export = ask(desk)
    with pytest.raises(LostLeaseError):
        make(desk, export, lost)
    with inside(desk.brand):
        assert Export.objects.get(pk=export.pk).state == "running"
    assert not [path for path in Path(folder).rglob("*") if path.is_file()]


def test_the_third_failure_is_the_last(desk):
    export = ask(desk, "broken")
    for _ in range(2):
        with pytest.raises(RuntimeError):
            make(desk, export)
    made = make(desk, export)
    assert (made.state, made.attempts) == ("failed", 3)
    assert made.error == "多次生成失败，请缩小范围后重试"
    with inside(desk.brand):
        assert Notice.objects.filter(kind="export_failed").count() == 1
        assert not AuditEntry.objects.filter(subject__startswith="export:").exists()


def test_it_is_made_with_the_rights_of_now(desk):
    export = ask(desk)
    Membership.objects.filter(user=desk.pm.user).delete()
    made = make(desk, export)
    assert (made.state, made.rows) == ("failed", 0)


def test_the_same_is_asked_for_once_and_not_too_much_at_once(desk):
    first = ask(desk, rows=1)
    assert ask(desk, rows=1).pk == first.pk
    assert DueWork.objects.filter(kind="export", schema=desk.brand.schema_name).count() == 1
    for number in range(2, 6):
        ask(desk, rows=number)
    with pytest.raises(ReportConflictError):
        ask(desk, rows=6)
    other = desk.seated("ops")
    assert ask(desk, rows=1, client=other).pk != first.pk


def test_files_are_taken_away_after_a_week(desk, folder):
    made = make(desk, ask(desk, rows=3, q="林"))
    later = timezone.now() + timedelta(days=7, minutes=1)
    with inside(desk.brand):
        assert file_of(made, later) is None
        assert expire(later) == 1
        gone = Export.objects.get(pk=made.pk)
    assert (gone.state, gone.file, gone.asked) == ("expired", "", {})
    assert not [path for path in Path(folder).rglob("*") if path.is_file()]


def test_files_of_brands_that_are_no_more_go_too(desk, folder):
    made = make(desk, ask(desk))
    (folder / "b_gone").mkdir()
    (folder / "b_gone" / "x.csv").write_text("x")
    take_away_orphans([desk.brand.schema_name])
    assert not (folder / "b_gone").exists()
    tasks.sweep_exports()
    assert read(desk, made) is not None


def test_the_work_is_a_row_of_no_project(desk):
    export = ask(desk, rows=3)
    row = DueWork.objects.get(kind="export", schema=desk.brand.schema_name)
    with inside(desk.brand):
        tasks.make_export(row.subject, lambda: None)
        assert Export.objects.get(pk=export.pk).state == "done"
    from reports.services import project_of

    assert project_of(row.subject) == 0
