"""Derive a whole project's projections anew, after its definition sheet changed, in pieces: imports go on between."""

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction

from fans.merge import lock_brand, staging
from fans.models import Projection
from fans.projection import Rules, derive
from projects.models import Project
from projects.queries import definition_in_use
from siyu import sql
from siyu.due import ask

SQL = Path(__file__).parent / "sql"
PIECE = 20_000  # fans or orders in one transaction


def refold_project(project: Project, beat: Callable[[], None]) -> None:
    """Fold every fan and bind every order under the sheet in use; then every day awaits the roll-up. Repeatable.

    `beat` is called between pieces. Events that come meanwhile are already projected under the new sheet (fans.merge).
    """
    definition = definition_in_use(project)
    rules = Rules.of_sheet(definition.sheet)
    for question, start in (("next_members.sql", 0), ("next_orders.sql", "")):
        last = _piece(project, rules, question, start)
        while last is not None:
            beat()
            last = _piece(project, rules, question, last)
    with transaction.atomic():
        lock_brand()
        Projection.objects.update_or_create(project=project, defaults={"definition_version": definition.version})
        sql.run(SQL / "mark_all_days.sql", {"project": project.pk})
        ask("rollup", str(project.pk))
        if definition_in_use(project).version != definition.version:
            ask("refold", str(project.pk))


@transaction.atomic
def _piece(project: Project, rules: Rules, question: str, after: int | str) -> int | str | None:
    """Derive the next PIECE members or orders. Returns the last one, None where there was none."""
    lock_brand()
    with staging():
        [(last,)] = sql.rows(SQL / question, {"project": project.pk, "after": after, "most": PIECE})
        if last is not None:
            derive(project.pk, ZoneInfo(project.timezone), rules, seq=None)
    return last
