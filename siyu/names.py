"""Names: of brands, projects, people, channels. They stand in subjects of mail, titles of pages, cells of tables."""

import unicodedata

BREAKING = frozenset({"Cc", "Zl", "Zp", "Cs"})  # controls, separators of lines and paragraphs, half characters
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # what follows reads in another order
NOT_ONE_LINE = (
    "只能是一行文字，不能有换行、制表符等控制字符",
    "One line of text: no line breaks, tabs or other control characters",
)


def is_one_line(text: str) -> bool:
    """Whether a name may be so: no line breaks, no control characters, nothing that turns the order of reading. Spaces
    of any width and joined emoji may stand in it."""
    return not any(unicodedata.category(letter) in BREAKING or letter in TURNING for letter in text)
