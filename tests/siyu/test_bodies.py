"""Bodies that are refused, with a page that says so."""

import pytest

from tenants.models import Role
from tests.factories import inside, make_project, user_client

FORM = "application/x-www-form-urlencoded"
WHERE = "/projects/p1/forecast/propose/"


@pytest.fixture
def pm(acme):
    with inside(acme):
        make_project(code="p1")
    return user_client(acme, Role.OWNER)


@pytest.mark.parametrize("body", [b"a=" + b"x" * (11 << 20), b"&".join([b"a=1"] * 10_001)], ids=["bytes", "fields"])
@pytest.mark.parametrize(("language", "said"), [("zh-hans", "分几次提交"), ("en", "send it in parts")])
def test_too_much_at_once_is_refused_in_words(pm, body, language, said):
    answer = pm.generic("POST", WHERE, body, content_type=FORM, HTTP_ACCEPT_LANGUAGE=language)
    assert (answer.status_code, answer["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert said in answer.text
    assert answer.wsgi_request.read() == b"", "it was heard out: the browser is not left sending"


def test_a_year_of_twelve_channels_is_not_too_much(pm):
    body = "&".join(f"/months/{month}/day/{day}=1" for month in range(12) for day in range(110)).encode()
    assert pm.generic("POST", WHERE, body, content_type=FORM).status_code in (400, 422)


@pytest.mark.parametrize("kind", [f"{FORM}; charset=utf-7", "multipart/form-data"])
def test_a_form_that_cannot_be_read_is_a_bad_request(acme, kind):
    client = user_client(acme, Role.OWNER)
    client.handler.enforce_csrf_checks = True
    answer = client.generic("POST", WHERE, b"a=1", content_type=kind)
    assert answer.status_code in (400, 403)
