"""What practitioners say is usual, beside what a month was: benchmarks.json, to be changed where one knows better."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("benchmarks.json")


@cache
def _stated() -> list[dict[str, Any]]:
    return list(json.loads(FILE.read_text(encoding="utf-8")))


def benchmarks_beside(values: Mapping[str, str | None], *, agency_only: bool) -> list[dict[str, Any]]:
    """{code, value, average: [low, high], best: [low, high] or null} of those whose value is asked for; an end that is
    open is null. `agency_only`: those that would tell the agency's costs, or the others."""
    return [
        {"code": row["code"], "value": values[row["code"]], "average": row["average"], "best": row["best"]}
        for row in _stated()
        if row["code"] in values and row.get("agency_only", False) is agency_only
    ]
