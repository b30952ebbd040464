"""Services for each worker of a parallel run (`pytest -n 2`).

Brands' roles belong to a whole database server and a test may empty its broker, so workers share neither: the first
takes the services that the environment names, every other one starts its own and stops them with itself.
"""

import os
from collections.abc import Generator
from contextlib import ExitStack

import pytest

from siyu.embedded.console import Console
from siyu.embedded.home import make_home
from siyu.embedded.run import start_services, supervised, temporary_home

NAMED = ("DATABASE_URL", "REDIS_URL", "SIYU_HOME", "SIYU_SECRET_KEY", "SIYU_MASTER_KEY")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Before Django reads its settings."""
    if os.environ.get("PYTEST_XDIST_WORKER", "gw0") != "gw0":
        stack = ExitStack()
        early_config.add_cleanup(stack.close)
        start_own(stack)
    return (yield)


def start_own(stack: ExitStack) -> None:
    home = stack.enter_context(temporary_home())
    make_home(home)
    console = Console(home / "logs", quiet=("siyu", "postgres", "valkey"))
    stack.callback(console.close)
    supervisor = stack.enter_context(supervised(home, console))
    unnamed = {name: value for name, value in os.environ.items() if name not in NAMED}
    os.environ.update(start_services(supervisor, unnamed, lasting=False))
