"""What is written in one brand is in no other, and the database itself refuses to mix them."""

import datetime
import secrets
from decimal import Decimal

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.cache import cache
from django.db import DatabaseError, ProgrammingError, connection, models, transaction

from guides.models import Guide, Placement
from projects.models import Project
from siyu import due
from siyu.brands import BrandNotEnteredError, current_schema, enter_as_owner, enter_brand, enter_public, role_of
from siyu.models import DueWork
from tenants.models import Brand, User
from tenants.provisioning import make_role
from tests.factories import client_for, inside, make_guide, make_placement, make_project, user_client

BRAND_MODELS = [
    model
    for model in apps.get_models()
    if model._meta.app_label in {app.rpartition(".")[2] for app in settings.TENANT_APPS}
]
MARKER = "红狐狸暗号"


def filled(model: type[models.Model], **given: object) -> models.Model:
    """A row of the model with the marker in every text; what it must point to in the brand is made with it."""
    values = dict(given)
    for field in model._meta.concrete_fields:
        if (
            field.attname in given
            or field.null
            or field.has_default()
            or isinstance(field, models.AutoField)
            or field.name == "id"
        ):
            continue
        values[field.name] = value_of(field)
    return model.objects.create(**values)


def value_of(field: models.Field) -> object:
    if isinstance(field, models.ForeignKey):
        target = field.related_model
        return target.objects.first() or filled(target)
    if isinstance(field, ArrayField):
        return [value_of(field.base_field)]
    if field.choices:
        return field.choices[0][0]
    by_kind = [
        (models.DateTimeField, datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)),
        (models.DateField, datetime.date(2026, 1, 1)),  # a day that begins its month: some must
        (models.DecimalField, Decimal(1)),
        (models.JSONField, {"marker": MARKER}),
        (models.BinaryField, b"0123456789abcdef"),
        (models.BooleanField, True),
        (models.IntegerField, 7),
        ((models.CharField, models.TextField), MARKER),
    ]
    return next(value for kind, value in by_kind if isinstance(field, kind))


@pytest.fixture
def persons(acme):
    """Rows that point to a user, whom a brand's role cannot make."""
    user = User.objects.create_user("seat@example.test")
    return {
        "TeamSeat": {"user_id": user.pk},
        "Notice": {"user_id": user.pk},
        "ReachConfirmation": {"by_id": user.pk},
        "ForecastComment": {"by_id": user.pk, "text": MARKER},
        "Export": {"user_id": user.pk, "form": "xlsx"},
    }


@pytest.mark.parametrize("model", BRAND_MODELS, ids=lambda model: model._meta.label)
def test_a_row_of_one_brand_is_absent_in_the_other(model, acme, globex, persons):
    with inside(acme):
        row = filled(model, **persons.get(model.__name__, {}))
        assert model.objects.filter(pk=row.pk).exists()
    with inside(globex):
        assert not model.objects.exists()
    with pytest.raises(ProgrammingError), transaction.atomic():
        model.objects.exists()  # in public there is no such table


def test_ids_of_brands_are_disjoint(acme, globex, initech):
    ids = []
    for brand in (acme, globex, initech):
        with inside(brand):
            ids.append(make_project().pk // 1_000_000)
    assert len(set(ids)) == 3


# -- The role ---------------------------------------------------------------------------------------------------------


def test_a_brands_role_may_not_read_another_schema(acme, globex):
    with inside(acme), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        run("SELECT * FROM b_globex.projects_project")


def test_a_wrong_search_path_is_refused_by_the_role(acme, globex):
    """Were the search path ever another brand's, the role would still be this one's."""
    with enter_as_owner(globex.schema_name):
        connection.brand_role = role_of(acme.schema_name)
        with pytest.raises(ProgrammingError), transaction.atomic():
            run("SELECT * FROM projects_project")


@pytest.mark.parametrize("statement", ["SELECT * FROM {}", "DELETE FROM {}", "INSERT INTO {} DEFAULT VALUES"])
def test_a_brands_role_has_no_part_in_public(acme, statement):
    readable = {"guides_guide", "guides_placement"}
    for model in apps.get_models():
        table = model._meta.db_table
        if model in BRAND_MODELS or (statement.startswith("SELECT") and table in readable):
            continue
        with inside(acme), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            run(statement.format(f"public.{table}"))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE b_acme.x (id int)",
        "CREATE TABLE public.x (id int)",
        "DROP TABLE b_acme.fans_fan",
        "TRUNCATE b_acme.fans_fan CASCADE",
        "DELETE FROM b_acme.django_migrations",
        "CREATE ROLE someone",
    ],
)
def test_a_brands_role_changes_rows_and_nothing_else(acme, statement):
    with inside(acme), pytest.raises(DatabaseError), transaction.atomic():
        run(statement)


def test_a_brand_sees_its_own_placements_and_their_guides(acme, globex):
    mine, theirs = make_guide(acme.agency, code="mine"), make_guide(acme.agency, code="theirs")
    make_guide(acme.agency, code="idle")
    make_placement(mine, acme, share="0.5")
    make_placement(mine, globex, share="0.5")
    make_placement(theirs, globex)
    with inside(acme):
        assert list(Guide.objects.values_list("code", flat=True)) == ["mine"]
        assert list(Placement.objects.values_list("brand", flat=True)) == [acme.pk]
    assert Placement.objects.count() == 3


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


# -- The block --------------------------------------------------------------------------------------------------------


def test_leaving_a_block_enters_what_was_before(acme, globex):
    with inside(acme):
        with inside(globex):
            assert current_schema() == "b_globex"
            with enter_public():
                assert (current_schema(), who()) == ("public", connection.settings_dict["USER"])
            assert who() == role_of("b_globex")
        assert (current_schema(), who()) == ("b_acme", role_of("b_acme"))
    assert (current_schema(), who()) == ("public", connection.settings_dict["USER"])


def test_an_error_leaves_the_block(acme):
    with pytest.raises(ZeroDivisionError), inside(acme):
        _ = 1 / 0
    assert current_schema() == "public"


def test_a_rolled_back_savepoint_leaves_the_brand_as_it_was(acme, globex):
    with inside(acme):
        make_project(code="acme")
        with transaction.atomic():
            with inside(globex):
                make_project(code="globex")
            transaction.set_rollback(True)
        assert who() == role_of("b_acme")
        assert list(Project.objects.values_list("code", flat=True)) == ["acme"]


@pytest.mark.parametrize(
    "name", ["public", "b_nobody", "siyu_template__", "b_acme, b_globex", 'b_acme"', "B_ACME", "", "b_" + "x" * 60]
)
def test_what_is_no_brand_cannot_be_entered(acme, name):
    with pytest.raises(BrandNotEnteredError), transaction.atomic(), enter_brand(name):
        pytest.fail("entered")
    assert (current_schema(), who()) == ("public", connection.settings_dict["USER"])


def test_a_role_without_its_schema_opens_nothing(acme):
    """PostgreSQL passes over a schema that is not there, and the query would land in public."""
    make_role(role_of("b_ghost"))
    with pytest.raises(BrandNotEnteredError, match="does not exist"), enter_brand("b_ghost"):
        pytest.fail("entered")


def test_async_code_cannot_enter(acme):
    import asyncio

    async def enter() -> None:
        with enter_brand("b_acme"):
            pytest.fail("entered")

    with pytest.raises(BrandNotEnteredError, match="WSGI"):
        asyncio.run(enter())


def who() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]


# -- T05: work --------------------------------------------------------------------------------------------------------


def test_work_is_asked_for_in_a_brand_only(db):
    with pytest.raises(BrandNotEnteredError):
        due.ask("rollup", "1")


def test_work_of_a_suspended_or_missing_brand_is_left_alone(acme, monkeypatch):
    ran = []
    monkeypatch.setattr(due, "_handlers", {"probe": lambda subject, beat: ran.append((current_schema(), subject))})
    with inside(acme):
        due.ask("probe", "1")
    DueWork.objects.create(schema="b_gone", kind="probe", subject="1", due_at="2026-01-01T00:00Z")
    Brand.objects.filter(pk=acme.pk).update(state=Brand.State.SUSPENDED)
    assert due.work_off() == 0
    Brand.objects.filter(pk=acme.pk).update(state=Brand.State.ACTIVE)
    assert due.work_off() == 1
    assert ran == [("b_acme", "1")]
    assert current_schema() == "public"


# -- T06: one number in two brands ------------------------------------------------------------------------------------


def test_cache_keys_carry_the_brand(acme, globex):
    key = f"fan:{secrets.token_hex(8)}"  # the cache outlives the test
    with inside(acme):
        cache.set(key, "acme", 60)
    with inside(globex):
        assert cache.get(key) is None
        cache.set(key, "globex", 60)
    with inside(acme):
        assert cache.get(key) == "acme"
        cache.delete(key)
    assert cache.get(key) is None
    with inside(globex):
        assert cache.get(key) == "globex"


def test_a_key_of_one_brand_opens_no_other(acme, globex, initech):
    client = client_for(acme, ["kpis:read"])
    assert client.get("/api/v1/projects/").status_code == 200
    for brand in (globex, initech):
        response = client.get("/api/v1/projects/", HTTP_HOST=f"{brand.slug}.{settings.BASE_DOMAIN}")
        assert response.status_code == 401


def test_a_session_is_good_on_its_own_host_only(acme, globex):
    client = user_client(acme, "owner")  # may enter both
    assert client.get("/api/v1/projects/").status_code == 200
    stolen = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert client.get("/api/v1/projects/", HTTP_HOST=f"globex.{settings.BASE_DOMAIN}").status_code == 401
    client.cookies[settings.SESSION_COOKIE_NAME] = stolen  # the other host took it from the client, not from its owner
    assert client.get("/api/v1/projects/").status_code == 200
