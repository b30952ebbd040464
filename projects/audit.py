"""The brand's audit: who changed what was agreed, when, from what to what.

Runs inside the brand, in the transaction that changes it.
"""

from typing import Any

from projects.models import AuditEntry, Project

SIYU = "siyu"  # who did it where nobody asked: commands, the demo


def record(project: Project, subject: str, before: Any, after: Any, *, by: str) -> None:
    """Write down a change; nothing where nothing changed. `before` and `after` are JSON as REST shows it, None for what
    was not there; `by` is an Identity's label."""
    if before != after:
        AuditEntry.objects.create(project=project, subject=subject, before=before, after=after, by=by)
