"""`python -m siyu.embedded {up,exec,clean}`."""

import argparse
import sys
from pathlib import Path

from siyu.embedded.clean import clean
from siyu.embedded.execute import execute
from siyu.embedded.home import HomeError, home_path
from siyu.embedded.supervisor import ChildFailed
from siyu.embedded.up import up


def main(words: list[str]) -> int:
    """Run the command of these words and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m siyu.embedded", description=__doc__)
    commands = parser.add_subparsers(dest="action", required=True)
    commands.add_parser("up", help="start everything and stay in the foreground")
    run = commands.add_parser("exec", help="run a command with a private PostgreSQL and Valkey")
    run.add_argument("--home", type=Path, help="keep the data there (default: a temporary folder, removed at the end)")
    run.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    remove = commands.add_parser("clean", help="stop what runs in SIYU_HOME and remove it")
    remove.add_argument("--yes", action="store_true", help="do not ask")
    given = parser.parse_args(words)
    try:
        if given.action == "up":
            return up()
        if given.action == "clean":
            return clean(home_path(), yes=given.yes)
        command = given.words[1:] if given.words[:1] == ["--"] else given.words
        if not command:
            parser.error("exec needs a command: python -m siyu.embedded exec -- COMMAND")
        return execute(command, given.home.resolve() if given.home else None)
    except (HomeError, ChildFailed) as error:
        print(f"siyu: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
