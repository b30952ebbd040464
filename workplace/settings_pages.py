"""项目设置: the project's own fields, when its reports are due, what silence means; as REST has them."""

from collections.abc import Sequence
from datetime import date

from django.urls import reverse
from django.utils import timezone

from projects.api import ProjectBody, project_dict
from projects.models import Project, Side
from projects.queries import zone_of
from projects.rest import checked
from projects.services import change_project
from projects.workdays import SATURDAY, festival_of, is_known, is_workday
from reports.models import ReportSchedule
from reports.queries import schedule_of
from reports.schedule_api import AgreementBody, ScheduleBody
from reports.scheduling import TERM, agree_on_silence, change_schedule, schedule_dict
from siyu.numbers import exact, percent
from siyu.periods import DAY, local_day
from siyu.problems import say
from tenants.permissions import Act
from workplace.blocks import Block, Choice, Field, Form, Heading, Note, Table, Typed, flat_body
from workplace.sections import Action, Section
from workplace.words import from_to
from workplace.zone_field import zone_field

HOLIDAYS_AHEAD = 90  # days
YES_NO = {True: ("是", "Yes"), False: ("否", "No")}


class SettingsPage(Section):
    acts = {"GET": Act.READ_PROJECT}
    route = "settings"
    title = ("项目设置", "Settings")

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        columns = [say("项目", "Field"), say("现值", "Value")]
        rows = [
            [say("编号", "Code"), project.code],
            [say("名称", "Name"), project.name],
            [say("类型", "Kind"), str(Project.Kind(project.kind).label)],
            [say("状态", "State"), str(Project.State(project.state).label)],
            [say("合同期", "Term"), from_to(project.starts_on, project.ends_on)],
            [say("时区", "Time zone"), project.timezone],
            [say("运营模型", "Operating model"), str(Project.OperatingModel(project.operating_model).label)],
            [say("结算方式", "Settlement"), str(Project.SettlementMode(project.settlement_mode).label)],
            [say("每位导购服务粉丝数", "Fans per guide"), exact(project.fans_per_guide)],
            [say("自动分配新粉丝", "Assign new fans automatically"), say(*YES_NO[project.auto_assign])],
        ]
        found: list[Block] = [Table(say("项目设置", "Settings"), columns, rows)]
        if self.may(Act.PROPOSE_CONTRACT):
            found.append(Heading(say("修改设置", "Change the settings"), "change"))
            if project.has_events:
                found.append(Note(say("项目已有事件，时区不能再改。", "There are events: the time zone is fixed.")))
            found.append(_form(project, typed.of("settings")))
        if self.may(Act.READ_REPORTS):
            found += self._schedule(project, typed)
        return [*found, *_holidays(local_day(timezone.now(), zone_of(project)))]

    def _schedule(self, project: Project, typed: Typed) -> Sequence[Block]:
        schedule = schedule_of(project)
        found: list[Block] = [
            Heading(say("报告时间", "When reports are due"), "reports"),
            Table(
                say("报告时间", "When reports are due"), [say("项目", "Field"), say("现值", "Value")], _times(schedule)
            ),
        ]
        if self.may(Act.PROPOSE_CONTRACT):
            found.append(_schedule_form(project, schedule, typed.of("schedule")))
        found.append(Heading(say("视为通过", "Deemed acceptance"), "silence"))
        found += self._silence(project, schedule, typed)
        return found

    def _silence(self, project: Project, schedule: ReportSchedule, typed: Typed) -> Sequence[Block]:
        found: list[Block] = [Note(_silence_words(schedule.deemed_after))]
        proposal = schedule.deemed_proposal
        if proposal:
            side = Side(proposal["side"]).label
            found.append(Note(say(f"{side}提议：", f"Proposed by {side}: ") + _silence_words(proposal[TERM]), "warn"))
            if self.may(Act.APPROVE_CONTRACT) and proposal["side"] != self.identity.side:
                agreed = "" if proposal[TERM] is None else str(proposal[TERM])
                field = Field("/deemed_after", "", "hidden", agreed)
                action = reverse("agree_on_silence", args=[project.code])
                found.append(Form(action, "agree", say("同意", "Agree"), [field]))
        if self.may(Act.PROPOSE_CONTRACT):
            ours = typed.of("silence")
            label = say(
                "沉默多少个工作日视为通过（空：不视为通过）", "Working days of silence (empty: it says nothing)"
            )
            field = ours.field("/deemed_after", label, schedule.deemed_after, "number")
            action = reverse("propose_silence", args=[project.code])
            found.append(Form(action, "silence", say("提议", "Propose"), [field]))
        return found


def _times(schedule: ReportSchedule) -> list[list[str]]:
    return [
        [say("自动生成报告", "Reports are made"), say(*YES_NO[schedule.is_on])],
        [say("日报", "Daily"), say(f"每天 {schedule.daily_at:%H:%M}", f"every day {schedule.daily_at:%H:%M}")],
        [say("周报", "Weekly"), say(f"每周一 {schedule.weekly_at:%H:%M}", f"Mondays {schedule.weekly_at:%H:%M}")],
        [
            say("月报", "Monthly"),
            say(f"每月 {schedule.monthly_day} 日 {schedule.monthly_at:%H:%M}",
                f"day {schedule.monthly_day} of the month, {schedule.monthly_at:%H:%M}"),
        ],
        [
            say("等待数据", "Waits for data"),
            say(f"最多 {schedule.wait_minutes} 分钟，之后注明缺少的数据发出",
                f"at most {schedule.wait_minutes} minutes; then the report says what is missing"),
        ],
        [say("从哪天起", "Periods from"), str(schedule.since or say("项目开始", "the project's start"))],
        [
            say("更正门槛", "Restated above"),
            say(f"指标变化达到 {percent(schedule.restate_share)} 才提议更正",
                f"a change of {percent(schedule.restate_share)} of a figure"),
        ],
    ]  # fmt: skip


def _schedule_form(project: Project, schedule: ReportSchedule, typed: Typed) -> Form:
    now = schedule_dict(schedule)
    fields = [
        typed.field("/daily_at", say("日报时间", "Daily at"), now["daily_at"], "time"),
        typed.field("/weekly_at", say("周报时间（周一）", "Weekly at (Mondays)"), now["weekly_at"], "time"),
        typed.field("/monthly_day", say("月报日（1–28）", "Monthly on day (1–28)"), now["monthly_day"], "number"),
        typed.field("/monthly_at", say("月报时间", "Monthly at"), now["monthly_at"], "time"),
        typed.field("/wait_minutes", say("等待数据（分钟）", "Waits (minutes)"), now["wait_minutes"], "number"),
        typed.field("/since", say("从哪天起（可空）", "Periods from (optional)"), now["since"], "date"),
        typed.field("/restate_share", say("更正门槛（如 0.005）", "Restated above"), now["restate_share"], "number"),
        typed.field("/is_on", say("自动生成报告", "Make reports"), "on" if now["is_on"] else "", "checkbox"),
    ]
    action = reverse("change_schedule", args=[project.code])
    return Form(action, "schedule", say("保存报告时间", "Save the times"), fields)


def _silence_words(days: int | None) -> str:
    if days is None:
        return say("沉默不视为通过：报告要由品牌方明确通过。", "Silence says nothing: the brand approves in words.")
    return say(
        f"报告送达后 {days} 个工作日品牌方没有提出异议，视为通过（提醒两次，异议期间不计时）。",
        f"A report to which the brand does not object within {days} working days counts as accepted (two reminders; "
        "disputes stop the clock).",
    )


def _holidays(today: date) -> Sequence[Block]:
    """Days to come that the Chinese calendar takes off, or works instead: the clocks of silence go by them."""
    title = say("节假日与调休", "Holidays and days worked instead")
    rows = []
    for step in range(HOLIDAYS_AHEAD):
        day = today + step * DAY
        festival = festival_of(day)
        if festival and is_workday(day) != (day.weekday() < SATURDAY):
            what = say("调休上班", "Worked") if is_workday(day) else say("放假", "Off")
            rows.append([str(day), say(*festival), what])
    known = is_known((today + HOLIDAYS_AHEAD * DAY).year)
    found: list[Block] = [
        Heading(title, "holidays"),
        Table(title, [say("日期", "Day"), say("节日", "Festival"), say("安排", "What")], rows,
              say(f"今后 {HOLIDAYS_AHEAD} 天没有放假或调休。", f"None in the next {HOLIDAYS_AHEAD} days.")),
    ]  # fmt: skip
    if not known:
        year = (today + HOLIDAYS_AHEAD * DAY).year
        found.append(
            Note(
                say(
                    f"{year} 年的放假安排还没有收录，暂按周一至周五计工作日。",
                    f"The holidays of {year} are not known yet: Monday to Friday count as working days.",
                )
            )
        )
    return found


def _form(project: Project, typed: Typed) -> Form:
    now = project_dict(project)
    models: list[Choice] = [(value, str(label)) for value, label in Project.OperatingModel.choices]
    modes: list[Choice] = [(value, str(label)) for value, label in Project.SettlementMode.choices]
    fields: list[Field] = [
        typed.field("/name", say("名称", "Name"), now["name"]),
        typed.field("/starts_on", say("合同开始", "Starts on"), now["starts_on"], "date"),
        typed.field("/ends_on", say("合同结束", "Ends on"), now["ends_on"], "date"),
        typed.field("/operating_model", say("运营模型", "Operating model"), now["operating_model"], "select", models),
        typed.field("/settlement_mode", say("结算方式", "Settlement"), now["settlement_mode"], "select", modes),
        typed.field("/fans_per_guide", say("每位导购服务粉丝数", "Fans per guide"), now["fans_per_guide"], "number"),
    ]
    if not project.has_events:
        label = say("时区，有数据后不能改", "Time zone, fixed once data are in")
        fields.append(zone_field(typed, label, now["timezone"]))
    assigns = say("自动分配新粉丝", "Assign new fans automatically")
    fields.append(typed.field("/auto_assign", assigns, "on" if now["auto_assign"] else "", "checkbox"))
    action = reverse("change_settings", args=[project.code])
    return Form(action, "settings", say("保存设置", "Save the settings"), fields)


class ChangeSettings(Action):
    """What the form says replaces what is there; an empty field is refused, not ignored."""

    acts = {"POST": Act.PROPOSE_CONTRACT}
    page = SettingsPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        body = flat_body(values) | {
            name[1:]: "" for name, value in values.items() if name[:1] == "/" and not value.strip()
        }
        said = checked(ProjectBody(data={**body, "auto_assign": "/auto_assign" in values}, partial=True))
        change_project(project, said, by=self.identity.user, label=self.identity.label)
        return say("设置已保存", "The settings are saved")


class ScheduleAction(Action):
    acts = {"POST": Act.PROPOSE_CONTRACT}
    page = SettingsPage

    def back(self, project: Project) -> str:
        return f"{super().back(project)}#reports"


class ChangeSchedule(ScheduleAction):
    def act(self, project: Project, values: dict[str, str]) -> str:
        body: dict[str, object] = {**flat_body(values), "is_on": "/is_on" in values}
        body["since"] = values.get("/since", "").strip() or None
        said = checked(ScheduleBody(data=body))
        change_schedule(project, said, by=self.identity, now=timezone.now())
        return say("报告时间已保存", "The times are saved")


class ProposeSilence(ScheduleAction):
    def act(self, project: Project, values: dict[str, str]) -> str:
        said = checked(ScheduleBody(data={TERM: values.get("/deemed_after", "").strip() or None}))
        schedule = change_schedule(project, said, by=self.identity, now=timezone.now())
        if schedule.deemed_proposal is None:
            return say("与已约定的一致，没有新的提议", "As agreed already: nothing is proposed")
        return say("提议已提交，对方同意后生效", "Proposed: it holds once the other side agrees")


class AgreeOnSilence(ScheduleAction):
    acts = {"POST": Act.APPROVE_CONTRACT}

    def act(self, project: Project, values: dict[str, str]) -> str:
        said = checked(AgreementBody(data={TERM: values.get("/deemed_after", "").strip() or None}))
        agree_on_silence(project, said[TERM], by=self.identity)
        return say("已同意，即刻生效", "Agreed: it holds from now on")
