"""The forecast's terms, the weights of its days and the project's own fields, by the forms of the pages."""

import re
from html import unescape

import pytest

from kpi.models import Forecast
from projects.models import Project
from tests.factories import user_client
from tests.kpi.sending import Desk

P = "/projects/p1/"
API = "/api/v1/projects/p1/"
RATES = {"churn_rate": "0.02", "ramp": "1", "gmv_per_fan": "4", "koc_share": "0.02", "referral_share": "0.05"}
MONTHS = [
    {"month": month, "promised_reach": {"parcel": 30000}, "diversion_rate": {"parcel": "0.05"}, **RATES}
    for month in ("2026-05", "2026-06")
]
TERMS = {
    "floor": "0.80", "basis": "named", "indicators": ["gmv", "koc_users"], "period": "quarter",
    "weights": {"diverted_users": "2", "gmv": "3"}, "caps": {"gmv": "1.2"}, "grace_months": 2, "make_up": 1,
    "deductions": [{"below": "0.8", "share": "0.05"}, {"below": "0.6", "share": "0.1"}],
    "bonus": {"share": "0.1", "amount": "5000.00"}, "commission": "0.03",
}  # fmt: skip
TYPED = {
    "/base": "1", "/terms/floor": "0.80", "/terms/basis": "named", "/terms/period": "quarter",
    "/terms/indicators/gmv": "on", "/terms/indicators/koc_users": "on",
    "/terms/weights/diverted_users": "2", "/terms/weights/gmv": "3", "/terms/caps/gmv": "1.2",
    "/terms/grace_months": "2", "/terms/make_up": "1", "/terms/commission": "0.03",
    "/terms/deductions/0/below": "0.8", "/terms/deductions/0/share": "0.05",
    "/terms/deductions/3/below": "0.6", "/terms/deductions/3/share": "0.1",
    "/terms/bonus/share": "0.1", "/terms/bonus/amount": "5000.00",
}  # fmt: skip
FESTIVAL = {"/base": "1", "/1/from": "2026-05-30", "/1/to": "2026-06-01", "/1/weight": "2", "/3/from": "2026-06-18",
            "/3/weight": "10"}  # fmt: skip


@pytest.fixture
def manager(acme, globex):
    """版本 1 of acme's forecast states May and June without terms; globex has one of its own."""
    for brand in (globex, acme):
        Desk(brand)
        client = user_client(brand, "brand_manager")
        body = {"opening_fans": 62000, "effective_from": "2026-05", "months": MONTHS}
        assert client.put(API + "forecast/", body).status_code == 200
    return client


def text_of(response):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def send(client, where, fields, form="", status=302):
    response = client.post(P + where, {"form": form, **fields}, format="multipart")
    assert response.status_code == status, text_of(response)
    return response


def inputs_of(client, version):
    return client.get(API + "forecast/", {"version": version}).json()["inputs"]


def fields_of(response, action):
    """What a browser would send from the form with this action."""
    html = response.content.decode()
    form = html[html.index(f'action="{P}{action}"') :].partition("</form>")[0]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        found = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if found.get("name") and (found.get("type") != "checkbox" or " checked" in tag):
            fields[found["name"]] = unescape(found.get("value", "on"))
    for name, options in re.findall(r'<select name="([^"]*)".*?>(.*?)</select>', form, re.DOTALL):
        fields[name] = (re.findall(r'<option value="([^"]*)" selected', options) or [""])[0]
    return fields


def test_terms_are_proposed_as_a_new_version_and_prefilled_from_it(manager):
    send(manager, "forecast/terms/", TYPED, "terms")
    assert inputs_of(manager, 2) == {**inputs_of(manager, 1), "terms": TERMS}
    page = manager.get(P + "forecast/")
    fields = fields_of(page, "forecast/terms/")
    assert {name: value for name, value in fields.items() if value and name.startswith("/terms/")} == {
        **{name: value for name, value in TYPED.items() if name.startswith("/terms/") and "/3/" not in name},
        "/terms/deductions/1/below": "0.6", "/terms/deductions/1/share": "0.1",
    }  # fmt: skip
    send(manager, "forecast/terms/", fields, "terms")
    assert manager.get(API + "forecast/").json()["version"] == 2, "saying the same makes no version"
    for sentence in ("考核对象：指定的指标（GMV、", "考核周期：按季", "得分低于 0.6：扣服务费的 0.1"):
        assert sentence in text_of(page)


def test_whether_dual_orders_bear_commission_is_ticked_and_unticked(manager):
    send(manager, "forecast/terms/", {"/base": "1", "/terms/commission_on_dual": "on"}, "terms")
    assert inputs_of(manager, 2)["terms"] == {"commission_on_dual": True}
    fields = fields_of(manager.get(P + "forecast/"), "forecast/terms/")
    assert fields.pop("/terms/commission_on_dual") == "on"
    send(manager, "forecast/terms/", fields, "terms")
    assert inputs_of(manager, 3)["terms"] == {"commission_on_dual": False}


def test_what_if_works_with_terms_and_weights_and_stores_nothing(acme, inside, manager):
    assert "考核周期：按季" in text_of(send(manager, "forecast/what-if/", TYPED, "terms", 200))
    shown = text_of(send(manager, "forecast/what-if/", FESTIVAL, "weights", 200))
    assert "假设测算，没有保存" in shown
    assert "2026-05-30～2026-06-01 每天的权重：2" in shown
    with inside(acme):
        assert Forecast.objects.count() == 1


def test_weights_of_days_are_proposed_over_a_months_end_and_prefilled(manager):
    send(manager, "forecast/weights/", FESTIVAL, "weights")
    months = inputs_of(manager, 2)["months"]
    assert [month["day_weights"] for month in months] == [
        {"2026-05-30": "2", "2026-05-31": "2"}, {"2026-06-01": "2", "2026-06-18": "10"},
    ]  # fmt: skip
    fields = fields_of(manager.get(P + "forecast/"), "forecast/weights/")
    assert (fields["/0/from"], fields["/0/to"], fields["/0/weight"]) == ("2026-05-30", "2026-06-01", "2")
    assert (fields["/1/from"], fields["/1/to"], fields["/1/weight"]) == ("2026-06-18", "2026-06-18", "10")
    send(manager, "forecast/weights/", {**fields, "/0/remove": "on"}, "weights")
    assert ["day_weights" in month for month in inputs_of(manager, 3)["months"]] == [False, True]


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"/3/from": "18 June"}, "/3/from", "请填写日期"),
        ({"/3/to": "2026-06-17"}, "/3/to", "应不早于开始日期"),
        ({"/3/from": "2026-07-01"}, "/3/from", "超出这一版的月份"),
        ({"/3/from": "2026-06-01"}, "/3/from", "与前面的行重叠"),
        ({"/3/weight": "-1"}, "/3/weight", "十进制字符串"),
        ({"/3/weight": ""}, "/3/weight", "十进制字符串"),
    ],
)
@pytest.mark.parametrize("where", ["forecast/weights/", "forecast/what-if/"])
def test_a_wrong_weight_is_named_in_its_line(manager, where, changes, field, message):
    fields = {**FESTIVAL, **changes}
    response = send(manager, where, fields, "weights", 400)
    tag = re.search(rf'<input[^>]*name="{field}"[^>]*>', response.content.decode())[0]
    assert f'value="{fields[field]}"' in tag
    assert "aria-invalid" in tag
    assert message in text_of(response)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"/terms/floor": "2"}, "/terms/floor"),
        ({"/terms/grace_months": "soon"}, "/terms/grace_months"),
        ({"/terms/caps/gmv": "0"}, "/terms/caps/gmv"),
        ({"/terms/deductions/3/below": "0.9"}, "/terms/deductions/3/below"),
        ({"/terms/bonus/amount": "much"}, "/terms/bonus/amount"),
    ],
)
@pytest.mark.parametrize("where", ["forecast/terms/", "forecast/what-if/"])
def test_a_wrong_term_is_named_in_its_field(manager, where, changes, field):
    html = send(manager, where, {**TYPED, **changes}, "terms", 400).content.decode()
    tag = re.search(rf'<input[^>]*name="{field}"[^>]*>', html)[0]
    assert f'value="{changes[field]}"' in tag
    assert "aria-invalid" in tag


def test_a_forecast_of_a_changed_grid_keeps_terms_and_weights(manager):
    send(manager, "forecast/terms/", TYPED, "terms")
    send(manager, "forecast/weights/", {**FESTIVAL, "/base": "2"}, "weights")
    fields = fields_of(manager.get(P + "forecast/"), "forecast/propose/")
    send(manager, "forecast/propose/", {**fields, "/opening_fans": "70000"}, "forecast")
    assert inputs_of(manager, 4) == {**inputs_of(manager, 3), "opening_fans": 70000}
    assert inputs_of(manager, 4)["terms"] == TERMS


# -- The project's own fields -----------------------------------------------------------------------------------------

SETTINGS = {
    "/name": "新名字", "/starts_on": "2026-02-01", "/ends_on": "2027-01-31", "/operating_model": "community",
    "/settlement_mode": "goods", "/fans_per_guide": "20000", "/timezone": "America/New_York",
}  # fmt: skip


def test_settings_are_what_rest_answers(manager):
    send(manager, "settings/change/", SETTINGS, "settings")
    answer = manager.get(API).json()
    assert {f"/{name}": str(value) for name, value in answer.items()} | {"/auto_assign": ""} == SETTINGS | {
        "/auto_assign": "", "/code": "p1", "/kind": "operation", "/state": "draft",
    }  # fmt: skip
    assert answer["auto_assign"] is False
    fields = fields_of(manager.get(P + "settings/"), "settings/change/")
    assert {name: value for name, value in fields.items() if name[0] == "/"} == SETTINGS
    send(manager, "settings/change/", {**fields, "/auto_assign": "on"}, "settings")
    assert manager.get(API).json()["auto_assign"] is True


def test_the_time_zone_is_offered_until_there_are_events(acme, inside, manager):
    with inside(acme):
        Project.objects.update(has_events=True)
    page = manager.get(P + "settings/")
    assert "/timezone" not in fields_of(page, "settings/change/")
    assert "时区不能再改" in text_of(page)
    refused = send(manager, "settings/change/", SETTINGS, "settings", 409)
    assert "项目已有事件，时区固定为 Asia/Shanghai" in text_of(refused)
    send(
        manager, "settings/change/", {name: value for name, value in SETTINGS.items() if "zone" not in name}, "settings"
    )


@pytest.mark.parametrize(
    ("field", "value"), [("/name", ""), ("/ends_on", "2026-01-01"), ("/fans_per_guide", "0"), ("/starts_on", "x")]
)
def test_a_wrong_setting_is_named_in_its_field(manager, field, value):
    html = send(manager, "settings/change/", {**SETTINGS, field: value}, "settings", 400).content.decode()
    tag = re.search(rf'<input[^>]*name="{field}"[^>]*>', html)[0]
    assert f'value="{value}"' in tag
    assert "aria-invalid" in tag
    assert 'value="新名字"' in html or field == "/name"


def test_a_zone_that_is_none_stays_chosen_and_is_named(manager):
    refused = send(manager, "settings/change/", {**SETTINGS, "/timezone": "Mars"}, "settings", 400)
    field = re.search(r'<select[^>]*name="/timezone".*?</select>', refused.content.decode(), re.DOTALL)[0]
    assert "aria-invalid" in field.partition(">")[0]
    assert re.findall(r'"([^"]+)" selected', field) == ["Mars"]
    assert "没有时区 Mars" in text_of(refused)
