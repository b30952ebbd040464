"""Day totals copied out of a sheet: read with certainty, or named and left."""

from datetime import date

import pytest

from connectors.conversion import convert
from connectors.formats import FORMATS, find_format
from connectors.importing import check_file, read_import, run_import, start_import, undo_import
from connectors.models import FileImport
from connectors.tables import find_table, normal_title, read_rows
from siyu.brands import enter_brand
from tests.kpi.sending import Desk, place_guides

TODAY = date(2026, 11, 21)
HEADER = "日期\t导购\t新增好友\t流失\t好友总数\t聊天人数\t回复人数\t订单数\t成交额\t退款"


def read(text, code="guide_totals"):
    form = FORMATS[code]
    return convert(form, find_table(read_rows(text.encode()), form.titles), TODAY)


def said(text, code="guide_totals"):
    found = read(text, code)
    assert not found.faults, found.faults
    return [event for _, event in found.events]


def faults(text, code="guide_totals"):
    return [(fault.row, fault.title, fault.code) for fault in read(text, code).faults]


def test_a_row_becomes_a_fact_a_group():
    row = "2026/11/5\tlin\t３２\t4\t1.2万\t210\t88\t15\t￥4,580.00\t199"
    assert said(f"{HEADER}\n{row}") == [
        {"type": "fans.day", "guide": "lin", "date": "2026-11-05", "added": 32, "lost": 4, "friends": 12000},
        {"type": "service.day", "guide": "lin", "date": "2026-11-05", "chats": 210, "replied": 88},
        {"type": "orders.day", "guide": "lin", "date": "2026-11-05", "orders": 15, "paid": "4580.00",
         "refunds": "199.00"},
    ]  # fmt: skip


def test_a_group_left_empty_is_not_stated_and_a_day_without_its_year_is_told():
    found = read(f"{HEADER}\n11月5日\tlin\t3\t1\t\t\t-\t\t\t")
    assert [event for _, event in found.events] == [
        {"type": "fans.day", "guide": "lin", "date": "2026-11-05", "added": 3, "lost": 1}
    ]
    assert found.assumed == [date(2026, 11, 5)]


def test_amounts_with_commas_do_not_make_columns():
    [event] = said("日期\t导购\t订单数\t成交额\t退款\n2026-11-05\tlin\t1,234\t1,234,567.00\t1,000,000.50")
    assert (event["orders"], event["paid"], event["refunds"]) == (1234, "1234567.00", "1000000.50")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("2026-11-05\tlin\t3\t\t\t\t\t\t\t", (2, "流失", "incomplete")),
        ("2026-11-05\tlin\t\t\t\t\t\t2\t100\t", (2, "退款", "incomplete")),
        ("2026-11-05\tlin\t3\t1\t\t5\t6\t\t\t", (2, "回复人数", "more_than_chats")),
        ("2026-11-22\tlin\t3\t1\t\t\t\t\t\t", (2, "日期", "future_day")),
        ("2026-11-05\tlin\t约3\t1\t\t\t\t\t\t", (2, "新增好友", "bad_number")),
        ("2026-11-05\tlin\t3.5\t1\t\t\t\t\t\t", (2, "新增好友", "bad_count")),
        ("2026-11-05\t\t3\t1\t\t\t\t\t\t", (2, "导购", "missing_field")),
    ],
)
def test_what_is_not_certain_is_named_and_its_row_left(row, expected):
    found = read(f"{HEADER}\n{row}\n2026-11-04\tmei\t1\t0\t\t\t\t\t\t")
    assert [(fault.row, fault.title, fault.code) for fault in found.faults] == [expected]
    assert [event["guide"] for _, event in found.events] == ["mei"]


def test_the_line_of_sums_is_passed_over_and_empty_rows_are():
    found = read(
        f"{HEADER}\n2026-11-05\tlin\t3\t1\t\t\t\t\t\t\n合计：\t\t3\t1\t\t\t\t\t\t\n2026-11-05\tmei\t\t\t\t\t\t\t\t"
    )
    assert len(found.events) == 1
    assert not found.faults
    assert dict(found.passed_over) == {"sum": 1, "empty": 1}


def test_two_rows_about_the_same_are_both_refused():
    rows = [
        "2026-11-05\tlin\t3\t1\t\t\t\t\t\t",
        "2026/11/5\tlin\t4\t1\t\t\t\t\t\t",
        "2026-11-05\tmei\t1\t0\t\t\t\t\t\t",
    ]
    found = read("\n".join([HEADER, *rows]))
    assert [(fault.row, fault.value, fault.code) for fault in found.faults] == [
        (2, "lin", "repeated_row"), (3, "lin", "repeated_row"),
    ]  # fmt: skip
    assert [event["guide"] for _, event in found.events] == ["mei"]


def test_channels_state_reach_cost_and_additions():
    text = "日期\t渠道\t触达\t费用\t新增\n2026-11-05\tparcel\t1200\t600\t96\n2026-11-05\tsms\t\t\t7"
    assert said(text, "channel_days") == [
        {"type": "channel.day", "channel": "parcel", "date": "2026-11-05", "reached": 1200, "cost": "600.00"},
        {"type": "channel.fans", "channel": "parcel", "date": "2026-11-05", "added": 96},
        {"type": "channel.fans", "channel": "sms", "date": "2026-11-05", "added": 7},
    ]


@pytest.mark.parametrize(("titles", "code"), [(HEADER, "guide_totals"), ("日期\t渠道\t触达\t新增", "channel_days")])
def test_the_header_says_which_it_is(titles, code):
    form = find_format(frozenset(map(normal_title, titles.split("\t"))))
    assert form is not None
    assert form.code == code


# -- Through the import ------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(acme):
    place_guides(acme, "Lin", "Mei")
    return Desk(acme)


def bring(desk, text):
    with enter_brand(desk.brand.schema_name):
        found = check_file(desk.project, text.encode(), name="粘贴", made_by="user:1")
        start_import(desk.project, found.pk)
        run_import(found.pk, lambda: None)
        found = FileImport.objects.get(pk=found.pk)
    desk.roll_up()
    return found


def rows(desk):
    return desk.get("totals", start="2026-11-01", end="2026-11-10")


def test_guides_go_by_code_or_name_and_strangers_are_named(desk):
    lines = ["2026-11-05\t ｌＩＮ \t3\t1\t\t\t\t\t\t", "2026-11-05\t王五\t9\t9\t\t\t\t\t\t"]
    found = bring(desk, "\n".join([HEADER, *lines]))
    assert [(row["guide"], row["added"]) for row in rows(desk)["guides"]] == [("Lin", 3)]
    assert [(fault["row"], fault["value"], fault["code"]) for fault in found.faults] == [(3, "王五", "unknown_guide")]


def test_nothing_counts_before_it_is_imported_and_the_preview_reads_the_same(desk):
    with enter_brand(desk.brand.schema_name):
        text = f"{HEADER}\n2026-11-05\tLin\t3\t1\t\t\t\t\t\t"
        found = check_file(desk.project, text.encode(), name="粘贴", made_by="user:1")
        assert [event["added"] for _, event in read_import(found).events] == [3]
    assert rows(desk) == {"guides": [], "channels": []}


def test_the_same_paste_after_a_correction_takes_it_back_and_an_undo_too(desk):
    old, new = (f"{HEADER}\n2026-11-05\tLin\t{added}\t1\t\t\t\t\t\t" for added in (3, 5))
    bring(desk, old)
    bring(desk, new)
    last = bring(desk, old)
    assert rows(desk)["guides"][0]["added"] == 3
    with enter_brand(desk.brand.schema_name):
        undo_import(desk.project, last.pk, made_by="user:1")
    desk.roll_up()
    assert rows(desk)["guides"][0]["added"] == 5


def test_a_cost_brought_alone_leaves_the_reach_that_is_known(desk):
    bring(desk, "日期\t渠道\t触达\n2026-11-05\tparcel\t1200")
    bring(desk, "日期\t渠道\t费用\n2026-11-05\tparcel\t600")
    [channel] = rows(desk)["channels"]
    assert (channel["reached"], channel["cost"]) == (1200, "600.00")
