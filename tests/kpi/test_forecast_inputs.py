"""What a forecast may say, field by field."""

import pytest

from kpi.forecast_inputs import read_inputs
from projects.sheet import digest
from tests.kpi.plans import SHARES, body, month


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"opening_fans": -1}, "/opening_fans"),
        ({"opening_fans": "200000"}, "/opening_fans"),
        ({"opening_fans": True}, "/opening_fans"),
        ({"effective_from": "2026-13"}, "/effective_from"),
        ({"effective_from": "2026-02"}, "/months/0/month"),
        ({"months": []}, "/months"),
        ({"months": {}}, "/months"),
        ({"months": [month()] * 121}, "/months"),
        ({"months": [month("2026-01"), month("2026-03")]}, "/months/1/month"),
        ({"months": [month(churn_rate="1.01")]}, "/months/0/churn_rate"),
        ({"months": [month(churn_rate=0.03)]}, "/months/0/churn_rate"),
        ({"months": [month(churn_rate="3e-2")]}, "/months/0/churn_rate"),
        ({"months": [month(koc_share="-0.1")]}, "/months/0/koc_share"),
        ({"months": [month(gmv_per_fan="NaN")]}, "/months/0/gmv_per_fan"),
        ({"months": [month(promised_reach={"pkg": -1})]}, "/months/0/promised_reach/pkg"),
        ({"months": [month(promised_reach={"pkg": 1.5})]}, "/months/0/promised_reach/pkg"),
        ({"months": [month(promised_reach={"pkg": 1, "a/b": 1})]}, "/months/0/diversion_rate/a~1b"),
        ({"months": [month(diversion_rate={"pkg": "1.2"})]}, "/months/0/diversion_rate/pkg"),
        ({"months": [month(labour_cost="9")]}, "/months/0/labour_cost"),
        ({"months": [month(day_weights={"2026-02-01": "2"})]}, "/months/0/day_weights/2026-02-01"),
        ({"months": [month(day_weights={"2026-01-01": "-2"})]}, "/months/0/day_weights/2026-01-01"),
        ({"months": [month(day_weights={f"2026-01-{n:02}": 0 for n in range(1, 32)})]}, "/months/0/day_weights"),
        ({"lines": {"mood": SHARES}}, "/lines/mood"),
        ({"lines": {"gmv": {"fail": "1"}}}, "/lines/gmv/kind"),
        ({"lines": {"gmv": {**SHARES, "kind": "percent"}}}, "/lines/gmv/kind"),
        ({"lines": {"gmv": {**SHARES, "normal": "0.8"}}}, "/lines/gmv/normal"),
        ({"lines": {"gmv": {"kind": "share", "fail": "0.8", "excess": "0.7"}}}, "/lines/gmv/excess"),
        ({"lines": {"churn_rate": {"kind": "absolute", "fail": "0.03", "normal": "0.04"}}}, "/lines/churn_rate/normal"),
        ({"terms": {"floor": "1.1"}}, "/terms/floor"),
        ({"terms": {"basis": "all"}}, "/terms/basis"),
        ({"terms": {"basis": "named"}}, "/terms/indicators"),
        ({"terms": {"weights": {"gmv": "0"}}}, "/terms/weights"),
        ({"terms": {"caps": {"gmv": "0"}}}, "/terms/caps/gmv"),
        ({"terms": {"grace_months": "8"}}, "/terms/grace_months"),
        ({"terms": {"deductions": [{"below": "0.6", "share": "0.2"}, {"below": "0.8", "share": "0.1"}]}},
         "/terms/deductions/1/below"),
        ({"terms": {"margin": "0.3"}}, "/terms/margin"),
        ({"wages": "1"}, "/wages"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(changes, pointer):
    _, flaws = read_inputs({**body(), **changes})
    assert [flaw.pointer for flaw in flaws] == [pointer]


@pytest.mark.parametrize("missing", ["opening_fans", "effective_from", "months"])
def test_what_is_missing_is_named(missing):
    stated = body()
    del stated[missing]
    _, flaws = read_inputs(stated)
    assert [(flaw.pointer, flaw.code) for flaw in flaws] == [(f"/{missing}", "missing_field")]


@pytest.mark.parametrize("name", month())
def test_every_field_of_a_month_is_needed(name):
    stated = month()
    del stated[name]
    _, flaws = read_inputs({**body(), "months": [stated]})
    assert [flaw.pointer for flaw in flaws] == [f"/months/0/{name}"]


def test_equal_forecasts_read_equal():
    one, flaws = read_inputs(body(lines={"gmv": SHARES | {"excess": None}}, terms={}))
    absent = {name: mark for name, mark in SHARES.items() if name != "excess"}
    other, _ = read_inputs({**body(lines={"gmv": absent}), "effective_from": "2026-01-01"})
    assert not flaws
    assert (one, digest(one)) == (other, digest(other))


def test_years_follow_on():
    _, flaws = read_inputs(body(month("2026-12"), month("2027-01")))
    assert not flaws
