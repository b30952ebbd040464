"""What settles and what waits: by the pointers of disputes."""

import pytest

from reports.settling import settle
from tests.factories import sign_in
from tests.reports.desk import ReportDesk, january, paid, plan

PAYLOAD = {
    "figures": [{"indicator": "churn_rate"}, {"indicator": "gmv"}],
    "sales": {"platforms": [{"platform": "tmall"}, {"platform": None}]},
    "settlement": {"base": "369.90", "lines": [{"line": "tmall", "base": "20.00"}, {"line": None, "base": "349.90"}]},
}


@pytest.mark.parametrize(
    ("disputed", "undisputed", "waits"),
    [
        ([], "369.90", "0.00"),
        ([""], "0.00", "369.90"),
        (["/settlement/lines/0"], "349.90", "20.00"),
        (["/settlement/lines/0/base", "/settlement/lines/0"], "349.90", "20.00"),
        (["/sales/platforms/1/net"], "20.00", "349.90"),
        (["/settlement/base"], "0.00", "369.90"),
        (["/orders/net"], "0.00", "369.90"),
        (["/figures/1/value"], "0.00", "369.90"),
        (["/figures/0/value"], "369.90", "0.00"),
        (["/fans/lost"], "369.90", "0.00"),
    ],
)
def test_a_dispute_holds_back_what_it_is_about(disputed, undisputed, waits):
    found = settle(PAYLOAD, disputed)
    assert (found["undisputed"], found["disputed"]) == (undisputed, waits)


def test_no_settlement_where_there_is_none():
    assert settle({"figures": []}, [""]) is None


def test_a_disputed_line_waits_until_the_report_is_approved(acme, globex):
    ReportDesk(globex).send(january())
    desk = ReportDesk(acme)
    desk.send([*january(), paid("o3", "60.00", "2026-01-10", fan="f1", platform="tmall")])
    report = desk.issue("monthly", "2026-01")
    desk.send_out(report)
    sign_in(desk.manager, desk.manager.user)
    line = {"pointer": "/settlement/lines/0", "comment": "这一单不对"}
    assert desk.act(desk.manager, report, "dispute", **line).status_code == 200
    found = desk.read(desk.manager, report).json()["settlement"]
    assert (found["undisputed"], found["disputed"]) == ("349.90", "60.00")
    assert found["lines"][0] == {"line": "tmall", "base": "60.00", "is_disputed": True}
    desk.act(desk.pm, report, "answer", comment="已核对")
    assert desk.read(desk.pm, report).json()["settlement"]["disputed"] == "60.00"
    assert desk.act(desk.manager, report, "approve").status_code == 200
    assert desk.read(desk.pm, report).json()["settlement"]["disputed"] == "0.00"


def test_a_contract_may_pay_commission_on_dual_counting(acme, globex):
    ReportDesk(globex)
    desk = ReportDesk(acme)
    desk.send([*january(), paid("o3", "60.00", "2026-01-10", fan="f1", dual=True)])
    desk.agree(plan(commission="0.05", commission_on_dual=True))
    found = desk.payload("monthly", "2026-01")["settlement"]
    assert (found["includes_dual"], found["gmv"], found["dual"], found["base"]) == (True, "409.90", "60.00", "409.90")


def test_terms_say_yes_or_no(acme, globex):
    desk = ReportDesk(acme)
    answer = desk.owner.put(f"{desk.path}/forecast/", plan(commission_on_dual="yes"))
    assert answer.status_code in (400, 422)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/terms/commission_on_dual"]
