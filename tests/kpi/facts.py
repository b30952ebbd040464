"""Read a project's facts for the model: instants and codes only, none of the days and credits kept beside them."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from fans import models as fans
from projects.models import Account, Channel, Keeper, Project
from projects.queries import definition_in_use
from tests.kpi.model import Addition, Facts, Fan, Order


def read_facts(project: Project) -> Facts:
    """Inside the brand."""
    name = dict(fans.Fan.objects.values_list("id", "code"))
    account = dict(Account.objects.values_list("id", "code"))
    channel = dict(Channel.objects.values_list("id", "code"))
    known: dict[str, Fan] = {}
    for member in fans.Member.objects.filter(project_id=project.pk, known_at__isnull=False):
        fan = known[name[member.fan_id]] = Fan()
        if member.first_added_at:
            fan.first = Addition(
                member.first_added_at,
                channel.get(member.channel_id),
                member.opening,
                member.koc_post,
                member.referrer,
            )
    for presence in fans.Presence.objects.filter(project_id=project.pk).order_by("fan_id", "number"):
        known[name[presence.fan_id]].presences.append((presence.begun_at, presence.ended_at))
    for holding in fans.Holding.objects.filter(project_id=project.pk).order_by("fan_id", "number"):
        known[name[holding.fan_id]].holdings.append((account[holding.account_id], holding.begun_at, holding.ended_at))
    channel_days, posts = [], []
    for event in fans.Event.objects.filter(project_id=project.pk, superseded_by=None, status=0):
        fan = known.get(name.get(event.fan_id))
        if event.kind == fans.EventKind.INTERACTION and fan and event.inbound:
            fan.inbound.append(event.at)
        elif event.kind == fans.EventKind.RATING and fan:
            fan.ratings.append((event.at, event.score))
        elif event.kind == fans.EventKind.CHANNEL_DAY:
            channel_days.append((channel[event.channel_id], event.day, event.reached, event.amount))
        elif event.kind == fans.EventKind.KOC_POST:
            posts.append((event.at, name.get(event.fan_id)))
    orders = {
        order.number: Order(order.at, order.amount, order.state, name.get(order.fan_id), order.dual)
        for order in fans.Order.objects.filter(project_id=project.pk)
    }
    refunds = [
        (refund.at, refund.amount, refund.stage, refund.order_number)
        for refund in fans.Refund.objects.filter(project_id=project.pk, state="applied")
    ]
    keepers: dict[str, list] = {}
    for keeper in Keeper.objects.order_by("since").select_related("guide"):
        keepers.setdefault(account[keeper.account_id], []).append((keeper.since, keeper.guide and keeper.guide.code))
    hours = definition_in_use(project).sheet["valid_after_hours"]
    zone = ZoneInfo(project.timezone)
    return Facts(zone, timedelta(hours=hours), known, keepers, orders, refunds, channel_days, posts)
