"""What awaits the reader, to be confirmed in one go: a form that carries the figures of the list."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from projects.models import Project
from siyu.problems import say
from workplace.blocks import Field, Form

ALL = "all"  # of the choice of months
Row = Mapping[str, Any]  # of projects.commitments.describe or of traffic in the same shape


def deliveries_form(project: Project, rows: Sequence[Row]) -> Form:
    hidden = [{"month": row["month"], "id": row["id"], "delivered": row["delivered"]} for row in rows]
    submit = say("一次确认这些交付", "Confirm these deliveries")
    return _form(reverse("confirm_deliveries", args=[project.code]), "deliveries", submit, hidden)


def reaches_form(project: Project, rows: Sequence[Row]) -> Form:
    hidden = [
        {"month": row["month"], "channel": row["channel"], "reached": row["delivered"].partition(".")[0]}
        for row in rows
    ]
    submit = say("一次确认这些触达", "Confirm this reach")
    return _form(reverse("confirm_reaches", args=[project.code]), "reaches", submit, hidden)


def _form(address: str, key: str, submit: str, rows: Sequence[Mapping[str, Any]]) -> Form:
    """Of a month, the oldest first, whose silence ends first, or of all; it carries the figures of the list."""
    months = sorted(Counter(row["month"] for row in rows).items())
    choices = [(month, say(f"{month}（{number} 项）", f"{month} ({number})")) for month, number in months]
    if len(months) > 1:
        choices.append((ALL, say(f"全部月份（{len(rows)} 项）", f"All months ({len(rows)})")))
    fields = [Field("/months", say("月份", "Month"), "select", months[0][0], choices)]
    fields += [
        Field(f"/{place}/{name}", "", "hidden", str(value))
        for place, row in enumerate(rows)
        for name, value in row.items()
    ]
    about = say(
        "按列出的数字逐项确认；在此之后变更过的不会被确认，并会说明。",
        "Each at the figure listed. What has changed since is not confirmed, and named.",
    )
    return Form(address, key, submit, fields, about=about)
