"""Brand after brand, for pages that stand above them: one that can't be read does not take the rest down."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import DatabaseError

from siyu.brands import BrandNotEnteredError
from siyu.problems import say
from tenants.queries import Site

logger = logging.getLogger(__name__)
Found = TypeVar("Found")


def read_each(sites: Iterable[Site], read: Callable[[Site], list[Found]]) -> tuple[list[Found], list[str]]:
    """What is found in all brands, and the names of those that could not be read; why is in the log. Where none can, it
    is not the brands: the last error is raised."""
    found: list[Found] = []
    failed: list[str] = []
    last: Exception | None = None
    tried = 0
    for site in sites:
        tried += 1
        try:
            found += read(site)
        except (DatabaseError, BrandNotEnteredError) as error:
            logger.exception("brand %s can't be read", site.brand.schema_name if site.brand else site.address)
            failed.append(site.brand.name if site.brand else site.address)
            last = error
    if last is not None and len(failed) == tried:
        raise last
    return found, failed


def failed_words(brands: list[str]) -> str:
    """Of brands by name; empty where none is."""
    if not brands:
        return ""
    names = say("、", ", ").join(brands)
    return say(
        f"暂时读不到数据：{names}。其他品牌不受影响。请稍后刷新；仍然如此时请告诉系统管理员。",
        f"{names} can't be read just now; the others are not touched by that. Refresh later, and tell the operator if "
        "it stays so.",
    )
