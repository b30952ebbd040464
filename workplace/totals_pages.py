"""日汇总: paste what a PM keeps in a table, see what counts and what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from connectors.importing import ImportRefusedError, check_file
from connectors.models import FileImport
from kpi.totals import GROUPS, Source, read_totals, sources_of_days
from kpi.totals_api import OF_CHANNEL, OF_GUIDE, read_stated
from projects.models import Channel, Project
from projects.queries import zone_of
from siyu.periods import DAY, Period, local_day
from siyu.problems import say
from tenants.permissions import Act
from workplace.blocks import Actions, Block, Heading, Lines, Link, Table, Typed
from workplace.queries import guide_names
from workplace.sections import Action, Section
from workplace.totals_preview import GROUP_WORDS, counted

SHOWN_DAYS = 14
FORMATS = ("guide_totals", "channel_days")
TITLES = {
    "added": ("新增", "Added"), "lost": ("流失", "Lost"), "friends": ("好友总数", "Friends"),
    "chats": ("聊天人数", "Chats"), "replied": ("回复人数", "Replied"), "orders": ("订单数", "Orders"),
    "paid": ("成交额", "Paid"), "refunds": ("退款", "Refunds"), "reached": ("触达", "Reached"),
    "cost": ("费用", "Cost"),
}  # fmt: skip
SOURCES: Mapping[Source, tuple[str, str]] = {
    "totals": ("汇总", "totals"), "set_aside": ("事件（汇总不计入）", "events (totals set aside)"),
    "events": ("事件", "events"),
}  # fmt: skip


@dataclass(frozen=True)
class Paste:
    """A form with room for a block of cells."""

    action: str
    text: str
    example: str
    template: str = "workplace/_paste.html"


class TotalsPage(Section):
    acts = {"GET": Act.SEND_EVENTS}
    route = "data"
    title = ("日汇总", "Day totals")

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        today = local_day(timezone.now(), zone_of(project))
        yesterday = today - DAY
        period = Period(today - SHOWN_DAYS * DAY, today)
        pasted = typed.of("paste").values.get("text", "")
        upload = Link(say("改为上传文件", "Upload a file instead"), reverse("data", args=[project.code]))
        found: list[Any] = [
            Heading(say("粘贴表格", "Paste a table"), "paste"),
            Lines(_about()),
            Paste(reverse("paste_totals", args=[project.code]), pasted, _example(yesterday)),
            Actions([*_templates(project), upload]),
            Heading(say("最近两周的来源", "Sources of the last two weeks"), "sources"),
            _sources(project, period, today),
            *_stated(project, period),
        ]  # fmt: skip
        return found


def _about() -> list[str]:
    return [
        say(
            "从 Excel 或 WPS 选中整块复制（带表头），粘贴到下面。先看预览，确认后才计入，之后也能撤销。",
            "Copy the block out of Excel or WPS, header included, and paste it below. You see what was read before it"
            " counts, and can undo it afterwards.",
        ),
        say(
            "按导购：日期、导购，再加新增、流失、好友总数、聊天人数、回复人数、订单数、成交额、退款。"
            "按渠道：日期、渠道，再加触达、费用、新增。",
            "By guide: date, guide, and added, lost, friends, chats, replied, orders, paid, refunds. By channel: date,"
            " channel, and reached, cost, added.",
        ),
        say(
            "没有请填 0，空着表示没有填报。某天有了事件数据，就以事件为准，汇总不重复计算。",
            "Write 0 where there was none: an empty cell says nothing. Where events speak of a day, they count.",
        ),
        say(
            "汇总能给出导流、导流率、导流成本、流失率、留存率（至少）、单日互动率和 GMV；"
            "不能给出满意度、KOC 和老带新，报告里写“—”。",
            "Totals give diversion, its rate and cost, churn, retention (at least), a single day's interaction and GMV;"
            " never satisfaction, KOC and referrals, which stay “—”.",
        ),
    ]  # fmt: skip


def _example(day: date) -> str:
    titles = [say("日期", "date"), say("导购", "guide"), *(say(TITLES[name][0], name) for name in OF_GUIDE)]
    row = [str(day), say("张三", "Lin"), "32", "4", say("1.2万", "12000"), "210", "88", "15", "4,580.00", "199.00"]
    return "\t".join(titles) + "\n" + "\t".join(row)


def _templates(project: Project) -> list[Link]:
    words = {
        "guide_totals": ("导购日汇总模板", "Template by guide"),
        "channel_days": ("渠道日报模板", "Template by channel"),
    }
    return [Link(say(*words[code]), reverse("import_template", args=[project.code, code])) for code in FORMATS]


def _sources(project: Project, period: Period, today: date) -> Table:
    """Day by day, the newest first: which source each group has, and what is missing."""
    found = sources_of_days(project, period)
    of = read_totals(project, [period]).get(period)
    missing = {group: set(of.seams[group].missing) if of else set() for group in GROUPS}
    rows = []
    for place in range((period.last - period.first).days + 1):
        day = period.last - place * timedelta(days=1)
        cells = [_source(found.get(day, {}).get(group), day in missing[group]) for group in GROUPS]
        if day != today or any(cell != "—" for cell in cells):
            rows.append([f"{day:%m-%d}", *cells])
    columns = [say("日期", "Day"), *(say(zh, en.capitalize()) for zh, en in GROUP_WORDS.values())]
    return Table(say("各天的数据来源", "Where each day's data come from"), columns, rows)


def _source(source: Source | None, is_missing: bool) -> str:
    if is_missing:
        return say("缺", "missing")
    return say(*SOURCES[source]) if source else "—"


def _stated(project: Project, period: Period) -> list[Table]:
    stated = read_stated(project, period)
    channels = dict(Channel.objects.values_list("code", "name"))
    tables = []
    for by, names, columns, caption in (
        ("guide", guide_names(), OF_GUIDE, say("填报的导购日汇总", "Stated by guide")),
        ("channel", channels, OF_CHANNEL, say("渠道触达、费用与新增", "Stated by channel")),
    ):  # fmt: skip
        rows = [
            [
                f"{row['date']:%m-%d} {names.get(row[by]) or row[by]}",
                *("—" if row[name] is None else str(row[name]) for name in columns),
                counted(row) if row["counts"] else "—",
            ]
            for row in reversed(stated[f"{by}s"])
        ]
        head = [say("日期和对象", "Day and who"), *(say(*TITLES[name]) for name in columns), say("是否计入", "Counts")]
        empty = say("最近两周没有填报。", "Nothing was stated in the last two weeks.") if by == "guide" else ""
        tables.append(Table(caption, head, rows, empty))
    return tables


class PasteTotals(Action):
    """Check what was pasted; the page of the import shows it before it counts."""

    acts = {"POST": Act.SEND_EVENTS}
    page = TotalsPage
    made: FileImport

    def act(self, project: Project, values: dict[str, str]) -> str:
        text = values.get("text", "")
        if not text.strip():
            raise ImportRefusedError(say("请先粘贴表格", "Paste a table first"))
        now = timezone.now().astimezone(zone_of(project))
        name = say(f"粘贴 {now:%m-%d %H:%M}", f"Pasted {now:%m-%d %H:%M}")
        self.made = check_file(project, text.encode(), name=name, made_by=self.identity.label)
        if self.made.format not in FORMATS:
            raise ImportRefusedError(
                say(
                    "这里只收日汇总；其他表请在数据页上传",
                    "Only day totals are taken here: upload other tables on the data page",
                )
            )
        return say("已读取，确认后才计入", "Read; it counts once you import it")

    def back(self, project: Project) -> str:
        return reverse("file_import", args=[project.code, self.made.pk])
