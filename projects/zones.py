"""The time zones that a project's days can be counted in, and what is said of one that is none."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from zoneinfo import available_timezones

from projects.sheet import printable
from siyu.problems import say

NAMES_OF_NONE = {"Factory", "localtime"}  # the first is no place, the second whatever a machine is set to
LONGEST_SHOWN = 40
USUAL: Mapping[str, tuple[str, str]] = {
    "Asia/Shanghai": ("中国大陆", "Mainland China"),
    "Asia/Hong_Kong": ("中国香港", "Hong Kong"),
    "Asia/Macau": ("中国澳门", "Macao"),
    "Asia/Taipei": ("中国台北", "Taipei"),
    "Asia/Singapore": ("新加坡", "Singapore"),
    "Asia/Kuala_Lumpur": ("吉隆坡", "Kuala Lumpur"),
    "Asia/Bangkok": ("曼谷", "Bangkok"),
    "Asia/Ho_Chi_Minh": ("胡志明市", "Ho Chi Minh City"),
    "Asia/Jakarta": ("雅加达", "Jakarta"),
    "Asia/Tokyo": ("东京", "Tokyo"),
    "Asia/Seoul": ("首尔", "Seoul"),
    "Australia/Sydney": ("悉尼", "Sydney"),
    "Europe/London": ("伦敦", "London"),
    "Europe/Paris": ("巴黎", "Paris"),
    "America/New_York": ("纽约", "New York"),
    "America/Los_Angeles": ("洛杉矶", "Los Angeles"),
}


@cache
def known_zones() -> frozenset[str]:
    """The IANA names that are taken, older names of a zone among them."""
    return frozenset(available_timezones() - NAMES_OF_NONE)


@cache
def zones_by_region() -> Mapping[str, tuple[str, ...]]:
    """Those in use today, one or more for every country, by continent or ocean: {"Asia": ("Asia/Aden", …)}."""
    table = (resources.files("tzdata.zoneinfo") / "zone.tab").read_text("utf-8")
    named = {line.split("\t")[2] for line in table.splitlines() if line and not line.startswith("#")}
    found: dict[str, tuple[str, ...]] = {}
    for zone in sorted(named & known_zones()):
        region = zone.partition("/")[0]
        found[region] = (*found.get(region, ()), zone)
    return found


def unknown_zone(typed: str) -> str:
    """What is said to who typed it: the zone that was meant, where only its spelling differs, or how one is written."""
    plain = _plain(typed)
    meant = next((zone for zone in sorted(known_zones()) if _plain(zone) == plain), "")
    name = printable(typed[:LONGEST_SHOWN])
    if meant:
        return say(f"没有时区 {name}，应写作 {meant}", f"There is no time zone {name}: write {meant}")
    return say(
        f"没有时区 {name}。应为 IANA 时区名：中国大陆写 Asia/Shanghai，其他如 Asia/Singapore、Europe/London",
        f"There is no time zone {name}. Write its IANA name: Asia/Shanghai for mainland China, others such as "
        "Asia/Singapore or Europe/London",
    )


def _plain(name: str) -> str:
    return name.strip().casefold().replace(" ", "_")
