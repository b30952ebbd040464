"""What is said where figures are held against days before the contract's term. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from siyu.periods import Period
from siyu.problems import say
from workplace.occasion import period_title
from workplace.verdict import spaced


def is_before(compared: Period, starts_on: date) -> bool:
    """Whether all of these days came before the term: then there is nothing to compare with."""
    return compared.last < starts_on


def compared_note(compared: Period, starts_on: date) -> str:
    """Why these days are no measure, to follow their title; "" where all of them lie in the term."""
    if compared.first >= starts_on:
        return ""
    if is_before(compared, starts_on):
        return say(
            f"在合同期（{starts_on} 起）之前，不作比较",
            f"before the term (from {starts_on}), no comparison",
        )
    days = (compared.end - starts_on).days
    return say(
        f"只有 {days} 天在合同期内（{starts_on} 起），不宜直接比较",
        f"only {days} {'day' if days == 1 else 'days'} in the term (from {starts_on}), not like for like",
    )


def held_against(payload: Mapping[str, Any]) -> tuple[str, bool]:
    """Of a report: compared_note of its `previous` under its title, and is_before. Payloads before the fourth format do
    not say the term, and nothing is said of it."""
    previous, term = payload.get("previous"), payload.get("term")
    if not previous or not term:
        return "", False
    first, last, starts_on = (
        date.fromisoformat(str(day)) for day in (previous["period_start"], previous["period_end"], term["starts_on"])
    )
    compared = Period(first, last)
    note, title = compared_note(compared, starts_on), period_title(compared)
    return say(f"{spaced(title)}{note}", f"{title}: {note}") if note else "", is_before(compared, starts_on)
