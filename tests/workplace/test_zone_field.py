"""The time zone of a project is chosen from those that there are; whoever writes another is told what to write."""

import re
from html import unescape

import pytest

from projects.zones import known_zones, zones_by_region
from tests.factories import inside, make_project, user_client

PROJECTS = "/api/v1/projects/"
BODY = {"code": "p9", "name": "新星", "starts_on": "2026-01-01", "ends_on": "2026-12-31"}


@pytest.fixture
def owner(acme, globex):
    with inside(acme):
        make_project(code="p1", timezone="America/New_York")
    return user_client(acme, "owner")


def zone_select(client, address):
    page = unescape(client.get(address).content.decode())
    return re.search(r'<select name="/timezone".*?</select>', page, re.DOTALL)[0]


def test_a_new_project_chooses_among_the_zones_the_usual_ones_first(owner):
    select = zone_select(owner, "/projects/")
    values = re.findall(r'<option value="([^"]+)"', select)
    assert values[:2] == ["Asia/Shanghai", "Asia/Hong_Kong"]
    assert len(values) == len(set(values))
    assert {"UTC", "Asia/Urumqi", "America/Argentina/Buenos_Aires"} <= set(values) <= known_zones()
    assert re.findall(r'<option value="([^"]+)" selected', select) == ["Asia/Shanghai"]
    assert re.findall(r'<optgroup label="([^"]+)"', select)[:3] == ["常用", "非洲", "美洲"]


def test_the_settings_show_the_zone_that_stands_even_under_an_older_name(acme, owner):
    assert re.findall(r'"([^"]+)" selected', zone_select(owner, "/projects/p1/settings/")) == ["America/New_York"]
    with inside(acme):
        make_project(code="p2", timezone="PRC")
    assert re.findall(r'"([^"]+)" selected', zone_select(owner, "/projects/p2/settings/")) == ["PRC"]


def test_every_region_of_the_zones_has_a_title(owner):
    labels = re.findall(r'<optgroup label="([^"]+)"', zone_select(owner, "/projects/"))
    assert len(labels) == len(zones_by_region()) + 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("asia/shanghai", "没有时区 asia/shanghai，应写作 Asia/Shanghai"),
        ("America/new york", "没有时区 America/new york，应写作 America/New_York"),
        (
            "北京时间",
            "没有时区 北京时间。应为 IANA 时区名：中国大陆写 Asia/Shanghai，其他如 Asia/Singapore、Europe/London",
        ),
    ],
)
def test_another_name_is_answered_with_what_to_write(owner, typed, told):
    answer = owner.post(PROJECTS, {**BODY, "timezone": typed})
    assert answer.status_code == 400
    assert [(error["pointer"], error["message"]) for error in answer.json()["errors"]] == [("/timezone", told)]
