"""Due work of this room."""

from collections.abc import Callable

from fans.assignments import assign_newcomers
from fans.refold import refold_project
from projects.models import Project
from siyu.due import handles


@handles("refold")
def refold(subject: str, beat: Callable[[], None]) -> None:
    """`subject`: the project's id. The sheet in use changed: fold it anew."""
    refold_project(Project.objects.get(pk=int(subject)), beat)


@handles("assign")
def assign(subject: str, beat: Callable[[], None]) -> None:
    """`subject`: the project's id. Fans may have come without a holder, or room for them."""
    assign_newcomers(Project.objects.get(pk=int(subject)))
