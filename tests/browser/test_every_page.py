"""Every page that a person reaches by links, in Chromium: no error in the console, no breach of the content policy,
nothing that sticks out, no dead control, nothing that axe objects to; in English no Chinese of the product's own."""

import pytest

from tests.browser.wording import chinese_of_ours

pytestmark = pytest.mark.browser

MOST = 60  # pages of one walk
BRAND, AGENCY = "yunzhi", ""  # whose site

WALKS = [
    ("pm@lighthouse.example", BRAND, 1440, "zh"),
    ("brand@yunzhi.example", BRAND, 390, "zh"),
    ("pm@lighthouse.example", BRAND, 390, "en"),
    ("owner@lighthouse.example", AGENCY, 1440, "en"),
    ("owner@lighthouse.example", AGENCY, 390, "zh"),
]


@pytest.mark.parametrize(("email", "slug", "width", "language"), WALKS)
def test_pages_are_whole(visit, email, slug, width, language):
    visitor = visit(email, slug, width=width, language=language)
    if language == "en":
        look = visitor.look
        ours = chinese_of_ours()

        def look_at_words_too() -> None:
            look()
            for text in visitor.texts():
                if rests := ours(text):
                    visitor.note(f"Chinese on an English page: {rests} in {text[:80]!r}")

        visitor.look = look_at_words_too
    walked = visitor.walk(MOST)
    print(f"{email} {width} px {language}: {len(walked)} pages")  # noqa: T201 - for whoever watches (`-s`)
    assert not visitor.faults, "\n".join(dict.fromkeys(str(fault) for fault in visitor.faults))
    assert len(walked) >= (5 if slug == AGENCY else 30)
