"""What the roll-up keeps."""

from django.db import models

from projects.models import Project


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
