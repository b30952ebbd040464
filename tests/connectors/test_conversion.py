"""Files of shops and our own templates become events."""

from datetime import date
from typing import Any

from connectors.cells import Cell
from connectors.conversion import Converted, Fault, convert, missing_columns
from connectors.formats import FORMATS, find_format
from connectors.tables import Row, find_table

TODAY = date(2026, 11, 21)


def converted(code: str, *rows: Row) -> Converted:
    form = FORMATS[code]
    table = find_table(rows, form.titles)
    assert table is not None
    return convert(form, table, TODAY)


def events(code: str, *rows: Row) -> list[dict[str, Any]]:
    found = converted(code, *rows)
    assert found.faults == []
    return [event for _, event in found.events]


def test_a_row_of_the_fans_template_is_an_addition() -> None:
    header: list[Cell] = ["粉丝编号*", "添加时间", "企微号", "渠道", "关系", "存量", "昵称", "手机号"]

    [event] = events("fans", header, ["wm1", "2026/11/5 9:30", "hao01", "parcel", "群", "是", "张三", 13800001111.0])

    assert event == {
        "type": "fan.added",
        "id": event["id"],
        "fan": "wm1",
        "at": "2026-11-05T09:30:00",
        "guide": "hao01",
        "channel": "parcel",
        "tie": "group",
        "opening": True,
        "name": "张三",
        "phone": "13800001111",
    }


def test_the_same_row_in_two_files_has_one_id_and_another_time_another() -> None:
    header: list[Cell] = ["粉丝编号", "添加时间"]
    [first] = events("fans", header, ["wm1", "2026-11-05 09:30"])
    [again] = events("fans", [*header, "昵称"], ["wm1", "2026/11/5 9:30", "张三"])
    [later] = events("fans", header, ["wm1", "2026-11-05 09:31"])

    assert first["id"] == again["id"] != later["id"]


def test_a_jd_order_with_two_goods_counts_its_amount_once() -> None:
    header: list[Cell] = ["订单号", "京东价", "应付金额", "付款确认时间", "联系电话"]
    row: list[Cell] = ["1001", "99", "499.00（系统计算中，该值仅供参考）", "2026-11-05 09:30:00", "1******6198"]

    found = converted("jd_orders", header, row, row)

    assert [event for _, event in found.events] == [
        {"type": "order.paid", "platform": "jd", "order": "1001", "at": "2026-11-05T09:30:00+08:00", "amount": "499.00"}
    ]
    assert found.passed_over == {"same_order": 1}


def test_parts_of_a_douyin_order_add_up_and_unpaid_ones_are_passed_over() -> None:
    header: list[Cell] = ["主订单编号", "子订单编号", "订单应付金额", "支付完成时间", "收件人手机号"]

    found = converted(
        "douyin_orders",
        header,
        ["69\t", "691", "10.10", "2026-11-05 09:30:00", "*"],
        ["70", "701", "5", "", ""],
        ["69\t", "692", "0.90", "2026-11-05 09:30:00", "*"],
    )

    assert [(event["order"], event["amount"]) for _, event in found.events] == [("69", "11.00")]
    assert found.passed_over == {"unpaid": 1, "same_order": 1}


def test_of_two_columns_of_one_title_the_one_with_a_value_counts() -> None:
    header: list[Cell] = ["订单号", "买家付款时间", "订单实付金额", "买家手机号", "买家手机号"]

    [event] = events("youzan_orders", header, ["E1", "2026-11-05 09:30:00", "12.00", "", "13800001111"])

    assert event["phone"] == "13800001111"


def test_every_fault_names_row_column_and_value_and_the_good_rows_stay() -> None:
    header: list[Cell] = ["订单号", "付款时间", "实付金额", "凭证"]

    found = converted(
        "orders",
        header,
        ["1.23E+18", "昨天", "12", "链接"],
        ["1002", "2026-11-05", "12", "口头"],
        ["", "2026-11-05", "12", ""],
        ["1003", "2026-11-05", "12", "链接"],
    )

    assert found.faults == [
        Fault(2, "订单号", "1.23E+18", "digits_lost"),
        Fault(2, "付款时间", "昨天", "bad_time"),
        Fault(3, "凭证", "口头", "unknown_word"),
        Fault(4, "订单号", "", "missing_field"),
    ]
    assert [event["order"] for _, event in found.events] == ["1003"]


def test_a_fault_of_a_phone_does_not_repeat_it() -> None:
    header: list[Cell] = ["粉丝编号", "添加时间", "手机号"]

    assert converted("fans", header, ["wm1", "2026-11-05", 1.38e18]).faults == [Fault(2, "手机号", "", "digits_lost")]


def test_a_file_without_a_required_column_says_which() -> None:
    form = FORMATS["orders"]
    table = find_table([["订单号", "实付金额"], ["1", "2"]], form.titles)

    assert table is not None
    assert [part.titles[0] for part in missing_columns(form, table)] == ["付款时间"]


def test_a_file_is_known_by_its_titles() -> None:
    titles = {
        "taobao_orders": {"订单编号", "订单付款时间", "买家应付货款", "总金额"},
        "taobao_refunds": {"订单编号", "退款编号", "买家退款金额", "退款完结时间", "订单付款时间"},
        "jd_orders": {"订单号", "京东价", "付款确认时间", "应付金额"},
        "douyin_orders": {"主订单编号", "子订单编号", "订单应付金额"},
        "fans": {"粉丝编号", "添加时间", "渠道"},
        "losses": {"粉丝编号", "流失时间", "由谁"},
        "channel_days": {"渠道", "日期", "触达"},
    }

    assert {code: found.code for code, one in titles.items() if (found := find_format(frozenset(one)))} == {
        code: code for code in titles
    }
    assert find_format(frozenset({"甲", "乙"})) is None


def test_every_template_is_found_by_its_own_titles_and_its_sample_row_can_be_read() -> None:
    for form in FORMATS.values():
        if not form.is_template:
            continue
        header = [part.titles[0] for part in form.parts]
        table = find_table([header, [part.sample for part in form.parts]], form.titles)
        assert table is not None
        assert find_format(frozenset(table.header)) == form, form.code
        found = convert(form, table, TODAY)
        assert (found.faults, len(found.events)) == ([], len(form.shares) or 1), form.code
