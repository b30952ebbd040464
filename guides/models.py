"""Guides and where they are placed."""

from typing import NoReturn

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tenants.models import Agency, Brand, User


class Guide(models.Model):
    """导购: an agency employee who serves fans. Retired, never deleted: accounts and figures point to her."""

    class Kind(models.TextChoices):
        GENERAL = "general", _("通用型")
        CATEGORY = "category", _("类目型")
        BRAND = "brand", _("品牌型")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=64, db_collation="C")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.GENERAL)
    category = models.CharField(max_length=60, blank=True)  # of a CATEGORY guide: the category of brands she knows
    skills = ArrayField(models.CharField(max_length=40), default=list)
    user = models.OneToOneField(User, on_delete=models.PROTECT, null=True, related_name="+")
    retired_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "code"], name="guide_code_once_per_agency")]

    def __str__(self) -> str:
        return self.name

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        raise RuntimeError("guides retire (guides.services.retire_guide), they are never deleted")


class Placement(models.Model):
    """A guide's share of time in one project of a brand, from a day to a day (both included, open without an end).

    This is her seat in that project's team. On any day a guide's shares sum to at most 1; the trigger of migration
    0002 holds it, locking the guide's row. `project` is the project's code in the brand's schema: public tables never
    point into a brand.
    """

    guide = models.ForeignKey(Guide, on_delete=models.PROTECT, related_name="+")
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="+")
    project = models.CharField(max_length=64)
    share = models.DecimalField(max_digits=4, decimal_places=3)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="placement_share_in_range", condition=Q(share__gt=0, share__lte=1)),
            models.CheckConstraint(
                name="placement_ends_after_start",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
        ]
        indexes = [
            models.Index(fields=["guide", "starts_on"], name="placement_of_guide"),
            models.Index(fields=["brand", "project"], name="placement_of_project"),
        ]


class Cost(models.Model):
    """What a guide costs the agency a month, yuan, from a month on (its first day). The agency's own: no brand's role
    may read this table, so the money is in no column of one that it may."""

    guide = models.ForeignKey(Guide, on_delete=models.PROTECT, related_name="+")
    since = models.DateField()
    monthly = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        db_table = "guides_cost"
        constraints = [
            models.UniqueConstraint(fields=["guide", "since"], name="cost_once_per_month"),
            models.CheckConstraint(name="cost_not_negative", condition=Q(monthly__gte=0)),
            models.CheckConstraint(name="cost_since_first_day", condition=Q(since__day=1)),
        ]


class Absence(models.Model):
    """Days (both included) on which a guide serves nobody. The reason is the agency's to know."""

    guide = models.ForeignKey(Guide, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    reason = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.CheckConstraint(name="absence_ends_after_start", condition=Q(ends_on__gte=F("starts_on")))
        ]
        indexes = [models.Index(fields=["guide", "starts_on"], name="absence_of_guide")]
