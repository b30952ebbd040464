"""今日: all that needs one person now, over the projects of a brand that she may know of. Runs inside the brand."""

from dataclasses import dataclass
from datetime import datetime

from projects.models import Project
from projects.queries import seen_projects
from siyu.due import standing
from tenants.identity import Identity
from workplace.today import Desk, Task, in_order
from workplace.today_agreed import agreed_tasks
from workplace.today_reports import report_tasks
from workplace.today_work import work_tasks


@dataclass(frozen=True)
class ProjectDay:
    """One project with its tasks, the most urgent first."""

    project: Project
    tasks: list[Task]


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
        found.append(ProjectDay(project, in_order(tasks)))
    return found
