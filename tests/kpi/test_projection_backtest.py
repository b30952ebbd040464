"""The back-test that anyone can run on events of their own."""

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_steady_sales_end_inside_the_range(tmp_path):
    events = []
    for place in range(120):
        day = date(2026, 1, 1) + timedelta(days=place)
        amount = f"{100 + place % 7}.00"
        events.append({"type": "order.paid", "order": str(place), "at": f"{day}T10:00:00", "amount": amount})
        events.append({"type": "interaction", "id": str(place), "fan": "x", "at": f"{day}T10:00:00"})
    path = tmp_path / "events.ndjson"
    path.write_text("\n".join(map(json.dumps, events)), encoding="utf-8")
    command = [sys.executable, str(ROOT / "bench" / "projection_backtest.py"), str(path)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    [whole] = [line.split() for line in printed.splitlines() if line.startswith("gmv") and " all " in line]
    assert int(whole[2]) > 80
    assert int(whole[3].rstrip("%")) > 60
    assert int(whole[5].rstrip("%")) == 0
