"""变更记录: what was changed in what was agreed, told in words that both sides understand."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import TextChoices

from fans.models import Fan
from guides.models import Guide
from kpi.countings import read_selection
from kpi.metrics import METRICS
from kpi.own_words import UNIT_WORDS, side_words
from projects.audit import EXPORTS, FANS, SIYU
from projects.models import Account, AuditEntry, BrandContact, Channel, Commitment, Project, Side, TeamSeat
from projects.queries import zone_of
from siyu.brands import enter_public
from siyu.numbers import fixed
from siyu.problems import say
from tenants.models import ApiKey, User
from workplace.queries import guide_names
from workplace.tables import GROUPS

NOTHING = "—"
KINDS = {"traffic": ("导流", "Traffic")}
LABELS: Mapping[str, Sequence[type[TextChoices]]] = {  # a project, a guide and a commitment have a kind each
    "kind": (Commitment.Kind, Guide.Kind, Project.Kind),
    "operating_model": (Project.OperatingModel,),
    "settlement_mode": (Project.SettlementMode,),
    "side": (Side,),
}
STATES = {"draft": ("筹备", "Draft"), "active": ("进行中", "Active"), "closed": ("已结束", "Closed")}
GUIDE_SEAT = ("导购", "Guide")
FIELDS = {
    "side": ("一方", "Side"), "month": ("月份", "Month"), "kind": ("种类", "Kind"), "channel": ("渠道", "Channel"),
    "what": ("内容", "What"), "unit": ("单位", "Unit"), "promised": ("承诺", "Promised"), "due_on": ("期限", "Due"),
    "delivered": ("交付", "Delivered"), "delivered_on": ("交付日期", "Delivered on"), "share": ("比例", "Share"),
    "indicators": ("指标", "Indicators"), "agency": ("代运营方同意", "Agreed by the agency"),
    "brand": ("品牌方同意", "Agreed by the brand"), "version": ("版本", "Version"), "reached": ("触达", "Reach"),
    "name": ("名称", "Name"), "capacity": ("容量", "Capacity"), "keepers": ("承接", "Keepers"),
    "skills": ("技能", "Skills"), "absences": ("请假", "Absences"), "daily_at": ("日报时间", "Daily at"),
    "weekly_at": ("周报时间", "Weekly at"), "monthly_at": ("月报时间", "Monthly at"),
    "monthly_day": ("月报日", "Monthly day"), "wait_minutes": ("等待数据（分钟）", "Waits (minutes)"),
    "since": ("开始日期", "Since"), "restate_share": ("更正门槛", "Restated above"), "is_on": ("启用", "On"),
    "deemed_after": ("视为通过（工作日）", "Deemed accepted after (working days)"),
    "deemed_proposal": ("视为通过的提议", "Proposal of deemed acceptance"), "state": ("状态", "State"),
    "made": ("原因", "Why"), "starts_on": ("开始日期", "Starts on"), "ends_on": ("结束日期", "Ends on"),
    "timezone": ("时区", "Time zone"), "operating_model": ("运营模型", "Operating model"),
    "settlement_mode": ("结算方式", "Settlement"), "fans_per_guide": ("每位导购服务粉丝数", "Fans per guide"),
    "auto_assign": ("自动分配", "Assigns automatically"), "lag_days": ("晚到天数", "Days late"),
    "retired": ("离职", "Retired"), "reason": ("原因", "Why"), "phones": ("手机号个数", "Phones"),
    "rows": ("行数", "Rows"), "q": ("查找", "Search"), "guide": ("导购", "Guide"), "account": ("企微号", "Account"),
    "group": ("分组", "Group"), "better": ("方向", "Direction"), "numerator": ("分子", "Numerator"),
    "denominator": ("分母", "Denominator"), "effective_from": ("起始月份", "From month on"),
    "present": ("在册", "Present"), "format": ("格式", "Format"), "filters": ("条件", "Filters"),
}  # fmt: skip
SUBJECTS = {
    "team": ("团队", "Team"), "account": ("企微号", "Account"), "commitment": ("承诺", "Commitment"),
    "channel": ("渠道", "Channel"),
    "confirmation": ("交付确认", "Confirmed delivery"), "relief": ("减免", "Relief"),
    "contacts": ("品牌联系人", "Contacts"), "state": ("项目状态", "Project"),
    "project": ("项目设置", "Project settings"),
    "definition": ("口径表确认", "Definitions approved"), "indicator": ("自有指标", "Own indicator"),
    "forecast": ("预测表确认", "Forecast approved"), "guide": ("导购", "Guide"),
    "reach": ("触达确认", "Reach confirmed"),
    "report_schedule": ("报告时间", "Report schedule"), "run": ("重试", "Tried again"), "report": ("报告", "Report"),
    "fan": ("查看手机号", "Phone shown"), "export": ("导出", "Exported"),
    "report_layout": ("报告版式", "Report layout"),
}  # fmt: skip
EXPORTED = {"fans": ("粉丝", "Fans"), "rows": ("指标明细", "Rows of a figure"), "kpis": ("指标表", "Figures")}
OWN_WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "group": GROUPS,
    "better": {"up": ("越高越好", "Higher is better"), "down": ("越低越好", "Lower is better")},
    "unit": UNIT_WORDS,
}
LEFT_OUT = {"id", "sha256", "error"}  # of programs


@dataclass(frozen=True)
class Told:
    """One change: when (local), who, of what, and its lines."""

    at: str
    by: str
    what: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Names:
    """What codes and numbers stand for. `people`: by user id and by e-mail; `commitments`, `fans`: by id."""

    zone: ZoneInfo
    people: Mapping[int | str, str]
    guides: Mapping[str, str]
    channels: Mapping[str, str]
    accounts: Mapping[str, str]
    commitments: Mapping[int, str]
    fans: Mapping[int, str]

    def named(self, names: Mapping[str, str], code: str) -> str:
        return named(names.get(code, ""), code)


def tell(project: Project, entries: Iterable[AuditEntry]) -> list[Told]:
    """The entries in the order given. Runs inside the brand."""
    found = list(entries)
    names, by = _names(project, found), names_of(entry.by for entry in found)
    return [
        Told(
            f"{entry.at.astimezone(names.zone):%Y-%m-%d %H:%M}",
            by[entry.by],
            _subject(entry, names),
            _lines(entry, names),
        )
        for entry in found
    ]


def _names(project: Project, entries: Sequence[AuditEntry]) -> Names:
    users: set[int] = set()
    emails: set[str] = set()
    for entry in entries:
        for stated in (entry.before, entry.after):
            if entry.subject.startswith("relief:") and isinstance(stated, dict):
                users |= {stated[side] for side in ("agency", "brand") if isinstance(stated.get(side), int)}
            if entry.subject == "team" and isinstance(stated, list):
                emails |= {seat["holder"] for seat in stated if seat["role"] != "guide"}
    with enter_public():
        people: dict[int | str, str] = {user.pk: str(user) for user in User.objects.filter(pk__in=users)}
        people |= {user.email: str(user) for user in User.objects.filter(email__in=emails)}
    return Names(
        zone_of(project),
        people,
        guide_names(),
        dict(Channel.objects.exclude(name="").values_list("code", "name")),
        dict(Account.objects.exclude(name="").values_list("code", "name")),
        {row.pk: _commitment(row) for row in Commitment.objects.filter(project=project)},
        dict(Fan.objects.filter(pk__in=_numbers(entries, FANS)).values_list("pk", "code")),
    )


def _numbers(entries: Iterable[AuditEntry], kind: str) -> set[int]:
    """The rows that subjects of this kind name."""
    found = {entry.subject.removeprefix(kind) for entry in entries if entry.subject.startswith(kind)}
    return {int(number) for number in found if number.isdigit()}


def names_of(labels: Iterable[str]) -> dict[str, str]:
    """By label, who or what did it: a person's name, a key's, our own. Runs inside the brand."""
    wanted = set(labels)
    numbers = {kind: {int(label.split(":")[1].split()[0]) for label in wanted if label.startswith(f"{kind}:")}
               for kind in ("user", "key")}  # fmt: skip
    with enter_public():
        people = {user.pk: str(user) for user in User.objects.filter(pk__in=numbers["user"])}
        keys = dict(ApiKey.objects.filter(pk__in=numbers["key"]).values_list("pk", "name"))
    found = {}
    for label in wanted:
        kind, _, rest = label.partition(":")
        number = rest.partition(" ")[0]
        if kind == "user" and number.isdigit():
            found[label] = people.get(int(number), NOTHING)
        elif kind == "key" and number.isdigit():
            name = keys.get(int(number), number)
            found[label] = say(f"密钥 {name}", f"Key {name}")
        else:
            found[label] = say("系统", "siyu") if label == SIYU else label
    return found


def _commitment(row: Commitment) -> str:
    title = row.what or str(Commitment.Kind(row.kind).label)
    return f"{row.month:%Y-%m} {title}"


def _subject(entry: AuditEntry, names: Names) -> str:
    kind, _, rest = entry.subject.partition(":")
    title = say(*SUBJECTS.get(kind, (kind, kind)))
    if kind in ("commitment", "confirmation", "relief"):
        stated = entry.after or entry.before
        there = names.commitments.get(int(rest)) if rest.isdigit() else None
        if there is None and isinstance(stated, dict) and "month" in stated:
            there = f"{stated['month']} {stated['what'] or _label('kind', stated['kind'])}"
        return f"{title}\n{there}" if there else title
    if kind == "export":
        return f"{title}\n{say(*EXPORTED.get(rest, (rest, rest)))}"
    if kind == "fan":
        known = names.fans.get(int(rest), say("已删除的粉丝", "a fan erased")) if rest.isdigit() else rest
        return f"{title}\n{known}"
    if kind == "account":
        return f"{title}\n{names.named(names.accounts, rest)}"
    if kind == "guide":
        return f"{title}\n{names.named(names.guides, rest)}"
    if kind == "indicator":
        stated = entry.after or entry.before
        return f"{title}\n{stated['name'] if isinstance(stated, dict) else rest}"
    if kind in ("definition", "forecast"):
        return f"{title}\n{say(f'第 {rest} 版', f'version {rest}')}"
    return f"{title}\n{rest}" if kind in ("reach", "channel") else title


def _lines(entry: AuditEntry, names: Names) -> list[str]:
    before, after = entry.before, entry.after
    if isinstance(before, list) or isinstance(after, list):
        return _changed_items(before or [], after or [], lambda item: _item(item, names))
    if isinstance(before, dict) and isinstance(after, dict):
        return _changed_fields(before, after, names) or [say("没有改变", "Nothing")]
    if isinstance(after, dict) and entry.subject.startswith((FANS, EXPORTS)):
        return _stated(after, names)
    if isinstance(after, dict):
        return [say("新增", "Added") if _is_row(entry) else say("确认", "Confirmed"), *_stated(after, names)]
    if isinstance(before, dict):
        return [say("删除", "Removed"), *_stated(before, names)]
    return [f"{_state(before)} → {_state(after)}"]


def _is_row(entry: AuditEntry) -> bool:
    return entry.subject.partition(":")[0] in (
        "commitment",
        "account",
        "channel",
        "guide",
        "relief",
        "report",
        "indicator",
    )


def _changed_fields(before: Mapping[str, Any], after: Mapping[str, Any], names: Names) -> list[str]:
    lines = []
    for name in _in_order(name for name in after if before.get(name) != after[name]):
        if isinstance(after[name], list) and all(isinstance(item, dict) for item in after[name]):
            lines += _changed_items(before.get(name) or [], after[name], lambda item: _item(item, names))
        else:
            was, now = (_value(name, stated.get(name), names) for stated in (before, after))
            lines.append(say(f"{_field(name)}：{was} → {now}", f"{_field(name)}: {was} → {now}"))
    return lines


def _changed_items(before: Sequence[Any], after: Sequence[Any], words: Callable[[Any], str]) -> list[str]:
    """Of two lists, what came and what went."""
    came = [say(f"新增：{words(item)}", f"Added: {words(item)}") for item in after if item not in before]
    went = [say(f"删除：{words(item)}", f"Removed: {words(item)}") for item in before if item not in after]
    return [*went, *came] or [say("顺序", "Order")]


def _stated(fields: Mapping[str, Any], names: Names) -> list[str]:
    """What a new or a removed thing says; what is empty is left out."""
    lines = []
    for name in _in_order(name for name, value in fields.items() if value not in (None, "", [])):
        value = fields[name]
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            lines += [_item(item, names) for item in value]
        else:
            lines.append(
                say(f"{_field(name)}：{_value(name, value, names)}", f"{_field(name)}: {_value(name, value, names)}")
            )
    return lines


def _in_order(names: Iterable[str]) -> list[str]:
    """As people read them; the database keeps no order of a JSON object's members."""
    order = list(FIELDS)
    shown = [name for name in names if name not in LEFT_OUT]
    return sorted(shown, key=lambda name: (order.index(name) if name in FIELDS else len(order), name))


def _field(name: str) -> str:
    return say(*FIELDS.get(name, (name, name)))


def _value(name: str, value: Any, names: Names) -> str:
    if value is None or value == "":
        return NOTHING
    if name in ("agency", "brand"):
        return names.people.get(value, say("已同意", "agreed"))
    if name in LABELS:
        return _label(name, value)
    if name == "channel":
        return names.named(names.channels, value)
    if name in ("numerator", "denominator"):
        return side_words(read_selection(value))
    if name in OWN_WORDS and value in OWN_WORDS[name]:
        return say(*OWN_WORDS[name][value])
    if name == "indicators":
        return _listed(say(METRICS[code].chinese, METRICS[code].english) if code in METRICS else code for code in value)
    if name == "share":
        return f"{(Decimal(value) * 100).normalize():f}%"
    if name in ("promised", "delivered"):
        return plain_number(value)
    if name == "reached":
        return f"{value:,}"
    if name == "deemed_proposal":
        return f"{value['deemed_after'] or NOTHING} · {Side(value['side']).label}"
    if name == "filters":
        return _listed(f"{_field(key)} {word}" for key, word in value.items()) or say("全部", "all")
    if isinstance(value, bool):
        return say("是", "yes") if value else say("否", "no")
    return _listed(map(str, value)) if isinstance(value, list) else str(value)


def _listed(words: Iterable[str]) -> str:
    return say("、", ", ").join(words)


def named(name: str, code: str) -> str:
    return say(f"{name}（{code}）", f"{name} ({code})") if name and name != code else code


def plain_number(text: str) -> str:
    """`1200.00` as 1,200; `12.50` as it is."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return fixed(number, 0 if number == number.to_integral_value() else 2)


def _label(name: str, code: str) -> str:
    """What pages call the choice; the code itself where none of them knows it (any more)."""
    if name == "kind" and code in KINDS:
        return say(*KINDS[code])
    return next((str(choices(code).label) for choices in LABELS[name] if code in choices.values), code)


def _state(value: Any) -> str:
    return say(*STATES[value]) if value in STATES else NOTHING if value is None else str(value)


def _item(item: Mapping[str, Any], names: Names) -> str:
    """One seat, contact, keeper or absence."""
    if "holder" in item:
        is_guide = item["role"] == "guide"
        role = say(*GUIDE_SEAT) if is_guide else str(TeamSeat.Role(item["role"]).label)
        who = (
            names.named(names.guides, item["holder"]) if is_guide else names.people.get(item["holder"], item["holder"])
        )
        return say("，", ", ").join([f"{role} {who}", _value("share", item["share"], names), _span(item)])
    if "guide" in item:
        at = datetime.fromisoformat(item["from"]).astimezone(names.zone)
        who = names.named(names.guides, item["guide"]) if item["guide"] else say("无人承接", "nobody")
        return say(f"{at:%Y-%m-%d %H:%M} 起 {who}", f"{who} from {at:%Y-%m-%d %H:%M}")
    if "part_time" in item:
        part_time = say("（兼职）", " (part time)") if item["part_time"] else ""
        return f"{BrandContact.Role(item['role']).label} {item['name']}{part_time} {item['email']}".strip()
    return _span(item) if "from" in item else _listed(map(str, item.values()))


def _span(item: Mapping[str, Any]) -> str:
    return f"{item['from']}～{item.get('to') or ''}"
