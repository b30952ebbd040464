"""Every form of the people's pages: what was refused is shown again with the message beside its field."""

import re

import pytest

from projects.models import TeamSeat
from tests.factories import make_guide, make_placement, user_client
from tests.kpi.sending import Desk

P = "/projects/p1/"
RATES = {"churn_rate": "0.02", "ramp": "1", "gmv_per_fan": "4", "koc_share": "0.02", "referral_share": "0.05"}
FORECAST = {
    "opening_fans": 9, "effective_from": "2026-05",
    "months": [{"month": "2026-05", "promised_reach": {"a/b": 9}, "diversion_rate": {"a/b": "0.05"}, **RATES}],
}  # fmt: skip
MONTH = {"/opening_fans": "9", "/0/month": "2026-05", **{f"/0/{name}": rate for name, rate in RATES.items()}}
SEAT = {"/0/role": "guide", "/0/holder": "nana", "/0/share": "1", "/0/from": "2026-01-01"}
SHEET = {"/valid_after_hours": "24", "/judge_diverted": "gross", "/0/platform": "default", "/0/rule": "any_fan"}

FORMS = [  # where, the form's key, what is typed, the field at fault, the value of it that must be there again
    ("team/seats/", "team", {**SEAT, "/0/holder": "nobody"}, "/0/holder", "nobody"),
    ("team/seats/", "team", {**SEAT, "/1/role": "pm", "/1/holder": "no mail"}, "/1/holder", "no mail"),
    ("team/seats/", "team", {**SEAT, "/1/role": "pm", "/1/holder": "", "/1/from": "2026-01-02"}, "/1/holder", ""),
    ("team/seats/", "team", {**SEAT, "/0/to": "2025-01-01"}, "/0/to", "2025-01-01"),
    ("team/seats/", "team", {**SEAT, "/3/role": "guide", "/3/holder": "retired"}, "/3/holder", "retired"),
    ("team/guides/nana/", "guide-nana", {"/skills": "x" * 41}, "/skills", "x" * 41),
    ("team/guides/nana/", "guide-nana", {"/skills": "", "/1/from": "2026-01-01", "/1/to": "x"}, "/1/to", "x"),
    ("team/cost/nana/", "cost-nana", {"/monthly": "-1"}, "/monthly", "-1"),
    ("team/cost/nana/", "cost-nana", {"/monthly": ""}, "/monthly", ""),
    ("team/capacity/a1/", "capacity-a1", {"/capacity": "-7"}, "/capacity", "-7"),
    ("team/handover/a1/", "handover-a1", {"/guide": "", "/from": "noon"}, "from", "noon"),
    ("assignments/plan/", "plan", {"/scope": "account:nobody"}, "/scope", "account:nobody"),
    ("assignments/plan/", "plan", {"/scope": "unassigned", "/max_moves": "-3"}, "/max_moves", "-3"),
    ("contacts/put/", "contacts", {"/1/role": "brand_reviewer", "/1/name": "周", "/1/email": "x"}, "/1/email", "x"),
    ("definitions/propose/", "sheet", SHEET, "/counting_ties/friend", None),
    ("definitions/propose/", "sheet", {**SHEET, "/valid_after_hours": "x"}, "/valid_after_hours", "x"),
    ("forecast/propose/", "forecast", {**MONTH, "/0/churn_rate": "7"}, "/0/churn_rate", "7"),
    ("forecast/propose/", "forecast", {**MONTH, "/0/promised_reach/a~1b": "x"}, "/0/promised_reach/a~1b", "x"),
    ("forecast/what-if/", "forecast", {**MONTH, "/opening_fans": "many"}, "/opening_fans", "many"),
    ("forecast/lines/", "lines", {"/lines/gmv/kind": "share", "/lines/gmv/good": "x"}, "/lines/gmv/good", "x"),
    ("forecast/lines/", "lines", {"/base": "1", "/lines/gmv/good": "1"}, "/lines/gmv/kind", ""),
    ("forecast/terms/", "terms", {"/base": "1", "/terms/floor": "x"}, "/terms/floor", "x"),
    ("forecast/terms/", "terms", {"/base": "1", "/terms/basis": "named"}, "/terms/indicators/diverted_users", None),
    ("forecast/weights/", "weights", {"/base": "1", "/4/from": "2026-05-01", "/4/weight": "x"}, "/4/weight", "x"),
    ("forecast/channels/", "channel", {"/code": "sms", "/lag_days": "-1"}, "/lag_days", "-1"),
    ("settings/change/", "settings", {"/fans_per_guide": "none"}, "/fans_per_guide", "none"),
]  # fmt: skip


@pytest.fixture
def owner(acme, globex, inside):
    for code in ("nana", "retired"):
        make_placement(make_guide(acme.agency, code=code), acme, ends_on="2026-01-31" if code == "retired" else None)
    type(make_guide(acme.agency)).objects.filter(code="retired").update(retired_at="2026-02-01T00:00:00Z")
    desk = Desk(acme)
    desk.keep("a1", [("2026-01-01T00:00:00", "nana")])
    client = user_client(acme, "owner")
    assert client.put("/api/v1/projects/p1/forecast/", FORECAST).status_code == 200
    with inside(acme):
        assert not TeamSeat.objects.exists()
    return client


@pytest.mark.parametrize(("where", "key", "fields", "at_fault", "value"), FORMS)
def test_what_was_typed_stays_with_the_message_beside_it(owner, where, key, fields, at_fault, value):
    response = owner.post(P + where, {"form": key, **fields}, format="multipart")
    assert response.status_code in (400, 404, 409, 422), response
    html = response.content.decode()
    mark = f'name="form" value="{key}"' if at_fault.startswith("/") else f'name="{at_fault}"'
    form = next(part for part in html.split("<form") if mark in part.partition("</form>")[0])
    label = next(part for part in form.split("<label") if f'name="{at_fault}"' in part)
    assert "sy-flaw" in label, "the message stands beside the field"
    if value is not None:
        said = rf'(value="{re.escape(value)}"|<option value="{re.escape(value)}" selected)'
        assert re.search(said, label)
    for name, other in fields.items():  # everything else that was typed into this form
        if name.startswith("/") and other and at_fault.startswith("/"):
            assert f'name="{name}"' in form
            assert other in form
