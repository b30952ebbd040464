"""What a scorecard says in words: the one sentence at its head, why, and what there is to do. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kpi.forecast import VOLUMES
from kpi.judging import Judgement
from kpi.lines import Band
from kpi.metrics import METRICS
from siyu.numbers import count, percent
from siyu.problems import say
from workplace.both_sides import Shortfall, plain
from workplace.card import BANDS, Chip, Row, as_decimal, band_chip, shown
from workplace.tables import metric_title

MOST_TO_DO = 5


@dataclass(frozen=True)
class Verdict:
    """`lead`: where GMV stands; `failing`: what is failing, or nothing; `why`: whose shortfall it is."""

    lead: str
    failing: str
    why: list[str]


@dataclass(frozen=True)
class Tally:
    """How many indicators are in a band."""

    chip: Chip
    number: int


@dataclass(frozen=True)
class ToDo:
    title: str
    about: str
    side: str
    due: str
    link: str
    address: str
    tone: str


def tell(rows: Sequence[Row], judgements: Mapping[str, Judgement], short: Sequence[Shortfall], period: str) -> Verdict:
    """`rows`: all of the card. Whoever reads it knows in one breath how the period stands."""
    by_code = {row.code: row for row in rows}
    gmv, judgement = by_code["gmv"], judgements.get("gmv")
    if judgement is None:
        users = by_code["diverted_users"].value
        lead = say(
            f"{period} GMV {gmv.value}，导流 {users} 人。", f"{period}: GMV {gmv.value}, {users} users diverted."
        )
        return Verdict(lead, "", [])
    return Verdict(_lead(gmv, judgement), _failing(rows, judgements), _why(judgements, short))


def _lead(gmv: Row, judgement: Judgement) -> str:
    metric = METRICS["gmv"]
    projected = judgement.projected
    value = projected.value if projected else judgement.judged
    band = projected.band if projected else judgement.band
    number = shown(metric, value)
    zh = f"GMV 预计月末 {number}" if projected else f"GMV {number}"
    en = f"GMV {number} expected at month's end" if projected else f"GMV {number}"
    line = judgement.lines.get("normal") if judgement.lines else None
    if line and value is not None:
        share = percent(as_decimal(Fraction(value) / line))
        zh, en = f"{zh}，为正常线的 {share}", f"{en}, {share} of the normal line"
    if band:
        zh, en = f"{zh}，{BANDS[band][0]}", f"{en}: {BANDS[band][1].lower()}"
    if projected and projected.low is not None and projected.high is not None:
        low, high = shown(metric, projected.low), shown(metric, projected.high)
        return say(f"{zh}（可能在 {low}～{high}）。", f"{en} ({low} – {high}).")
    return say(f"{zh}。", f"{en}.")


def _failing(rows: Sequence[Row], judgements: Mapping[str, Judgement]) -> str:
    failing = [row for row in rows if row.band == "failing"]
    if not failing:
        return ""
    told = []
    for row in failing:
        judgement = judgements[row.code]
        marks = judgement.lines_due if judgement.provisional else judgement.lines
        mark = marks.get("fail") if marks else None
        value = shown(METRICS[row.code], judgement.judged)
        if mark is None:
            told.append(f"{row.title} {value}")
            continue
        line = shown(METRICS[row.code], mark)
        zh = f"{row.title} {value}（不及格线 {line}）"
        told.append(say(zh, f"{row.title} {value} (fail line {line})"))
    return say(f"不及格 {len(failing)} 项：{'、'.join(told)}。", f"{len(failing)} failing: {', '.join(told)}.")


def spaced(name: str) -> str:
    """A name that Chinese words follow: with a blank where it ends in a Latin letter or a digit."""
    return f"{name} " if name[-1:].isascii() and name[-1:].isalnum() else name


def _why(judgements: Mapping[str, Judgement], short: Sequence[Shortfall]) -> list[str]:
    """The brand's shortfall first: it moves the targets. What volumes then lack of what is due is the agency's."""
    said = []
    users_short = sum(one.users for one in short)
    if users_short:
        first = short[0]
        missing, users = count(int(first.missing)), count(users_short)
        factor = judgements["diverted_users"].traffic_factor if "diverted_users" in judgements else None
        cut = percent(as_decimal(factor)) if factor is not None else ""
        others_zh = f"等 {len(short)} 个渠道" if len(short) > 1 else ""
        others_en = f" and {len(short) - 1} more" if len(short) > 1 else ""
        name, all_zh = spaced(first.channel), spaced(f"{first.channel}{others_zh}")
        zh = f"品牌方：{all_zh}触达不足（{name}少 {missing}），少导 {users} 人"
        en = f"Brand: {first.channel}{others_en} short of reach ({missing}), {users} users fewer"
        if cut:
            zh, en = f"{zh}；导流目标按预测表折算为 {cut}", f"{en}; the diversion target follows to {cut}"
        said.append(say(f"{zh}。", f"{en}."))
    behind = []
    for code in VOLUMES:
        judgement = judgements.get(code)
        if judgement and judgement.provisional and judgement.due and judgement.judged is not None:
            lack = judgement.due - judgement.judged
            if lack > 0:
                number = shown(METRICS[code], lack)
                title = metric_title(METRICS[code])
                behind.append(say(f"{spaced(title)}比应完成少 {number}", f"{title} {number} less than due"))
    if behind:
        said.append(say(f"代运营方：{'，'.join(behind)}。", f"Agency: {', '.join(behind)}."))
    return said


def tally(rows: Sequence[Row]) -> list[Tally]:
    """Every band with its number, the best first."""
    bands: list[Band] = list(BANDS)
    return [Tally(band_chip(band), sum(row.band == band for row in rows)) for band in bands]


def to_do(
    rows: Sequence[Row],
    promises: Sequence[Mapping[str, Any]],
    short: Sequence[Shortfall],
    names: Mapping[str, str],
    promises_address: str,
) -> list[ToDo]:
    """What is failing, what is overdue, what missing reach cost users: what, why, whose, by when and where to act.
    `names`: of kinds of promises."""
    agency, brand = say("代运营方", "Agency"), say("品牌方", "Brand")
    found = [
        ToDo(
            title=say(f"{spaced(row.title)}不及格", f"{row.title} is failing"),
            about=say("，", ", ").join([row.value, row.pace]),
            side=agency,
            due="",
            link=say("看明细", "Look"),
            address=row.address,
            tone="bad",
        )
        for row in rows
        if row.band == "failing"
    ]
    for row in promises:
        if row["state"] != "overdue":
            continue
        what, late = row["what"] or names.get(row["kind"], row["kind"]), row["late_days"]
        done, promised = plain(Decimal(row["delivered"] or 0)), plain(Decimal(row["promised"]))
        found.append(
            ToDo(
                title=say(f"{what}逾期 {late} 天", f"{what}: overdue by {late} days"),
                about=say(f"已完成 {done}，承诺 {promised}。", f"{done} of {promised}."),
                side=brand if row["side"] == "brand" else agency,
                due=say(f"{row['due_on']} 前", f"by {row['due_on']}"),
                link=say("去处理", "Act"),
                address=promises_address,
                tone="warn",
            )
        )
    for one in short:
        if not one.users:
            continue
        missing, users = count(int(one.missing)), count(one.users)
        found.append(
            ToDo(
                title=say(f"{spaced(one.channel)}触达少 {missing}", f"{one.channel}: reach {missing} short"),
                about=say(f"按预测表少导 {users} 人。", f"{users} users fewer by the forecast."),
                side=brand,
                due="",
                link=say("看承诺", "See promises"),
                address=promises_address,
                tone="warn",
            )
        )
    return found[:MOST_TO_DO]
