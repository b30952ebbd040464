"""Who may take how many fans, and how many go where. Pure: no database, no clock.

A guide's capacity in a project is her share × the project's fans_per_guide. Her accounts divide it: those with a stated
capacity get that (cut in proportion where the stated ones exceed hers), the others split the rest evenly. Some accounts
are closed to further fans, whatever their capacity: those that nobody keeps, since nobody would serve the fans, and
those of a guide who has left or is about to. All divisions of fans are by largest remainder, ties to the smaller code,
so that a plan made twice is the same plan.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

Weights = Mapping[str, int]

NO_KEEPER = "no_keeper"  # why an account takes no further fans; beside it what current_slots is told of the guides
SAME_KEEPER = "same_keeper"


@dataclass(frozen=True)
class AccountState:
    """An account before a plan. `guide`: its keeper's code today; `stated`: its capacity where one is entered."""

    code: str
    guide: str | None
    stated: int | None
    held: int


@dataclass(frozen=True)
class Slot:
    """What an account can hold and how much of that is free. `free` respects the guide's other accounts too. `closed`:
    why it takes no further fans, whatever its capacity; empty where it does."""

    code: str
    guide: str | None
    capacity: int
    held: int
    free: int
    closed: str = ""


def slots(
    accounts: Iterable[AccountState],
    shares: Mapping[str, Decimal],
    fans_per_guide: int,
    leaving: Mapping[str, str] | None = None,
) -> list[Slot]:
    """`shares`: each guide's share of time in the project today (absent: 0); `leaving`: why no further fans go to this
    guide's accounts. Slots come by code."""
    of_guide: dict[str | None, list[AccountState]] = defaultdict(list)
    for account in sorted(accounts, key=lambda account: account.code):
        of_guide[account.guide].append(account)
    found = []
    for guide, kept in of_guide.items():
        capacities = _capacities(kept, None if guide is None else int(shares.get(guide, Decimal()) * fans_per_guide))
        free = {a.code: max(0, capacities[a.code] - a.held) for a in kept}
        if guide is not None:
            # What she holds above capacity on one account leaves her less time for the others.
            free = divide(max(0, sum(capacities.values()) - sum(a.held for a in kept)), free, bounds=free)
        closed = NO_KEEPER if guide is None else (leaving or {}).get(guide, "")
        if closed:
            free = dict.fromkeys(free, 0)
        found += [Slot(a.code, guide, capacities[a.code], a.held, free[a.code], closed) for a in kept]
    return sorted(found, key=lambda slot: slot.code)


def _capacities(kept: Sequence[AccountState], whole: int | None) -> dict[str, int]:
    """Capacities of one guide's accounts that sum to at most `whole`; None: nobody keeps them."""
    stated = {account.code: account.stated for account in kept if account.stated is not None}
    open_ones = [account.code for account in kept if account.stated is None]
    if whole is None:
        return {**stated, **dict.fromkeys(open_ones, 0)}
    if sum(stated.values()) > whole:
        return {**divide(whole, stated, bounds=stated), **dict.fromkeys(open_ones, 0)}
    rest = whole - sum(stated.values())
    return {**stated, **divide(rest, dict.fromkeys(open_ones, 1))}


def without_keeper(found: Iterable[Slot], leaver: Slot) -> list[Slot]:
    """The slots when this one is emptied: neither it nor the others of its keeper take any of its fans."""
    return [
        replace(slot, free=0, closed=slot.closed or SAME_KEEPER) if slot.guide == leaver.guide else slot
        for slot in found
        if slot.code != leaver.code
    ]


def divide(total: int, weights: Weights, *, bounds: Weights | None = None) -> dict[str, int]:
    """`total` in whole parts proportional to the weights, largest remainder first, ties to the smaller code.

    With `bounds` no part exceeds its bound; what does not fit anywhere is left over.
    """
    whole = sum(weights.values())
    if not whole:
        return dict.fromkeys(weights, 0)
    if bounds is not None:
        total = min(total, sum(bounds.values()))
    parts = {code: total * weight // whole for code, weight in weights.items()}
    if bounds is not None:
        parts = {code: min(part, bounds[code]) for code, part in parts.items()}
    order = sorted(weights, key=lambda code: (-(total * weights[code] % whole), code))
    left = total - sum(parts.values())
    while left:
        for code in order:
            room = left if bounds is None else bounds[code] - parts[code]
            if left and room > 0 and (bounds is not None or weights[code]):
                parts[code] += 1
                left -= 1
    return parts


def fill(slots: Iterable[Slot], fans: int) -> dict[str, int]:
    """How many of so many fans each slot takes: in proportion to what is free, never above it."""
    free = {slot.code: slot.free for slot in slots}
    return divide(fans, free, bounds=free)


@dataclass(frozen=True)
class Shift:
    """A rebalance: how many each account gives and takes; both sum to the same."""

    gives: dict[str, int]
    takes: dict[str, int]


def balance(slots: Sequence[Slot], most: int | None = None) -> Shift:
    """Bring every account to its share of the whole load, by capacity; at most `most` moves.

    Accounts give what they hold above their share and take what they lack, as far as there is room.
    """
    held = {slot.code: slot.held for slot in slots}
    wanted = divide(sum(held.values()), {slot.code: slot.capacity for slot in slots})
    surplus = {code: max(0, held[code] - wanted[code]) for code in held}
    lack = {slot.code: min(max(0, wanted[slot.code] - slot.held), slot.free) for slot in slots}
    moves = min(sum(surplus.values()), sum(lack.values()))
    if most is not None:
        moves = min(moves, most)
    return Shift(divide(moves, surplus, bounds=surplus), divide(moves, lack, bounds=lack))
