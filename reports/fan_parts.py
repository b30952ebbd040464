"""Fan assets, groups, channels' quality and KOC posts, as JSON. Runs inside the brand."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from kpi.analysis import read_new_retention
from kpi.api import plain
from kpi.assets import QUIET_DAYS, Post, Stayed, Tier, read_assets, read_groups, read_posts, read_stayed
from kpi.metrics import divide
from projects.models import Project
from siyu.periods import DAY, Period

KEPT_DAYS = 7  # after which a new fan's staying is told
BEST = 5  # posts named at each end
COUNTED = ("fans", "new", "bought_once", "bought_again", "dormant")


def assets_of(project: Project, period: Period) -> dict[str, Any]:
    """{tiers: [{tier, fans, new, bought_once, bought_again, dormant, amount}], whole, dormant_days}."""
    tiers = read_assets(project, period)
    whole = {name: sum(getattr(tier, name) for tier in tiers) for name in COUNTED}
    return {
        "dormant_days": QUIET_DAYS,
        "tiers": [_tier(tier) for tier in tiers],
        "whole": {
            **whole,
            "old": whole["fans"] - whole["new"],
            "amount": f"{sum(tier.amount for tier in tiers):.2f}",
        },
    }


def _tier(tier: Tier) -> dict[str, Any]:
    found = asdict(tier)
    return {"tier": found.pop("name"), **found, "amount": f"{tier.amount:.2f}"}


def groups_of(project: Project, period: Period) -> dict[str, Any]:
    """{groups, before, added, lost, members, rows: [{group, before, added, lost, members}]}; rows: those that moved."""
    groups = read_groups(project, period)
    rows = [{**asdict(group), "members": group.members} for group in groups]
    return {
        "groups": sum(group.members > 0 for group in groups),
        **{name: sum(row[name] for row in rows) for name in ("before", "added", "lost", "members")},
        "rows": [
            {"group": row.pop("code"), **row} for row in rows if row["added"] or row["lost"]
        ],
    }  # fmt: skip


def content_of(project: Project, period: Period) -> dict[str, Any]:
    """KOC posts by the users they brought: {posts, users, best, worst}. Worst are those published in the period that
    brought fewest and are not among the best."""
    posts = read_posts(project, period)
    best = [post for post in posts if post.users][:BEST]
    fresh = [post for post in posts if post.is_new and post not in best]
    worst = sorted(fresh, key=lambda post: (post.users, post.code))[:BEST]
    return {
        "posts": sum(post.is_new for post in posts),
        "users": sum(post.users for post in posts),
        "best": [_post(post) for post in best],
        "worst": [_post(post) for post in worst],
    }


def _post(post: Post) -> dict[str, Any]:
    return {"post": post.code, "users": post.users, "platform": post.platform, "published_on": post.day}


def quality_of(project: Project, period: Period, as_of: datetime) -> list[dict[str, Any]]:
    """Of the fans diverted in the seven days before the week, by channel: {channel, fans, stayed, share} after seven
    days each, all of which have passed when the week ends. Stayed is null where they have not for somebody."""
    before = Period(period.first - KEPT_DAYS * DAY, period.first - DAY)
    is_known = read_new_retention(project, before.first, before.last, as_of)["d7"] is not None
    return [_stayed(row, is_known=is_known) for row in read_stayed(project, before, KEPT_DAYS)]


def _stayed(row: Stayed, *, is_known: bool) -> dict[str, Any]:
    stayed = row.stayed if is_known else None
    share = plain(divide(stayed, row.fans), "ratio")
    return {"channel": row.channel, "fans": row.fans, "stayed": stayed, "share": share}
