"""What a version of a forecast may say, and its digest. Pure: no clock, no database.

    {opening_fans: 200000, effective_from: "2026-01",
     months: [{month: "2026-01", promised_reach: {pkg: 100000}, diversion_rate: {pkg: "0.10"}, churn_rate: "0.03",
               ramp: "1", gmv_per_fan: "6", koc_share: "0.01", referral_share: "0.02", day_weights?: {date: "10"}}],
     lines: {indicator: {kind: "share"|"absolute", fail, normal, good, excess}}, terms: {floor: "0.80", …}}

Decimals are strings and keep the digits they were written with: both sides approve what they read. Nothing in here is
the agency's alone (labour cost, margin).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from kpi.forecast import Month, read_month
from kpi.lines import MARKS
from kpi.metrics import METRICS
from projects.sheet import Flaw, is_clean_text, printable
from siyu.problems import say

MOST_MONTHS = 120
MOST_MEMBERS = 500  # channels of a month
MOST_FANS = 10**9
MOST_REACH = 10**12
LONGEST_CHANNEL = 128
BASES = ("composite", "each", "named")
PERIODS = ("month", "quarter", "term")
RATES = ("churn_rate", "koc_share", "referral_share")
AMOUNTS = {"ramp": 100, "gmv_per_fan": 10**6}  # decimals ≥ 0 and their limits
TERMS = (
    "floor", "basis", "indicators", "period", "weights", "caps", "grace_months", "make_up", "deductions", "bonus",
    "commission", "commission_on_dual",
)  # fmt: skip

_MONTH = re.compile(r"((?:19[7-9]\d|20\d\d|21\d\d)-(?:0[1-9]|1[0-2]))(?:-01)?", re.ASCII)
_DECIMAL = re.compile(r"(?:0|[1-9]\d{0,11})(?:\.\d{1,8})?", re.ASCII)

Inputs = dict[str, Any]

_DECIMAL_SCHEMA = {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,8})?$"}
_DECIMALS = {"type": "object", "additionalProperties": _DECIMAL_SCHEMA}
# For OpenAPI; read_inputs is what holds.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["opening_fans", "effective_from", "months"],
    "properties": {
        "opening_fans": {"type": "integer", "minimum": 0, "description": "Expected just before the first month."},
        "effective_from": {"type": "string", "description": "The first month, such as 2026-07."},
        "months": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["month", "promised_reach", "diversion_rate", *RATES, *AMOUNTS],
                "properties": {
                    "month": {"type": "string"},
                    "promised_reach": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}},
                    "diversion_rate": _DECIMALS,
                    **dict.fromkeys((*RATES, *AMOUNTS), _DECIMAL_SCHEMA),
                    "day_weights": {**_DECIMALS, "description": "By date; days not named weigh one."},
                },
            },
        },
        "lines": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["kind"],
                "properties": {
                    "kind": {"enum": ["share", "absolute"]},
                    **{mark: {**_DECIMAL_SCHEMA, "type": ["string", "null"]} for mark in MARKS},
                },
            },
        },
        "terms": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "floor": _DECIMAL_SCHEMA,
                "basis": {"enum": list(BASES)},
                "indicators": {"type": "array", "items": {"enum": list(METRICS)}},
                "period": {"enum": list(PERIODS)},
                **dict.fromkeys(("weights", "caps"), _DECIMALS),
                **{name: {"type": "integer", "minimum": 0} for name in ("grace_months", "make_up")},
                "deductions": {
                    "type": "array",
                    "items": {"type": "object", "properties": dict.fromkeys(("below", "share"), _DECIMAL_SCHEMA)},
                },
                "bonus": {"type": "object", "properties": dict.fromkeys(("share", "amount"), _DECIMAL_SCHEMA)},
                "commission": _DECIMAL_SCHEMA,
                "commission_on_dual": {"type": "boolean", "description": "Dual-counted orders are in its base."},
            },
        },
    },
}


class Reader:
    """Reads a body and keeps what is wrong with it, by JSON pointer. A place at fault reads as None or empty."""

    def __init__(self) -> None:
        self.flaws: list[Flaw] = []

    def refuse(self, pointer: str, chinese: str, english: str, code: str = "bad_value") -> None:
        self.flaws.append(Flaw(pointer, code, say(chinese, english)))

    def members(
        self, value: object, pointer: str, known: Sequence[str], required: Sequence[str] = ()
    ) -> dict[str, Any]:
        """The members of an object; those that are unknown or lacking are refused."""
        if not isinstance(value, Mapping):
            self.refuse(pointer, "应为 JSON 对象", "A JSON object")
            return {}
        for name in value:
            if name not in known:
                shown = printable(str(name))
                self.refuse(pointer + part(name), f"没有字段 {shown}", f"There is no field {shown}", "unknown_field")
        for name in required:
            if name not in value:
                self.refuse(pointer + part(name), "必填", "It is required", "missing_field")
        return {name: value[name] for name in known if name in value}

    def mapping(self, value: object, pointer: str) -> dict[str, Any]:
        if isinstance(value, Mapping) and len(value) <= MOST_MEMBERS:
            return dict(value)
        self.refuse(
            pointer, f"应为 JSON 对象，最多 {MOST_MEMBERS} 项", f"A JSON object of at most {MOST_MEMBERS} members"
        )
        return {}

    def items(self, value: object, pointer: str, most: int) -> list[Any]:
        if isinstance(value, list) and len(value) <= most:
            return value
        self.refuse(pointer, f"应为列表，最多 {most} 项", f"A list of at most {most}")
        return []

    def count(self, value: object, pointer: str, most: int) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most:
            return value
        self.refuse(pointer, f"应为 0 到 {most} 的整数", f"A whole number from 0 to {most}")
        return 0

    def decimal(self, value: object, pointer: str, most: int, *, above_zero: bool = False) -> str:
        if isinstance(value, str) and _DECIMAL.fullmatch(value) and Fraction(value) <= most:
            if not above_zero or Fraction(value):
                return value
            self.refuse(pointer, "应大于 0", "More than 0")
            return "1"
        self.refuse(
            pointer,
            f'应为 0 到 {most} 的十进制字符串，例如 "0.05"，最多 8 位小数',
            f'A decimal string from 0 to {most} such as "0.05", at most 8 places',
        )
        return "1" if above_zero else "0"

    def choice(self, value: object, pointer: str, choices: Sequence[str]) -> str:
        if isinstance(value, str) and value in choices:
            return value
        names = ", ".join(choices)
        self.refuse(pointer, f"应为 {names} 之一", f"One of {names}")
        return choices[0]

    def month(self, value: object, pointer: str) -> str | None:
        if isinstance(value, str) and (found := _MONTH.fullmatch(value)):
            return found[1]
        self.refuse(pointer, "应为月份，例如 2026-07", "A month such as 2026-07")
        return None


def part(name: object) -> str:
    """One step of a JSON pointer."""
    return "/" + printable(str(name)).replace("~", "~0").replace("/", "~1")


def read_inputs(body: object) -> tuple[Inputs, list[Flaw]]:
    """The inputs that a body states, or all that is wrong with it. Equal forecasts come out equal in whatever order
    they were written; lines that are left out are null."""
    reader = Reader()
    names = ("opening_fans", "effective_from", "months", "lines", "terms")
    given = reader.members(body, "", names, names[:3])
    inputs: Inputs = {
        "opening_fans": reader.count(given.get("opening_fans", 0), "/opening_fans", MOST_FANS),
        "effective_from": reader.month(given.get("effective_from", "2026-01"), "/effective_from"),
        "months": _read_months(reader, given),
        "lines": _read_lines(reader, given.get("lines", {})),
        "terms": _read_terms(reader, given.get("terms", {})),
    }
    return inputs, reader.flaws


# -- Months -----------------------------------------------------------------------------------------------------------


def _read_months(reader: Reader, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "months" not in given:
        return []
    months = reader.items(given["months"], "/months", MOST_MONTHS)
    if given["months"] == []:
        reader.refuse("/months", "至少一个月", "At least one month")
    expected = _MONTH.fullmatch(str(given.get("effective_from")))
    following = expected[1] if expected else None
    out = []
    for place, month in enumerate(months):
        here = f"/months/{place}"
        read = _read_month(reader, month, here)
        if read["month"] and following and read["month"] != following:
            reader.refuse(f"{here}/month", f"应为 {following}：月份从生效月起连续", f"{following}: months follow on")
        out.append(read)
        following = _next_month(read["month"] or following)
    return out


def _next_month(month: str | None) -> str | None:
    if month is None:
        return None
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def _read_month(reader: Reader, month: object, here: str) -> dict[str, Any]:
    needed = ("month", "promised_reach", "diversion_rate", *RATES, *AMOUNTS)
    given = reader.members(month, here, (*needed, "day_weights"), needed)
    out: dict[str, Any] = {"month": reader.month(given["month"], f"{here}/month") if "month" in given else None}
    rates = reader.mapping(given.get("diversion_rate", {}), f"{here}/diversion_rate")
    promised = reader.mapping(given.get("promised_reach", {}), f"{here}/promised_reach")
    for channel in {**promised, **rates}:
        if not (isinstance(channel, str) and is_clean_text(channel, LONGEST_CHANNEL)):
            reader.refuse(f"{here}/promised_reach{part(channel)}", "渠道编号不符合要求", "It can be no channel's code")
    out["promised_reach"] = {
        channel: reader.count(reach, f"{here}/promised_reach{part(channel)}", MOST_REACH)
        for channel, reach in promised.items()
    }
    out["diversion_rate"] = {
        channel: reader.decimal(rate, f"{here}/diversion_rate{part(channel)}", 1) for channel, rate in rates.items()
    }
    for channel in promised:
        if channel not in rates and "diversion_rate" in given:
            pointer = f"{here}/diversion_rate{part(channel)}"
            reader.refuse(pointer, "承诺触达的渠道需要导流率", "A promised channel needs a rate", "missing_field")
    for name in RATES:
        out[name] = reader.decimal(given.get(name, "0"), f"{here}/{name}", 1)
    for name, most in AMOUNTS.items():
        out[name] = reader.decimal(given.get(name, "0"), f"{here}/{name}", most)
    if given.get("day_weights"):
        out["day_weights"] = _read_weights(reader, given["day_weights"], out["month"], f"{here}/day_weights")
    return out


def _read_weights(reader: Reader, value: object, month: str | None, here: str) -> dict[str, str]:
    """Days that are not named weigh one."""
    out = {}
    for day, weight in reader.mapping(value, here).items():
        if month and not _is_day_of(day, month):
            reader.refuse(here + part(day), f"应为 {month} 的日期", f"A date of {month}")
        is_whole = isinstance(weight, int) and not isinstance(weight, bool)
        out[str(day)] = reader.decimal(str(weight) if is_whole else weight, here + part(day), 10**6)
    if month and not reader.flaws:
        weights = {date.fromisoformat(day): Fraction(weight) for day, weight in out.items()}
        zero = Fraction(0)
        whole = Month(read_month(month), {}, {}, zero, zero, zero, zero, zero, weights)
        if not sum(whole.weights):
            reader.refuse(here, "当月权重合计应大于 0", "The weights of the month add up to 0")
    return dict(sorted(out.items()))


def _is_day_of(text: object, month: str) -> bool:
    try:
        day = date.fromisoformat(str(text))
    except ValueError:
        return False
    return day.isoformat() == text and text.startswith(month)


# -- Lines ------------------------------------------------------------------------------------------------------------


def _read_lines(reader: Reader, value: object) -> dict[str, Any]:
    given = reader.members(value, "/lines", tuple(METRICS))
    return {indicator: _read_setting(reader, indicator, setting) for indicator, setting in given.items()}


def _read_setting(reader: Reader, indicator: str, value: object) -> dict[str, str | None]:
    here = f"/lines/{indicator}"
    given = reader.members(value, here, ("kind", *MARKS), ("kind",))
    out: dict[str, str | None] = dict.fromkeys(("kind", *MARKS))
    if "kind" in given:
        out["kind"] = reader.choice(given["kind"], f"{here}/kind", ("share", "absolute"))
    rises = METRICS[indicator].better == "up"
    before: Fraction | None = None
    for name in MARKS:
        if given.get(name) is None:
            continue
        out[name] = reader.decimal(given[name], f"{here}/{name}", 10**11)
        mark = Fraction(str(out[name]))
        if before is not None and not (mark > before if rises else mark < before):
            word, english = ("大于", "more") if rises else ("小于", "less")
            reader.refuse(f"{here}/{name}", f"应{word}前一条线", f"It must be {english} than the line before")
        before = mark
    return out


# -- Terms ------------------------------------------------------------------------------------------------------------


def _read_terms(reader: Reader, value: object) -> dict[str, Any]:
    """The floor and its consequence, as far as stated:

    floor, basis (composite|each|named, with `indicators` for named), period (month|quarter|term), weights and caps by
    indicator, grace_months, make_up (months in which a shortfall may be made up), deductions [{below, share}] (of the
    fee, where the score is below), bonus {share?, amount?} and commission (its rate) above the excess line;
    commission_on_dual (whether dual-counted orders are in its base; else they are not).
    """
    given = reader.members(value, "/terms", TERMS)
    out: dict[str, Any] = {}
    if "floor" in given:
        out["floor"] = reader.decimal(given["floor"], "/terms/floor", 1)
    for name, choices in (("basis", BASES), ("period", PERIODS)):
        if name in given:
            out[name] = reader.choice(given[name], f"/terms/{name}", choices)
    if "indicators" in given or given.get("basis") == "named":
        out["indicators"] = _read_indicators(reader, given.get("indicators"))
    for name, most in (("weights", 10**6), ("caps", 100)):
        if name in given:
            members = reader.members(given[name], f"/terms/{name}", tuple(METRICS))
            out[name] = {
                indicator: reader.decimal(number, f"/terms/{name}/{indicator}", most, above_zero=name == "caps")
                for indicator, number in members.items()
            }
    if out.get("weights") and not any(Fraction(weight) for weight in out["weights"].values()):
        reader.refuse("/terms/weights", "权重合计应大于 0", "The weights add up to 0")
    for name in ("grace_months", "make_up"):
        if name in given:
            out[name] = reader.count(given[name], f"/terms/{name}", MOST_MONTHS)
    if "deductions" in given:
        out["deductions"] = _read_deductions(reader, given["deductions"])
    if "bonus" in given:
        out["bonus"] = _read_bonus(reader, given["bonus"])
    if "commission" in given:
        out["commission"] = reader.decimal(given["commission"], "/terms/commission", 1)
    if "commission_on_dual" in given:
        if not isinstance(given["commission_on_dual"], bool):
            reader.refuse("/terms/commission_on_dual", "应为 true 或 false", "true or false")
        out["commission_on_dual"] = given["commission_on_dual"]
    return out


def _read_indicators(reader: Reader, value: object) -> list[str]:
    named = reader.items(value, "/terms/indicators", len(METRICS))
    if isinstance(value, list) and not named:
        reader.refuse("/terms/indicators", "至少一个指标", "At least one indicator")
    for place, indicator in enumerate(named):
        reader.choice(indicator, f"/terms/indicators/{place}", tuple(METRICS))
    return [indicator for indicator in METRICS if indicator in named]


def _read_deductions(reader: Reader, value: object) -> list[dict[str, str]]:
    out: list[dict[str, str]] = []
    for place, step in enumerate(reader.items(value, "/terms/deductions", 20)):
        here = f"/terms/deductions/{place}"
        given = reader.members(step, here, ("below", "share"), ("below", "share"))
        read = {name: reader.decimal(given.get(name, "0"), f"{here}/{name}", 1) for name in ("below", "share")}
        if out and Fraction(read["below"]) >= Fraction(out[-1]["below"]):
            reader.refuse(f"{here}/below", "应小于前一档", "It must be less than the step before")
        out.append(read)
    return out


def _read_bonus(reader: Reader, value: object) -> dict[str, str]:
    given = reader.members(value, "/terms/bonus", ("share", "amount"))
    limits = {"share": 1, "amount": 10**11}
    return {name: reader.decimal(number, f"/terms/bonus/{name}", limits[name]) for name, number in given.items()}
