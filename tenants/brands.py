"""An agency's brands: made and closed by its leaders. Runs in public."""

from django.db import OperationalError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from psycopg2 import sql

from siyu.brands import connection, role_of
from siyu.models import DueTurn, DueWork
from siyu.names import NOT_ONE_LINE, is_one_line
from siyu.problems import DomainError, say
from tenants.models import Agency, ApiKey, AuditEntry, Brand, Invitation, Membership, ReportLink, User, slug_validator
from tenants.provisioning import create_brand
from tenants.services import TenantError

NAME_LENGTH, CATEGORY_LENGTH = 200, 60
RESERVED = frozenset({"www", "api", "admin", "mail", "static", "siyu"})  # hosts that an installation may need itself
PATIENCE = "10s"  # how long the closing of a brand waits for work under way in it


class BrandRefusedError(DomainError):
    """`errors` name the fields: /slug, /name, /category."""

    status = 422
    code = "brand_refused"


def brands_in(agency: Agency) -> QuerySet[Brand]:
    """Those that are not closed, by name."""
    return Brand.objects.filter(agency=agency).exclude(state=Brand.State.CLOSED).order_by("name", "slug")


def open_brand(agency: Agency, slug: str, *, name: str, category: str, by: User) -> tuple[Brand, bool]:
    """The agency's brand, and whether it is new; asked for twice alike, it is made once.

    Raises BrandRefusedError for what no brand can be, and for an address that is taken: by whom is not said.
    """
    slug, name, category = slug.strip().lower(), name.strip(), category.strip()
    flaws = _flaws(slug, name, category)
    if flaws:
        raise BrandRefusedError(say("品牌信息不完整或不正确", "What was typed makes no brand"), errors=flaws)
    taken = Brand.objects.filter(slug=slug).first()
    if taken is not None and (taken.agency_id, taken.name, taken.category) != (agency.pk, name, category):
        raise _taken(slug)
    try:
        brand, is_new = create_brand(slug, agency=agency, name=name, category=category)
    except TenantError:
        again = Brand.objects.filter(slug=slug, agency=agency, name=name, category=category).first()
        if again is None:
            raise _taken(slug) from None
        brand, is_new = again, False  # the same form, sent twice at once
    if brand.state == Brand.State.CLOSED:
        raise _taken(slug)
    if is_new:
        said = {"name": name, "category": category}
        AuditEntry.objects.create(agency=agency, by=by, what=AuditEntry.What.MAKE_BRAND, whom=slug, said=said)
    return brand, is_new


def _flaws(slug: str, name: str, category: str) -> list[dict[str, str]]:
    flaws = []
    if not slug_validator.regex.search(slug) or slug in RESERVED:  # type: ignore[union-attr]
        message = say(
            "由小写字母、数字和连字符组成，最多 40 个，首尾不能是连字符",
            "Lower-case letters, digits and hyphens, at most 40, no hyphen first or last",
        )
        if slug in RESERVED:
            message = say("这个网址由系统保留，请换一个", "This address is kept for the installation: choose another")
        flaws.append({"pointer": "/slug", "code": "bad_value", "message": message})
    for pointer, text, most in (("/name", name, NAME_LENGTH), ("/category", category, CATEGORY_LENGTH)):
        if not 0 < len(text) <= most or not is_one_line(text):
            needed = say(f"请填写，最多 {most} 个字", f"Needed, at most {most} characters")
            message = needed if is_one_line(text) else say(*NOT_ONE_LINE)
            flaws.append({"pointer": pointer, "code": "bad_value", "message": message})
    return flaws


def _taken(slug: str) -> BrandRefusedError:
    message = say(f"网址 {slug} 已被使用，请换一个", f"The address {slug} is taken: choose another")
    return BrandRefusedError(message, status=409, errors=[{"pointer": "/slug", "code": "taken", "message": message}])


# -- Closing ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def close_brand(brand: Brand, *, by: User | None) -> bool:
    """End the brand and drop its schema, with everything in it; False where it was closed before.

    Its keys, people, invitations and links end with it; the agency's audit says who did it, and the address is never
    given again. Placements of guides are ended before (guides.services). There is no way back but a backup's. Raises
    BrandRefusedError where work under way in the brand does not end within PATIENCE.
    """
    brand = Brand.objects.select_for_update().get(pk=brand.pk)
    if brand.state == Brand.State.CLOSED:
        return False
    now = timezone.now()
    brand.state = Brand.State.CLOSED
    brand.save(update_fields=["state"])
    ApiKey.objects.filter(brand=brand, revoked_at=None).update(revoked_at=now)
    ReportLink.objects.filter(brand=brand, revoked_at=None).update(revoked_at=now)
    Invitation.objects.filter(brand=brand, accepted_at=None, withdrawn_at=None).update(withdrawn_at=now)
    ended = Membership.objects.filter(brand=brand)
    people = sorted(f"{row.user.email} {row.role}" for row in ended.select_related("user"))
    ended.delete()
    of_schema = Q(schema=brand.schema_name)
    DueWork.objects.filter(of_schema).delete()
    DueTurn.objects.filter(of_schema).delete()
    said = {"name": brand.name, "people": people}
    AuditEntry.objects.create(agency=brand.agency, by=by, what=AuditEntry.What.CLOSE_BRAND, whom=brand.slug, said=said)
    _drop_schema(brand.schema_name)
    return True


def _drop_schema(schema: str) -> None:
    """Whoever reads or writes there is waited for; nobody begins anew, for the brand is closed in this transaction."""
    names = {"schema": sql.Identifier(schema), "role": sql.Identifier(role_of(schema))}
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
        try:
            with transaction.atomic():
                cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {schema} CASCADE").format(**names))
        except OperationalError as error:
            raise _busy() from error
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role_of(schema)])
        if cursor.fetchone() is not None:
            cursor.execute(sql.SQL("DROP OWNED BY {role}; DROP ROLE {role}").format(**names))


def _busy() -> BrandRefusedError:
    return BrandRefusedError(
        say(
            "品牌中还有正在进行的写入或计算，请一分钟后再试",
            "Work is under way in the brand: try again in a minute",
        ),
        status=409,
        code="busy",
    )
