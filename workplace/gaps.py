"""还差多少，因为谁: what a month lacks of the forecast by now, and whose shortfall how much of it is. Pure.

A volume's gap is parted by the forecast's own arithmetic (kpi/FORECAST.md): what the brand's reach and the reliefs
agreed for it take out of the forecast is the brand's, what is then left to what is due is the agency's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from django.utils.html import format_html
from django.utils.safestring import SafeString

from kpi.forecast import VOLUMES
from kpi.judging import Judgement
from kpi.metrics import METRICS
from siyu.problems import say
from workplace.card import Row, shown
from workplace.tables import metric_title
from workplace.verdict import spaced


@dataclass(frozen=True)
class Part:
    """What one side's shortfall is of a gap; no amount where the whole is one side's."""

    side: Literal["brand", "agency"]
    name: str
    text: str


@dataclass(frozen=True)
class Gap:
    """`lead`: what is missing; `about`: of what, and how that stands to the line; `parts`: the brand's, then the
    agency's; `bar`: the same drawn."""

    lead: str
    about: str
    parts: list[Part]
    bar: SafeString


def gaps_of(rows: Sequence[Row], judgements: Mapping[str, Judgement]) -> list[Gap]:
    """Volumes that are short of the forecast, then rates of the service that are short of their line."""
    volumes = [gap for code in VOLUMES if code in judgements and (gap := _volume(code, judgements[code]))]
    return volumes + [_rate(row) for row in rows if _is_service(row.code) and row.is_behind]


def _volume(code: str, judgement: Judgement) -> Gap | None:
    value, adjusted, judged = judgement.value, judgement.adjusted, judgement.judged
    if value is None or adjusted is None or judged is None:
        return None
    passed = Fraction(1)
    if judgement.provisional:
        if not adjusted or judgement.due is None:
            return None
        passed = judgement.due / adjusted
    agreed, due = value * passed, adjusted * passed
    missing = agreed - judged
    metric, title = METRICS[code], metric_title(METRICS[code])
    if missing <= 0 or shown(metric, missing) == shown(metric, 0):
        return None
    agencys = min(missing, max(Fraction(0), due - judged))
    brands = missing - agencys
    so_far, whole = shown(metric, judged), shown(metric, agreed)
    by = say("截至今日预测 ", "forecast by now ") if judgement.provisional else say("预测 ", "forecast ")
    about = say(f"现 {so_far}，{by}{whole}", f"{so_far} now, {by}{whole}")
    by_reach = say("品牌方（触达）", "Brand (reach)")
    by_both = say("品牌方（触达与减免）", "Brand (reach, reliefs)")
    parts = [
        Part("brand", by_both if judgement.relief else by_reach, shown(metric, brands)),
        Part("agency", say("代运营方", "Agency"), shown(metric, agencys)),
    ]
    return Gap(
        lead=say(f"{spaced(title)}少 {shown(metric, missing)}", f"{title}: {shown(metric, missing)} short"),
        about=say("；", "; ").join([about, *_line(code, judgement, judged)]),
        parts=[part for part, amount in zip(parts, (brands, agencys), strict=True) if amount],
        bar=draw_parts(float(brands / missing)),
    )


def _line(code: str, judgement: Judgement, judged: Fraction) -> list[str]:
    marks = judgement.lines_due if judgement.provisional else judgement.lines
    mark = marks.get("normal") if marks else None
    if mark is None:
        return []
    metric = METRICS[code]
    if judged >= mark:
        return [say(f"已达正常线 {shown(metric, mark)}", f"normal line {shown(metric, mark)} reached")]
    lack, line = shown(metric, mark - judged), shown(metric, mark)
    return [say(f"距正常线 {line} 差 {lack}", f"{lack} to the normal line {line}")]


def _is_service(code: str) -> bool:
    return METRICS[code].group == "service"


def _rate(row: Row) -> Gap:
    lead = say(f"{row.title} {row.value}", f"{row.title}: {row.value}")
    return Gap(lead, row.pace, [Part("agency", say("代运营方", "Agency"), "")], SafeString(""))


def draw_parts(share: float) -> SafeString:
    """One bar, the brand's part (0..1) first."""
    wide = round(share * 100, 2)
    return format_html(
        '<svg class="sy-parts" width="100%" height="8" aria-hidden="true">'
        '<rect class="sy-parts-brand" x="0" y="0" width="{}%" height="8"/>'
        '<rect class="sy-parts-agency" x="{}%" y="0" width="{}%" height="8"/></svg>',
        wide, wide, round(100 - wide, 2),
    )  # fmt: skip
