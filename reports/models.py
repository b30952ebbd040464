"""Reports, their frozen revisions, and what both sides said and did about them."""

from datetime import time
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from projects.models import Project, Side
from tenants.models import User


class Report(models.Model):
    """日报/周报/月报: one per project, kind and period. Days first_day..last_day, both included, in the project's zone.

    A row that is `skipped` is no report: it says which days' dailies were missed for too long to be made up.
    """

    class Kind(models.TextChoices):
        DAILY = "daily", _("日报")
        WEEKLY = "weekly", _("周报")
        MONTHLY = "monthly", _("月报")

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        REVIEWED = "reviewed", _("已审")
        SENT = "sent", _("已发送")
        ACKNOWLEDGED = "acknowledged", _("已知悉")
        DISPUTED = "disputed", _("有异议")
        ANSWERED = "answered", _("已答复")
        APPROVED = "approved", _("已通过")
        SKIPPED = "skipped", _("已跳过")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=7, choices=Kind)
    first_day = models.DateField()
    last_day = models.DateField()
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind", "first_day"], name="report_once", condition=~Q(state="skipped")
            ),
            models.UniqueConstraint(
                fields=["project", "kind", "first_day"], name="report_skipped_once", condition=Q(state="skipped")
            ),
            models.CheckConstraint(name="report_kind_known", condition=Q(kind__in=["daily", "weekly", "monthly"])),
            models.CheckConstraint(name="report_ends_after_start", condition=Q(last_day__gte=F("first_day"))),
        ]
        indexes = [models.Index(fields=["project", "-first_day"], name="report_of_project")]


class Layout(models.Model):
    """版式: how the brand's reports of a kind are arranged. Versions count from 1 and are appended, never changed; 0 is
    what every brand begins with. `blocks`: canonical JSON of reports.layouts.Block, in their order."""

    kind = models.CharField(max_length=7, choices=Report.Kind)
    version = models.PositiveIntegerField()
    blocks = models.TextField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=60)  # Identity.label

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="layout_once"),
            models.CheckConstraint(name="layout_counts_from_one", condition=Q(version__gte=1)),
        ]


class Revision(models.Model):
    """What a report said, for ever: the trigger of migration 0002 refuses every change but freezing the words once.

    `payload`, `annex` and `words` are canonical JSON text (reports.freezing), hashed as they stand. `annex` is the
    agency's alone. `seq`: the last merge of events that the figures know (0: none).
    """

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    payload = models.TextField()
    sha256 = models.CharField(max_length=64)
    annex = models.TextField()
    annex_sha256 = models.CharField(max_length=64)
    seq = models.BigIntegerField()
    definition_version = models.PositiveIntegerField()
    forecast_version = models.PositiveIntegerField(null=True)
    layout_version = models.PositiveIntegerField(default=0)  # of the report's kind; 0: the standard one
    incomplete = models.BooleanField(default=False)  # made at the deadline, without all sources
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=60)  # Identity.label, or "siyu"
    why = models.TextField(blank=True)  # of a revision that a person made
    words = models.TextField(blank=True)  # frozen by sending
    words_sha256 = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="revision_once"),
            models.CheckConstraint(name="revision_counts_from_one", condition=Q(number__gte=1)),
        ]


class Proposal(models.Model):
    """What a revision would say otherwise by data that came since, as it was looked at last (reports.proposing). It
    changes nothing; a person makes a revision of it, or keeps what was said, for a reason, until more changes.
    """

    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="proposal")
    is_awaited = models.BooleanField()  # something arrived that it does not know yet
    changes = models.JSONField(default=list)  # of reports.restating.Restatement
    causes = models.JSONField(default=list)
    is_significant = models.BooleanField(default=False)
    looked_at = models.DateTimeField(null=True)
    kept_by = models.CharField(max_length=60, blank=True)  # Identity.label of who kept what was said
    kept_why = models.TextField(blank=True)
    kept_at = models.DateTimeField(null=True)


class ProposalLook(models.Model):
    """Up to which merge of events, and under which definition sheet, a project's reports were held against the data."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField()
    definition_version = models.PositiveIntegerField()
    looked_at = models.DateTimeField()


class Words(models.Model):
    """The agency's text in one block of a report, until sending freezes it into the revision."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="words")
    block = models.CharField(max_length=30)
    text = models.TextField(blank=True)
    written_by = models.CharField(max_length=60)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "block"], name="words_once_per_block")]


class Entry(models.Model):
    """One thing to do or settle: words, owner, due day. Entered in a report; the next ones carry it on while open."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="entries")  # where it was entered
    block = models.CharField(max_length=30)
    text = models.TextField()
    owner = models.CharField(max_length=100, blank=True)
    due_on = models.DateField(null=True)
    done_on = models.DateField(null=True)
    written_by = models.CharField(max_length=60, blank=True, default="")  # who changed it last
    written_at = models.DateTimeField(null=True)


class Comment(models.Model):
    """What a person said about a revision; `pointer` (RFC 6901) names the figure, empty for the whole."""

    class Kind(models.TextChoices):
        COMMENT = "comment", _("批注")
        DISPUTE = "dispute", _("异议")
        ANSWER = "answer", _("答复")

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="comments")
    kind = models.CharField(max_length=7, choices=Kind)
    pointer = models.CharField(max_length=300, blank=True)
    text = models.TextField()
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    side = models.CharField(max_length=6, choices=Side)
    at = models.DateTimeField()


class Delivery(models.Model):
    """One revision on one channel to one recipient: never twice. `site`: shown to the brand on its own site."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=20)
    recipient = models.CharField(max_length=200)
    state = models.CharField(max_length=10)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["revision", "channel", "recipient"], name="delivery_once"),
        ]


class Transition(models.Model):
    """Who did what with which revision, when, from which state to which. Appended only: migration 0002 holds it."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="transitions")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="transitions")
    action = models.CharField(max_length=12)
    before = models.CharField(max_length=12, blank=True)
    after = models.CharField(max_length=12)
    at = models.DateTimeField()
    by = models.CharField(max_length=60)
    side = models.CharField(max_length=6, choices=Side)
    sha256 = models.CharField(max_length=64)  # of the figures it was about
    words_sha256 = models.CharField(max_length=64, blank=True)  # and of the words, once frozen


class ReportSchedule(models.Model):
    """When a project's reports are due, in its time zone; a project without a row keeps the defaults."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, related_name="+")
    daily_at = models.TimeField(default=time(9))
    weekly_at = models.TimeField(default=time(9, 30))  # on Mondays
    monthly_at = models.TimeField(default=time(10))
    monthly_day = models.PositiveSmallIntegerField(default=2)
    wait_minutes = models.PositiveSmallIntegerField(default=120)  # for sources, after the time
    since = models.DateField(null=True)  # no report of an earlier period is due
    deemed_after = models.PositiveSmallIntegerField(null=True)  # working days of silence; None: silence says nothing
    is_on = models.BooleanField(default=True)
    # A change of a figure's value by less than this part of it is not proposed as a restatement.
    restate_share = models.DecimalField(max_digits=5, decimal_places=4, default=Decimal("0.005"))
    # A term of the contract that one side proposed and the other has not agreed to: {deemed_after, side, by, at}.
    deemed_proposal = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="schedule_restate_share_is_a_share", condition=Q(restate_share__gte=0, restate_share__lte=1)
            ),
            models.CheckConstraint(
                name="schedule_monthly_day_exists", condition=Q(monthly_day__gte=1, monthly_day__lte=28)
            ),
        ]


class Export(models.Model):
    """A table that one person asked for as a file, made in the background (reports.exports). `asked`: what of `kind`
    she wants; `rows`: written so far. The file lies below settings.EXPORT_DIR until `expires_at`."""

    class State(models.TextChoices):
        QUEUED = "queued", _("排队中")
        RUNNING = "running", _("生成中")
        DONE = "done", _("已完成")
        FAILED = "failed", _("失败")
        EXPIRED = "expired", _("已过期")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    asked = models.JSONField()
    form = models.CharField(max_length=4)  # xlsx or csv
    title = models.CharField(max_length=200)
    language = models.CharField(max_length=10)
    state = models.CharField(max_length=7, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    expected = models.BigIntegerField(null=True)  # rows in all, where it is known before
    file = models.CharField(max_length=80, blank=True)  # its name
    size = models.BigIntegerField(null=True)  # bytes
    error = models.CharField(max_length=300, blank=True)  # for her to read
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="export_form_known", condition=Q(form__in=["xlsx", "csv"])),
            models.CheckConstraint(
                name="export_done_has_a_file",
                condition=~Q(state="done") | (~Q(file="") & Q(expires_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["user", "-asked_at"], name="export_of_person")]
