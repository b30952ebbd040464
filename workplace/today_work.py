"""今日: the day's work: figures that fail, people and accounts, the pool, data, runs; and what is good to know.

Runs inside the brand.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from connectors.models import FileImport
from fans.assignments import current_slots
from guides.queries import is_on, monthly_costs, placements
from kpi.forecasts import read_judgements
from kpi.marks import read_extent
from kpi.metrics import METRICS
from kpi.queries import one_state, read_standing
from kpi.totals import missing_days
from projects.models import TeamSeat
from projects.queries import guide_alone, zone_of
from reports.services import project_of
from reports.telling import WORK
from siyu.brands import enter_public
from siyu.due import Row
from siyu.numbers import exact
from siyu.periods import DAY, Period, day_start, periods
from siyu.problems import say
from tenants.permissions import Act
from workplace.card import band_chip, pace_of, shown
from workplace.staffing import present_fans, read_staffing
from workplace.tables import metric_title
from workplace.today import Desk, Task
from workplace.totals_words import stock_words
from workplace.verdict import spaced
from workplace.words import from_to

AHEAD = timedelta(days=13)  # gaps and leavers are told of so long before
MENDED_FOR = timedelta(days=7)  # an import's faults are told of so long
TOTALS_FOR = timedelta(days=7)  # day totals that nobody stated are asked for so long
STALE = timedelta(days=3)  # data that old are worse than late


def work_tasks(desk: Desk, runs: Sequence[Row]) -> Iterator[Task]:
    """`runs`: the brand's due work as it stands."""
    if desk.may(Act.RUN_WORK):
        yield from _figures(desk)
        yield from _runs(desk, runs)
    if desk.may(Act.WRITE_TEAM):
        yield from _team(desk)
    if desk.may(Act.ASSIGN_FANS):
        yield from _pool(desk)
    if desk.may(Act.SEND_EVENTS):
        yield from _data(desk)
    if desk.may(Act.WRITE_COSTS):
        yield from _costs(desk)
    if not desk.may(Act.READ_KPIS) and desk.may(Act.READ_OWN_KPIS):
        yield from _own(desk)
    if desk.may(Act.READ_KPIS) and not desk.is_agency and not desk.may(Act.APPROVE_REPORTS):
        yield _onepager(desk)


# -- Figures ----------------------------------------------------------------------------------------------------------


def _figures(desk: Desk) -> Iterator[Task]:
    [month] = periods("month", desk.today, desk.today)
    with one_state():
        figures = read_standing(desk.project, "month", month.first, month.last).figures
        judged = read_judgements(desk.project, figures, desk.now)
    behind = []
    for figure in figures:
        judgement, metric = judged.get((month.first, figure.indicator)), METRICS[figure.indicator]
        if judgement is None:
            continue
        if judgement.band == "failing":
            what = say(f"{spaced(metric_title(metric))}不及格", f"{metric_title(metric)} is failing")
            why = say("，", ", ").join([shown(metric, judgement.judged), pace_of(metric, judgement)[0]])
            address = desk.path("figure", metric.code, start=month.first, end=month.last)
            yield Task("failing", what, why, say("看明细", "Look"), address, "bad", whole=desk.path("project"))
        elif judgement.projected and judgement.projected.band in ("failing", "passing"):
            end, band = shown(metric, judgement.projected.value), band_chip(judgement.projected.band).text
            behind.append(say(f"{spaced(metric_title(metric))}预计月末 {end}（{band}）", f"{metric_title(metric)} {end} by the month's end ({band})"))  # fmt: skip  # noqa: E501
    if behind:
        what = say(f"{len(behind)} 项预计月末达不到正常线", f"{len(behind)} will end below the normal line")
        yield Task("behind", what, say("；", "; ").join(behind), say("看记分卡", "Scorecard"), desk.path("project"))


def _own(desk: Desk) -> Iterator[Task]:
    """A guide's own: what her month brought and whom she serves."""
    guide = guide_alone(desk.identity, Act.READ_KPIS)
    if guide is None:
        return
    [month] = periods("month", desk.today, desk.today)
    found = read_standing(desk.project, "month", month.first, month.last, "guide", ["gmv", "diverted_users"]).figures
    own = {figure.indicator: figure.value for figure in found if figure.part == guide.code}
    gmv, users = shown(METRICS["gmv"], own.get("gmv", 0)), shown(METRICS["diverted_users"], own.get("diverted_users", 0))  # fmt: skip  # noqa: E501
    why = say(f"GMV {gmv}，导流 {users} 人", f"GMV {gmv}, {users} users diverted")
    what = say("看看我的本月", "See how my month stands")
    yield Task("own", what, why, say("看记分卡", "Scorecard"), desk.path("project"), "mid")
    mine = [slot for slot in current_slots(desk.project, desk.now) if slot.guide == guide.code]
    if mine:
        held, capacity = sum(slot.held for slot in mine), sum(slot.capacity for slot in mine)
        why = say(f"{exact(held)} 位，可承接 {exact(capacity)} 位", f"{exact(held)}, room for {exact(capacity)}")
        what = say("服务我承接的粉丝", "Serve the fans I hold")
        tone = "warn" if held > capacity else "mid"
        yield Task("held", what, why, say("看粉丝", "Fans"), desk.path("fans"), tone)  # type: ignore[arg-type]  # a tone


def _onepager(desk: Desk) -> Task:
    [month] = periods("month", desk.today, desk.today)
    figures = {figure.indicator: figure for figure in read_standing(desk.project, "month", month.first, month.last, None, ["gmv"]).figures}  # fmt: skip  # noqa: E501
    gmv = shown(METRICS["gmv"], figures["gmv"].value)
    what = say("看一页纸", "Read the one-pager")
    return Task(
        "onepager",
        what,
        say(f"本月 GMV {gmv}", f"GMV this month {gmv}"),
        say("去查看", "Read"),
        desk.path("onepager"),
        "mid",
    )


# -- People and accounts ----------------------------------------------------------------------------------------------


def _team(desk: Desk) -> Iterator[Task]:
    found = read_staffing(desk.project, desk.identity.brand, desk.today, desk.today + AHEAD, desk.now)
    address = desk.path("team")
    for role, first, last in found.gaps:
        name = TeamSeat.Role(role).label
        days = str(first) if first == last else from_to(first, last)
        why = say(f"{days} 没有人任职", f"Nobody on {days}")
        if role == TeamSeat.Role.PM:
            why = say(f"{why}，期间不能发送报告", f"{why}; no report is sent then")
        what = say(f"安排{name}", f"Fill the seat: {name}")
        tone = "bad" if role == TeamSeat.Role.PM and first <= desk.today else "warn"
        yield Task("seat", what, why, say("去安排", "Fill"), address, tone, first)  # type: ignore[arg-type]  # a tone
    today = found.days[0]
    if today.needed is not None and today.placed < today.needed:
        placed = f"{today.placed.normalize():f}"
        why = say(f"{stock_words(found.stock)}在册粉丝 {exact(found.present)} 位需要导购 {today.needed} 人，现排 {placed} 人", f"{stock_words(found.stock)}{exact(found.present)} fans need {today.needed} guides, {placed} are placed")  # fmt: skip  # noqa: E501
        yield Task("short", say("补充导购", "Place more guides"), why, say("去安排", "Place"), address)
    if full := found.full_accounts:
        names = say("、", ", ").join(f"{slot.code} {exact(slot.held)} / {exact(slot.capacity)}" for slot in full)
        what = say(f"减轻 {len(full)} 个企微号的负载", f"Relieve {len(full)} accounts")
        why = say(f"粉丝 / 可承接：{names}", f"Fans / room: {names}")
        yield Task("full", what, why, say("去调整", "Rebalance"), desk.path("assignments"))
    for leaver in found.leavers:
        if leaver.accounts:
            gone = leaver.last_day is None or leaver.last_day < desk.today
            what = say(f"移交 {leaver.guide.name} 的企微号", f"Hand over the accounts of {leaver.guide.name}")
            yield Task("leaver", what, leaver.todo, say("去移交", "Hand over"), address, "bad" if gone else "warn", leaver.last_day)  # fmt: skip  # noqa: E501


def _pool(desk: Desk) -> Iterator[Task]:
    slots = current_slots(desk.project, desk.now)
    pool = present_fans(desk.project, desk.now) - sum(slot.held for slot in slots)
    if pool > 0:
        free = sum(slot.free for slot in slots)
        what = say(f"分配 {exact(pool)} 位粉丝", f"Assign {exact(pool)} fans")
        why = say(
            f"没有人承接，各企微号还有空位 {exact(free)} 个", f"Nobody holds them; there is room for {exact(free)}"
        )
        yield Task("pool", what, why, say("去分配", "Assign"), desk.path("assignments"))


def _costs(desk: Desk) -> Iterator[Task]:
    here = {
        placed.guide_id: placed.guide.name
        for placed in placements(desk.identity.brand.pk, desk.project.code)
        if is_on(placed, desk.today)
    }
    with enter_public():
        known = monthly_costs(here, desk.today)
    missing = sorted(name for pk, name in here.items() if pk not in known)
    if missing:
        what = say(f"录入 {len(missing)} 位导购的成本", f"Enter what {len(missing)} guides cost")
        why = say(f"{'、'.join(missing)}：没有成本，就算不出人力成本", f"{', '.join(missing)}: without it labour cost is unknown")  # fmt: skip  # noqa: E501
        yield Task("costs", what, why, say("去录入", "Enter"), desk.path("team"))


# -- Data and runs ----------------------------------------------------------------------------------------------------


def _data(desk: Desk) -> Iterator[Task]:
    address = desk.path("data")
    through = read_extent(desk.project.pk).facts_through
    expected = min(desk.today - DAY, desk.project.ends_on)
    if desk.project.starts_on <= desk.today:
        if through is None:
            what = say("接入数据", "Bring data in")
            yield Task("data", what, say("项目已开始，还没有任何数据", "The project has begun and has no data"), say("去上传", "Upload"), address, "bad")  # fmt: skip  # noqa: E501
        elif missing := missing_days(desk.project, Period(desk.today - TOTALS_FOR, expected)):
            what = say(f"补填 {len(missing)} 天的日汇总", f"State {len(missing)} days' totals")
            why = say(f"缺 {missing[0]} 起", f"Missing from {missing[0]} on")
            is_late = desk.today - missing[0] > STALE
            yield Task("totals", what, why, say("去粘贴", "Paste"), desk.path("totals"), "bad" if is_late else "warn")
        elif through < expected:
            days = (expected - through).days
            what = say(f"补传 {days} 天的数据", f"Send {days} days of data")
            why = say(f"数据停在 {through}", f"Data end on {through}")
            yield Task("data", what, why, say("去上传", "Upload"), address, "bad" if expected - through >= STALE else "warn")  # fmt: skip  # noqa: E501
    for row in FileImport.objects.filter(project=desk.project, state=FileImport.State.CHECKED, keep_until__gt=desk.now):
        what = say(f"处理检查过的文件：{row.name}", f"Go on with the checked file: {row.name}")
        why = say(f"{exact(row.rows)} 行，{exact(row.fault_count)} 处有误，还没有导入", f"{exact(row.rows)} rows, {exact(row.fault_count)} faults; not imported yet")  # fmt: skip  # noqa: E501
        due = row.keep_until.astimezone(zone_of(desk.project)).date()
        yield Task("checked", what, why, say("去处理", "Go on"), desk.path("file_import", row.pk), "mid", due, address)
    since = day_start(desk.today - MENDED_FOR, zone_of(desk.project))
    done = FileImport.objects.filter(project=desk.project, state=FileImport.State.DONE, finished_at__gte=since)
    for row in done.filter(fault_count__gt=0):
        what = say(f"修正文件中的 {exact(row.fault_count)} 处：{row.name}", f"Mend {exact(row.fault_count)} faults: {row.name}")  # fmt: skip  # noqa: E501
        why = say("有误的行没有导入", "The rows at fault were not imported")
        yield Task("faults", what, why, say("看错误", "See them"), desk.path("file_import", row.pk), whole=address)


def _runs(desk: Desk, runs: Sequence[Row]) -> Iterator[Task]:
    for row in runs:
        if row.state == "parked" and project_of(row.subject) == desk.project.pk:
            zh, en = WORK.get(row.kind, (row.kind, row.kind))
            what = say(f"处理暂停的工作：{zh}", f"Take up again: {en}")
            why = say(f"失败 {row.attempts} 次后暂停", f"Parked after {row.attempts} failures")
            yield Task("parked", what, why, say("去处理", "Take up"), desk.path("runs"), "bad")
