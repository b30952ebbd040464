"""今日: all that needs one person now, over the projects of a brand that she may know of. Runs inside the brand."""

from dataclasses import dataclass
from datetime import date, datetime

from kpi.marks import read_extent
from projects.models import Project, TeamSeat
from projects.queries import people, seen_projects
from siyu.due import standing
from siyu.problems import say
from tenants.identity import Identity
from workplace.today import Desk, Task, in_order
from workplace.today_agreed import agreed_tasks
from workplace.today_reports import report_tasks
from workplace.today_work import work_tasks

OWN = ("forecast", "definitions", "costs", "activate", "seat", "leaver")  # kinds that owners see to themselves


@dataclass(frozen=True)
class ProjectDay:
    """One project with its tasks, the most urgent first. `through`: the last day with data; None without any."""

    project: Project
    tasks: list[Task]
    through: date | None


def read_day(identity: Identity, now: datetime) -> list[ProjectDay]:
    """By project's code, those with nothing to do too. Of a closed project only its reports are anyone's work."""
    projects = seen_projects(identity, now)
    runs = standing() if projects else []
    found = []
    for project in projects:
        desk = Desk(identity, project, now)
        tasks = list(report_tasks(desk))
        if project.state != Project.State.CLOSED:
            tasks += [*agreed_tasks(desk), *work_tasks(desk, runs)]
        if identity.side == "agency" and identity.sees_all_projects:
            tasks = _above_the_pm(desk, tasks)
        found.append(ProjectDay(project, in_order(tasks, desk.today), read_extent(project.pk).facts_through))
    return found


def _above_the_pm(desk: Desk, tasks: list[Task]) -> list[Task]:
    """Whoever stands above all projects has her own rows and the urgent ones; what the PM of today sees to is one row,
    so that she sees it is seen to."""
    seats = TeamSeat.objects.filter(project=desk.project, role=TeamSeat.Role.PM, starts_on__lte=desk.today)
    pms = [seat.user_id for seat in seats if seat.ends_on is None or seat.ends_on >= desk.today]
    theirs = [task for task in tasks if task.tone != "bad" and task.kind not in OWN] if pms else []
    if not theirs:
        return tasks
    names = say("、", ", ").join(str(user) for user in people(pms).values())
    what = say(f"{names} 有 {len(theirs)} 件待办", f"{names} has {len(theirs)} things to see to")
    why = say("；", "; ").join(task.what for task in in_order(theirs, desk.today)[:3])
    row = Task("pm", what, why, say("看项目", "See the project"), desk.path("project"), "mid")
    return [task for task in tasks if task not in theirs] + [row]
