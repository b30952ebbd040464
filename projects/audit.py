"""The brand's audit: who changed what was agreed, when, from what to what.

Runs inside the brand, in the transaction that changes it.
"""

from typing import Any

from django.db.models import QuerySet

from projects.models import AuditEntry, Project
from tenants.identity import Identity
from tenants.permissions import Act, may

SIYU = "siyu"  # who did it where nobody asked: commands, the demo
GUIDES = "guide:"  # what such subjects begin with: the agency's own view of its people
RUNS = "run:"  # work that the agency had tried again
FANS = "fan:"  # a fan's phones shown in clear, by the number of her row
EXPORTS = "export:"  # lists of fans taken out


def record(project: Project, subject: str, before: Any, after: Any, *, by: str) -> None:
    """Write down a change; nothing where nothing changed. `before` and `after` are JSON as REST shows it, None for what
    was not there; `by` is an Identity's label."""
    if before != after:
        AuditEntry.objects.create(project=project, subject=subject, before=before, after=after, by=by)


def history_of(project: Project, identity: Identity) -> QuerySet[AuditEntry]:
    """The changes that the caller may know of; those of guides' skills and absences, of runs, and of whose phones were
    shown and which lists of fans taken out, only where she may read these."""
    entries = AuditEntry.objects.filter(project=project)
    if not may(identity, Act.READ_GUIDES, identity.brand):
        entries = entries.exclude(subject__startswith=GUIDES)
    if not may(identity, Act.RUN_WORK, identity.brand):
        entries = entries.exclude(subject__startswith=RUNS)
    if not may(identity, Act.READ_SHOWN, identity.brand):
        entries = entries.exclude(subject__startswith=FANS).exclude(subject__startswith=EXPORTS)
    return entries
