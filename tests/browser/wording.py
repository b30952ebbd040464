"""What the product itself says in Chinese: the messages of its catalogue and the first words of every `say(…)`."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

from siyu.embedded.home import ROOT

ROOMS = ("siyu", "tenants", "guides", "projects", "fans", "kpi", "connectors", "reports", "workplace")
CATALOGUE = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{[^{}]*\}")
HAN = re.compile(r"[\u4e00-\u9fff]")


def chinese_of_ours() -> Callable[[str], str | None]:
    """A function that returns the message which a piece of text is, if it is one of ours in Chinese.

    Whole pieces are compared: names and words that people typed are Chinese in English pages too."""
    fixed: set[str] = set()
    shaped: list[str] = []
    for message in {*catalogue_messages(), *said_messages()}:
        message = message.strip()
        plain = PLACEHOLDER.sub("", message)
        han = len(HAN.findall(plain))
        if plain == message and han >= 2:
            fixed.add(message)
        elif plain != message and han >= 4:  # "…确认" is the end of many a sentence that people type
            shaped.append(".+?".join(re.escape(part) for part in PLACEHOLDER.split(message)))
    pattern = re.compile("|".join(f"(?:{part})" for part in shaped))

    def find(text: str) -> str | None:
        text = text.strip()
        return text if HAN.search(text) and (text in fixed or pattern.fullmatch(text)) else None

    return find


def catalogue_messages() -> list[str]:
    entries = re.findall(r'^msgid ((?:".*"\s*)+)', CATALOGUE.read_text("utf-8"), re.MULTILINE)
    return ["".join(ast.literal_eval(line) for line in entry.splitlines() if line) for entry in entries]


def said_messages() -> list[str]:
    paths = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return [message for path in paths for message in said_in(path)]


def said_in(path: Path) -> list[str]:
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    firsts = [call.args[0] for call in calls if call.args and getattr(call.func, "id", "") == "say"]
    return [text for first in firsts if (text := template(first))]


def template(node: ast.expr) -> str:
    """The text of a literal; of an f-string with {} for what it fills in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return ""
