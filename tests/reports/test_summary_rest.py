"""Every number in a summary's sentences is REST's for the same period, or follows from it. Random stories."""

import re
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from reports.wording import count, money, percent, period_words, plain_number
from siyu.periods import periods
from tests.kpi.plans import SHARES, body, month
from tests.kpi.sending import place_guides
from tests.kpi.stories import DAYS, GUIDES, Story
from tests.reports.desk import ReportDesk, january

NUMBER = re.compile(r"[-−]?¥?\d+(?:,\d{3})*(?:\.\d+)?%?")
APART = {"score", "below_floor", "stale", "groups", "quality", "heads_short"}  # tested by hand: no figure of REST's


class Told:
    """A story's project with an agreed forecast, one month's report and what REST says of the month."""

    def __init__(self, brand, seed):
        story = Story(seed, "America/New_York")
        place_guides(brand, *GUIDES)
        self.desk = ReportDesk(brand, tz="America/New_York", sheet=story.sheet)
        self.desk.send([*story.events, *story.late])
        for account, keepers in story.keepers.items():
            self.desk.keep(account, keepers)
        middle = story.origin.date() + timedelta(days=DAYS // 2)
        [self.month] = periods("month", middle, middle)
        name = f"{self.month.first:%Y-%m}"
        promised = {"promised_reach": {"pkg": 900, "sms": 300}, "diversion_rate": {"pkg": "0.05", "sms": "0.01"}}
        lines = {"gmv": SHARES, "diverted_users": SHARES, "churn_rate": {"kind": "absolute", "fail": "0.01"}}
        self.desk.agree(body(month(name, **promised), opening_fans=20, lines=lines, terms={"floor": "0.80"}))
        self.payload = self.desk.payload("monthly", name)
        self.rest = self.by_indicator("month")
        stated = self.desk.owner.get(f"{self.desk.path}/forecast/").json()
        [self.forecast] = stated["months"]
        self.rates = stated["inputs"]["months"][0]["diversion_rate"]

    def by_indicator(self, grain):
        rows = self.desk.figures(grain, self.month.first, self.month.last)["results"]
        return {row["indicator"]: row for row in rows}

    def fans(self):
        start, seen = self.rest["retention_rate"]["denominator"], self.rest["churn_rate"]["denominator"]
        lost = self.rest["churn_rate"]["numerator"]
        return start, seen - start, lost, seen - lost


def expected_numbers(told):
    """By sentence: its numbers in the order in which the Chinese text tells them."""
    rest, (_, added, lost, end) = told.rest, told.fans()
    gmv = rest["gmv"]
    detail, net = gmv["detail"], gmv["value"]
    out = {
        "fans": [count(added), count(lost), count(added - lost), count(end)],
        "orders": [count(detail["orders"]), money(detail["gross"]), money(detail["refunds"]), money(net)],
        "bridge": [money(net), money(gmv["forecast"]["value"]), _gap(net, gmv["forecast"]["value"])],
        "failing": [str(sum(bool(row["forecast"]) and row["forecast"]["band"] == "failing" for row in rest.values()))],
    }
    for code, show in (("diverted_users", count), ("gmv", money)):
        judged, due = (Decimal(rest[code]["forecast"][name]) for name in ("judged", "due"))
        if not due:
            continue
        short = [show(due - judged)] if judged < due else []
        out[f"month_to_date:{code}"] = [show(judged), show(due), percent(judged / due), "100.0%", *short]
    return out


def _gap(actual, forecast):
    return money(abs(Decimal(actual) - Decimal(forecast)))


def numbers_of(text, payload):
    for words in period_words(payload):
        text = text.replace(words, "")
    return NUMBER.findall(text)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_every_number_is_rests(acme, globex, seed):
    ReportDesk(globex).send(january())
    told = Told(acme, seed)
    expected, checked = expected_numbers(told), set()
    for sentence in told.payload["summary"]:
        code, found = sentence["code"], numbers_of(sentence["zh"], told.payload)
        assert sorted(found) == sorted(numbers_of(sentence["en"], told.payload)), sentence
        if code in expected:
            assert found == expected[code], sentence
        elif code not in APART:
            beside = BESIDE[code.partition(":")[0] if code not in BESIDE else code]
            beside(told, found, sentence)
        checked.add(code)
    assert {"fans", "orders", "bridge", "assets", "settlement", "month_to_date:gmv"} <= checked


# -- Sentences of what stands beside the ten: held to the figure that they are part of ---------------------------------


def check_assets(told, found, sentence):
    assert found[0] == count(told.fans()[3])
    assert told.payload["assets"]["whole"]["fans"] == sum(row["fans"] for row in told.payload["assets"]["tiers"])


def check_customers(told, found, sentence):
    """Buyers are the figure's; the money is, with what nobody is bound to."""
    assert int(found[0].replace(",", "")) + int(found[2].replace(",", "")) == told.rest["gmv"]["detail"]["buyers"]
    parts = sum(Decimal(row["net"]) for row in told.payload["sales"]["customers"])
    assert f"{parts:.2f}" == told.rest["gmv"]["value"]


def check_content(told, found, sentence):
    koc = told.rest["koc_users"]
    assert found[:2] == [count(koc["detail"]["posts"]), count(koc["value"])] or found[1] == count(koc["value"])


def check_settlement(told, found, sentence):
    base, gmv, dual = (Decimal(number.replace("¥", "").replace(",", "")) for number in found)
    assert f"{gmv:.2f}" == told.rest["gmv"]["value"]
    assert base == gmv - dual


def check_bridge_step(told, found, sentence):
    """Diverted, fans at the start and adjusted forecast are REST's; the steps add up to its gap."""
    steps = told.payload["bridge"]["steps"]
    step = next(row for row in steps if f"bridge:{row['step']}" == sentence["code"])
    start, _, _, end = told.fans()
    diverted = int(told.rest["diverted_users"]["value"])
    actual = {"stock": start, "conversion": diverted, "retention": start + diverted - end}
    if step["step"] in actual:
        assert step["actual"] == actual[step["step"]]
    if step["step"] == "conversion":
        assert step["expected"] == int(told.rest["diverted_users"]["forecast"]["adjusted"])
    if step["step"] == "traffic":
        forecast = told.rest["gmv"]["forecast"]
        assert Decimal(step["amount"]) == Decimal(forecast["adjusted"]) - Decimal(forecast["value"])
    gap = Decimal(told.rest["gmv"]["value"]) - Decimal(told.rest["gmv"]["forecast"]["value"])
    assert sum(Decimal(row["amount"]) for row in steps) == gap
    shown = [money(abs(Decimal(step["amount"])))]
    show = money if step["step"] == "basket" else plain_number
    assert sorted(found) == sorted([*(show(step[name]) for name in ("actual", "expected") if name in step), *shown])


def check_traffic(told, found, sentence):
    row = next(row for row in told.payload["traffic"] if row["channel"] in sentence["zh"])
    reach = next(row for row in told.forecast["reach"] if row["channel"] == sentence["zh"].partition("本月")[0].strip())
    delivered, due = reach["delivered"], Fraction(reach["promised"])
    rate = Fraction(told.rates[reach["channel"]])
    short = int((due - delivered) * rate + Fraction(1, 2))
    assert found == [count(delivered), count(int(due)), percent(Decimal(delivered) / int(due)), count(short)]
    assert row["users_short"] == short


def check_missing_reach(told, found, sentence):
    row = next(row for row in told.payload["gaps"]["missing_reach"] if row["channel"] in sentence["zh"])
    assert found == [str(len(row["days"]))]


BESIDE = {
    "assets": check_assets,
    "customers": check_customers,
    "content": check_content,
    "settlement": check_settlement,
    "bridge": check_bridge_step,
    "traffic_short": check_traffic,
    "reach_missing": check_missing_reach,
}
