"""Bringing the demo in and keeping it up to date. Whatever a killed start left is gone on with: nothing comes twice.

Agency, people and contracts are one transaction. Events come as bodies of whole days, the way REST stores them; a
body's key says which days it holds, so the next start knows what is there. What is done at the end of a brand's first
load (`acts`) counts what it did.
"""

import io
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.db import transaction

from fans.intake import take_body
from fans.models import Batch
from fans.spool import spooled
from kpi.rollup import roll_up
from projects.audit import SIYU
from projects.models import Project
from projects.queries import zone_of
from siyu.brands import enter_brand
from siyu.periods import local_day
from tenants.keys import keys_of_current_brand
from tenants.models import Agency, Brand, User
from tenants.provisioning import create_brand, template_script
from tenants.services import create_agency
from workplace.demo.acts import act_out, months_to_act_on
from workplace.demo.brands import BRANDS, BrandPlan
from workplace.demo.calendar import DAY, month_after
from workplace.demo.contract import Cast, begin_project, cast_of, retire_who_left
from workplace.demo.people import PEOPLE, make_guides, make_people
from workplace.demo.progress import Progress, Says
from workplace.demo.promises import keep_promises, promise, settle_promises
from workplace.demo.story import Event, Story

AGENCY = ("lighthouse", "灯塔代运营")
MONTHS = 9  # ended, before the running one
KEY = "demo "  # of bodies: "demo 2026-03-01..2026-03-31"
BODY = 25_000  # events: few bodies load faster than many, and many show that it goes on
ROLLED_UP, REPORTED = 10, 12  # what a brand's roll-up and one of its reports take, in days of events


def first_day_of(now: datetime) -> date:
    """The first day of a demo that is made now."""
    return month_after(local_day(now, ZoneInfo(settings.TIME_ZONE)), -MONTHS)


@transaction.atomic
def make_demo(password: str, first_day: date, plans: Sequence[BrandPlan] = BRANDS) -> None:
    """Agency, brands, people, guides and contracts, and the password where later starts find it: all of it or nothing.
    Outside of brands."""
    template_script()
    agency, _ = create_agency(AGENCY[1], slug=AGENCY[0], is_demo=True)
    brands = {
        plan.slug: create_brand(plan.slug, agency=agency, name=plan.name, category=plan.category)[0] for plan in plans
    }
    users = make_people(agency, brands, password)
    make_guides(agency, users, first_day)
    for plan in plans:
        cast = cast_of(brands[plan.slug], users)
        with enter_brand(cast.brand.schema_name):
            project = begin_project(plan, cast, first_day)
            promise(project, cast)
    retire_who_left(agency, first_day)
    keep_secret(settings.HOME / "demo_password", password)


def keep_secret(path: Path, text: str) -> None:
    """Write a file that only its owner reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(f"{text}\n")


# -- Up to date -------------------------------------------------------------------------------------------------------


def bring_up_to_date(now: datetime, out: Says, *, bar: bool, plans: Sequence[BrandPlan] = BRANDS) -> None:
    """Load what is missing of the history through yesterday, roll it up, and let the people of a brand that is new act.
    Brands that were closed, or whose project is gone, are left alone. Outside of brands."""
    stages = [stage for plan in plans if (stage := _stage_of(plan, now)) is not None and not stage.is_done]
    if not stages:
        return
    progress = Progress(out, sum(stage.effort for stage in stages), bar=bar)
    for stage in stages:
        with enter_brand(stage.cast.brand.schema_name):
            stage.run(progress)


class _Stage:
    """One brand, and what is still to be done of it. Made and run inside the brand."""

    def __init__(self, plan: BrandPlan, cast: Cast, project: Project, now: datetime) -> None:
        self.plan, self.cast, self.project, self.now = plan, cast, project, now
        self.today = local_day(now, zone_of(project))
        self.last = min(self.today - DAY, project.ends_on)
        told = told_days(project)
        # Of a story that has begun the term may have been changed since.
        begins = told[0] + DAY if told else project.starts_on
        self.first_day = month_after(begins, -plan.begins)
        self.loaded = told[1] if told else None
        self.months = months_to_act_on(project, now)
        since = self.loaded or project.starts_on - DAY
        self.effort = max((self.last - since).days, 0) + ROLLED_UP + REPORTED * len(self.months)

    @property
    def is_done(self) -> bool:
        return self.loaded is not None and self.loaded >= self.last and not self.months

    def run(self, progress: Progress) -> None:
        name = self.plan.name
        progress.add(0, name)
        for first, last, events in bodies_of(Story(self.plan, self.first_day).days(self.last), self.loaded):
            take_events(self.project, f"{KEY}{first}..{last}", events)
            progress.add((last - first).days + 1, f"{name} {last:%Y-%m}")
        roll_up(self.project)
        keep_promises(self.project, self.cast, self.today)
        progress.add(ROLLED_UP, f"{name} 指标汇总 / figures")
        if self.months:
            settle_promises(self.project, self.cast, self.today)
            for month in act_out(self.plan, self.project, self.cast, self.months, self.now):
                progress.add(REPORTED, f"{name} {month:%Y-%m} 月报 / monthly report")


def _stage_of(plan: BrandPlan, now: datetime) -> _Stage | None:
    brand = Brand.objects.filter(slug=plan.slug, agency__slug=AGENCY[0], state=Brand.State.ACTIVE).first()
    users = {user.email: user for user in User.objects.filter(email__in=[person.email for person in PEOPLE])}
    if brand is None or len(users) < len(PEOPLE):
        return None
    with enter_brand(brand.schema_name):
        project = Project.objects.order_by("pk").first()  # others were made by those who look around
        if project is None or project.state != Project.State.ACTIVE:
            return None
        return _Stage(plan, cast_of(brand, users), project, now)


def told_days(project: Project) -> tuple[date, date] | None:
    """The first and the last day whose events were sent, whatever became of them since. Inside the brand."""
    done = Batch.objects.filter(project=project, idempotency_key__startswith=KEY, state=Batch.State.DONE)
    keys = [key.removeprefix(KEY).split("..") for key in done.values_list("idempotency_key", flat=True) if key]
    days = [date.fromisoformat(text) for key in keys for text in key]
    return (min(days), max(days)) if days else None


def bodies_of(days: Iterable[tuple[date, list[Event]]], after: date | None) -> Iterator[tuple[date, date, list[Event]]]:
    """(first day, last day, events) of whole days, after the day `after`, until there are BODY events or more."""
    first = last = None
    events: list[Event] = []
    for day, told in days:
        if after is not None and day <= after:
            continue
        first, last = first or day, day
        events += told
        if len(events) >= BODY:
            yield first, last, events
            first, events = None, []
    if first is not None and last is not None:
        yield first, last, events


def take_events(project: Project, key: str, events: Iterable[Event]) -> Batch:
    """Store events as a body that REST was sent. Inside the brand, outside a transaction."""
    encode = msgspec.json.encode
    body = b"\n".join(encode(event) for event in events)
    digest = keys_of_current_brand().body_digest()
    with spooled(io.BytesIO(body), digest, encoding="", is_array=False, expected=len(body)) as spool:
        return take_body(project, spool, digest.digest(), made_by=SIYU, key=key)


def demo_agency() -> Agency | None:
    """The demo's agency, where this SIYU_HOME made it. In public."""
    if not (settings.HOME / "demo_password").exists():
        return None
    return Agency.objects.filter(slug=AGENCY[0], name=AGENCY[1]).first()
