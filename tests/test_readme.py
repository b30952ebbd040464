"""The README's first five minutes, run from the page itself: its commands, its requests, and the answers it shows."""

import io
import json
import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import call_command

from kpi.rollup import roll_up
from projects.models import Project
from siyu.brands import enter_brand
from tenants.models import Agency
from tests.factories import SiteClient

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"```(sh|json)\n(.*?)```", re.DOTALL)
SITE = "http://moli.localhost:8000"


def steps_of(page):
    """[(shell text, JSON shown after it or None)] of the section about one's own events."""
    text = (ROOT / page).read_text(encoding="utf-8")
    section = text[text.rindex("```sh", 0, text.index("manage.py create_brand moli")) :]
    steps = []
    for kind, content in BLOCK.findall(section):
        if kind == "sh":
            steps.append([content, None])
        else:
            steps[-1][1] = json.loads(content)
    return steps


class Shell:
    """Runs what the page's shell blocks say: management commands, one file, and curl."""

    def __init__(self):
        self.files, self.key = {}, ""

    def run(self, block):
        answer = None
        for name, content in re.findall(r"cat > (\S+) <<'END'\n(.*?)END\n", block, re.DOTALL):
            self.files[name] = content
        block = re.sub(r"cat > .*?\nEND\n", "", block, flags=re.DOTALL).replace("\\\n", " ")
        for line in filter(None, map(str.strip, block.splitlines())):
            answer = self.curl(shlex.split(line)) if line.startswith("curl") else self.manage(line)
        return answer

    def manage(self, line):
        words = shlex.split(re.search(r"manage\.py ([^|)]*)", line)[1])
        output = io.StringIO()
        call_command(*words, stdout=output)
        if words[0] == "create_api_key":
            self.key = output.getvalue().splitlines()[-1]

    def curl(self, words):
        [url] = [word for word in words if word.startswith("http")]
        assert url.startswith(SITE), url
        options = list(pairwise(words))
        headers = dict(value.replace("$KEY", self.key).split(": ", 1) for flag, value in options if flag == "-H")
        kind = headers.pop("Content-Type", None)
        client = SiteClient(HTTP_HOST="moli.localhost", headers=headers)
        [body] = [value for flag, value in options if flag in ("-d", "--data-binary")] or [None]
        if body is None:
            return client.get(url.removeprefix(SITE))
        body = self.files[body[1:]] if body.startswith("@") else body
        return client.post(url.removeprefix(SITE), body, content_type=kind)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_page_says_what_happens(page):
    Agency.objects.get(slug="lighthouse")
    shell, compared = Shell(), 0
    for block, shown in steps_of(page):
        if "manage.py" not in block and "curl" not in block:
            continue
        answer = shell.run(block)
        if answer is not None:
            text = b"".join(answer).decode()
            assert answer.status_code in (200, 201), text
            if shown is not None:
                shown_batch = shown.pop("batch", None)
                answered = json.loads(text)
                assert (answered.pop("batch", None) is None) == (shown_batch is None)
                assert answered == shown
                compared += 1
        with enter_brand("b_moli"):
            for project in Project.objects.all():
                roll_up(project)
    assert compared == 3
