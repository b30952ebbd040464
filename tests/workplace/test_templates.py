"""Rules of pages that no page shows by itself: no inline code, colours old browsers know, English for every text."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import gettext, ngettext, override

from workplace.templatetags.shell import initial

TEMPLATES = sorted((settings.ROOT / "templates").rglob("*.html"))
SERVED = [path for path in TEMPLATES if path.name != "report_document.html"]  # that one goes to the PDF's renderer
STYLES = sorted((settings.ROOT / "siyu" / "static" / "siyu").glob("*.css"))
SCRIPTS = sorted((settings.ROOT / "siyu" / "static" / "siyu").glob("*.js"))
TOO_NEW = ("oklch(", "color-mix(", "light-dark(", "@scope", "subgrid", "popover", "&")  # &: nested rules
TOO_NEW_FOR_SAFARI_15_4 = ("@container", "dvh", "svh", "lvh", "text-wrap", "details-content", "@starting-style")
TOO_NEW_IN_SCRIPTS = (
    "requestSubmit", "toSorted", "toReversed", "toSpliced", "(?<", ".inert", "static {", "scrollend", "groupBy",
    "withResolvers", "fromAsync", "showPopover", "checkVisibility", "AbortSignal.timeout", "AbortSignal.any",
)  # fmt: skip


def name_of(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("template", SERVED, ids=name_of)
def test_pages_carry_no_inline_code(template):
    found = re.findall(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", template.read_text("utf-8"))
    assert found == []


@pytest.mark.parametrize("style", STYLES, ids=name_of)
def test_styles_keep_to_what_chromium_107_knows(style):
    assert [word for word in TOO_NEW + TOO_NEW_FOR_SAFARI_15_4 if word in style.read_text("utf-8")] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_scripts_keep_to_what_chromium_107_and_safari_15_4_know(script):
    assert [word for word in TOO_NEW_IN_SCRIPTS if word in script.read_text("utf-8")] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_every_text_has_its_english(template):
    texts = re.findall(r'{% translate "([^"]+)"', template.read_text("utf-8"))
    with override("en"):
        asked = [text.replace("%", "%%") for text in texts]  # as the tag asks for it
        assert [text for text in asked if gettext(text) == text] == []


def test_every_text_with_values_has_its_english():
    """`blocktranslate` names its values; the catalogue has %(name)s in their place."""
    missing = []
    for template in TEMPLATES:
        page = template.read_text("utf-8")
        for block in re.findall(r"{% blocktranslate[^%]*%}(.*?){% endblocktranslate %}", page, re.DOTALL):
            texts = re.sub(r"{{ *(\w+) *}}", r"%(\1)s", block).split("{% plural %}")
            with override("en"):
                found = [gettext(texts[0])] if len(texts) == 1 else [ngettext(*texts, number) for number in (1, 2)]
            if set(found) & set(texts):
                missing.append((template.name, block))
    assert missing == []


def test_every_label_of_a_model_has_its_english():
    """Labels of states and kinds stand on pages as they are."""
    missing = []
    for models in sorted(settings.ROOT.glob("*/models.py")):
        with override("en"):
            labels = re.findall(r'\b_\("([^"]+)"\)', models.read_text("utf-8"))
            missing += [(models.parent.name, label) for label in labels if gettext(label) == label]
    assert missing == []


@pytest.mark.parametrize(
    ("name", "sign"), [("云栀", "云"), ('"小鹿" & 妈妈', "小"), ("🦌deer", "D"), ("& 1", "1"), ("🦌", "🦌"), ("", "")]
)
def test_a_name_goes_by_its_first_letter(name, sign):
    assert initial(name) == sign


def test_the_compiled_catalogue_is_the_one_of_its_source():
    """Entries of the source, counted by their texts, against what the compiled one answers."""
    source = (settings.ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po").read_text("utf-8")
    entries = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', source, re.MULTILINE)
    assert len(entries) > 40
    with override("en"):
        for chinese, english in entries:
            assert gettext(chinese.replace('\\"', '"')) == english.replace('\\"', '"')
