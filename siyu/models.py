"""What is due. Public rows, written in the transaction that made the work necessary; workers claim them for a while."""

from django.db import models


class DueWork(models.Model):
    """One thing to do in one brand: `kind` names the handler (siyu.due), `subject` what it is about (a project's id).

    Asked again while it runs, it runs once more: `asked` counts, and a finished run removes the row only if nobody
    has asked since. After three failed attempts the row is parked with the last error, for a person to look at.
    """

    schema = models.CharField(max_length=63)
    kind = models.CharField(max_length=30)
    subject = models.CharField(max_length=64)
    due_at = models.DateTimeField()
    asked = models.PositiveBigIntegerField(default=1)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    parked_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["schema", "kind", "subject"], name="due_work_once")]
        indexes = [models.Index(fields=["due_at"], name="due_work_oldest_first")]
