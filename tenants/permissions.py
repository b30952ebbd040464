"""Who may do what: DOMAIN.md 6 as data. What is not in the table is denied."""

from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from siyu.problems import say
from tenants.identity import Identity
from tenants.models import Brand, Role

SCOPES = frozenset(
    {
        "contract:write",
        "team:write",
        "events:write",
        "fans:read",
        "fans:phone",
        "assignments:write",
        "kpis:read",
        "reports:read",
        "reports:write",
        "webhooks:write",
    }
)
ANY_KEY = SCOPES | {""}  # a key without any scope may still read what any key may
EVERY_ROLE = frozenset(Role) - {Role.OPERATOR}
LEADERS = frozenset({Role.OWNER, Role.ADMIN})


class Act(StrEnum):
    READ_PROJECT = "read_project"  # projects, definitions, channels
    PROPOSE_CONTRACT = "propose_contract"  # projects, definitions, channels, forecasts, lines
    APPROVE_CONTRACT = "approve_contract"
    SEND_EVENTS = "send_events"
    READ_KPIS = "read_kpis"
    READ_FORECAST = "read_forecast"  # its versions, what both sides say of them, and what would be if
    COMMENT_FORECAST = "comment_forecast"  # a person's word on a version, for both sides
    READ_TEAM = "read_team"
    WRITE_TEAM = "write_team"
    READ_OWN_KPIS = "read_own_kpis"  # a guide's own figures; whoever may READ_KPIS sees all
    SEE_FANS = "see_fans"
    SEE_HELD_FANS = "see_held_fans"  # those a guide holds; whoever may SEE_FANS sees all
    SHOW_PHONES = "show_phones"  # in clear, each time for a reason on record; names are masked for all others
    READ_SHOWN = "read_shown"  # who had phones shown and lists of fans exported, and why
    ASSIGN_FANS = "assign_fans"
    READ_COMMITMENTS = "read_commitments"  # both sides' promises, and the history of what was changed
    WRITE_COMMITMENTS = "write_commitments"  # of one's own side; a key enters deliveries only (projects decides)
    CONFIRM_COMMITMENTS = "confirm_commitments"  # what the other side delivered, and reliefs
    ENTER_REACH = "enter_reach"  # a channel's day by hand: the brand knows what it sent out
    CONFIRM_REACH = "confirm_reach"  # what others entered of the brand's traffic: a person of the brand
    ACTIVATE_PROJECT = "activate_project"
    READ_GUIDES = "read_guides"  # the agency's own view of them: skills, absences with their reasons
    READ_COSTS = "read_costs"  # what guides cost; never a key, never the brand
    WRITE_COSTS = "write_costs"
    READ_REPORTS = "read_reports"  # the brand's side: from `sent` on (reports decides)
    DRAFT_REPORTS = "draft_reports"  # words and entries of drafts; what later data would change
    SEND_REPORTS = "send_reports"  # review, send, revise
    COMMENT_REPORTS = "comment_reports"
    ANSWER_REPORTS = "answer_reports"
    APPROVE_REPORTS = "approve_reports"  # acknowledge, dispute, approve: a person of the brand
    RUN_WORK = "run_work"  # the board of due work: look, try again, make without waiting
    READ_NOTICES = "read_notices"  # one's own
    MANAGE_KEYS = "manage_keys"  # keys and users of this brand


class Allowed(NamedTuple):
    roles: frozenset[Role]
    scopes: frozenset[str] = frozenset()  # any one of these suffices for a key; none: no key ever


TABLE = MappingProxyType(
    {
        Act.READ_PROJECT: Allowed(EVERY_ROLE, ANY_KEY),
        Act.PROPOSE_CONTRACT: Allowed(LEADERS | {Role.PM, Role.BRAND_MANAGER}, frozenset({"contract:write"})),
        Act.APPROVE_CONTRACT: Allowed(frozenset({Role.OWNER, Role.BRAND_MANAGER})),
        Act.SEND_EVENTS: Allowed(LEADERS | {Role.PM, Role.OPS}, frozenset({"events:write"})),
        Act.READ_KPIS: Allowed(
            LEADERS | {Role.PM, Role.OPS, Role.CONTENT, Role.BRAND_MANAGER, Role.BRAND_SPONSOR},
            frozenset({"kpis:read"}),
        ),
        Act.READ_FORECAST: Allowed(
            LEADERS | {Role.FINANCE, Role.PM, Role.OPS, Role.CONTENT, Role.BRAND_MANAGER, Role.BRAND_SPONSOR},
            frozenset({"contract:write", "kpis:read"}),
        ),
        Act.COMMENT_FORECAST: Allowed(LEADERS | {Role.PM, Role.OPS, Role.BRAND_MANAGER, Role.BRAND_SPONSOR}),
        Act.READ_TEAM: Allowed(EVERY_ROLE, frozenset({"team:write", "kpis:read"})),
        Act.WRITE_TEAM: Allowed(LEADERS | {Role.PM}, frozenset({"team:write"})),
        Act.READ_OWN_KPIS: Allowed(
            LEADERS | {Role.PM, Role.OPS, Role.CONTENT, Role.GUIDE, Role.BRAND_MANAGER, Role.BRAND_SPONSOR},
            frozenset({"kpis:read"}),
        ),
        Act.SEE_FANS: Allowed(
            LEADERS | {Role.PM, Role.OPS, Role.BRAND_MANAGER}, frozenset({"fans:read", "assignments:write"})
        ),
        Act.SEE_HELD_FANS: Allowed(
            LEADERS | {Role.PM, Role.OPS, Role.GUIDE, Role.BRAND_MANAGER},
            frozenset({"fans:read", "assignments:write"}),
        ),
        Act.SHOW_PHONES: Allowed(frozenset({Role.PM, Role.GUIDE, Role.BRAND_MANAGER}), frozenset({"fans:phone"})),
        Act.READ_SHOWN: Allowed(LEADERS | {Role.BRAND_MANAGER}),
        Act.ASSIGN_FANS: Allowed(LEADERS | {Role.PM, Role.OPS}, frozenset({"assignments:write"})),
        Act.READ_COMMITMENTS: Allowed(
            LEADERS | {Role.FINANCE, Role.PM, Role.OPS, Role.CONTENT, Role.BRAND_MANAGER, Role.BRAND_SPONSOR},
            frozenset({"contract:write", "kpis:read"}),
        ),
        Act.WRITE_COMMITMENTS: Allowed(
            LEADERS | {Role.PM, Role.OPS, Role.BRAND_MANAGER}, frozenset({"contract:write"})
        ),
        Act.CONFIRM_COMMITMENTS: Allowed(LEADERS | {Role.PM, Role.OPS, Role.BRAND_MANAGER}),
        Act.ENTER_REACH: Allowed(LEADERS | {Role.PM, Role.OPS, Role.BRAND_MANAGER}),
        Act.CONFIRM_REACH: Allowed(frozenset({Role.BRAND_MANAGER})),
        Act.ACTIVATE_PROJECT: Allowed(LEADERS | {Role.PM}),
        Act.READ_GUIDES: Allowed(LEADERS | {Role.FINANCE, Role.PM, Role.OPS, Role.CONTENT}, frozenset({"team:write"})),
        Act.READ_COSTS: Allowed(LEADERS | {Role.FINANCE, Role.PM}),
        Act.WRITE_COSTS: Allowed(LEADERS | {Role.FINANCE}),
        Act.READ_REPORTS: Allowed(
            LEADERS | {Role.PM, Role.OPS, Role.CONTENT, Role.BRAND_MANAGER, Role.BRAND_SPONSOR},
            frozenset({"reports:read", "reports:write"}),
        ),
        Act.DRAFT_REPORTS: Allowed(LEADERS | {Role.PM, Role.OPS, Role.CONTENT}, frozenset({"reports:write"})),
        Act.SEND_REPORTS: Allowed(LEADERS | {Role.PM}),
        Act.COMMENT_REPORTS: Allowed(frozenset({Role.BRAND_MANAGER, Role.BRAND_SPONSOR})),
        Act.ANSWER_REPORTS: Allowed(frozenset({Role.PM, Role.OPS})),
        Act.APPROVE_REPORTS: Allowed(frozenset({Role.BRAND_MANAGER})),
        Act.RUN_WORK: Allowed(LEADERS | {Role.PM, Role.OPS}),
        Act.READ_NOTICES: Allowed(EVERY_ROLE),
        Act.MANAGE_KEYS: Allowed(LEADERS | {Role.BRAND_MANAGER}),
    }
)


BINDING = frozenset(  # the brand to its word
    {Act.APPROVE_CONTRACT, Act.CONFIRM_COMMITMENTS, Act.CONFIRM_REACH, Act.APPROVE_REPORTS}
)
BY_LINK = frozenset({Act.READ_REPORTS, Act.COMMENT_REPORTS, Act.APPROVE_REPORTS})  # all that a report's link is for


def may(identity: Identity, act: Act, brand: Brand) -> bool:
    """True if she may do this in this brand. In which projects, for those who need a seat, is decided in projects."""
    if identity.brand.pk != brand.pk:
        return False
    allowed = TABLE[act]
    if identity.link is not None and (act not in BY_LINK or (act != Act.READ_REPORTS and not identity.is_proven)):
        return False
    if act in BINDING and identity.side == "brand" and not identity.is_proven:
        return False
    if identity.key is None:
        return bool(identity.roles & allowed.roles)
    if not (identity.scopes | {""}) & allowed.scopes:
        return False
    return identity.maker is None or may(identity.maker, act, brand)


def who_may(act: Act) -> str:
    """The roles that may, in the reader's language, in the order of the roles' table."""
    named = [str(role.label) for role in Role if role in TABLE[act].roles]
    return say(f"可以查看或操作的角色：{'、'.join(named)}。", f"Roles that may: {', '.join(named)}.")


class Denied(BasePermission):
    """The default of every REST view: nobody. A view says itself who may."""

    def has_permission(self, request: Request, view: object) -> bool:
        return False
