"""The definition sheet (口径表): what it may say, its defaults, its digest. Pure: no clock, no database.

    {counting_ties: ["friend"], valid_after_hours: 24, judge_diverted: "gross"|"valid",
     gmv_rules: {default: {rule: "any_fan"}, <platform>: {rule, grace_days?, days?}}}

`grace_days` belongs to `present` (default 0), `days` to `window` (required); both are counted as N × 24 h.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from siyu.problems import say

TIES = ("friend", "group", "official")
DEFAULT_TIES = {"private_chat": ["friend"], "community": ["friend", "group"]}
RULES = ("full", "any_fan", "present", "proof", "window", "none")
JUDGED = ("gross", "valid")
LONGEST_HOURS = 8760
LONGEST_DAYS = 3650
LONGEST_PLATFORM = 128

Sheet = dict[str, Any]

# For OpenAPI; read_sheet is what holds.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "counting_ties": {"type": "array", "items": {"enum": list(TIES)}, "minItems": 1, "uniqueItems": True},
        "valid_after_hours": {"type": "integer", "minimum": 0, "maximum": LONGEST_HOURS, "default": 24},
        "judge_diverted": {"enum": list(JUDGED), "default": JUDGED[0]},
        "gmv_rules": {
            "type": "object",
            "description": "A rule per platform; `default` for all others.",
            "additionalProperties": {
                "type": "object",
                "required": ["rule"],
                "additionalProperties": False,
                "properties": {
                    "rule": {"enum": list(RULES)},
                    "grace_days": {"type": "integer", "minimum": 0, "maximum": LONGEST_DAYS, "default": 0},
                    "days": {"type": "integer", "minimum": 1, "maximum": LONGEST_DAYS},
                },
            },
        },
    },
}


class Flaw(NamedTuple):
    """What is wrong with one place of a sheet: a JSON pointer, a code, a sentence."""

    pointer: str
    code: str
    message: str


def default_sheet(operating_model: str) -> Sheet:
    return {
        "counting_ties": DEFAULT_TIES[operating_model],
        "valid_after_hours": 24,
        "judge_diverted": "gross",
        "gmv_rules": {"default": {"rule": "any_fan"}},
    }


def read_sheet(body: object, operating_model: str) -> tuple[Sheet, list[Flaw]]:
    """The sheet that a body states, absent fields at their defaults; or all that is wrong with it.

    Equal sheets come out equal however they were written: ties in one order, `grace_days` always stated.
    """
    if not isinstance(body, Mapping):
        return {}, [Flaw("", "bad_value", say("口径表应为 JSON 对象", "The sheet is a JSON object"))]
    sheet = default_sheet(operating_model)
    flaws = [
        Flaw(
            _pointer(name),
            "unknown_field",
            say(f"口径表没有字段 {printable(name)}", f"The sheet has no field {printable(name)}"),
        )
        for name in body
        if name not in sheet
    ]
    if "counting_ties" in body:
        sheet["counting_ties"] = _read_ties(body["counting_ties"], flaws)
    if "valid_after_hours" in body:
        sheet["valid_after_hours"] = _read_count(
            body["valid_after_hours"], 0, LONGEST_HOURS, "/valid_after_hours", flaws
        )
    if "judge_diverted" in body:
        sheet["judge_diverted"] = _read_choice(body["judge_diverted"], JUDGED, "/judge_diverted", flaws)
    if "gmv_rules" in body:
        sheet["gmv_rules"] = {**sheet["gmv_rules"], **_read_rules(body["gmv_rules"], flaws)}
    return sheet, flaws


def digest(sheet: Sheet) -> str:
    """SHA-256 (hex) over the sheet's canonical JSON: sorted keys, no blanks, UTF-8."""
    text = json.dumps(sheet, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _read_ties(value: object, flaws: list[Flaw]) -> list[str]:
    if not isinstance(value, list) or not value:
        flaws.append(
            Flaw(
                "/counting_ties",
                "bad_value",
                say(f"应为非空列表，取自 {', '.join(TIES)}", f"A list, not empty, of {', '.join(TIES)}"),
            )
        )
        return []
    for place, tie in enumerate(value):
        if tie not in TIES:
            flaws.append(Flaw(f"/counting_ties/{place}", "bad_value", _one_of(TIES)))
    return [tie for tie in TIES if tie in value]


def _read_rules(value: object, flaws: list[Flaw]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        flaws.append(
            Flaw("/gmv_rules", "bad_value", say("应为 JSON 对象：平台到规则", "A JSON object of rules by platform"))
        )
        return {}
    return {platform: _read_rule(platform, rule, flaws) for platform, rule in value.items()}


def _read_rule(platform: str, value: object, flaws: list[Flaw]) -> dict[str, Any]:
    here = f"/gmv_rules{_pointer(platform)}"
    if not is_clean_text(platform, LONGEST_PLATFORM):
        flaws.append(
            Flaw(
                here,
                "bad_value",
                say(f"平台名应为 1 到 {LONGEST_PLATFORM} 个字符", f"A platform has 1 to {LONGEST_PLATFORM} characters"),
            )
        )
        return {}
    if not isinstance(value, Mapping):
        flaws.append(
            Flaw(
                here,
                "bad_value",
                say('应为 JSON 对象，例如 {"rule": "any_fan"}', 'A JSON object such as {"rule": "any_fan"}'),
            )
        )
        return {}
    if "rule" not in value:
        flaws.append(Flaw(f"{here}/rule", "missing_field", _one_of(RULES)))
        return {}
    rule = _read_choice(value["rule"], RULES, f"{here}/rule", flaws)
    out: dict[str, Any] = {"rule": rule}
    allowed = {"rule"}
    if rule == "present":
        allowed.add("grace_days")
        out["grace_days"] = _read_count(value.get("grace_days", 0), 0, LONGEST_DAYS, f"{here}/grace_days", flaws)
    if rule == "window":
        allowed.add("days")
        if "days" in value:
            out["days"] = _read_count(value["days"], 1, LONGEST_DAYS, f"{here}/days", flaws)
        else:
            flaws.append(
                Flaw(
                    f"{here}/days",
                    "missing_field",
                    say("规则 window 需要 days（天数，至少 1）", "The rule window needs days, at least 1"),
                )
            )
    flaws += [
        Flaw(
            here + _pointer(name),
            "unknown_field",
            say(f"规则 {rule} 没有字段 {printable(name)}", f"The rule {rule} has no field {printable(name)}"),
        )
        for name in value
        if rule and name not in allowed
    ]
    return out


def _read_count(value: object, least: int, most: int, pointer: str, flaws: list[Flaw]) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    flaws.append(
        Flaw(pointer, "bad_value", say(f"应为 {least} 到 {most} 的整数", f"A whole number from {least} to {most}"))
    )
    return least


def _read_choice(value: object, choices: tuple[str, ...], pointer: str, flaws: list[Flaw]) -> str:
    if isinstance(value, str) and value in choices:
        return value
    flaws.append(Flaw(pointer, "bad_value", _one_of(choices)))
    return ""


def _one_of(choices: tuple[str, ...]) -> str:
    return say(f"应为 {', '.join(choices)} 之一", f"One of {', '.join(choices)}")


def is_clean_text(text: str, longest: int) -> bool:
    """Whether PostgreSQL and UTF-8 can hold the text, and it has 1 to `longest` characters."""
    return 0 < len(text) <= longest and "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def printable(text: str) -> str:
    """The text as an answer can carry it: lone surrogates, which are no UTF-8, come out as question marks."""
    return text.encode("utf-8", "replace").decode()


def _pointer(name: str) -> str:
    return "/" + printable(name).replace("~", "~0").replace("/", "~1")
