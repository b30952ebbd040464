"""Pages as PDF and as a picture: Chinese is drawn, nothing is fetched."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader

from siyu.documents import FONT_FACE, render_pdf, render_picture

pytest.importorskip("plutoprint", reason="no PDF on this platform")
MADE_AT = datetime(2026, 11, 2, 10, tzinfo=UTC)


def page(body: str) -> str:
    style = f'{FONT_FACE} body {{ font-family: "Noto Sans SC"; }}'
    return f"<html><head><style>{style}</style></head><body>{body}</body></html>"


def read(html: str) -> PdfReader:
    return PdfReader(io.BytesIO(render_pdf(html, title="月报", made_at=MADE_AT)))


def test_chinese_can_be_read_from_the_pdf_and_its_font_is_in_it() -> None:
    pdf = read(page("<p>導流 总用户数 ¥1,234.50</p>"))

    assert "总用户数 ¥1,234.50" in pdf.pages[0].extract_text()
    assert b"NotoSansSC" in render_pdf(page("<p>月报</p>"), title="月报", made_at=MADE_AT)


def test_the_pdf_states_its_title_and_the_instant_it_was_frozen() -> None:
    said = read(page("<p>1</p>")).metadata

    assert said is not None
    assert (said.title, said.creation_date) == ("月报", MADE_AT)


def test_a_long_table_repeats_its_header_on_every_page() -> None:
    rows = "".join(f"<tr><td>行 {number}</td></tr>" for number in range(200))

    pages = read(page(f"<table><thead><tr><th>指标</th></tr></thead><tbody>{rows}</tbody></table>")).pages

    assert len(pages) > 1
    assert all("指标" in one.extract_text() for one in pages)


def test_no_file_of_the_machine_gets_into_a_document(tmp_path: Path) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><text y="50">SECRET</text></svg>')

    pdf = read(page(f'<p>1</p><img src="{secret.as_uri()}"><iframe src="{secret.as_uri()}"></iframe>'))

    assert "SECRET" not in pdf.pages[0].extract_text()


def test_the_picture_is_as_wide_as_a_phone_shows_it_sharp() -> None:
    picture = render_picture(page("<p>今日新增</p>"))

    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20], "big") == 1080
