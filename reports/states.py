"""The life of a report as one table: who may do what, from which states, and where it leads. Pure.

    draft → reviewed → sent → (acknowledged) → disputed ⇄ answered → approved

`revise` leads back to draft with a new revision; `comment` leaves the state as it is. In words: docs/reports.md.
"""

from types import MappingProxyType
from typing import NamedTuple

from tenants.permissions import Act


class Rule(NamedTuple):
    """`before`: the states that know the action; `after`: None leaves the state. `says`: a comment is required."""

    act: Act
    before: frozenset[str]
    after: str | None
    says: bool = False


SHOWN = frozenset({"sent", "acknowledged", "disputed", "answered", "approved"})  # states that the brand can see
OPEN = frozenset({"sent", "acknowledged", "answered"})  # the brand has its say
ACTIONS = MappingProxyType(
    {
        "review": Rule(Act.SEND_REPORTS, frozenset({"draft"}), "reviewed"),
        "send": Rule(Act.SEND_REPORTS, frozenset({"reviewed"}), "sent"),
        "acknowledge": Rule(Act.APPROVE_REPORTS, frozenset({"sent"}), "acknowledged"),
        "comment": Rule(Act.COMMENT_REPORTS, SHOWN, None, says=True),
        "dispute": Rule(Act.APPROVE_REPORTS, OPEN, "disputed", says=True),
        "answer": Rule(Act.ANSWER_REPORTS, frozenset({"disputed"}), "answered", says=True),
        "approve": Rule(Act.APPROVE_REPORTS, OPEN, "approved"),
        "revise": Rule(Act.SEND_REPORTS, frozenset({"draft", "reviewed"}) | SHOWN, "draft", says=True),
    }
)
