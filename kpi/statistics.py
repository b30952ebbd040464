"""Keep the planner informed. Autovacuum looks at a table once a minute; a large import is rolled up sooner."""

from kpi.questions import sql
from siyu.brands import current_schema
from siyu.sql import rows
from siyu.statistics import analyze_tables


def refresh_statistics() -> list[str]:
    """Analyse the brand's tables of facts and flows that changed much since they last were. Returns their names."""
    tables = [name for (name,) in rows(sql("outdated_statistics"), {"schema": current_schema()})]
    analyze_tables(*tables)
    return tables
