"""The rows of a scorecard: ten indicators with their lines, pace, course and band, as a page shows them. Pure.

Every number is REST's (kpi.api); only here is it rounded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.safestring import SafeString

from kpi.figures import Figure
from kpi.judging import Judgement
from kpi.lines import MARKS, Band, Marks
from kpi.metrics import METRICS, Kind, Metric
from siyu.numbers import MINUS, UNKNOWN, count, fixed, money, percent
from siyu.problems import say
from workplace.charts import Track, draw_spark, draw_track
from workplace.tables import GROUPS, metric_title
from workplace.totals_words import mark_of

LINES = {
    "fail": ("不及格线", "Fail line"),
    "normal": ("正常线", "Normal line"),
    "good": ("优良线", "Good line"),
    "excess": ("超额线", "Excess line"),
}
BANDS: dict[Band, tuple[str, str, str, str]] = {  # Chinese, English, tone, icon
    "excess": ("超额", "Excess", "best", "star"),
    "good": ("优良", "Good", "good", "check"),
    "normal": ("正常", "Normal", "mid", "circle-check"),
    "passing": ("及格", "Passing", "warn", "minus"),
    "failing": ("不及格", "Failing", "bad", "alert-triangle"),
}
ABOUT = {"diversion": ("人进来", "People come"), "service": ("留得住，聊得上", "They stay and talk"),
         "result": ("买得多，带得来", "They buy and bring others")}  # fmt: skip


@dataclass(frozen=True)
class Chip:
    text: str
    tone: str
    icon: str


@dataclass(frozen=True)
class Row:
    """`expected`: the projected end of a running month; `line`: the normal line, else the first there is; `line_now`:
    where a running month is held against another today; `pace`: against what is due, or the distance to the line;
    `note`: on what the band rests, where that is not the value."""

    code: str
    title: str
    value: str
    expected: str
    line: str
    line_title: str
    line_now: str
    pace: str
    is_behind: bool
    change: str
    direction: str
    track: SafeString
    spark: SafeString
    chip: Chip
    expected_chip: Chip | None
    note: str
    band: Band | None
    address: str


@dataclass(frozen=True)
class Group:
    """`reached`: rows of it on their normal line or above; `judged`: rows with a band."""

    title: str
    about: str
    rows: list[Row]

    @property
    def judged(self) -> int:
        return sum(row.band is not None for row in self.rows)

    @property
    def reached(self) -> int:
        return sum(row.band in ("normal", "good", "excess") for row in self.rows)


def shown(metric: Metric, value: Decimal | Fraction | int | None) -> str:
    """As read at a glance."""
    if value is None:
        return UNKNOWN
    number = as_decimal(value)
    if metric.kind == "count":
        return count(number)
    return percent(number) if metric.kind == "rate" else money(number)


def band_chip(band: Band) -> Chip:
    zh, en, tone, icon = BANDS[band]
    return Chip(say(zh, en), tone, icon)


def build_groups(
    figures: Mapping[str, Figure],
    compared: Mapping[str, tuple[Decimal | None, Decimal | None]],
    judgements: Mapping[str, Judgement],
    course: Mapping[str, Sequence[float | None]],
    address_of: Callable[[str], str],
    *,
    is_judged: bool = True,
) -> list[Group]:
    """By indicator; `compared`: the values now and then; `course`: those of the last days and of as
    many before them, the oldest first; `is_judged`: the period is a month that could be judged, so a missing band has a
    reason worth telling."""
    groups: list[Group] = []
    for name, words in GROUPS.items():
        rows = [
            _row(metric, figures[code], compared.get(code, (None, None)), judgements.get(code), course.get(code, ()),
                 address_of(code), is_judged)
            for code, metric in METRICS.items()
            if metric.group == name and code in figures
        ]  # fmt: skip
        if rows:
            groups.append(Group(say(*words), say(*ABOUT[name]), rows))
    return groups


def _row(
    metric: Metric,
    figure: Figure,
    compared: tuple[Decimal | None, Decimal | None],
    judgement: Judgement | None,
    course: Sequence[float | None],
    address: str,
    is_judged: bool,
) -> Row:
    marks = judgement.lines if judgement else None
    name = next((name for name in ("normal", "fail", "good", "excess") if marks and marks.get(name) is not None), None)
    pace, is_behind = pace_of(metric, judgement)
    change, direction = change_between(metric.kind, *compared)
    projected = judgement.projected if judgement else None
    return Row(
        code=metric.code,
        title=metric_title(metric),
        value=shown(metric, figure.value),
        expected=shown(metric, projected.value) if projected else UNKNOWN,
        line=shown(metric, marks[name]) if marks and name else UNKNOWN,
        line_title=say(*LINES[name or "normal"]),
        line_now=_line_now(metric, judgement, name),
        pace=pace,
        is_behind=is_behind,
        change=change,
        direction=direction,
        track=_track(metric, figure, judgement),
        spark=draw_spark(course[len(course) // 2 :], course[: len(course) // 2]),
        chip=_chip(figure, judgement, is_judged),
        expected_chip=band_chip(projected.band) if projected and projected.band else None,
        note=_note(metric, figure, judgement),
        band=judgement.band if judgement else None,
        address=address,
    )


def _line_now(metric: Metric, judgement: Judgement | None, name: str | None) -> str:
    """Of rates and costs; of a volume it is what is due, and stands under `pace`."""
    grows = metric.kind in ("count", "money")
    if grows or name is None or judgement is None or judgement.lines is None or judgement.lines_due is None:
        return ""
    now = shown(metric, judgement.lines_due[name])
    return "" if now == shown(metric, judgement.lines[name]) else now


def _chip(figure: Figure, judgement: Judgement | None, is_judged: bool) -> Chip:
    if judgement is not None and judgement.band is not None:
        return band_chip(judgement.band)
    if not is_judged:
        why = say("按月评定", "Judged by month")
    elif figure.value is None:
        why = say("无数据", "No data")
    elif judgement is None:
        why = say("无预测表", "No forecast")
    elif judgement.lines is None or judgement.lines.get("fail") is None:
        why = say("未设线", "No lines")
    elif judgement.missing_days:
        why = say("数据不全", "Data missing")
    else:
        why = say("未评定", "Not judged")
    return Chip(why, "none", "circle-dashed")


def _note(metric: Metric, figure: Figure, judgement: Judgement | None) -> str:
    """What the figure says of day totals that it rests on; else what the band is of, where that is another number than
    the one shown."""
    if figure.totals is not None and (mark := mark_of(asdict(figure.totals))):
        return mark
    if judgement is None or judgement.judged is None or figure.value is None:
        return ""
    judged, value = shown(metric, judgement.judged), shown(metric, figure.value)
    if judged == value:
        return ""
    if metric.code == "interaction_rate":
        return say(f"按近 30 日 {judged} 评定", f"Judged by 30 days: {judged}")
    return say(f"按有效新增 {judged} 评定", f"Judged by valid: {judged}")


def pace_of(metric: Metric, judgement: Judgement | None) -> tuple[str, bool]:
    """Volumes of a running month against what is due by now; all else as the distance to the normal line (or the first
    there is) as it stands now. And whether it is behind."""
    if judgement is None or judgement.judged is None:
        return UNKNOWN, False
    judged = judgement.judged
    if judgement.provisional and judgement.due:
        share = judged / judgement.due - 1
        size = percent(abs(as_decimal(share)))
        if size == "0.0%":
            return say("与应完成持平", "As much as is due"), False
        if share < 0:
            return say(f"比应完成少 {size}", f"{size} less than due"), True
        return say(f"比应完成多 {size}", f"{size} more than due"), False
    marks = judgement.lines_due if judgement.provisional else judgement.lines
    name = next((name for name in ("normal", "fail", "good", "excess") if marks and marks.get(name) is not None), None)
    if marks is None or name is None or (mark := marks[name]) is None:
        return UNKNOWN, False
    gap = judged - mark if metric.better == "up" else mark - judged
    size = _gap(metric, abs(gap), mark)
    zh, en = LINES[name]
    if gap < 0:
        return say(f"距{zh} {size}", f"{size} short of the {en.lower()}"), True
    return say(f"优于{zh} {size}", f"{size} beyond the {en.lower()}"), False


def _gap(metric: Metric, gap: Fraction, mark: Fraction) -> str:
    if metric.kind == "rate":
        points = f"{fixed(as_decimal(gap * 100), 1)}pp"
        return say("不到 0.1pp", "under 0.1pp") if gap and points == "0.0pp" else points
    if metric.kind == "unit_cost":
        return money(as_decimal(gap))
    return percent(as_decimal(gap / mark)) if mark else shown(metric, gap)


def change_between(kind: Kind, value: Decimal | None, before: Decimal | None) -> tuple[str, str]:
    """+3.2% or, of a rate, +1.2pp; and up, down or flat. Never a judgement."""
    if value is None or before is None or (kind != "rate" and before == 0):
        return UNKNOWN, ""
    change = (value - before) * 100 if kind == "rate" else (value / before - 1) * 100
    text = fixed(abs(change), 1)
    unit = "pp" if kind == "rate" else "%"
    if text == "0.0":
        return f"0.0{unit}", "flat"
    return (f"+{text}{unit}", "up") if change > 0 else (f"{MINUS}{text}{unit}", "down")


def _track(metric: Metric, figure: Figure, judgement: Judgement | None) -> SafeString:
    """Volumes lie between the whole month's lines, with the mark of what is due; rates between the lines as they stand
    now, as they are judged."""
    if judgement is None or judgement.lines is None:
        return SafeString("")
    grows = metric.kind in ("count", "money")
    marks = judgement.lines if grows or judgement.lines_due is None else judgement.lines_due
    projected = judgement.projected
    due = None
    if grows and judgement.provisional and judgement.lines_due:
        due = judgement.lines_due.get("normal") or judgement.lines_due.get("fail")
    track = Track(
        marks=marks,
        better=metric.better,
        actual=judgement.judged,
        expected=Fraction(projected.value) if projected else None,
        due=due,
        grows=grows,
        tone=BANDS[judgement.band][2] if judgement.band else "mid",
    )
    return draw_track(track, _label(metric, figure, judgement, marks))


def _label(metric: Metric, figure: Figure, judgement: Judgement, marks: Marks) -> str:
    words = [f"{metric_title(metric)} {shown(metric, figure.value)}"]
    if judgement.band:
        words.append(band_chip(judgement.band).text)
    if judgement.projected:
        words.append(say("预计月末 ", "expected at month's end ") + shown(metric, judgement.projected.value))
    words += [f"{say(*LINES[name])} {shown(metric, mark)}" for name in MARKS if (mark := marks.get(name)) is not None]
    return say("；", "; ").join(words)


def as_decimal(value: Decimal | Fraction | int) -> Decimal:
    """To 28 digits."""
    return Decimal(value.numerator) / Decimal(value.denominator) if isinstance(value, Fraction) else Decimal(value)
