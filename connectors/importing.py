"""A file is checked, shown, and imported through the same intake as everybody's events. Runs inside the brand."""

import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from connectors.cells import read_guide
from connectors.conversion import (
    PERSONAL,
    SHOWN,
    Converted,
    Found,
    convert,
    missing_columns,
    refuse_contradictions,
    unread_columns,
)
from connectors.formats import FORMATS, OWN, Format, Part, find_format
from connectors.models import FileImport
from connectors.tables import Row, Table, find_table, headers_of, read_rows, read_sheets
from fans.channel_days import ChannelDay, channel_day_event
from fans.intake import COUNTERS, account_of, take_body
from fans.models import Batch
from fans.spool import spooled
from fans.totals import guide_codes
from fans.undo import undo_batch
from projects.models import Project
from projects.queries import zone_of
from siyu.due import ask
from siyu.periods import local_day
from siyu.problems import DomainError, say
from tenants.keys import keys_of_current_brand

IMPORT = "import_file"  # kind of due work
BODY_EVENTS = 20_000  # sent at once: a few seconds, within a lease
MOST_FAULTS = 1_000
KEPT = timedelta(hours=24)


class ImportRefusedError(DomainError):
    status = 422
    code = "import_refused"


class ImportConflictError(DomainError):
    status = 409
    code = "import_conflict"


# -- Checking ---------------------------------------------------------------------------------------------------------


def read_file(data: bytes, code: str, platform: str = "") -> tuple[Format, Table]:
    """The format (the one that its titles say where `code` is empty) and its rows.

    Raises UnreadableFileError; ImportRefusedError where no format fits or required columns are missing.
    """
    sheets = [_read_sheet(rows, code) for rows in read_sheets(data)]
    whole = [(form, table) for form, table in sheets if form and table and not missing_columns(form, table)]
    if not whole:
        raise ImportRefusedError(_why_unread(*sheets[0], read_rows(data)))
    form, table = whole[0]
    table = replace(table, sheets_left=sum(bool(other.rows) for _, other in whole[1:]))
    return (replace(form, fixed={**form.fixed, "platform": platform}) if platform else form), table


def _read_sheet(rows: list[Row], code: str) -> tuple[Format | None, Table | None]:
    form = FORMATS.get(code) if code else _format_of(rows)
    return form, find_table(rows, form.titles) if form else None


def _format_of(rows: list[Row]) -> Format | None:
    """The one that the fullest of the first rows names."""
    heads = sorted((frozenset(titles) for _, titles in headers_of(rows)), key=len, reverse=True)
    return next((form for head in heads if (form := find_format(head))), None)


def _why_unread(form: Format | None, table: Table | None, rows: list[Row]) -> str:
    """What the file lacks; of one that is nothing known, what was read, and what it comes nearest to."""
    if form and table:
        names = _titles(missing_columns(form, table))
        return say(f"“{form.chinese}”文件缺少这些列：{names}", f"{form.english}: these columns are missing: {names}")
    heads = [frozenset(filter(None, titles)) for _, titles in headers_of(rows)]
    fullest = next(titles for _, titles in sorted(headers_of(rows), key=lambda one: -len(set(filter(None, one[1])))))
    read = say("、", ", ").join([title[:20] for title in fullest if title][:8])
    near = max(OWN, key=lambda one: max(len(one.titles & head) for head in heads))
    if not any(near.titles & head for head in heads):
        return say(
            f"认不出这个文件的列名。读到的是：{read}。请选择文件类型，或下载模板对照",
            f"The columns of this file are not known. It reads: {read}. Choose what it is, or take a template",
        )
    known = max((near.titles & head for head in heads), key=len)
    names = _titles([part for part in near.parts if part.required and not part.names & known])
    return say(
        f"认不出这个文件的列名。最像“{near.chinese}”，还缺：{names}。请补上这些列，或下载模板对照",
        f"The columns of this file are not known. Most like {near.english}, it lacks: {names}. Add these columns, or "
        "take a template",
    )


def _titles(parts: Iterable[Part]) -> str:
    return say("、", ", ").join(part.title for part in parts)


def check_file(
    project: Project, data: bytes, *, name: str, made_by: str, code: str = "", platform: str = ""
) -> FileImport:
    """Read the file and say what importing it would do; nothing of it counts yet. Raises as `read_file`."""
    form, table = read_file(data, code, platform)
    now = timezone.now()
    converted = convert(_fitted(form, project), table, local_day(now, zone_of(project)))
    refuse_contradictions(form, converted)
    forget_old_files(now)
    return FileImport.objects.create(
        project=project,
        name=name[-200:],
        format=form.code,
        platform=platform,
        sha256=hashlib.sha256(data).hexdigest(),
        content=keys_of_current_brand().seal_bytes(data),
        keep_until=now + KEPT,
        rows=len(table.rows),
        events=len(converted.events),
        passed_over={**converted.passed_over, **({"sheets": table.sheets_left} if table.sheets_left else {})},
        unread=unread_columns(form, table),
        assumed=sorted({day.isoformat() for day in converted.assumed}),
        faults=[fault._asdict() for fault in converted.faults[:MOST_FAULTS]],
        fault_count=len(converted.faults),
        made_by=made_by,
        made_at=now,
    )


def _fitted(form: Format, project: Project) -> Format:
    """The format with what only the project knows: who its guides are. Raises ImportRefusedError where it has none."""
    if not any(part.read is read_guide for part in form.parts):
        return form
    codes = guide_codes(project)
    if not codes:
        raise ImportRefusedError(
            say("项目还没有导购，请先在团队页安排", "The project has no guides yet: place them on the team page")
        )
    parts = tuple(replace(part, words=codes) if part.read is read_guide else part for part in form.parts)
    return replace(form, parts=parts)


def forget_old_files(now: datetime) -> None:
    """Files that were checked and never imported are not kept."""
    FileImport.objects.filter(state=FileImport.State.CHECKED, keep_until__lt=now).update(
        state=FileImport.State.EXPIRED, content=None
    )


# -- Importing --------------------------------------------------------------------------------------------------------


@transaction.atomic
def start_import(project: Project, number: int) -> FileImport:
    """Ask for the import of a checked file's good rows. Said again it changes nothing.

    Raises FileImport.DoesNotExist; ImportConflictError where the file is no longer kept.
    """
    found = FileImport.objects.select_for_update().get(project=project, pk=number)
    if found.state == FileImport.State.CHECKED:
        found.state = FileImport.State.QUEUED
        found.save(update_fields=["state"])
        ask(IMPORT, f"{project.pk}:{found.pk}")
    elif found.state == FileImport.State.EXPIRED:
        raise ImportConflictError(say("文件已过期，请重新上传", "The file is no longer kept: send it again"))
    return found


def run_import(number: int, beat: Callable[[], None]) -> None:
    """Send the events of a queued file, body by body. Begun anew after a death it goes on where it was: a body that is
    stored is known by its key."""
    found = FileImport.objects.select_related("project").get(pk=number)
    if found.state not in (FileImport.State.QUEUED, FileImport.State.RUNNING) or found.content is None:
        return
    found.state = FileImport.State.RUNNING
    found.save(update_fields=["state"])
    converted = read_import(found)
    counts: Counter[str] = Counter()
    faults = [fault._asdict() for fault in converted.faults]
    batches: list[int] = []
    done = 0
    for body in _bodies(converted.events):
        batch = _send(found, f"import-{number}-{len(batches)}", body)
        account = account_of(batch)
        counts.update({name: account[name] for name in COUNTERS})
        faults += [_fault_of(error, body, FORMATS[found.format]) for error in batch.errors]
        batches.append(batch.pk)
        done += len(body)
        FileImport.objects.filter(pk=number).update(done=done, batches=batches)
        beat()
    FileImport.objects.filter(pk=number).update(
        state=FileImport.State.DONE,
        content=None,
        done=len(converted.events),
        counts=dict(counts),
        batches=batches,
        faults=faults[:MOST_FAULTS],
        fault_count=len(converted.faults) + counts["rejected"],
        finished_at=timezone.now(),
    )


def read_import(found: FileImport) -> Converted:
    """What a file that is still kept holds, as it was read when it was checked: days without a year as on that day."""
    assert found.content is not None  # noqa: S101 - the caller asked
    data = keys_of_current_brand().unseal_bytes(bytes(found.content))
    form, table = read_file(data, found.format, found.platform)
    converted = convert(_fitted(form, found.project), table, local_day(found.made_at, zone_of(found.project)))
    refuse_contradictions(form, converted)
    return converted


def _bodies(events: list[Found]) -> Iterator[list[Found]]:
    for start in range(0, len(events), BODY_EVENTS):
        yield events[start : start + BODY_EVENTS]


def _send(found: FileImport, key: str, body: list[Found]) -> Batch:
    stored = Batch.objects.filter(project=found.project, idempotency_key=key, state=Batch.State.DONE).first()
    if stored:
        return stored
    data = b"\n".join(json.dumps(_sent(found, event), ensure_ascii=False).encode() for _, event in body)
    digest = keys_of_current_brand().body_digest()
    with spooled(io.BytesIO(data), digest, encoding="", is_array=False, expected=len(data)) as spool:
        return take_body(found.project, spool, digest.digest(), made_by=found.made_by, key=key)


def _sent(found: FileImport, event: dict[str, Any]) -> dict[str, Any]:
    """As it is sent: totals with the instant of checking, so that an old figure stated again corrects the newer one;
    and of a channel's day what the file does not say stays as it is known."""
    if not FORMATS[found.format].shares:
        return event
    known: dict[str, Any] = {}
    if event["type"] == "channel.day" and not ("reached" in event and "cost" in event):
        day = ChannelDay(event["channel"], date.fromisoformat(event["date"]), None)
        known = channel_day_event(found.project, day, found.made_at)
    return {**known, **event, "entered_at": found.made_at.isoformat()}


def _fault_of(error: dict[str, Any], body: list[Found], form: Format) -> dict[str, Any]:
    """A refusal of the intake as a fault of the row the event came from, and of the cell where one is at fault."""
    row, event = body[error["line"] - 1]
    part = next((part for part in form.parts if part.field == error["field"]), None)
    shown = "" if part is None or part.field in PERSONAL else str(event.get(part.field, ""))[:SHOWN]
    return {
        "row": row,
        "title": part.title if part else "",
        "value": shown,
        "code": error["code"],
        "field": error["field"],
    }


# -- Undoing ----------------------------------------------------------------------------------------------------------


def undo_import(project: Project, number: int, *, made_by: str) -> int:
    """Take out again what an ended import brought, newest body first; how many events were restored or taken out.

    Raises FileImport.DoesNotExist; ImportConflictError where it has not ended or is undone already.
    """
    found = FileImport.objects.get(project=project, pk=number)
    if found.state != FileImport.State.DONE:
        raise ImportConflictError(say("只能撤销已完成的导入", "Only an import that has ended can be undone"))
    restored = 0
    for pk in reversed(found.batches):
        batch = Batch.objects.get(project=project, pk=pk)
        if batch.undone_at is None:
            restored += undo_batch(project, batch, made_by=made_by).restored
    FileImport.objects.filter(pk=number).update(state=FileImport.State.UNDONE)
    return restored
