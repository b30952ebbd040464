"""A guide sees her own figures and the fans she holds, and nobody else's."""

import pytest

from guides.models import Guide
from tenants.models import Role
from tests.factories import user_client
from tests.kpi.sending import Desk, place_guides

DAY = "2026-01-05"


@pytest.fixture
def lin(acme, globex):
    """Lin signed in; she keeps account a1, Mei keeps a2; both hold a fan, in both brands."""
    for brand in (acme, globex):
        place_guides(brand, "Lin", "Mei")
        desk = Desk(brand)
        desk.send(
            {"type": "fan.added", "id": f"{a}", "fan": f"fan-of-{a}", "guide": a, "at": f"{DAY}T10:00:00+08:00"}
            for a in ("a1", "a2")
        )
        desk.keep("a1", [("2026-01-01T00:00:00+08:00", "Lin")])
        desk.keep("a2", [("2026-01-01T00:00:00+08:00", "Mei")])
    client = user_client(acme, Role.GUIDE)
    Guide.objects.filter(agency=acme.agency, code="Lin").update(user=client.user)
    return client


def asked(client, **query):
    return client.get("/api/v1/projects/p1/kpis/", {"grain": "day", "start": DAY, "end": DAY, **query})


def test_she_reads_her_own_row_of_the_cut_by_guide(lin):
    rows = b"".join(asked(lin, by="guide", indicator="diverted_users")).decode()
    assert '"Lin"' in rows
    assert "Mei" not in rows


@pytest.mark.parametrize("by", [{}, {"by": "account"}, {"by": "channel"}])
def test_the_whole_and_other_cuts_are_not_hers(lin, by):
    assert asked(lin, **by).status_code == 403


def test_the_rows_behind_figures_are_not_hers(lin):
    query = {"indicator": "diverted_users", "start": DAY, "end": DAY}
    assert lin.get("/api/v1/projects/p1/kpis/rows/", query).status_code == 403


def test_she_sees_the_fans_she_holds(lin):
    fans = lin.get("/api/v1/projects/p1/fans/").json()["results"]
    assert [fan["fan"] for fan in fans] == ["fan-of-a1"]


def test_another_guides_fan_is_not_found(lin):
    assert lin.get("/api/v1/projects/p1/fans/fan-of-a2/").status_code == 404
