"""What the roll-up keeps, and the forecasts that both sides agree on."""

from datetime import date, datetime

from django.db import models
from django.db.models import F, Q

from kpi.forecast import read_month
from projects.models import Project, Side
from tenants.models import User


class DayFlow(models.Model):
    """What one local day did, cut by account, guide and channel: everything that adds up over days, and the day's own
    counts of fans. Rebuilt as a whole for a marked day, never nudged. Columns: kpi/METRICS.md.

    Stock columns (begun, ended, held_in, held_out) are prefix-summed to P(S); begun and ended stand under account null,
    held_* under the account and guide null. The others stand under the account and guide credited.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    account_id = models.BigIntegerField(null=True)
    # The guide's code, or the account's own while nobody keeps it; nobody is null here, as it is in the figures.
    guide = models.TextField(null=True)  # noqa: DJ001
    channel_id = models.BigIntegerField(null=True)
    begun = models.IntegerField(default=0)
    ended = models.IntegerField(default=0)
    held_in = models.IntegerField(default=0)
    held_out = models.IntegerField(default=0)
    arrived = models.IntegerField(default=0)  # fans of the day's `seen` who were not in P(day's begin)
    churned_old = models.IntegerField(default=0)  # of P(day's begin), not in P(day's end)
    churned_new = models.IntegerField(default=0)  # arrived and not in P(day's end)
    interacted = models.IntegerField(default=0)  # of `seen`, with an inbound interaction on the day
    diverted = models.IntegerField(default=0)
    valid = models.IntegerField(default=0)
    koc = models.IntegerField(default=0)
    referral = models.IntegerField(default=0)
    rated = models.IntegerField(default=0)
    rated_good = models.IntegerField(default=0)
    orders = models.IntegerField(default=0)
    gross = models.DecimalField(max_digits=20, decimal_places=2, default=0)
    dual = models.DecimalField(max_digits=20, decimal_places=2, default=0)
    refunds_before_shipping = models.DecimalField(max_digits=20, decimal_places=2, default=0)
    refunds_after_receipt = models.DecimalField(max_digits=20, decimal_places=2, default=0)
    refunds_unknown = models.DecimalField(max_digits=20, decimal_places=2, default=0)
    unbound = models.DecimalField(max_digits=20, decimal_places=2, default=0)
    before_added = models.DecimalField(max_digits=20, decimal_places=2, default=0)
    natural = models.DecimalField(max_digits=20, decimal_places=2, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "day", "account_id", "guide", "channel_id"],
                name="day_flow_once",
                nulls_distinct=False,
            )
        ]


class DayTotal(models.Model):
    """What one guide or channel stated of one local day, and whether it counts or is set aside since events speak of
    the day (kpi/METRICS.md, Day totals). Rebuilt with the day's flows, which hold what adds up.

    A guide's row has the guide's code, a channel's its channel and `added` alone. A group that she did not state is
    null. `counts_*`: whether the totals of the group count on this day, the same in all rows of a day.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    guide = models.TextField(null=True)  # noqa: DJ001 - null in a channel's row
    channel_id = models.BigIntegerField(null=True)
    added = models.IntegerField(null=True)
    lost = models.IntegerField(null=True)
    friends = models.IntegerField(null=True)
    chats = models.IntegerField(null=True)
    replied = models.IntegerField(null=True)
    orders = models.IntegerField(null=True)
    paid = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    refunds = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    counts_fans = models.BooleanField()
    counts_service = models.BooleanField()
    counts_orders = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "day", "guide", "channel_id"], name="day_total_once", nulls_distinct=False
            )
        ]


class ReachConfirmation(models.Model):
    """触达确认: a person of the brand has read a channel's reach of a month and confirmed it. Never edited: a figure
    that changes afterwards is confirmed by a further row. Whether one still stands: kpi.reach_standing."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=128, db_collation="C")
    month = models.DateField()  # its first day
    reached = models.BigIntegerField()  # the figure that was read
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="reach_confirmation_month_is_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(name="reach_confirmation_not_negative", condition=Q(reached__gte=0)),
        ]
        indexes = [models.Index(fields=["project", "month", "channel"], name="reach_confirmation_of_month")]


class Forecast(models.Model):
    """预测表: one version of what a project is expected to bring, its lines and the contract's terms. Never edited: a
    change makes a new version. Which version binds a month: kpi.forecasts.binding_forecast."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    effective_from = models.DateField()  # the first day of its first month
    inputs = models.JSONField()  # as kpi.forecast_inputs reads them
    sha256 = models.CharField(max_length=64)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    agency_approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    agency_approved_at = models.DateTimeField(null=True)
    brand_approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    brand_approved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="forecast_version_once"),
            models.CheckConstraint(
                name="forecast_approved_by_two_persons",
                condition=~Q(agency_approved_by=F("brand_approved_by")),
            ),
        ]

    @property
    def bound_at(self) -> datetime | None:
        """When the second side approved it; None while one has not."""
        if self.agency_approved_at is None or self.brand_approved_at is None:
            return None
        return max(self.agency_approved_at, self.brand_approved_at)

    @property
    def months(self) -> list[date]:
        """The first days of the months it states."""
        return [read_month(month["month"]) for month in self.inputs["months"]]


class ForecastComment(models.Model):
    """What a person said about a version of the forecast, for both sides; never edited. A proposal is the word that
    the version awaits approval, with or without text, once."""

    class Kind(models.TextChoices):
        COMMENT = "comment"
        PROPOSAL = "proposal"

    forecast = models.ForeignKey(Forecast, on_delete=models.CASCADE, related_name="comments")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.COMMENT)
    side = models.CharField(max_length=6, choices=Side)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["forecast"], condition=Q(kind="proposal"), name="forecast_proposed_once"),
            models.CheckConstraint(name="forecast_comment_says_something", condition=Q(kind="proposal") | ~Q(text="")),
        ]


class OwnIndicator(models.Model):
    """自有指标: one version of an indicator that a project defines for itself (kpi/METRICS.md, Own indicators). Never
    edited: a change makes a new version. Which one a period is counted by: kpi.own_indicators.version_for.

    `numerator`, `denominator`: kpi.countings.Selection as stated. `removed`: from this version on there is none.
    """

    class Better(models.TextChoices):
        UP = "up"
        DOWN = "down"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=40, db_collation="C")
    version = models.PositiveIntegerField()
    effective_from = models.DateField()  # the first day of its first month; the first version holds before it too
    name = models.CharField(max_length=40)
    group = models.CharField(max_length=9)  # diversion, service, result
    better = models.CharField(max_length=4, choices=Better)
    unit = models.CharField(max_length=7)
    numerator = models.JSONField()
    denominator = models.JSONField(null=True)
    removed = models.BooleanField(default=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "code", "version"], name="own_indicator_version_once"),
            models.CheckConstraint(name="own_indicator_month_is_first_day", condition=Q(effective_from__day=1)),
        ]
