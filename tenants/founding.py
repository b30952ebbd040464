"""The first visit: who can read the installation's terminal makes the agency, its owner and the operator. Once.

Without a terminal nobody could be told from a stranger here, so the page asks for a code that is printed there. It is
derived from the installation's key: nothing to keep, the same at every start, worth nothing once there is an agency.
"""

import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.utils.text import slugify

from siyu.names import NOT_ONE_LINE, is_one_line
from siyu.problems import DomainError, say
from tenants.models import Agency, AuditEntry, Role, User
from tenants.second_factor import ALPHABET
from tenants.services import TenantError, create_agency, create_user

LOCK = 0x666F756E64  # the advisory lock of whoever founds: the second finds the door closed
LETTERS = 16  # of 5 bits each
NAME_LENGTH = 100


class FoundingError(DomainError):
    """`errors` name the fields: /agency, /owner/email, /operator/password …"""

    status = 422
    code = "invalid"


@dataclass(frozen=True)
class Person:
    email: str
    name: str
    password: str


def is_open() -> bool:
    """Whether there is no agency yet but a demo's."""
    return not Agency.objects.filter(is_demo=False).exists()


def founding_code() -> str:
    """What the terminal shows, in groups of four: 80 bits of the installation's key."""
    key = HKDF(SHA256(), length=LETTERS, salt=None, info=b"siyu founding 1").derive(settings.MASTER_KEY)
    letters = "".join(ALPHABET[byte % len(ALPHABET)] for byte in key)
    return "-".join(letters[place : place + 4] for place in range(0, LETTERS, 4))


def is_code(typed: str) -> bool:
    """As it is printed; small letters, spaces and missing hyphens do not matter."""
    plain = "".join(letter for letter in typed.upper() if letter in ALPHABET)
    return hmac.compare_digest(plain.encode(), founding_code().replace("-", "").encode())


@transaction.atomic
def found(agency_name: str, owner: Person, operator: Person) -> tuple[Agency, User]:
    """The agency and its owner; the operator is another person. The caller has asked for the code.

    Raises FoundingError where there is an agency already, and with every field at fault for what makes none.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    if not is_open():
        raise FoundingError(say("已经有代运营公司了", "There is an agency already"), status=409)
    agency_name = agency_name.strip()
    flaws = [*_flaws_of_name(agency_name), *_flaws_of("owner", owner), *_flaws_of("operator", operator)]
    if owner.email.strip().lower() == operator.email.strip().lower():
        message = say("请与所有者用不同的邮箱", "Another address than the owner's")
        flaws.append({"pointer": "/operator/email", "code": "taken", "message": message})
    if flaws:
        raise _refused(flaws)
    agency, _ = create_agency(agency_name, slug=_free_slug(agency_name))
    user = _make("owner", owner, Role.OWNER, agency)
    _make("operator", operator, Role.OPERATOR, None)
    AuditEntry.objects.create(agency=agency, by=user, what=AuditEntry.What.FOUND, whom=agency_name)
    return agency, user


def _make(part: str, person: Person, role: Role, agency: Agency | None) -> User:
    """Each with one sentence at her own password where it is too weak."""
    try:
        with transaction.atomic():
            return create_user(person.email, role=role, agency=agency, password=person.password, name=person.name)[0]
    except TenantError as error:
        raise _refused([{"pointer": f"/{part}/password", "code": "weak", "message": error.detail}]) from error


def _refused(flaws: list[dict[str, str]]) -> FoundingError:
    return FoundingError(say("还有内容需要更正", "Some of it needs correcting"), errors=flaws)


def _flaws_of_name(name: str) -> list[dict[str, str]]:
    if 0 < len(name) <= NAME_LENGTH and is_one_line(name):
        return []
    needed = say(f"请填写，最多 {NAME_LENGTH} 个字", f"Needed, at most {NAME_LENGTH} characters")
    message = needed if is_one_line(name) else say(*NOT_ONE_LINE)
    return [{"pointer": "/agency", "code": "bad_value", "message": message}]


def _flaws_of(part: str, person: Person) -> list[dict[str, str]]:
    email, found = person.email.strip(), []
    try:
        validate_email(email)
    except ValidationError:
        message = say("邮箱不正确", "This is not an e-mail address")
        found.append({"pointer": f"/{part}/email", "code": "bad_value", "message": message})
    if User.objects.filter(email=email.lower()).exists():
        message = say("这个邮箱已有账号，请换一个", "The address has an account: choose another")
        found.append({"pointer": f"/{part}/email", "code": "taken", "message": message})
    if not 0 < len(person.name.strip()) <= NAME_LENGTH:
        message = say("请填写姓名", "Type a name")
        found.append({"pointer": f"/{part}/name", "code": "bad_value", "message": message})
    elif not is_one_line(person.name):
        found.append({"pointer": f"/{part}/name", "code": "bad_value", "message": say(*NOT_ONE_LINE)})
    return found


def _free_slug(name: str) -> str:
    """Commands name the agency by it; pages never show it."""
    wished = slugify(name)[:30].strip("-_").replace("_", "-") or "agency"
    taken = set(Agency.objects.values_list("slug", flat=True))
    tried = (wished, *(f"{wished}-{number}" for number in range(2, len(taken) + 3)))
    return next(slug for slug in tried if slug not in taken)
