"""Templates can be filled in and sent back; faults say where and what to do."""

import io

import pytest
from python_calamine import CalamineWorkbook

from connectors.formats import FORMATS
from connectors.importing import read_file
from connectors.workbooks import fault_sheet, template_sheets
from siyu.spreadsheets import write_xlsx


@pytest.mark.parametrize("code", [form.code for form in FORMATS.values() if form.is_template])
def test_a_template_as_downloaded_is_known_again_with_its_sample_row(code: str) -> None:
    file = io.BytesIO()
    write_xlsx(file, template_sheets(FORMATS[code]))

    form, table = read_file(file.getvalue(), "")

    assert (form.code, len(table.rows)) == (code, 1)


def test_faults_are_listed_by_row_in_words() -> None:
    faults = [
        {"row": 9, "title": "", "value": "", "code": "future_time", "field": "at"},
        {"row": 3, "title": "订单号", "value": "1.23E+18", "code": "digits_lost"},
    ]
    file = io.BytesIO()
    write_xlsx(file, [fault_sheet(faults)])
    file.seek(0)

    rows = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()

    assert [row[:3] for row in rows[1:]] == [[3.0, "订单号", "1.23E+18"], [9.0, "", ""]]
    assert "文本" in str(rows[1][3])
    assert "24 小时" in str(rows[2][3])
