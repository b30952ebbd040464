"""承诺: what both sides promised, month by month; each enters its own and confirms the other's."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone

from kpi.metrics import METRICS
from kpi.traffic import both_sides
from projects.audit import history_of
from projects.commitments import INDICATORS
from projects.models import Channel, Commitment, Project, Side
from projects.queries import zone_of
from siyu.numbers import percent
from siyu.periods import local_day
from siyu.problems import say
from tenants.identity import Identity
from tenants.permissions import Act
from workplace.blocks import Block, Field, Form, Heading, Note, Table, Typed
from workplace.commitment_grid import (
    STATES,
    newest_change,
    overview,
    own_grid,
    own_rows,
)
from workplace.commitment_waiting import deliveries_form, reaches_form
from workplace.grid_blocks import Fold, Status
from workplace.history import named, plain_number, tell
from workplace.sections import Section

CHANGES_SHOWN = 30
MONTHS_BACK = 2  # before this month, shown unfolded
SHOWN_AT_ONCE = 8  # more than so many are folded
NAMED = 4  # overdue promises named in the sentence above


class CommitmentsPage(Section):
    acts = {"GET": Act.READ_COMMITMENTS}
    route = "commitments"
    title = ("承诺", "Commitments")
    template = "workplace/grid_page.html"

    def blocks(self, project: Project, typed: Typed) -> Sequence[Any]:
        now = timezone.now()
        rows = both_sides(project, now)
        entered = [row for row in rows if row["source"] == "entered"]
        traffic = [row for row in rows if row["source"] == "forecast"]
        waits = [row for row in entered if self._awaits(row)]
        reach = [row for row in traffic if self._awaits_reach(row)]
        recent, earlier = _by_age(rows, f"{_back(local_day(now, zone_of(project)), MONTHS_BACK):%Y-%m}")
        found: list[Any] = [self._standing(rows, len(waits) + len(reach)), overview(recent)]
        if earlier:
            found.append(Fold(say("更早的月份", "Earlier months"), [overview(earlier)], "earlier"))
        if waits:
            found += [
                Heading(say("待你确认的交付", "Deliveries that await you"), "waiting"),
                *([deliveries_form(project, waits)] if len(waits) > 1 else []),
                self._table(project, waits, typed, has_relief=False),
            ]
        if reach:
            title = say(f"待你确认的触达：{len(reach)} 项", f"Reach that awaits you: {len(reach)}")
            blocks = [*([reaches_form(project, reach)] if len(reach) > 1 else []), *self._traffic(project, reach)]
            found.append(Fold(title, blocks, "waiting-reach", is_open=len(reach) <= SHOWN_AT_ONCE))
        if self.may(Act.WRITE_COMMITMENTS):
            own = own_rows(project, self.identity, now)
            title = say("填写己方承诺和交付", "Enter one's own promises and deliveries")
            found += [
                Heading(title, "own"),
                own_grid(project, own, newest_change(project, self.identity), typed.of("own")),
            ]
        if self.may(Act.ENTER_REACH):
            found += _reach_form(project, typed.of("reach"))
        for side in Side:
            ours = [row for row in entered if row["side"] == side.value]
            late = sum(row["state"] == "overdue" for row in ours)
            title = say(
                f"{side.label}的承诺：{len(ours)} 项，{late} 项逾期",
                f"Promises of the {side.value}: {len(ours)}, {late} overdue",
            )
            keys = {f"{what}-{row['id']}" for row in ours for what in ("deliver", "relief", "confirm")}
            is_open = typed.values.get("form") in keys
            found.append(Fold(title, [self._table(project, ours, typed)], side.value, is_open=is_open))
        title = say("品牌方承诺的导流", "Traffic promised by the brand")
        found.append(Fold(title, self._traffic(project, traffic), "traffic"))
        rules = say(
            "导流承诺来自双方确认的预测表，触达由品牌方填写或确认。对方填写的交付和触达，三个工作日内未提出异议即视为确认；"
            "代运营方的交付须由品牌方确认。未确认的触达照常计入，仅作标记。导流不足按预测表自动调整，其他承诺由双方约定减免。",
            "Promised traffic is that of the approved forecast; reach is entered or confirmed by the brand. "
            "Reach, and what the brand delivered, count as confirmed after three working days of silence; what "
            "the agency delivered waits for the brand. Unconfirmed reach counts all the same: it is marked. "
            "Missing traffic adjusts the forecast by itself; for the rest both sides agree on a relief.",
        )
        found.append(Fold(say("规则：谁填写、谁确认", "Rules: who enters, who confirms"), [Note(rules)], "rules"))
        found.append(Fold(say("变更记录", "History"), _history(project, self.identity), "history"))
        return found

    def _standing(self, rows: Sequence[dict[str, Any]], waiting: int) -> Status:
        """What is overdue on each side, and what awaits the reader."""
        latest = sorted(rows, key=lambda row: row["month"], reverse=True)
        overdue = {
            side: [row for row in latest if row["side"] == side.value and row["state"] == "overdue"] for side in Side
        }
        lead = say("，", ", ").join(
            say(f"{side.label} {len(late)} 项逾期", f"the {side.value}: {len(late)} overdue")
            if late
            else say(f"{side.label}没有逾期", f"the {side.value}: nothing overdue")
            for side, late in overdue.items()
        )
        is_late = any(overdue.values())
        why = [say(f"{waiting} 项待你确认。", f"{waiting} await you.")] if waiting else []
        why += [
            say(f"{side.label}逾期：{_named(late)}。", f"Overdue, the {side.value}: {_named(late)}.")
            for side, late in overdue.items()
            if late
        ]
        chip = (
            (say("有逾期", "Overdue"), "warn", "alert-triangle")
            if is_late
            else (say("按期", "On time"), "good", "circle-check")
        )
        return Status(say("双方的承诺", "Both sides' promises"), chip, lead[0].upper() + lead[1:] + say("。", "."), why)

    def _awaits(self, row: dict[str, Any]) -> bool:
        """Whether she is to confirm what the other side delivered."""
        is_open = row["delivered"] is not None and row["confirmed_how"] is None
        return is_open and row["side"] != self.identity.side and self.may(Act.CONFIRM_COMMITMENTS)

    def _awaits_reach(self, row: dict[str, Any]) -> bool:
        return row["delivered"] is not None and not row["confirmed_how"] and self.may(Act.CONFIRM_REACH)

    def _table(
        self, project: Project, rows: Sequence[dict[str, Any]], typed: Typed, *, has_relief: bool = True
    ) -> Table:
        columns = [
            say("月份", "Month"), say("种类", "Kind"), say("内容", "What"), say("承诺", "Promised"), say("期限", "Due"),
            say("已交付", "Delivered"), say("状态", "State"), say("确认", "Confirmed"),
            *([say("减免", "Relief")] if has_relief else []),
        ]  # fmt: skip
        cells = [
            [
                row["month"],
                str(Commitment.Kind(row["kind"]).label),
                "\n".join(part for part in (row["what"], row["channel"]) if part) or "—",
                f"{plain_number(row['promised'])} {row['unit']}".strip(),
                row["due_on"],
                self._delivered(project, row, typed),
                _state(row),
                self._confirmed(project, row, typed),
                *([self._relief(project, row, typed)] if has_relief else []),
            ]
            for row in rows
        ]
        return Table(
            say("承诺", "Commitments"), columns, cells, say("还没有填写承诺。", "No commitments are entered yet.")
        )

    def _traffic(self, project: Project, rows: Sequence[dict[str, Any]]) -> list[Block]:
        """Months that have begun, the newest first, and after them those to come."""
        this_month = f"{local_day(timezone.now(), zone_of(project)):%Y-%m}"
        begun = sorted((row for row in rows if row["month"] <= this_month), key=lambda row: row["month"], reverse=True)
        to_come = [row for row in rows if row["month"] > this_month]
        columns = [
            say("月份", "Month"), say("渠道", "Channel"), say("承诺", "Promised"), say("期限", "Due"),
            say("已触达", "Reached"), say("状态", "State"), say("触达确认", "Confirmed"),
        ]  # fmt: skip
        cells = [
            [
                row["month"],
                named(row["what"], row["channel"]),
                f"{plain_number(row['promised'])} {row['unit']}".strip(),
                row["due_on"],
                _delivered(row),
                _state(row),
                self._reach_confirmed(project, row),
            ]
            for row in (*begun, *to_come)
        ]
        title = say("品牌方承诺的导流", "Traffic promised by the brand")
        empty = say("双方还没有确认预测表。", "No forecast is approved by both sides yet.")
        return [Table(title, columns, cells, empty)]

    def _delivered(self, project: Project, row: dict[str, Any], typed: Typed) -> str | Form:
        if row["side"] != self.identity.side or not self.may(Act.WRITE_COMMITMENTS):
            return f"{_delivered(row)}\n{row['delivered_on'] or ''}".strip()
        key = f"deliver-{row['id']}"
        ours = typed.of(key)
        fields = [
            ours.field("/delivered", say("已交付", "Delivered"), row["delivered"], "number"),
            ours.field("/delivered_on", say("交付日期", "On"), row["delivered_on"], "date"),
        ]
        return Form(reverse("deliver", args=[project.code, row["id"]]), key, say("填写交付", "Enter"), fields)

    def _confirmed(self, project: Project, row: dict[str, Any], typed: Typed) -> str | Form:
        if row["confirmed_how"] == "person":
            return _by_person(project, row)
        if row["delivered"] is None:
            return "—"
        if row["side"] != self.identity.side and self.may(Act.CONFIRM_COMMITMENTS):
            key = f"confirm-{row['id']}"
            field = Field("/delivered", "", "hidden", row["delivered"])
            return Form(reverse("confirm", args=[project.code, row["id"]]), key, _confirm_text(row), [field])
        return (
            say("三个工作日无异议", "By silence")
            if row["confirmed_how"]
            else say("待对方确认", "Awaits the other side")
        )

    def _reach_confirmed(self, project: Project, row: dict[str, Any]) -> str | Form:
        if row["delivered"] is None:
            return "—"
        if row["confirmed_how"]:
            return _reach_words(project, row)
        if not self.may(Act.CONFIRM_REACH):
            return say(f"待品牌方确认\n{_silence(row)}", f"Awaits the brand\n{_silence(row)}")
        key = f"reach-{row['month']}-{row['channel']}"
        reached = row["delivered"].partition(".")[0]
        fields = [
            Field("/month", "", "hidden", row["month"]),
            Field("/channel", "", "hidden", row["channel"]),
            Field("/reached", "", "hidden", reached),
        ]
        submit = say(f"确认触达 {_delivered(row)}\n{_silence(row)}", f"Confirm {_delivered(row)}\n{_silence(row)}")
        return Form(reverse("confirm_reach", args=[project.code]), key, submit, fields)

    def _relief(self, project: Project, row: dict[str, Any], typed: Typed) -> str | Form:
        if row["side"] != Side.BRAND:
            return "—"
        is_missed = row["state"] in ("overdue", "late")
        if not (is_missed and self.may(Act.CONFIRM_COMMITMENTS)) or (row["relief"] and not row["relief_proposed"]):
            return _relief_words(row)
        proposed = row["relief_proposed"] or {"share": "", "indicators": []}
        key = f"relief-{row['id']}"
        ours = typed.of(key)
        fields = [ours.field("/share", say("减免比例 0～1", "Share 0–1"), proposed["share"], "number")]
        fields += [
            ours.field(
                f"/indicators/{code}", say(METRICS[code].chinese, METRICS[code].english),
                "on" if code in proposed["indicators"] else "", "checkbox",
            )
            for code in INDICATORS
        ]  # fmt: skip
        submit = say("同意或提出减免", "Agree or propose")
        words = _relief_words(row)
        return Form(
            reverse("relieve", args=[project.code, row["id"]]), key, say(f"{submit}（{words}）", f"{submit} ({words})"),
            fields,
        )  # fmt: skip


def _by_age(rows: Sequence[dict[str, Any]], since: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Those of the month and later, and those before it."""
    return [row for row in rows if row["month"] >= since], [row for row in rows if row["month"] < since]


def _back(day: date, months: int) -> date:
    """The first day of the month so many before."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def _reach_form(project: Project, typed: Typed) -> Sequence[Block]:
    """A channel's day by hand."""
    channels = [(channel.code, named(channel.name, channel.code)) for channel in Channel.objects.order_by("code")]
    if not channels:
        return []
    today = local_day(timezone.now(), zone_of(project))
    fields = [
        typed.field("/0/channel", say("渠道", "Channel"), "", "select", channels),
        typed.field("/0/date", say("日期", "Day"), today.isoformat(), "date"),
        typed.field("/0/reached", say("触达数", "Reached"), "", "number"),
        typed.field("/0/cost", say("费用（元，可空）", "Cost in yuan (optional)"), "", "number"),
    ]
    submit = say("填写触达", "Enter reach")
    return [Heading(submit, "reach"), Form(reverse("enter_reach", args=[project.code]), "reach", submit, fields)]


def _history(project: Project, identity: Identity) -> Sequence[Block]:
    """The newest changes to what was agreed, whatever they were of."""
    told = tell(project, history_of(project, identity).order_by("-pk")[:CHANGES_SHOWN])
    rows = [[one.at, one.by, one.what, "\n".join(one.lines)] for one in told]
    columns = [say("时间", "At"), say("谁", "Who"), say("对象", "What"), say("变更（原 → 现）", "Change (was → is)")]
    title = say("变更记录", "History")
    return [Table(title, columns, rows, say("还没有变更。", "Nothing was changed yet."))]


def _state(row: dict[str, Any]) -> str:
    text = say(*STATES[row["state"]])
    return text + (say(f"\n{row['late_days']} 天", f"\n{row['late_days']} days") if row["late_days"] else "")


def _delivered(row: Mapping[str, Any]) -> str:
    return plain_number(row["delivered"]) if row["delivered"] else "—"


def _by_person(project: Project, row: Mapping[str, Any]) -> str:
    on = local_day(datetime.fromisoformat(row["confirmed_at"]), zone_of(project))
    return f"{row['confirmed_by'] or '—'}\n{on}"


def _reach_words(project: Project, row: Mapping[str, Any]) -> str:
    if row["confirmed_how"] == "person":
        return _by_person(project, row)
    if row["confirmed_how"] == "silence":
        return say("三个工作日无异议", "By silence")
    return say("品牌方填写", "Entered by the brand")


def _silence(row: Mapping[str, Any]) -> str:
    """Until when the brand may object, and what was confirmed before."""
    words = [say(f"{row['silence_confirms_after']} 后视为确认", f"confirmed after {row['silence_confirms_after']}")]
    if before := row["confirmed_before"]:
        words.append(say(f"此前已确认 {before['delivered']:,}", f"{before['delivered']:,} was confirmed before"))
    return "\n".join(words)


def _confirm_text(row: dict[str, Any]) -> str:
    number = _delivered(row)
    if row["confirmed_how"] == "silence":
        return say(f"确认 {number}（已默认确认）", f"Confirm {number} (confirmed by silence)")
    return say(f"确认 {number}", f"Confirm {number}")


def _relief_words(row: dict[str, Any]) -> str:
    words = []
    for name, chinese, english in (("relief", "已约定", "Agreed"), ("relief_proposed", "待确认", "Proposed")):
        relief = row[name]
        if relief:
            names = [say(METRICS[code].chinese, METRICS[code].english) for code in relief["indicators"]]
            said = [str(side.label) for side in Side if relief[side.value]]
            comma, share = say("、", ", "), percent(Decimal(relief["share"]))
            by, of = comma.join(said), comma.join(names)
            words.append(say(f"{chinese} {share}：{of}（{by}）", f"{english} {share}: {of} ({by})"))
    return "\n".join(words) or say("未约定", "None agreed")


def _named(rows: Sequence[dict[str, Any]]) -> str:
    """The first few by month and name."""
    names = [
        f"{row['month']} {row['what'] or Commitment.Kind(row['kind']).label}"
        for row in rows[:NAMED]
        if row["source"] == "entered"
    ]
    names += [
        f"{row['month']} {named(row['what'], row['channel'])}" for row in rows[:NAMED] if row["source"] != "entered"
    ]
    more = say(f" 等 {len(rows)} 项", f" and {len(rows) - NAMED} more") if len(rows) > NAMED else ""
    return say("、", ", ").join(names) + more
