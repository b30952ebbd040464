"""What both sides do with a report: review, send, comment, dispute, answer, approve, revise; and its words before that.

Runs inside the brand; the clock is passed in. Actions on one report take turns. Who may is decided by the table of
reports.states before these are called.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from projects.contacts import has_seat
from projects.models import Project, TeamSeat
from projects.queries import people, zone_of
from projects.services import fault
from reports.contents import compute
from reports.freezing import digest, points_into
from reports.models import Comment, Delivery, Entry, Report, Revision, Transition, Words
from reports.queries import entries_of, frozen_words, revision_of
from reports.reminders import REMIND
from reports.services import freeze
from reports.states import ACTIONS
from reports.telling import tell_move
from reports.wording import DEEDS, STATES
from siyu import due
from siyu.periods import Period, local_day
from siyu.problems import DomainError, say
from tenants.identity import Identity
from tenants.models import User

SAID_AS = {"comment": Comment.Kind.COMMENT, "dispute": Comment.Kind.DISPUTE, "answer": Comment.Kind.ANSWER}
BELOW_FLOOR = "below_floor"  # the block of words that a month below the floor needs


class ReportConflictError(DomainError):
    status = 409
    code = "conflict"


class ReportRefusedError(DomainError):
    status = 400
    code = "invalid"


MISSING_WORDS = {
    "comment": ("请写下批注的内容", "Write the comment"),
    "answer": ("请写下答复", "Write the answer"),
}


@dataclass(frozen=True)
class Deed:
    """What is asked for. `revision`: the one that was read; `sha256`: of its figures, where the caller binds to it."""

    action: str
    revision: int
    comment: str = ""
    pointer: str = ""
    sha256: str = ""


def act(report: Report, deed: Deed, *, by: Identity, person: User, now: datetime) -> Report:
    """Do it and write it down: who, when, from which state to which, about which revision and hashes.

    Raises ReportRefusedError where a comment is missing or the pointer names nothing; ReportConflictError for an action
    that the state does not know, for a revision that is not the newest or reads otherwise, and for what sending needs.
    """
    rule = ACTIONS[deed.action]
    if rule.says and not deed.comment.strip():
        message = say(*MISSING_WORDS.get(deed.action, ("请说明原因", "Say why")))
        raise ReportRefusedError(message, errors=[fault("/comment", "missing_field", message)])
    _settle(report, deed, by)
    # Figures are read from one state of the data, which a transaction that has begun can no longer choose.
    contents = None
    if deed.action == "revise":
        contents = compute(report.project, report.kind, Period(report.first_day, report.last_day))  # type: ignore[arg-type]
    with transaction.atomic():
        report = Report.objects.select_for_update().get(pk=report.pk)
        revision = _settle(report, deed, by)
        if contents is not None:
            freeze(report, contents, now=now, by=by.label, why=deed.comment)
            report.state = Report.State.DRAFT
            report.save(update_fields=["state"])
            return report
        if deed.action == "send":
            _send(report, revision, now)
        said = None
        if deed.action in SAID_AS:
            said = Comment.objects.create(
                revision=revision,
                kind=SAID_AS[deed.action],
                pointer=deed.pointer,
                text=deed.comment,
                author=person,
                side=by.side,
                at=now,
            )
        _move(report, revision, deed.action, rule.after or report.state, by, now)
        tell_move(report, revision, deed.action, by, said, now)
        if deed.action in ("send", "answer"):
            due.ask(REMIND, str(report.project_id))
    return report


def _settle(report: Report, deed: Deed, by: Identity) -> Revision:
    """The revision the deed is about; raises where state, revision, hash or pointer refuse it."""
    if report.state not in ACTIONS[deed.action].before:
        state, to_do = STATES[report.state], DEEDS[deed.action]
        message = say(
            f"报告现在是「{state[0]}」，不能{to_do[0]}",
            f"The report is {state[1]} by now: it is too late to {to_do[1]} it",
        )
        raise ReportConflictError(message, code="wrong_state", errors=[fault("/action", "wrong_state", message)])
    revision = revision_of(report, by.side)
    if revision is None or revision.number != deed.revision:
        raise _changed("/revision")
    if deed.sha256 and deed.sha256 != revision.sha256:
        raise _changed("/sha256")
    if deed.pointer and not points_into(json.loads(revision.payload), deed.pointer):
        message = say("报告中没有这一项", "The report has nothing there")
        raise ReportRefusedError(message, errors=[fault("/pointer", "bad_value", message)])
    return revision


def _changed(pointer: str) -> ReportConflictError:
    message = say("报告已变更，请重新查看", "The report has changed: read it again")
    return ReportConflictError(message, code="changed", errors=[fault(pointer, "changed", message)])


def _move(report: Report, revision: Revision, action: str, after: str, by: Identity, now: datetime) -> None:
    Transition.objects.create(
        report=report,
        revision=revision,
        action=action,
        before=report.state,
        after=after,
        at=now,
        by=by.label,
        side=by.side,
        sha256=revision.sha256,
        words_sha256=revision.words_sha256,
    )
    report.state = after
    report.save(update_fields=["state"])


# -- Sending ----------------------------------------------------------------------------------------------------------


def _send(report: Report, revision: Revision, now: datetime) -> None:
    """Freeze the words into the revision and show it to the brand."""
    if missing := missing_to_send(report, revision, now):
        detail = say("还不能发送：", "Not to be sent yet: ") + say("；", "; ").join(flaw["message"] for flaw in missing)
        raise ReportConflictError(detail, code="not_ready", errors=missing)
    revision.words = frozen_words(report)
    revision.words_sha256 = digest(revision.words)
    revision.sent_at = now
    revision.save(update_fields=["words", "words_sha256", "sent_at"])
    Delivery.objects.create(revision=revision, channel="site", recipient="brand", state="done", at=now)


def missing_to_send(report: Report, revision: Revision, now: datetime) -> list[dict[str, str]]:
    """What sending needs and is not there: an active project, a PM today, words about a month below the floor."""
    return [*missing_of_project(report.project, now), *missing_words(report, revision)]


def missing_of_project(project: Project, now: datetime) -> list[dict[str, str]]:
    missing = []
    if project.state != Project.State.ACTIVE:
        message = say("项目尚未启动或已结束", "The project is not active")
        missing.append(fault("", "not_active", message))
    if not has_seat(project, TeamSeat.Role.PM, local_day(now, zone_of(project))):
        missing.append(fault("", "no_pm", say("项目今天没有项目经理", "The project has no PM today")))
    return missing


def missing_words(report: Report, revision: Revision) -> list[dict[str, str]]:
    if is_below_floor(revision) and not Words.objects.filter(report=report, block=BELOW_FLOOR).exclude(text=""):
        message = say("未达到合同底线，请填写未达标说明", "Below the contract's floor: say why in below_floor")
        return [fault(f"/words/{BELOW_FLOOR}", "missing_field", message)]
    return []


def is_below_floor(revision: Revision) -> bool:
    score = json.loads(revision.payload).get("score")
    return bool(score and score["below"])


# -- Words ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Read:
    """What a person had before her when she began to write: texts by block, and entries' fields by id. What another has
    written over since is not lost to her words."""

    blocks: Mapping[str, str]
    entries: Mapping[int, Mapping[str, Any]]


@transaction.atomic
def write_words(
    report: Report,
    revision: int,
    blocks: Mapping[str, str],
    entries: Sequence[Mapping[str, Any]],
    *,
    by: Identity,
    now: datetime,
    read: Read | None = None,
    base: str = "",
) -> None:
    """Set the texts of blocks and put entries: with an id that one is changed, without it is new. `base`: the hash of
    the words that the caller has read (reports.queries.frozen_words); "" writes over whatever stands there.

    Raises ReportConflictError unless the report is a draft and `revision` its newest, and where `read` shows that
    another wrote the same block or entry meanwhile (errors say who); ReportRefusedError for an entry that the report
    does not carry.
    """
    report = Report.objects.select_for_update().get(pk=report.pk)
    if report.state != Report.State.DRAFT:
        message = say("只有草稿可以修改文字", "Only a draft's words can be changed")
        raise ReportConflictError(message, code="wrong_state", errors=[fault("", "wrong_state", message)])
    newest = revision_of(report, "agency")
    if newest is None or newest.number != revision:
        raise _changed("/revision")
    if base and base != digest(frozen_words(report)):
        raise _changed("/base")
    carried = {entry.pk: entry for entry in entries_of(report)}
    if read is not None:
        _refuse_overwriting(report, blocks, entries, carried, read)
    for block, text in blocks.items():
        Words.objects.update_or_create(
            report=report, block=block, defaults={"text": text.strip(), "written_by": by.label, "written_at": now}
        )
    for place, fields in enumerate(entries):
        _put_entry(report, carried, place, {**fields, "written_by": by.label, "written_at": now})


def _refuse_overwriting(
    report: Report,
    blocks: Mapping[str, str],
    entries: Sequence[Mapping[str, Any]],
    carried: Mapping[int, Entry],
    read: Read,
) -> None:
    stored = {words.block: words for words in Words.objects.filter(report=report, block__in=list(blocks))}
    clashes = [
        (f"/{block}", words.written_by)
        for block, words in stored.items()
        if words.text not in (read.blocks.get(block, ""), blocks[block].strip())
    ]
    for place, fields in enumerate(entries):
        entry = carried.get(fields.get("id", 0))
        seen = read.entries.get(entry.pk, {}) if entry else {}
        if entry and any(getattr(entry, name) not in (value, fields.get(name, value)) for name, value in seen.items()):
            clashes.append((f"/entries/{place}/text", entry.written_by))
    if not clashes:
        return
    names = people(int(by.removeprefix("user:")) for _, by in clashes if by.startswith("user:"))
    errors = []
    for pointer, by in clashes:
        who = names.get(int(by.removeprefix("user:"))) if by.startswith("user:") else None
        message = say(f"{who or by} 在你填写期间修改了这里", f"{who or by} changed this while you were writing")
        errors.append(fault(pointer, "changed", message))
    detail = say(
        "有人同时修改了同一处，你填写的内容仍在下方，核对后再次保存即可",
        "Another person changed the same place. What you typed is kept below: check it and save again",
    )
    raise ReportConflictError(detail, code="changed", errors=errors)


def _put_entry(report: Report, carried: Mapping[int, Entry], place: int, fields: dict[str, Any]) -> None:
    entry_id = fields.pop("id", None)
    if entry_id is None:
        absent = [name for name in ("block", "text") if not fields.get(name)]
        if absent:
            message = say("必填", "It is required")
            faults = [fault(f"/entries/{place}/{name}", "missing_field", message) for name in absent]
            raise ReportRefusedError(message, errors=faults)
        Entry.objects.create(report=report, **fields)
        return
    if entry_id not in carried:
        message = say(f"本报告没有事项 {entry_id}", f"The report carries no entry {entry_id}")
        raise ReportRefusedError(message, errors=[fault(f"/entries/{place}/id", "unknown_entry", message)])
    entry = carried[entry_id]
    for name, value in fields.items():
        setattr(entry, name, value)
    entry.save(update_fields=list(fields))
