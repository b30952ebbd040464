"""The bans of ARCHITECTURE 9 as rules over our own source, each with a planted offence that shows it bites."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("siyu", "tenants", "guides", "projects", "fans", "kpi", "connectors", "reports", "workplace")
SEAM = ("siyu/brands.py", "siyu/db/", "tenants/provisioning.py")  # what may switch schemas by itself
DRIVER = ("siyu/sql.py", "siyu/db/", "siyu/embedded/")  # what may speak to the driver
TERMINAL = ("siyu/embedded/", "/management/commands/")
SWITCHES = {
    "schema_context",
    "tenant_context",
    "set_tenant",
    "set_schema",
    "set_schema_to_public",
    "activate",
    "deactivate",
    "enter_as_owner",
}
THREADS = {
    "threading",
    "asyncio",
    "concurrent",
    "concurrent.futures",
    "gevent",
    "eventlet",
    "asgiref",
    "multiprocessing",
}
NAIVE = {"utcnow", "utcfromtimestamp"}
CONNECTORS = {("psycopg2", "connect"), ("psycopg2", "pool")}

Rule = Callable[[ast.AST], bool]


def name_of(node: ast.AST) -> str:
    """`a.b.c` of an attribute or a name; "" of anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}".lstrip(".")
    return name_of(node.func) if isinstance(node, ast.Call) else ""


def last(node: ast.AST) -> str:
    return name_of(node).rpartition(".")[2]


def enters_by_with(node: ast.AST) -> bool:
    """`with brand:` keeps the tenant before in one list that all threads share."""
    if not isinstance(node, ast.With):
        return False
    return any(
        not isinstance(item.context_expr, ast.Call) and last(item.context_expr).lower().endswith(("brand", "tenant"))
        for item in node.items
    ) or any(".objects.get" in f".{name_of(item.context_expr)}" for item in node.items)


def enters_by_decorator(node: ast.AST) -> bool:
    """A context manager as a decorator keeps one state for all calls."""
    if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return False
    doors = {*SWITCHES, "enter_brand", "enter_public"}
    return any(last(decorator) in doors for decorator in node.decorator_list)


def switches_schema(node: ast.AST) -> bool:
    """Schemas are switched by siyu.brands and by nothing else."""
    if isinstance(node, ast.Call) and last(node) == "activate":
        return name_of(node.func.value if isinstance(node.func, ast.Attribute) else node.func) not in (
            "translation",
            "timezone",
        )
    names = {last(node)} if isinstance(node, ast.Call) else imported(node)
    return bool(names & (SWITCHES - {"activate"}))


def imported(node: ast.AST) -> set[str]:
    return {alias.name for alias in node.names} if isinstance(node, (ast.Import, ast.ImportFrom)) else set()


def runs_beside(node: ast.AST) -> bool:
    """A connection belongs to one thread, and so does the brand it is in."""
    if isinstance(node, (ast.AsyncFunctionDef, ast.AsyncWith, ast.AsyncFor, ast.Await)):
        return True
    modules = imported(node) | ({node.module or ""} if isinstance(node, ast.ImportFrom) else set())
    return bool({module.partition(".")[0] for module in modules} & THREADS)


def connects_itself(node: ast.AST) -> bool:
    """Another connection is in no brand, and another alias has no search path."""
    if isinstance(node, ast.Subscript) and last(node.value) == "connections":
        return True
    if isinstance(node, ast.ImportFrom):
        return any((node.module, alias.name) in CONNECTORS for alias in node.names)
    return isinstance(node, ast.Call) and tuple(name_of(node).rsplit(".", 1)) in CONNECTORS


def prints(node: ast.AST) -> bool:
    """What is printed by a server is read by nobody, and may be personal data."""
    return isinstance(node, ast.Call) and name_of(node) == "print"


def tells_naive_time(node: ast.AST) -> bool:
    """An instant without a zone is read in whatever zone the machine has."""
    if not isinstance(node, ast.Call):
        return False
    if last(node) in NAIVE:
        return True
    has_zone = bool(node.args) or any(keyword.arg == "tz" for keyword in node.keywords)
    return name_of(node) in ("datetime.now", "datetime.datetime.now") and not has_zone


RULES: dict[str, tuple[Rule, tuple[str, ...]]] = {
    "enter_by_with": (enters_by_with, ()),
    "enter_by_decorator": (enters_by_decorator, ()),
    "switch_schema": (switches_schema, SEAM),
    # brands.py asks whether async code is running, in order to refuse; the launcher has no database of brands
    "run_beside": (runs_beside, ("siyu/brands.py", "siyu/embedded/")),
    "connect": (connects_itself, DRIVER),
    "print": (prints, TERMINAL),
    "naive_time": (tells_naive_time, ("siyu/embedded/",)),  # a terminal shows its own clock
}
OFFENCES = [
    ("enter_by_with", "with brand:\n    pass"),
    ("enter_by_with", "with request.brand as b:\n    pass"),
    ("enter_by_with", "with self.tenant:\n    pass"),
    ("enter_by_with", "with Brand.objects.get(slug='a'):\n    pass"),
    ("enter_by_decorator", "@schema_context('b_acme')\ndef f(): pass"),
    ("enter_by_decorator", "@enter_brand('b_acme')\ndef f(): pass"),
    ("enter_by_decorator", "@utils.tenant_context(brand)\nclass A: pass"),
    ("switch_schema", "from django_tenants.utils import schema_context"),
    ("switch_schema", "from django_tenants.utils import tenant_context as door"),
    ("switch_schema", "connection.set_tenant(brand)"),
    ("switch_schema", "connection.set_schema('b_acme')"),
    ("switch_schema", "brand.activate()"),
    ("switch_schema", "Brand.deactivate()"),
    ("switch_schema", "from siyu.brands import enter_as_owner"),
    ("run_beside", "import threading"),
    ("run_beside", "from threading import Thread"),
    ("run_beside", "from concurrent.futures import ThreadPoolExecutor"),
    ("run_beside", "import asyncio"),
    ("run_beside", "async def f(): pass"),
    ("run_beside", "from asgiref.sync import sync_to_async"),
    ("connect", "import psycopg2\npsycopg2.connect('')"),
    ("connect", "from psycopg2 import connect"),
    ("connect", "connections['default'].cursor()"),
    ("print", "print('x')"),
    ("naive_time", "datetime.now()"),
    ("naive_time", "datetime.datetime.now()"),
    ("naive_time", "datetime.utcnow()"),
]
FINE = [
    "with enter_brand(brand.schema_name):\n    pass",
    "with inside(brand):\n    pass",
    "translation.activate('en')",
    "datetime.now(UTC)",
    "datetime.now(tz=UTC)",
    "from siyu.brands import enter_brand",
    "connection.cursor()",
]


def offences(source: str, rule: Rule) -> Iterator[int]:
    for node in ast.walk(ast.parse(source)):
        if rule(node):
            yield getattr(node, "lineno", 0)


def sources() -> list[Path]:
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) if "migrations" not in path.parts]


@pytest.mark.parametrize("name", RULES)
def test_our_source_keeps_the_rule(name):
    rule, exempt = RULES[name]
    found = []
    for path in sources():
        relative = path.relative_to(ROOT).as_posix()
        if any(part in f"/{relative}" if part.startswith("/") else relative.startswith(part) for part in exempt):
            continue
        found += [f"{relative}:{line}" for line in offences(path.read_text("utf-8"), rule)]
    assert not found, f"{rule.__doc__} {', '.join(found)}"


@pytest.mark.parametrize(("name", "source"), OFFENCES)
def test_the_rule_bites(name, source):
    assert list(offences(source, RULES[name][0]))


@pytest.mark.parametrize("source", FINE)
def test_what_is_meant_passes(source):
    for rule, _ in RULES.values():
        assert not list(offences(source, rule))


def test_every_rule_has_an_offence():
    assert {name for name, _ in OFFENCES} == set(RULES)


# -- Models -----------------------------------------------------------------------------------------------------------


def labels(setting: list[str]) -> set[str]:
    return {name.rpartition(".")[2] for name in setting}


def test_no_room_is_shared_and_a_brands_at_once():
    assert not labels(settings.SHARED_APPS) & labels(settings.TENANT_APPS)


def test_public_points_into_no_brand():
    for model in apps.get_models():
        if model._meta.app_label in labels(settings.TENANT_APPS):
            continue
        for field in model._meta.get_fields():
            if field.is_relation and field.related_model is not None and not field.auto_created:
                assert field.related_model._meta.app_label not in labels(settings.TENANT_APPS), f"{model}.{field.name}"


def test_brands_point_to_public_protected_and_without_a_way_back():
    for model in apps.get_models():
        if model._meta.app_label not in labels(settings.TENANT_APPS):
            continue
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model._meta.app_label not in labels(settings.TENANT_APPS):
                assert field.remote_field.on_delete.__name__ == "PROTECT", f"{model}.{field.name}"
                assert field.remote_field.related_name == "+", f"{model}.{field.name}"


def test_no_generic_foreign_keys():
    for model in apps.get_models():
        assert not model._meta.private_fields, model
