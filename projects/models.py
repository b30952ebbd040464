"""Projects of one brand and what was agreed for them."""

from typing import NoReturn

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from guides.models import Guide
from tenants.models import User


class Project(models.Model):
    """项目: one contract. Figures belong to a project and are never summed over projects of a brand."""

    class Kind(models.TextChoices):
        OPERATION = "operation", _("代运营")
        CONSULTING = "consulting", _("咨询")

    class OperatingModel(models.TextChoices):
        PRIVATE_CHAT = "private_chat", _("私聊")
        COMMUNITY = "community", _("社群裂变")

    class SettlementMode(models.TextChoices):
        MONTHLY = "monthly", _("月结")
        CYCLE = "cycle", _("按项目周期")
        GOODS = "goods", _("经销")

    class State(models.TextChoices):
        DRAFT = "draft", _("筹备")
        ACTIVE = "active", _("进行中")
        CLOSED = "closed", _("已结束")

    code = models.CharField(max_length=64, unique=True, db_collation="C")
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=6, choices=State, default=State.DRAFT)  # gates sending reports, never events
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.OPERATION)
    starts_on = models.DateField()
    ends_on = models.DateField()
    timezone = models.CharField(max_length=64, default="Asia/Shanghai")  # fixed once events exist
    operating_model = models.CharField(max_length=12, choices=OperatingModel, default=OperatingModel.PRIVATE_CHAT)
    settlement_mode = models.CharField(max_length=8, choices=SettlementMode, default=SettlementMode.MONTHLY)
    fans_per_guide = models.PositiveIntegerField(default=25_000)
    auto_assign = models.BooleanField(default=True)
    has_events = models.BooleanField(default=False)  # set by the intake with the first event, never unset
    has_totals = models.BooleanField(default=False)  # set by the roll-up with the first day total, never unset
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="project_ends_after_start",
                condition=Q(ends_on__gte=F("starts_on")),
            ),
            models.CheckConstraint(
                name="project_fans_per_guide_positive",
                condition=Q(fans_per_guide__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Definition(models.Model):
    """口径表: one version of a project's definition sheet. In use is the newest until both sides have approved one,
    from then on the newest approved (projects.queries.definition_in_use)."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    sheet = models.JSONField()
    sha256 = models.CharField(max_length=64)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    agency_approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    agency_approved_at = models.DateTimeField(null=True)
    brand_approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    brand_approved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="definition_version_once"),
            models.CheckConstraint(
                name="definition_approved_by_two_persons",
                condition=~Q(agency_approved_by=F("brand_approved_by")),
            ),
        ]


class Channel(models.Model):
    """渠道: where fans come from. Made unconfirmed when an event names it first."""

    code = models.CharField(max_length=128, unique=True, db_collation="C")
    name = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=60, blank=True)
    lag_days = models.PositiveSmallIntegerField(default=0)
    confirmed = models.BooleanField(default=False)


class Account(models.Model):
    """企微号: a service account (persona) of the brand. Made unconfirmed when an event names it first."""

    code = models.CharField(max_length=128, unique=True, db_collation="C")
    name = models.CharField(max_length=200, blank=True)
    capacity = models.PositiveIntegerField(null=True)
    confirmed = models.BooleanField(default=False)


class Keeper(models.Model):
    """Who keeps an account from an instant on. Handing it over moves no fan; the credit changes from that instant.

    Without a guide nobody keeps it, and the account's own code stands for the guide.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="keepers")
    guide = models.ForeignKey(Guide, on_delete=models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField()

    class Meta:
        ordering = ["since"]
        constraints = [models.UniqueConstraint(fields=["account", "since"], name="keeper_once_per_instant")]


class TeamSeat(models.Model):
    """A seat of the 1+1+N team, from a day to a day (both included, open without an end).

    Guides have no row here: a guide's seat is her public guides.Placement, which alone owns share and dates. Never two
    PMs at one instant: migration 0002 holds it.
    """

    class Role(models.TextChoices):
        PM = "pm", _("项目经理")
        OPS = "ops", _("运营")
        CONTENT = "content", _("内容")
        ACQUISITION = "acquisition", _("吸粉专人")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="seats")
    role = models.CharField(max_length=12, choices=Role)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    share = models.DecimalField(max_digits=4, decimal_places=3, default=1)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="seat_share_in_range", condition=Q(share__gt=0, share__lte=1)),
            models.CheckConstraint(
                name="seat_ends_after_start",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
        ]


class BrandContact(models.Model):
    """甲方角色: who answers for what on the brand's side; the first three are named before a project becomes active."""

    class Role(models.TextChoices):
        MANAGER = "brand_manager", _("私域经理")
        AFTERSALES = "brand_aftersales", _("售后／物流")
        REVIEWER = "brand_reviewer", _("内容审核")
        SPONSOR = "brand_sponsor", _("品牌负责人")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="contacts")
    role = models.CharField(max_length=16, choices=Role)
    name = models.CharField(max_length=100)
    email = models.EmailField(blank=True)
    part_time = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "role"], name="contact_once_per_role")]


class Side(models.TextChoices):
    AGENCY = "agency", _("代运营方")
    BRAND = "brand", _("品牌方")


class Commitment(models.Model):
    """承诺: what one side promised for a month, and what of it was delivered.

    Traffic has no row here: it is the binding forecast's promised reach.
    """

    class Kind(models.TextChoices):
        GOODS = "goods", _("货品")
        CONTENT = "content", _("内容物料")
        BUDGET = "budget", _("预算")
        HEADS = "heads", _("在岗人数")
        SERVICE_HOURS = "service_hours", _("服务时长")
        POSTS = "posts", _("发布")
        TOUCHES = "touches", _("触达")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="commitments")
    side = models.CharField(max_length=6, choices=Side)
    kind = models.CharField(max_length=13, choices=Kind)
    month = models.DateField()  # its first day
    channel = models.CharField(max_length=128, blank=True, db_collation="C")
    what = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    promised = models.DecimalField(max_digits=14, decimal_places=2)
    due_on = models.DateField()
    delivered = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    delivered_on = models.DateField(null=True)  # the day it is said to have been delivered on
    entered_at = models.DateTimeField(null=True)  # when promise or delivery, as they stand, were last entered
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="commitment_side_known", condition=Q(side__in=Side.values)),
            models.CheckConstraint(name="commitment_month_is_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(name="commitment_promised_not_negative", condition=Q(promised__gte=0)),
            models.CheckConstraint(
                name="commitment_delivered_with_its_day",
                condition=Q(delivered__isnull=True, delivered_on__isnull=True, entered_at__isnull=True)
                | Q(delivered__gte=0, delivered_on__isnull=False, entered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="commitment_confirmed_when_delivered",
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False, delivered__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["project", "month"], name="commitment_of_month")]


class Relief(models.Model):
    """By which share (0..1) a missed commitment relieves the indicators named. Agreed once both sides have said the
    same; in force is the newest agreed one. At most one proposal of a commitment awaits the other side."""

    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="reliefs")
    share = models.DecimalField(max_digits=4, decimal_places=3)
    indicators = ArrayField(models.CharField(max_length=40))
    agency_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    agency_at = models.DateTimeField(null=True)
    brand_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    brand_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="relief_share_in_range", condition=Q(share__gte=0, share__lte=1)),
            models.CheckConstraint(name="relief_names_indicators", condition=Q(indicators__len__gt=0)),
            models.CheckConstraint(
                name="relief_agreed_by_two_persons",
                condition=Q(agency_by__isnull=True) | Q(brand_by__isnull=True) | ~Q(agency_by=F("brand_by")),
            ),
            models.UniqueConstraint(
                fields=["commitment"],
                name="relief_one_proposal",
                condition=Q(agency_at__isnull=True) | Q(brand_at__isnull=True),
            ),
        ]


class AuditEntry(models.Model):
    """Who changed what was agreed, when, from what to what. Appended only: the trigger of migration 0004 holds it."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    by = models.CharField(max_length=60)  # Identity.label, or "siyu"
    subject = models.CharField(max_length=140)  # "team", "account:a1", "commitment:7" …
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["project", "subject", "id"], name="audit_of_subject")]

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        raise RuntimeError("what was recorded stays")


class DayMark(models.Model):
    """Days of a project whose figures await the roll-up. Appended in the transaction that changed a fact; the roll-up
    deletes the marks it has served. first_day..last_day, both included; last_day empty: to the end of what there is."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["project", "first_day"], name="daymark_of_project")]


class Notice(models.Model):
    """通知: what one person is told inside the product, once per occasion (projects.notices).

    `subject` names the thing; `facts` fill the words, which she reads in her own language.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=6, choices=Side)  # on which she stood
    kind = models.CharField(max_length=20)
    occasion = models.CharField(max_length=120)
    subject = models.CharField(max_length=80)
    facts = models.JSONField()
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "occasion"], name="notice_once_per_occasion")]
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_newest_first"),
            models.Index(fields=["occasion"], name="notice_of_occasion"),
        ]
