"""A share of a guide's time as pages write it, in percent; the contract and REST keep it as a part of one."""

from decimal import Decimal, InvalidOperation
from unicodedata import normalize

from projects.services import fault
from projects.team import TeamRefusedError
from siyu.problems import say


def share_title() -> str:
    return say("占比（%）", "Share (%)")


def percent_typed(share: str | Decimal) -> str:
    """What stands in the field: "60" of "0.6"."""
    return f"{(Decimal(share) * 100).normalize():f}"


def percent_shown(share: str | Decimal) -> str:
    return f"{percent_typed(share)}%"


def read_share(text: str, pointer: str) -> str:
    """A part of one, as REST takes it: of "60", "60%" and "0.6" it is "0.6"; 1 and less is a part already, since nobody
    serves for a hundredth of her time. Raises TeamRefusedError, 400, at the pointer, of anything not in (0, 100 %]."""
    wrong = say("占比填 1 到 100：全职填 100，一半时间填 50", "A share from 1 to 100: full time is 100, half of it 50")
    try:
        number = Decimal(normalize("NFKC", text).strip().removesuffix("%").strip())
    except InvalidOperation:
        number = Decimal(0)
    if not number.is_finite() or not 0 < number <= 100:
        raise TeamRefusedError(wrong, status=400, errors=[fault(pointer, "bad_value", wrong)])
    share = number if number <= 1 else number / 100
    return f"{share.normalize():f}"
