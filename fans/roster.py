"""Who is there: the fans of a project with where they stand now, and one fan's whole course."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from fans.fold import Entry, fold
from fans.masking import mask_name, mask_phone
from fans.models import Contact, Event, EventKind, Fan, Holding, Member, Presence, Tie, TieKind
from fans.phones import sent_phones
from fans.projection import Rules
from fans.vocabulary import phone_digits
from guides.models import Guide
from projects.models import Account, Channel, Project
from projects.queries import definition_in_use, keeper_histories
from tenants.keys import keys_of_current_brand

PHONE = re.compile(
    r"[+＋]?[\d\s()（）.．\-－]{11,30}"
)  # what is typed to find a phone: digits, and what stands between


@dataclass(frozen=True)
class Sieve:
    """Which fans are asked for. `guide` and `account` by code, of who holds her now; `q`: part of a name, how her code
    begins, or her whole phone. None: no matter."""

    guide: str | None = None
    account: str | None = None
    channel: str | None = None
    present: bool | None = None
    q: str | None = None


def fans_of(
    project: Project, sieve: Sieve, now: datetime, *, only_accounts: Iterable[int] | None = None
) -> QuerySet[Fan]:
    """The project's fans that the sieve lets through. `only_accounts` (ids): those held by one of them now."""
    member = Member.objects.filter(project_id=project.pk, fan_id=OuterRef("pk"), known_at__isnull=False)
    if sieve.channel is not None:
        member = member.filter(channel_id__in=Channel.objects.filter(code=sieve.channel).values("pk"))
    found = Fan.objects.filter(Exists(member))
    if sieve.present is not None:
        present = Exists(_now(Presence, project, now).filter(fan_id=OuterRef("pk")))
        found = found.filter(present if sieve.present else ~present)
    for wanted in _wanted_accounts(sieve, now, only_accounts):
        found = found.filter(Exists(_now(Holding, project, now).filter(fan_id=OuterRef("pk"), account_id__in=wanted)))
    if sieve.q:
        additions = _additions(project)
        named = additions.filter(pk__in=Contact.objects.filter(name__icontains=sieve.q).values("event_id"))
        meant = Q(code__startswith=sieve.q) | Q(pk__in=named.values("fan_id"))
        digits = phone_digits(sieve.q) if PHONE.fullmatch(sieve.q) else None
        if digits:
            index = keys_of_current_brand().phone_index(digits)
            meant |= Q(pk__in=additions.filter(phone_index=index).values("fan_id"))
        found = found.filter(meant)
    return found


def _additions(project: Project) -> QuerySet[Event]:
    """Those in force in the project."""
    return Event.objects.filter(
        project_id=project.pk, kind=EventKind.FAN_ADDED, superseded_by=None, status=Event.Status.CONTENT
    )


def _wanted_accounts(sieve: Sieve, now: datetime, only_accounts: Iterable[int] | None) -> list[list[int]]:
    wanted = []
    if sieve.account is not None:
        wanted.append(list(Account.objects.filter(code=sieve.account).values_list("pk", flat=True)))
    if sieve.guide is not None:
        wanted.append([account for account, guide in guides_now(now).items() if guide == sieve.guide])
    if only_accounts is not None:
        wanted.append(list(only_accounts))
    return wanted


def accounts_of(guide: Guide, now: datetime) -> list[int]:
    """The accounts (ids) that the guide keeps now."""
    return [account for account, code in guides_now(now).items() if code == guide.code]


def guides_now(now: datetime) -> dict[int, str]:
    """By account id, who stands for it now: its keeper's code, or its own while nobody keeps it."""
    accounts = list(Account.objects.all())
    found = {account.pk: account.code for account in accounts}
    for account_id, keepers in keeper_histories(accounts).items():
        kept = [keeper for keeper in keepers if keeper.since <= now]
        if kept and kept[-1].guide:
            found[account_id] = kept[-1].guide.code
    return found


def _now(model: type[Presence] | type[Holding], project: Project, now: datetime) -> QuerySet[Any]:
    return model.objects.filter(Q(ended_at=None) | Q(ended_at__gt=now), project_id=project.pk, begun_at__lte=now)


def describe_fans(project: Project, fans: list[Fan], now: datetime, *, names_clear: bool) -> list[dict[str, Any]]:
    """{fan, name, present, account, guide, channel, first_added_at} of each, as of now; names masked unless clear."""
    ids = [fan.pk for fan in fans]
    members = {member.fan_id: member for member in Member.objects.filter(project_id=project.pk, fan_id__in=ids)}
    present = set(_now(Presence, project, now).filter(fan_id__in=ids).values_list("fan_id", flat=True))
    held = dict(_now(Holding, project, now).filter(fan_id__in=ids).values_list("fan_id", "account_id"))
    named = _contacts(project, ids).filter(name__isnull=False).values_list("fan_id", "name")
    names = {fan_id: name if names_clear else mask_name(name or "") for fan_id, name in named}
    accounts, channels, guides = _codes(Account), _codes(Channel), guides_now(now)
    return [
        {
            "fan": fan.code,
            "name": names.get(fan.pk),
            "present": fan.pk in present,
            "account": accounts.get(held.get(fan.pk)),
            "guide": guides.get(held.get(fan.pk, 0)),
            "channel": channels.get(members[fan.pk].channel_id),
            "first_added_at": members[fan.pk].first_added_at,
        }
        for fan in fans
    ]


def _codes(model: type[Account] | type[Channel]) -> dict[int | None, str]:
    return dict(model._default_manager.values_list("pk", "code"))


def _contacts(project: Project, fan_ids: Iterable[int]) -> QuerySet[Contact]:
    """The personal data of additions in force, the latest arrived last."""
    addition = Event.objects.filter(
        pk=OuterRef("event_id"), project_id=project.pk, superseded_by=None, status=Event.Status.CONTENT
    )
    return Contact.objects.filter(Exists(addition), fan_id__in=list(fan_ids)).order_by("event_id")


def course_of(project: Project, fan: Fan, now: datetime, *, names_clear: bool) -> dict[str, Any]:
    """One fan as `describe_fans`, with her masked phones, ties, presence, holdings and decisions, earliest first."""
    [described] = describe_fans(project, [fan], now, names_clear=names_clear)
    accounts = _codes(Account)
    mine = {"project_id": project.pk, "fan_id": fan.pk}
    return {
        **described,
        "phones": masked_phones(project, fan),
        "ties": [
            {
                "tie": TieKind(tie.kind).label,
                "account": accounts.get(tie.account_id),
                "group": tie.group_code,
                "opened_at": tie.opened_at,
                "closed_at": tie.closed_at,
            }
            for tie in Tie.objects.filter(**mine).order_by("opened_at", "pk")
        ],
        "presence": [
            {"from": presence.begun_at, "to": presence.ended_at}
            for presence in Presence.objects.filter(**mine).order_by("number")
        ],
        "holdings": [
            {"account": accounts[holding.account_id], "from": holding.begun_at, "to": holding.ended_at}
            for holding in Holding.objects.filter(**mine).order_by("number")
        ],
        "decisions": _decisions(project, fan, accounts),
    }


def masked_phones(project: Project, fan: Fan) -> list[str]:
    return sorted({mask_phone(phone_digits(phone)) for phone in sent_phones(project, fan)})


def _decisions(project: Project, fan: Fan, accounts: dict[int | None, str]) -> list[dict[str, Any]]:
    """Every decision in force; `void`: on record, but it moved nobody, since she was absent or held by another."""
    log = _log(project, fan)
    void = _void(project, log, accounts)
    return [
        {
            "id": event.key,
            "at": event.at,
            "to": accounts.get(event.account_id),
            **({"from": accounts.get(event.from_account_id)} if event.from_given else {}),
            "reason": (event.extra or {}).get("reason"),
            "void": event.pk in void,
        }
        for event in log
        if event.kind == EventKind.ASSIGNMENT
    ]


def void_decisions(project: Project, fan: Fan) -> set[object]:
    """Her decisions (ids of events in force) that moved nobody."""
    return _void(project, _log(project, fan), _codes(Account))


def _log(project: Project, fan: Fan) -> list[Event]:
    """What the fold reads of her, in its order."""
    found = Event.objects.filter(
        project_id=project.pk,
        fan_id=fan.pk,
        kind__in=(EventKind.FAN_ADDED, EventKind.ASSIGNMENT, EventKind.FAN_LOST),
        superseded_by=None,
        status=Event.Status.CONTENT,
    )
    return list(found.order_by("at", "kind", "key"))


def _void(project: Project, log: Iterable[Event], accounts: dict[int | None, str]) -> set[object]:
    entries = [_entry(event, accounts) for event in log]
    return set(fold(entries, Rules.of_sheet(definition_in_use(project).sheet).counting_ties).void)


def _entry(event: Event, accounts: dict[int | None, str]) -> Entry:
    return Entry(
        at=event.at,  # type: ignore[arg-type]  # these kinds always have an instant
        kind=event.kind,
        account=accounts.get(event.account_id),
        from_given=bool(event.from_given),
        from_account=accounts.get(event.from_account_id),
        tie=event.tie,
        group=event.group_code,
        transfer=event.cause == "transfer",
        event=event.pk,
    )
