"""Who could take over what a guide who leaves keeps: how much room each has on the day, and whom to offer first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from fans.allocation import Slot
from fans.assignments import current_slots, serving_on
from guides.models import Guide
from projects.models import Account, Project
from projects.queries import keeper_histories, zone_of
from siyu.numbers import exact
from siyu.periods import local_day
from siyu.problems import say
from workplace.blocks import Choice
from workplace.history import named
from workplace.queries import guide_names

Room = dict[str, int]  # a guide's code: how many fans more she can serve; below 0 where she serves too many already


def read_room(project: Project, leaver: Guide, since: datetime, now: datetime) -> Room:
    """Of everyone who serves on the local day of `since` and stays: her share's capacity less the fans, counted now, of
    the accounts that she keeps at that instant."""
    shares, leaving = serving_on(project, local_day(since, zone_of(project)))
    accounts, fans = list(Account.objects.all()), {slot.code: slot.held for slot in current_slots(project, now)}
    histories = keeper_histories(accounts)
    held: Counter[str] = Counter()
    for account in accounts:
        keepers = [keeper for keeper in histories[account.pk] if keeper.since <= since]
        if keepers and keepers[-1].guide:
            held[keepers[-1].guide.code] += fans[account.code]
    return {
        code: int(share * project.fans_per_guide) - held[code]
        for code, share in shares.items()
        if code != leaver.code and code not in leaving
    }


def suggest_takers(kept: Sequence[Slot], room: Mapping[str, int]) -> dict[str, str]:
    """The account's code: who has most room and enough for all of its fans; empty where nobody has. The accounts with
    most fans choose first; each one given leaves less room for the next."""
    left, found = dict(room), {}
    for slot in sorted(kept, key=lambda slot: (-slot.held, slot.code)):
        taker = min(left, key=lambda code: (-left[code], code), default="")
        found[slot.code] = taker if taker and left[taker] >= slot.held else ""
        if found[slot.code]:
            left[taker] -= slot.held
    return found


def taker_choices(room: Mapping[str, int]) -> list[Choice]:
    """By room; first of all nobody."""
    names = guide_names()
    found: list[Choice] = [("", say("无人接手，改为分配粉丝", "Nobody: assign the fans anew"))]
    for code in sorted(room, key=lambda code: (-room[code], code)):
        found.append((code, f"{named(names.get(code, ''), code)} · {_standing(room[code])}"))
    return found


def _standing(room: int) -> str:
    if room > 0:
        return say(f"空位 {exact(room)}", f"room for {exact(room)}")
    if room == 0:
        return say("已满", "full")
    return say(f"已超出 {exact(-room)}", f"{exact(-room)} too many already")


def room_remarks(kept: Sequence[Slot], room: Mapping[str, int]) -> list[str]:
    """A sentence for each account that nobody has room for beside the others: who comes nearest, and by how much the
    fans exceed it."""
    chosen = suggest_takers(kept, room)
    left = dict(room)
    for slot in kept:
        if chosen[slot.code]:
            left[chosen[slot.code]] -= slot.held
    names, found = guide_names(), []
    for slot in kept:
        if chosen[slot.code]:
            continue
        nearest = min(left, key=lambda code: (-left[code], code), default="")
        if not nearest:
            found.append(
                say(
                    f"{slot.code} 有 {exact(slot.held)} 位粉丝，当日没有其他导购在岗。",
                    f"{slot.code} holds {exact(slot.held)} fans; no other guide serves that day.",
                )
            )
            continue
        name, most = named(names.get(nearest, ""), nearest), max(left[nearest], 0)
        over = exact(slot.held - left[nearest])
        found.append(
            say(
                f"{slot.code} 有 {exact(slot.held)} 位粉丝，没有人放得下：空位最多的是 {name}（{exact(most)} 个），"
                f"由她接手将超出 {over} 位。",
                f"{slot.code} holds {exact(slot.held)} fans, for whom nobody has room: {name} has most ({exact(most)}) "
                f"and would serve {over} too many.",
            )
        )
    return found
