"""What one state of the data says is asked once.

    with remembering():
        ...

Within the block, functions marked `asked_once` answer what they answered before, by brand and arguments; its end
forgets all. The block only reads, from one state of the data (kpi.queries.one_state opens it). Outside of one every
question is asked, and nothing is kept from one request or transaction for another. An answer is everybody's: nobody
changes it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from siyu.brands import current_schema

P = ParamSpec("P")
T = TypeVar("T")

_known: ContextVar[dict[Any, Any] | None] = ContextVar("known", default=None)


@contextmanager
def remembering(*, is_on: bool = True) -> Iterator[None]:
    """Blocks within a block share its memory. With `is_on` false nothing is remembered within, whatever is around."""
    if is_on and _known.get() is not None:
        yield
        return
    token = _known.set({} if is_on else None)
    try:
        yield
    finally:
        _known.reset(token)


def asked_once(read: Callable[P, T]) -> Callable[P, T]:
    """Mark a function that reads. Its arguments are hashable."""

    @wraps(read)
    def ask(*args: P.args, **named: P.kwargs) -> T:
        known = _known.get()
        if known is None:
            return read(*args, **named)
        key = (read, current_schema(), args, *sorted(named.items()))
        if key not in known:
            known[key] = read(*args, **named)
        return known[key]

    return ask
