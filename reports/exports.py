"""Tables as files made in the background: asked for, made once, told of, kept for a week. Runs inside the brand.

What a file holds is said by its kind, which a room above registers (`kind_of`). A worker that dies leaves a part of a
file that nobody is shown; the next one begins anew. The file belongs to the person who asked, and is handed to nobody
else; what of her brand was taken out is in the brand's history.
"""

import logging
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import get_language, override

from projects.audit import EXPORTS, record
from projects.models import Project
from projects.notices import notify
from projects.queries import is_seen, people
from reports.models import Export
from reports.review import ReportConflictError
from siyu import due
from siyu.brands import current_schema, enter_public
from siyu.problems import log_unforeseen, say
from siyu.spreadsheets import Sheet, write_csv, write_xlsx
from tenants.identity import Identity, identify_user
from tenants.models import Brand
from tenants.permissions import Act, may

logger = logging.getLogger(__name__)

EXPORT = "export"  # the kind of due work
DIRECT_ROWS = 5_000  # as many are answered at once
KEPT = timedelta(days=7)
ATTEMPTS = 3
PENDING = (Export.State.QUEUED, Export.State.RUNNING)
MOST_PENDING = 5  # of one person
TOLD_EVERY = 1_000  # rows between two looks at the lease


class Contents(Protocol):
    """The sheets of a file, the first the one that a CSV holds. Rows are read piece by piece, each in a transaction of
    its own that is over when its rows are given: what one piece holds is all that is in memory."""

    def __call__(self, project: Project, asked: Mapping[str, Any], identity: Identity) -> Iterable[Sheet]: ...


@dataclass(frozen=True)
class Kind:
    """`act`: what she must be able to do, when she asks, when it is made and when she fetches it."""

    act: Act
    contents: Contents


_kinds: dict[str, Kind] = {}


def register(name: str, act: Act, contents: Contents) -> None:
    _kinds[name] = Kind(act, contents)


def kind_of(name: str) -> Kind:
    """Raises KeyError for one that no room registered."""
    return _kinds[name]


# -- Asking -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def ask_export(
    project: Project,
    kind: str,
    asked: Mapping[str, Any],
    *,
    form: str,
    title: str,
    by: Identity,
    now: datetime,
    expected: int | None = None,
) -> Export:
    """The export, new or the same that she asked for and that is not made yet. `form`: xlsx or csv.

    Raises ReportConflictError where she has MOST_PENDING that are not made yet.
    """
    assert by.user is not None  # noqa: S101 - an act that pages offer to people
    mine = Export.objects.select_for_update().filter(user_id=by.user.pk, state__in=PENDING)
    same = mine.filter(project=project, kind=kind, form=form, asked=dict(asked)).first()
    if same is not None:
        return same
    if mine.count() >= MOST_PENDING:
        message = say(
            f"已有 {MOST_PENDING} 个导出在排队，请等其中一个完成",
            f"{MOST_PENDING} exports are not made yet: wait for one",
        )
        raise ReportConflictError(message, code="too_many")
    export = Export.objects.create(
        project=project,
        user_id=by.user.pk,
        kind=kind,
        asked=dict(asked),
        form=form,
        title=title[:200],
        language=get_language() or settings.LANGUAGE_CODE,
        expected=expected,
        asked_at=now,
    )
    due.ask(EXPORT, subject_of(export))
    return export


def subject_of(export: Export) -> str:
    """What its due row is about; no project's."""
    return f"{EXPORT}:{export.pk}"


def exports_of(identity: Identity, project: Project) -> list[Export]:
    """Hers, the newest first; those whose act she may do no more are left out."""
    if identity.user is None:
        return []
    found = Export.objects.filter(user_id=identity.user.pk, project=project).order_by("-pk")[:50]
    return [
        export for export in found if export.kind in _kinds and may(identity, _kinds[export.kind].act, identity.brand)
    ]


def file_of(export: Export, now: datetime) -> Path | None:
    """The file, where it is made, not expired, and there."""
    if export.state != Export.State.DONE or export.expires_at is None or export.expires_at <= now:
        return None
    path = folder_of(current_schema()) / export.file
    return path if path.is_file() else None


def folder_of(schema: str) -> Path:
    return Path(settings.EXPORT_DIR) / schema


# -- Making -----------------------------------------------------------------------------------------------------------


def produce_export(number: int, beat: due.Beat) -> None:
    """Make the file of one export, once. What goes wrong is tried again by its due row; the third time it has failed.
    One that she may see no more, or that is made, is left alone."""
    export = Export.objects.select_related("project").filter(pk=number, state__in=PENDING).first()
    if export is None:
        return
    Export.objects.filter(pk=number).update(state=Export.State.RUNNING, rows=0, attempts=F("attempts") + 1)
    identity = _asker(export)
    with override(export.language):
        if identity is None:
            _fail(export, say("你已没有导出这些数据的权限", "You may not export these data any more"))
            return
        try:
            _make(export, identity, beat)
        except due.LostLeaseError:
            raise
        except ValueError as refusal:  # siyu.spreadsheets: more rows than Excel holds
            _fail(export, str(refusal))
        except Exception as error:
            if export.attempts + 1 < ATTEMPTS:
                raise
            log_unforeseen(error)
            _fail(export, say("多次生成失败，请缩小范围后重试", "It failed several times: ask for less, or try again"))


def _asker(export: Export) -> Identity | None:
    """Who asked, with the roles that she has by now; None where she may not have it any more."""
    schema, user = current_schema(), people([export.user_id]).get(export.user_id)
    if user is None or export.kind not in _kinds:
        return None
    with enter_public():
        identity = identify_user(user, Brand.objects.select_related("agency").get(schema_name=schema))
    if identity is None or not may(identity, _kinds[export.kind].act, identity.brand):
        return None
    return identity if is_seen(identity, export.project, timezone.now()) else None


def _make(export: Export, identity: Identity, beat: due.Beat) -> None:
    folder = folder_of(current_schema())
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    work = folder / f"{export.pk}-{uuid4().hex}.part"
    work.mkdir(mode=0o700)
    try:
        sheets = _kinds[export.kind].contents(export.project, export.asked, identity)
        path = _write(export, work, sheets, beat)
        beat()
        _finish(export, path, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _write(export: Export, work: Path, sheets: Iterable[Sheet], beat: due.Beat) -> Path:
    """The file below `work`, where the writer's own pieces lie too: all of it goes with the folder."""
    told = _Told(export.pk, beat)
    counted = (replace(sheet, rows=told.count(sheet.rows)) for sheet in sheets)
    path = work / f"{uuid4().hex}.{export.form}"
    if export.form == "csv":
        with path.open("w", encoding="utf-8-sig", newline="") as text:
            write_csv(text, next(iter(counted)))
    else:
        with path.open("wb") as file:
            write_xlsx(file, counted, folder=work)
    path.chmod(0o600)
    told.tell()
    return path


class _Told:
    """Counts rows as they pass, says how many, and keeps the lease."""

    def __init__(self, number: int, beat: due.Beat):
        self.number, self.beat, self.rows, self._is_first = number, beat, 0, True

    def count(self, rows: Iterable[Any]) -> Iterator[Any]:
        """Of the first sheet the rows are counted; the others are about it."""
        is_first, self._is_first = self._is_first, False
        for place, row in enumerate(rows):
            if is_first:
                self.rows += 1
            if place % TOLD_EVERY == TOLD_EVERY - 1:
                self.tell()
                self.beat()
            yield row

    def tell(self) -> None:
        Export.objects.filter(pk=self.number, state=Export.State.RUNNING).update(rows=self.rows)


def _finish(export: Export, path: Path, folder: Path) -> None:
    """The file is hers from here on: in its place first, then named by the row, told of and written down."""
    now, size = timezone.now(), path.stat().st_size
    path.replace(folder / path.name)
    with transaction.atomic():
        held = Export.objects.select_for_update().get(pk=export.pk)
        if held.state != Export.State.RUNNING:  # another worker was faster: the sweep takes this file away
            return
        held.state, held.file, held.size = Export.State.DONE, path.name, size
        held.done_at, held.expires_at = now, now + KEPT
        held.save(update_fields=["state", "file", "size", "done_at", "expires_at"])
        note_taken(held.project, held.kind, held.rows, held.form, held.asked, by=f"user:{held.user_id}")
        _tell(held, "export_ready", now)


def note_taken(project: Project, kind: str, rows: int, form: str, asked: Mapping[str, Any], *, by: str) -> None:
    """Who took which table out of the brand. What was searched for may be a name or a phone and is left out."""
    filters = {name: "…" if name == "q" else value for name, value in asked.items()}
    record(project, f"{EXPORTS}{kind}", None, {"rows": rows, "format": form, "filters": filters}, by=by)


@transaction.atomic
def _fail(export: Export, error: str) -> None:
    changed = Export.objects.filter(pk=export.pk, state__in=PENDING).update(
        state=Export.State.FAILED, error=error[:300], done_at=timezone.now()
    )
    if changed:
        _tell(export, "export_failed", timezone.now())


def _tell(export: Export, kind: str, now: datetime) -> None:
    user = people([export.user_id])[export.user_id]
    schema = current_schema()
    with enter_public():
        identity = identify_user(user, Brand.objects.select_related("agency").get(schema_name=schema))
    if identity is None:
        return
    notify(
        export.project,
        kind,
        [export.user_id],
        side=identity.side,
        occasion=f"{kind}:{export.pk}",
        subject="exports",
        facts={"title": export.title},
        now=now,
    )


# -- Taking away ------------------------------------------------------------------------------------------------------


def expire(now: datetime) -> int:
    """Take away the brand's files that are too old, and those that no row names. Returns how many exports expired."""
    old = Export.objects.filter(state=Export.State.DONE, expires_at__lte=now)
    expired = old.update(state=Export.State.EXPIRED, file="")
    # What was searched for may be a name or a phone: it is kept no longer than the file.
    Export.objects.filter(asked_at__lte=now - KEPT).exclude(state__in=PENDING).update(asked={})
    folder = folder_of(current_schema())
    if folder.is_dir():
        named = set(Export.objects.filter(state=Export.State.DONE).values_list("file", flat=True))
        for path in folder.iterdir():
            if path.name not in named and _is_left(path, now):
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    return expired


def _is_left(path: Path, now: datetime) -> bool:
    """Untouched for longer than any run lasts."""
    try:
        return path.stat().st_mtime < (now - timedelta(hours=1)).timestamp()
    except FileNotFoundError:
        return False


def take_away_orphans(schemas: Iterable[str]) -> None:
    """Files of brands that are no more. `schemas`: of those that are."""
    base, kept = Path(settings.EXPORT_DIR), set(schemas)
    if base.is_dir():
        for folder in base.iterdir():
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)
