"""Due work of this room."""

from kpi.rollup import ROLLUP, roll_up
from projects.models import Project
from siyu.due import Beat, handles


@handles(ROLLUP)
def roll_up_project(subject: str, beat: Beat) -> None:
    """`subject`: the project's id. Whoever marks days asks for it in the same transaction."""
    roll_up(Project.objects.get(pk=int(subject)), between=beat)
