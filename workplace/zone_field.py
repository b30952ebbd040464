"""The field in which a time zone is chosen: the usual ones first, then all by region."""

from dataclasses import replace

from projects.zones import USUAL, zones_by_region
from siyu.problems import say
from workplace.blocks import Choice, Field, Typed

REGIONS = {
    "Africa": ("非洲", "Africa"),
    "America": ("美洲", "America"),
    "Antarctica": ("南极洲", "Antarctica"),
    "Arctic": ("北极", "Arctic"),
    "Asia": ("亚洲", "Asia"),
    "Atlantic": ("大西洋", "Atlantic"),
    "Australia": ("澳大利亚", "Australia"),
    "Europe": ("欧洲", "Europe"),
    "Indian": ("印度洋", "Indian Ocean"),
    "Pacific": ("太平洋", "Pacific"),
}


def zone_field(typed: Typed, label: str, zone: str) -> Field:
    """`zone`: the one that stands there. One under an older name, and one that was refused, are choices too."""
    field = typed.field("/timezone", label, zone)
    usual: list[Choice] = [*((name, f"{name} {say(*words)}") for name, words in USUAL.items()), ("UTC", "UTC")]
    regions = [
        (say(*REGIONS[region]), [(name, _city(name)) for name in zones if name not in USUAL])
        for region, zones in zones_by_region().items()
    ]
    offered = {name for _, choices in [("", usual), *regions] for name, _ in choices}
    other: list[Choice] = [] if field.value in offered else [(field.value, field.value)]
    return replace(field, kind="select", choices=other, groups=[(say("常用", "Usual"), usual), *regions])


def _city(zone: str) -> str:
    return zone.partition("/")[2].replace("_", " ")
