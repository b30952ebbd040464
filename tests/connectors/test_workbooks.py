"""Templates can be filled in and sent back; faults say where and what to do."""

import io
import re
from dataclasses import replace
from datetime import date

import pytest
from django.utils.translation import override
from python_calamine import CalamineWorkbook

from connectors.conversion import convert
from connectors.formats import FORMATS
from connectors.importing import read_file
from connectors.workbooks import fault_sheet, template_sheets
from siyu.spreadsheets import write_xlsx


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("code", [form.code for form in FORMATS.values() if form.is_template])
def test_a_template_as_downloaded_is_known_again_with_its_sample_row(code: str, language: str) -> None:
    file = io.BytesIO()
    with override(language):
        write_xlsx(file, template_sheets(FORMATS[code]))

    form, table = read_file(file.getvalue(), "")

    assert (form.code, len(table.rows)) == (code, 1)
    lin = replace(form, parts=tuple(replace(p, words={"lin": "lin", "张三": "lin"}) if p.field == "guide" else p for p in form.parts))  # fmt: skip  # noqa: E501
    converted = convert(lin if code == "guide_totals" else form, table, date(2026, 12, 1))
    assert (converted.faults, len(converted.events) > 0) == ([], True)


def test_an_english_template_has_no_chinese_in_its_first_sheet() -> None:
    for form in FORMATS.values():
        if form.is_template:
            with override("en"):
                sheet, *_ = template_sheets(form)
            said = [sheet.name, *(column.title for column in sheet.columns), *map(str, next(iter(sheet.rows)))]
            assert not re.search("[\u4e00-\u9fff]", " ".join(said)), form.code


def test_faults_are_listed_by_row_in_words() -> None:
    faults = [
        {"row": 9, "title": "付款时间", "value": "2031-01-01T00:00:00", "code": "future_time", "field": "at"},
        {"row": 12, "title": "凭证", "value": "口头", "code": "unknown_word"},
        {"row": 3, "title": "订单号", "value": "1.23E+18", "code": "digits_lost"},
    ]
    file = io.BytesIO()
    write_xlsx(file, [fault_sheet(faults, "orders")])
    file.seek(0)

    rows = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()

    assert [row[:3] for row in rows[1:]] == [
        [3.0, "订单号", "1.23E+18"],
        [9.0, "付款时间", "2031-01-01T00:00:00"],
        [12.0, "凭证", "口头"],
    ]
    assert "文本" in str(rows[1][3])
    assert "字段 付款时间 晚于现在 24 小时" in str(rows[2][3])
    assert str(rows[3][3]) == "不在可填的取值内，可填：链接、优惠券、口令、群"
