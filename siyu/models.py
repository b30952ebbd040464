"""What is due. Public rows, written in the transaction that made the work necessary; workers claim them for a while."""

from django.db import models
from django.db.models.functions import Now


class DueWork(models.Model):
    """One thing to do in one brand: `kind` names the handler (siyu.due), `subject` what it is about (a project's id).

    Asked again while it runs, it runs once more: `asked` counts, and a finished run removes the row only if nobody
    has asked since. After three failed attempts the row is parked with the last error, for a person to look at.
    `attempts`: runs since it was last finished; `failures`: those of them that said what went wrong.
    `written_at`: when it was last asked for, failed or finished; in the future only where the clock went back since.
    """

    schema = models.CharField(max_length=63)
    kind = models.CharField(max_length=30)
    subject = models.CharField(max_length=64)
    due_at = models.DateTimeField()
    asked = models.PositiveBigIntegerField(default=1)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0, db_default=0)
    written_at = models.DateTimeField(db_default=Now())
    parked_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["schema", "kind", "subject"], name="due_work_once")]
        indexes = [models.Index(fields=["due_at"], name="due_work_oldest_first")]


class DueTurn(models.Model):
    """When a brand last had its turn, as a number that only grows: no clock can put a brand back."""

    schema = models.CharField(max_length=63, primary_key=True)
    number = models.PositiveBigIntegerField()


class Uptime(models.Model):
    """One row. `since`: work has been done without a pause of minutes since then; `seen_at`: until then. By the
    database's clock: a clock that jumps looks like a pause."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="uptime_is_one_row", condition=models.Q(id=1))]
