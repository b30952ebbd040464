"""Files that people import, and what became of them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from projects.models import Project


class FileImport(models.Model):
    """One uploaded file: checked first, then imported by a worker, body by body.

    `content` is the file, sealed with the brand's key; it goes when the import has ended or `keep_until` has passed.
    `unread`: titles of a template's file that nothing is read of, as they were compared.
    `faults`: the first of {row, title, value, code, field}; personal cells are not repeated. `passed_over`: rows that
    are no event, by why. `done`: events that were sent so far; `batches`: the bodies they were sent in.
    """

    class State(models.TextChoices):
        CHECKED = "checked", _("已检查")
        QUEUED = "queued", _("排队中")
        RUNNING = "running", _("导入中")
        DONE = "done", _("已完成")
        EXPIRED = "expired", _("已过期")
        UNDONE = "undone", _("已撤销")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    format = models.CharField(max_length=40)
    platform = models.CharField(max_length=128, blank=True)  # of orders, where the file does not say it
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(null=True)
    keep_until = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.CHECKED)
    rows = models.PositiveIntegerField()
    events = models.PositiveIntegerField()
    passed_over = models.JSONField(default=dict)
    assumed = models.JSONField(default=list)
    unread = models.JSONField(default=list)
    faults = models.JSONField(default=list)
    fault_count = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    batches = models.JSONField(default=list)
    made_by = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="import_keeps_no_file_after_its_end",
                condition=Q(content__isnull=True) | Q(state__in=["checked", "queued", "running"]),
            )
        ]
        indexes = [models.Index(fields=["project", "-made_at"], name="import_of_project")]
