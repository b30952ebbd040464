"""Events as they came, and what follows from them.

`Event` is the record: every version of every event, never edited. `Member`, `Tie`, `Presence`, `Holding`, `Order` and
`Refund` are projections of the events in force, rewritten by `fans.projection` for what an import touched and by
nothing else. Days (`*_day`) are local days of the project's time zone, computed in Python (siyu.periods) and kept
beside the instant, so that SQL never converts time zones. Rows of the log and the projections carry plain ids without
foreign keys where a million of them arrive at once (docs/adr).
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from projects.models import Project


class Fan(models.Model):
    """粉丝: a consumer, by the code her source gives her; one row per brand. Created when an event first names her."""

    code = models.CharField(max_length=128, unique=True, db_collation="C")
    created_at = models.DateTimeField(auto_now_add=True)


class Batch(models.Model):
    """One body of events and its account. The counters are lines."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        BROKEN = "broken"  # the body broke off; what was whole is stored

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    digest = models.BinaryField()  # of the decompressed body, keyed with the brand's key
    idempotency_key = models.CharField(max_length=200, null=True)
    made_by = models.CharField(max_length=120)  # "key:<id>" or "user:<id>"
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    received = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    replaced = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    errors = models.JSONField(default=list)  # the first 1,000 of {line, id, code, message}
    stored_lines = ArrayField(
        models.IntegerField(), default=list
    )  # runs of stored lines: [first, last, first, last, …]
    undone_at = models.DateTimeField(null=True)
    undoes = models.OneToOneField("self", on_delete=models.CASCADE, null=True, related_name="undone_by")

    class Meta:
        indexes = [
            models.Index(fields=["project", "digest"], name="batch_of_body"),
            models.Index(
                fields=["project", "idempotency_key"],
                name="batch_of_key",
                condition=Q(idempotency_key__isnull=False),
            ),
        ]


class Merge(models.Model):
    """One commit of events: its id is the brand's `seq`, in commit order, since merges hold the brand's lock."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="merges")
    merged_at = models.DateTimeField(auto_now_add=True)


class EventKind(models.IntegerChoices):
    """The first three are folded per fan in this order where they share an instant."""

    FAN_ADDED = 1, "fan.added"
    ASSIGNMENT = 2, "assignment"
    FAN_LOST = 3, "fan.lost"
    INTERACTION = 4, "interaction"
    RATING = 5, "rating"
    ORDER_PAID = 6, "order.paid"
    ORDER_REFUNDED = 7, "order.refunded"
    CHANNEL_DAY = 8, "channel.day"
    KOC_POST = 9, "koc.post"
    BRAND_SALES = 10, "brand.sales"
    FANS_DAY = 11, "fans.day"  # from here on: totals of a day (kpi/METRICS.md, Day totals)
    SERVICE_DAY = 12, "service.day"
    ORDERS_DAY = 13, "orders.day"
    CHANNEL_FANS = 14, "channel.fans"


class TieKind(models.IntegerChoices):
    FRIEND = 1, "friend"
    GROUP = 2, "group"
    OFFICIAL = 3, "official"


class Event(models.Model):
    """One version of one event. In force: the newest version of its identity (superseded_by null) with status CONTENT.

    `key` is the identity within project and kind: the source's id, the order number, the post, `date|channel`, the
    month, `date|guide`.
    Which columns a kind fills is listed in fans.vocabulary; personal data lies in Contact alone.
    """

    class Status(models.IntegerChoices):
        CONTENT = 0
        WITHDRAWN = 1
        UNDONE = 2  # the batch that first sent it was undone: as if it had never come

    project_id = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=EventKind)
    key = models.TextField(db_collation="C")
    status = models.SmallIntegerField(choices=Status, default=Status.CONTENT)
    seq = models.BigIntegerField()  # the Merge that brought this version
    line = models.IntegerField(null=True)
    superseded_by = models.BigIntegerField(
        null=True
    )  # the version that took its place, and the Merge that brought that
    superseded_seq = models.BigIntegerField(null=True)
    hash = models.BinaryField()  # keyed digest of the content, for telling a repeat from a correction
    source = models.TextField(null=True)
    at = models.DateTimeField(null=True)
    day = models.DateField(null=True)
    fan_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField(null=True)  # `guide` of an event; `to` of a decision
    from_given = models.BooleanField(null=True)  # a decision that names the holder it expects …
    from_account_id = models.BigIntegerField(null=True)  # … and that holder: null for nobody
    channel_id = models.BigIntegerField(null=True)
    tie = models.SmallIntegerField(choices=TieKind, null=True)
    group_code = models.TextField(null=True)
    opening = models.BooleanField(null=True)
    referrer = models.TextField(null=True)
    koc_post = models.TextField(null=True)
    by = models.TextField(null=True)
    cause = models.TextField(null=True)
    inbound = models.BooleanField(null=True)
    score = models.SmallIntegerField(null=True)
    order_number = models.TextField(null=True, db_collation="C")  # of a refund
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)  # of money, whatever the kind
    platform = models.TextField(null=True)
    dual = models.BooleanField(null=True)
    proof = models.TextField(null=True)
    stage = models.TextField(null=True)
    reached = models.BigIntegerField(null=True)
    phone_index = models.BinaryField(null=True)  # keyed blind index of the last 11 digits
    extra = models.JSONField(null=True)  # what no figure asks for: reason, touch, url, views, …

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project_id", "kind", "key"],
                name="event_identity_once",
                condition=Q(superseded_by__isnull=True),
            ),
        ]
        indexes = [
            # a fan's log for the fold; her touches for the window rule; her ratings and orders when she changes
            models.Index(
                fields=["project_id", "fan_id", "kind", "at"], name="event_of_fan",
                condition=Q(superseded_by__isnull=True, status=0, fan_id__isnull=False),
            ),
            # who wrote on which day: index-only, so a month counts its distinct fans without touching the log
            models.Index(
                fields=["project_id", "day", "fan_id"], name="event_inbound_day",
                condition=Q(superseded_by__isnull=True, status=0, kind=4, inbound=True),
            ),
            # the other kinds that are read by day: ratings, channel days, posts, sales
            models.Index(
                fields=["project_id", "kind", "day"], name="event_of_day",
                condition=Q(superseded_by__isnull=True, status=0, kind__in=[5, 8, 9, 10]),
            ),
            models.Index(
                fields=["project_id", "phone_index"], name="event_of_phone",
                condition=Q(superseded_by__isnull=True, status=0, kind=1, phone_index__isnull=False),
            ),
            # what became of a month's reach: all versions of its channel days, whose key begins with the day
            models.Index(fields=["project_id", "key"], name="event_channel_days", condition=Q(kind=8)),
            # day totals, few as they are, apart from all else
            models.Index(
                fields=["project_id", "day"], name="event_day_totals",
                condition=Q(superseded_by__isnull=True, status=0, kind__gte=11),
            ),
            models.Index(fields=["seq"], name="event_of_merge"),
            models.Index(
                fields=["superseded_seq"], name="event_ended_by_merge", condition=Q(superseded_seq__isnull=False)
            ),
        ]  # fmt: skip


class Contact(models.Model):
    """Personal data of one version of an addition, apart from the log: a person can be erased and figures stay."""

    event_id = models.BigIntegerField(primary_key=True)
    fan_id = models.BigIntegerField(db_index=True)
    name = models.TextField(null=True)
    phone_sealed = models.BinaryField(null=True)  # AES-GCM with the brand's key
    unionid = models.TextField(null=True)


class Member(models.Model):
    """What a project knows of a fan. `known_at`: her earliest addition by any tie; null while events name her but no
    addition is in force (those events are held). `first_*`: the addition that began her first presence, if any."""

    project_id = models.BigIntegerField()
    fan_id = models.BigIntegerField()
    known_at = models.DateTimeField(null=True)
    first_added_at = models.DateTimeField(null=True)
    first_added_day = models.DateField(null=True)
    channel_id = models.BigIntegerField(null=True)
    opening = models.BooleanField(default=False)
    koc_post = models.TextField(null=True)
    referrer = models.TextField(null=True)
    first_lost_at = models.DateTimeField(null=True)  # the end of her first presence
    account_id = models.BigIntegerField(null=True)  # credited for her: see Presence.account_id of her first presence
    credited_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project_id", "fan_id"], name="member_once")]
        indexes = [
            models.Index(fields=["project_id", "first_added_day"], name="member_by_first_day"),
            models.Index(
                fields=["project_id", "fan_id"],
                name="member_unknown",
                condition=Q(known_at__isnull=True),
            ),
        ]


class Tie(models.Model):
    """One tie of a fan: friend of an account (name null: unnamed), member of a group, follower."""

    project_id = models.BigIntegerField()
    fan_id = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=TieKind)
    account_id = models.BigIntegerField(null=True)
    group_code = models.TextField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["project_id", "fan_id"], name="tie_of_fan")]


class Presence(models.Model):
    """One interval of presence, [begun_at, ended_at] or open; `number` counts a fan's from 1.

    `account_id`, `credited_at`: the first holding of some length that began from begun_at to 24 h after it, and its
    begin; null without one. `before_ended_day`, `after_begun_day`: of the fan's previous and next interval, so that a
    period's first begin and last end are known from the row alone.
    """

    project_id = models.BigIntegerField()
    fan_id = models.BigIntegerField()
    number = models.IntegerField()
    begun_at = models.DateTimeField()
    begun_day = models.DateField()
    ended_at = models.DateTimeField(null=True)
    ended_day = models.DateField(null=True)
    before_ended_day = models.DateField(null=True)
    after_begun_day = models.DateField(null=True)
    account_id = models.BigIntegerField(null=True)
    credited_at = models.DateTimeField(null=True)
    channel_id = models.BigIntegerField(null=True)  # the fan's credited channel (Member.channel_id), for the roll-up

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project_id", "fan_id", "number"], name="presence_once")]
        indexes = [
            models.Index(fields=["project_id", "begun_day"], name="presence_by_begin"),
            models.Index(
                fields=["project_id", "ended_day"],
                name="presence_by_end",
                condition=Q(ended_day__isnull=False),
            ),
        ]


class Holding(models.Model):
    """An account holds a fan, [begun_at, ended_at) or open; at most one open holding per project and fan."""

    project_id = models.BigIntegerField()
    fan_id = models.BigIntegerField()
    number = models.IntegerField()
    account_id = models.BigIntegerField()
    begun_at = models.DateTimeField()
    begun_day = models.DateField()
    ended_at = models.DateTimeField(null=True)
    ended_day = models.DateField(null=True)
    channel_id = models.BigIntegerField(null=True)  # the fan's credited channel, for the roll-up

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project_id", "fan_id", "number"], name="holding_once"),
            models.UniqueConstraint(
                fields=["project_id", "fan_id"],
                name="holding_open_once",
                condition=Q(ended_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["project_id", "begun_day"], name="holding_by_begin"),
            models.Index(
                fields=["project_id", "ended_day"],
                name="holding_by_end",
                condition=Q(ended_day__isnull=False),
            ),
        ]


class OrderState(models.TextChoices):
    COUNTED = "counted"
    NATURAL = "natural"
    UNBOUND = "unbound"
    BEFORE_ADDED = "before_added"


class Order(models.Model):
    """An order in force with what follows for it: the fan it is bound to, its state by the sheet's rule, the account
    that held her when she paid, and her credited channel."""

    project_id = models.BigIntegerField()
    number = models.TextField(db_collation="C")
    event_id = models.BigIntegerField()
    at = models.DateTimeField()
    day = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    named_fan_id = models.BigIntegerField(null=True)
    phone_index = models.BinaryField(null=True)
    platform = models.TextField(null=True)
    dual = models.BooleanField(default=False)
    proof = models.TextField(null=True)
    fan_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=12, choices=OrderState)
    account_id = models.BigIntegerField(null=True)
    channel_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project_id", "number"], name="order_once")]
        indexes = [
            models.Index(fields=["project_id", "day"], name="order_by_day"),
            models.Index(
                fields=["project_id", "fan_id", "at"],
                name="order_of_fan",
                condition=Q(fan_id__isnull=False),
            ),
            models.Index(
                fields=["project_id", "named_fan_id"],
                name="order_naming_fan",
                condition=Q(named_fan_id__isnull=False),
            ),
            models.Index(
                fields=["project_id", "phone_index"],
                name="order_of_phone",
                condition=Q(phone_index__isnull=False),
            ),
        ]


class Refund(models.Model):
    """A refund in force. APPLIED ones take money off their order on their own day; the others wait (held)."""

    class State(models.TextChoices):
        APPLIED = "applied"
        NO_ORDER = "no_order"
        EXCEEDS = "refund_exceeds_paid"  # was held, and when its order came it was too large

    event_id = models.BigIntegerField(primary_key=True)
    project_id = models.BigIntegerField()
    key = models.TextField(db_collation="C")
    order_number = models.TextField(db_collation="C")
    at = models.DateTimeField()
    day = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    stage = models.TextField()
    state = models.CharField(max_length=20, choices=State)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project_id", "key"], name="refund_once")]
        indexes = [
            models.Index(fields=["project_id", "order_number"], name="refund_of_order"),
            models.Index(fields=["project_id", "day"], name="refund_by_day"),
            models.Index(
                fields=["project_id", "state"],
                name="refund_waiting",
                condition=~Q(state="applied"),
            ),
        ]


class Projection(models.Model):
    """Under which version of the definition sheet a project's projections stand. Differs from the sheet in use while
    `fans.tasks` folds the project anew; until it is done every day counts as stale."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, primary_key=True, related_name="+")
    definition_version = models.PositiveIntegerField(null=True)


class AssignmentPlan(models.Model):
    """A previewed set of assignment decisions, applied at most once. `basis`: accounts, keepers and capacities it was
    made on, so that applying can tell whether they changed; `preview`: the answer its maker saw."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    scope = models.CharField(max_length=140)
    basis = models.JSONField()
    preview = models.JSONField()
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(auto_now_add=True)
    applied_by = models.CharField(max_length=120, blank=True)
    applied_at = models.DateTimeField(null=True)
    batch = models.OneToOneField(Batch, on_delete=models.PROTECT, null=True, related_name="+")
    undone_by = models.CharField(max_length=120, blank=True)
    undone_at = models.DateTimeField(null=True)
    undo_batch = models.OneToOneField(Batch, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="plan_undone_after_applied", condition=Q(undone_at__isnull=True) | Q(applied_at__isnull=False)
            )
        ]


class PlannedMove(models.Model):
    """One decision of a plan. `from_account_id`: who held the fan when it was made; null for nobody."""

    plan = models.ForeignKey(AssignmentPlan, on_delete=models.CASCADE, related_name="moves")
    fan_id = models.BigIntegerField()
    from_account_id = models.BigIntegerField(null=True)
    to_account_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "fan_id"], name="planned_move_once")]
