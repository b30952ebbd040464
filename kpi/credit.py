"""To whom a fan counts: which guide keeps an account when.

`Keeping` is read once per roll-up or answer and goes to the SQL as arrays, so that every question credits by the same
rows. It covers every account at every instant: the keeper with the latest `since`, the account's own code before the
first keeper and while nobody keeps it.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from projects.models import Account, Channel, Keeper
from siyu.remembering import asked_once

EVER_BEFORE = datetime.min.replace(tzinfo=UTC)
EVER_AFTER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Keeping:
    """`histories`: account id → ascending [(since, code of the guide credited from then on)], from EVER_BEFORE on."""

    histories: dict[int, list[tuple[datetime, str]]]

    def guide_at(self, account_id: int, at: datetime) -> str:
        """The code credited at the instant; a keeper counts from her own first instant on."""
        history = self.histories[account_id]
        return history[bisect_right(history, at, key=lambda turn: turn[0]) - 1][1]

    def parameters(self) -> dict[str, list[Any]]:
        """The arrays of the `keeping` relation in kpi/sql: half-open spans [since, until)."""
        spans = [
            (account_id, since, history[place + 1][0] if place + 1 < len(history) else EVER_AFTER, guide)
            for account_id, history in self.histories.items()
            for place, (since, guide) in enumerate(history)
        ]
        return {
            "kept": [span[0] for span in spans],
            "since": [span[1] for span in spans],
            "until": [span[2] for span in spans],
            "guides": [span[3] for span in spans],
        }


def keeping_of(accounts: dict[int, str], keepers: Iterable[tuple[int, datetime, str | None]]) -> Keeping:
    """Pure. accounts: id → code; keepers: (account id, since, guide's code or None for nobody), ascending by since."""
    histories = {account_id: [(EVER_BEFORE, code)] for account_id, code in accounts.items()}
    for account_id, since, guide in keepers:
        histories[account_id].append((since, accounts[account_id] if guide is None else guide))
    return Keeping(histories)


@asked_once
def account_codes() -> dict[int, str]:
    return dict(Account.objects.values_list("id", "code"))


@asked_once
def channel_codes() -> dict[int, str]:
    return dict(Channel.objects.values_list("id", "code"))


def read_keeping(accounts: dict[int, str]) -> Keeping:
    """The keeping of these accounts (all of the brand's). One made after they were read waits for the next reading."""
    return _keeping_of(tuple(accounts.items()))


@asked_once
def _keeping_of(accounts: tuple[tuple[int, str], ...]) -> Keeping:
    codes = dict(accounts)
    keepers = Keeper.objects.filter(account_id__in=codes).order_by("since")
    return keeping_of(codes, keepers.values_list("account_id", "since", "guide__code"))
