"""GMV day by day beside the other brands: each number REST's, of days that have ended, nothing unknown drawn."""

import re
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from django.utils.translation import override

from kpi.figures import Figure
from siyu.periods import DAY, Period
from tests.factories import at_agency, inside, make_project, make_user
from tests.reports.desk import ReportDesk, at, january, paid, plan
from workplace.charts import draw_spark, runs_of
from workplace.gmv_course import build_course, draw_course, spark_of, table_of, words_of

FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28))
DAYS = re.compile(r'<tr><th scope="row">([^<]+)</th>((?:<td>.*?</td>)+)</tr>')
CELL = re.compile(r'<data value="([^"]*)">([^<]*)</data>')


def of_day(day, value):
    value = None if value is None else Decimal(value)
    return Figure("gmv", Period(day, day), None, value, None, value)


def of_days(first, *values):
    return [of_day(first + place * DAY, value) for place, value in enumerate(values)]


@pytest.fixture(autouse=True)
def chinese():
    with override("zh-hans"):
        yield


# -- The page ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(acme):
    desk = ReportDesk(acme)
    desk.agree(plan())
    desk.send([*january(), paid("o3", "20000.00", "2026-02-01", fan="f1"), paid("o4", "70.00", "2026-02-03", fan="f1")])
    return desk


def read(brand, role="owner", **query):
    response = at_agency(make_user(role, brand=brand)).get("/portfolio/", query)
    assert response.status_code == 200
    return response.content.decode()


def lines(html):
    return {title: CELL.findall(cells) for title, cells in DAYS.findall(html)}


def test_every_day_of_a_month_is_rests_and_they_add_up_to_it(acme, desk):
    found = lines(read(acme, month="2026-01"))
    rest = [row for row in desk.figures("day", "2026-01-01", "2026-01-31")["results"] if row["indicator"] == "gmv"]
    assert len(rest) == 31
    assert [found[row["period_start"][5:]][0][0] for row in rest] == [row["value"] for row in rest]
    assert found["01-05"] == [("300.00", "¥300.00")]
    assert found["01-06"] == [("49.90", "¥49.90")]  # 99.90 less 50 of an earlier order
    assert found["合计"] == [("349.90", "¥349.90")]


def test_of_a_running_month_the_days_that_have_ended(acme, desk, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime.fromisoformat(at("2026-02-03", "20:00")))
    html = read(acme)
    assert list(lines(html)) == ["02-01", "02-02", "合计"]
    assert lines(html)["合计"] == [("20000.00", "¥20,000.00")]
    assert 'aria-label="Acme 每日 GMV，02-01～02-02：02-02 ¥0.00，最高 02-01 ¥2.0万"' in html


def test_on_the_first_day_of_a_month_none_has_ended(acme, desk, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime.fromisoformat(at("2026-02-01", "20:00")))
    html = read(acme)
    assert "还没有结束的日子" in html
    assert "sy-course-now" not in html
    assert not lines(html)


def test_brands_stand_beside_each_other_in_the_order_of_the_page(acme, globex, desk):
    other = ReportDesk(globex, "g1")
    other.send([paid("o9", "5.00", "2026-01-07", fan="nobody")])
    html = read(acme, month="2026-01")
    heads = re.findall(r'<th scope="col">(Acme|Globex)', html)
    assert sorted(heads) == ["Acme", "Globex"]
    assert lines(html)["01-05"][heads.index("Acme")][0] == "300.00"
    assert lines(html)["01-05"][heads.index("Globex")][0] == "0.00"


def test_whoever_may_not_read_figures_sees_no_day(acme, desk):
    """Finance reads what a month earned against its cost, no indicators."""
    html = read(acme, "finance", month="2026-01")
    assert "sy-course" not in html
    assert not lines(html)


def test_a_project_without_a_fact_has_a_line_of_nothing(acme, globex):
    with inside(acme):
        make_project(code="new")
    found = lines(read(acme, month="2026-01"))
    assert found["合计"] == [("0.00", "¥0.00")]


# -- Pictures ---------------------------------------------------------------------------------------------------------


def test_a_line_breaks_where_a_day_is_not_known():
    course = build_course(FEBRUARY, of_days(FEBRUARY.first, "10", "20", None, "40"), date(2026, 2, 5))
    assert draw_course(course, "Acme").count("sy-course-now") == 2
    assert course.total is None
    assert words_of(course) == "02-04 ¥40.00"
    assert runs_of([(1, 1), (2, None), (3, 3), (4, 4)]) == [[(1, 1)], [(3, 3), (4, 4)]]


def test_the_month_before_lies_behind_by_the_day_of_the_month():
    """January's last three days have no day in February to lie behind."""
    january_days = of_days(date(2026, 1, 1), *["7"] * 31)
    course = build_course(FEBRUARY, [*january_days, *of_days(FEBRUARY.first, "10", "20")], date(2026, 2, 3))
    assert list(course.days) == [date(2026, 2, 1), date(2026, 2, 2)]
    assert len(course.before) == 31
    [before] = re.findall(r'sy-course-before" points="([^"]*)"', draw_course(course, "Acme"))
    assert len(before.split()) == 28
    assert 'class="sy-spark-before"' in spark_of(course)


def test_refunds_that_outweigh_a_day_lie_below_nought():
    course = build_course(FEBRUARY, of_days(FEBRUARY.first, "100", "-50"), date(2026, 2, 3))
    drawn = draw_course(course, "A")
    ys = [float(point.split(",")[1]) for point in re.findall(r'now" points="([^"]*)"', drawn)[0].split()]
    assert ys == [0.0, 75.0]
    assert re.findall(r'text-anchor="end">([^<]*)<', drawn)[:3] == ["−100", "0", "100"]


def test_days_below_nought_alone_make_no_more_marks_than_others():
    """A brand that only paid back: 5,000 in a day against a best day of nothing."""
    course = build_course(FEBRUARY, of_days(FEBRUARY.first, "0", "-5000", "0"), date(2026, 2, 4))
    assert draw_course(course, "A").count("<line ") <= 4
    assert words_of(course) == "02-03 ¥0.00"


def test_what_nobody_stated_is_a_dash_and_no_sum():
    course = build_course(FEBRUARY, of_days(FEBRUARY.first, "10", None), date(2026, 2, 3))
    assert [line.cells[0].text for line in table_of([course])] == ["¥10.00", "—", "—"]
    assert draw_course(build_course(FEBRUARY, of_days(FEBRUARY.first, None), date(2026, 2, 2)), "A") == ""


def test_both_lines_of_a_spark_share_a_scale():
    """4 is the top of both: the paler line begins there, the other stays below."""
    found = re.findall(r'points="([^"]*)"', draw_spark([1.0, 2.0], [4.0, 1.0]))
    before, now = ([float(point.split(",")[1]) for point in points.split()] for points in found)
    assert before[0] == min(before + now)
    assert before[1] == now[0]
