"""Pages as files: PDF on A4 and one long picture, from HTML of our own templates, with a Chinese font of our own.

Nothing is fetched: no address in the HTML is followed but the font's, so a page can hold no file of this machine.
"""

import io
from datetime import datetime
from functools import cache

from siyu.problems import DomainError, say

try:
    import plutoprint
    import pylopdf_fonts_zh_cn
except ImportError:  # no wheel for this platform (pyproject.toml)
    plutoprint = None  # type: ignore[assignment]

FONT = "siyu:noto-sans-sc"
FONT_FACE = f'@font-face {{ font-family: "Noto Sans SC"; src: url({FONT}); }}'
PICTURE_WIDTH = 1080  # pixels: twice what the page is laid out for, so that a phone shows it sharp
LAID_OUT_FOR = 540


class DocumentsUnavailableError(DomainError):
    status = 501
    code = "documents_unavailable"


def render_pdf(html: str, *, title: str, made_at: datetime) -> bytes:
    """The document on A4, page rules as its own CSS says. `made_at`: what it states as its date.

    Raises DocumentsUnavailableError where the renderer is not there.
    """
    book = _book(html, is_print=True)
    book.set_metadata(plutoprint.PDF_METADATA_TITLE, title)
    book.set_metadata(plutoprint.PDF_METADATA_CREATOR, "siyu")
    book.set_metadata(plutoprint.PDF_METADATA_CREATION_DATE, made_at.isoformat(timespec="seconds"))
    book.set_metadata(plutoprint.PDF_METADATA_MODIFICATION_DATE, made_at.isoformat(timespec="seconds"))
    stream = io.BytesIO()
    book.write_to_pdf_stream(stream)
    return stream.getvalue()


def render_picture(html: str) -> bytes:
    """The document as one PNG, PICTURE_WIDTH wide and as long as it is. Raises DocumentsUnavailableError."""
    book = _book(html, is_print=False)
    stream = io.BytesIO()
    book.write_to_png_stream(stream, width=PICTURE_WIDTH)
    return stream.getvalue()


def _book(html: str, *, is_print: bool) -> "plutoprint.Book":
    if plutoprint is None:
        message = say(
            "这台服务器不能生成文件，请在浏览器中打开页面并打印",
            "This server makes no such files: open the page in a browser and print it",
        )
        raise DocumentsUnavailableError(message)
    if is_print:
        book = plutoprint.Book(size=plutoprint.PAGE_SIZE_A4, media=plutoprint.MEDIA_TYPE_PRINT)
    else:
        width = LAID_OUT_FOR * plutoprint.UNITS_PX
        book = plutoprint.Book(
            size=plutoprint.PageSize(width, width),
            margins=plutoprint.PAGE_MARGINS_NONE,
            media=plutoprint.MEDIA_TYPE_SCREEN,
        )
    book.custom_resource_fetcher = _fetcher()
    book.load_html(html)
    return book


@cache
def _fetcher() -> "plutoprint.ResourceFetcher":
    class FontOnly(plutoprint.ResourceFetcher):
        def fetch_url(self, url: str) -> "plutoprint.ResourceData":
            if url == FONT:
                return plutoprint.ResourceData(pylopdf_fonts_zh_cn.sans_path().read_bytes(), "font/otf")
            raise ValueError(f"{url}: documents fetch nothing")

    return FontOnly()
