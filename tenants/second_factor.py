"""The second factor: six digits of an authenticator app (RFC 6238), or one of ten recovery codes.

The secret is sealed with a key derived from the installation's, bound to its user. A code is taken once, and no code of
an older step after it. Recovery codes are shown once; what is kept is a keyed hash.
"""

import base64
import hmac
import secrets
import time

import segno
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tenants.keys import NONCE, WrongKeyError
from tenants.models import AGENCY_WIDE, Membership, RecoveryCode, Role, SecondFactor, SignIn, User

STEP = 30  # seconds
DRIFT = 1  # steps that a clock may be off, either way
CODES = 10
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # 32, none that looks like another
ISSUER = "siyu"


def has_second_factor(user: User) -> bool:
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists()


def state_at_sign_in(user: User) -> SignIn.State:
    """SET_UP for owners and admins without a second factor; in the demo they may put it off from there."""
    leads = Membership.objects.filter(user=user, role__in=(Role.OWNER, Role.ADMIN)).exists()
    return SignIn.State.SET_UP if leads and not has_second_factor(user) else SignIn.State.OPEN


def may_postpone(user: User) -> bool:
    """Only who leads nothing but demos."""
    agencies = Membership.objects.filter(user=user, role__in=AGENCY_WIDE).values_list("agency__is_demo", flat=True)
    return all(agencies)


@transaction.atomic
def begin_set_up(user: User) -> bytes:
    """The secret she is to put into her app: a new one, or the one that she has not confirmed yet.

    Raises ValueError where a second factor is in use: it is removed first.
    """
    User.objects.select_for_update().get(pk=user.pk)
    factor = SecondFactor.objects.filter(user=user).first()
    if factor is None:
        secret = secrets.token_bytes(20)
        SecondFactor.objects.create(user=user, sealed_secret=_seal(secret, user))
        return secret
    if factor.confirmed_at is not None:
        raise ValueError("a second factor is in use")
    return _unseal(bytes(factor.sealed_secret), user)


@transaction.atomic
def confirm_set_up(user: User, code: str) -> list[str] | None:
    """The recovery codes, to be shown once; None where the code is not one of the secret that she was shown."""
    factor = SecondFactor.objects.select_for_update().filter(user=user, confirmed_at=None).first()
    if factor is None:
        return None
    step = _step_of(factor, user, code)
    if step is None:
        return None
    factor.confirmed_at, factor.last_step = timezone.now(), step
    factor.save(update_fields=["confirmed_at", "last_step"])
    return new_recovery_codes(user)


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """Ten new ones; the old ones are void."""
    codes = ["-".join(_letters(4) for _ in range(4)) for _ in range(CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
    return codes


@transaction.atomic
def take_code(user: User, typed: str) -> bool:
    """Whether this is a code of her app not taken before, or one of her recovery codes, which is then gone."""
    factor = SecondFactor.objects.select_for_update().filter(user=user, confirmed_at__isnull=False).first()
    if factor is None:
        return False
    step = _step_of(factor, user, typed)
    if step is not None:
        factor.last_step = step
        factor.save(update_fields=["last_step"])
        return True
    return bool(RecoveryCode.objects.filter(user=user, digest=_digest(user, typed)).delete()[0])


@transaction.atomic
def remove(user: User) -> None:
    """Without the app and without recovery codes from now on."""
    SecondFactor.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def address_of(secret: bytes, user: User) -> str:
    """The `otpauth:` address for the app."""
    return _totp(secret).get_provisioning_uri(user.email, ISSUER)


def spelled(secret: bytes) -> str:
    """The secret to type by hand, in groups of four."""
    plain = base64.b32encode(secret).decode()
    return " ".join(plain[place : place + 4] for place in range(0, len(plain), 4))


def picture_of(address: str) -> str:
    """The address as an SVG element without styles of its own."""
    return segno.make(address, error="m").svg_inline(scale=5, border=3, omitsize=True, svgclass="sy-qr", lineclass=None)


def code_at(secret: bytes, when: float) -> str:
    """The six digits at an instant (seconds since 1970)."""
    return _totp(secret).generate(when).decode()


def _step_of(factor: SecondFactor, user: User, typed: str) -> int | None:
    """The step whose code this is, if it is newer than the last one taken."""
    code = "".join(typed.split())
    if not (len(code) == 6 and code.isascii() and code.isdigit()):
        return None
    secret = _unseal(bytes(factor.sealed_secret), user)
    now = int(time.time()) // STEP
    for step in range(now - DRIFT, now + DRIFT + 1):
        if step > factor.last_step and hmac.compare_digest(code_at(secret, step * STEP), code):
            return step
    return None


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, 6, SHA1(), STEP)  # noqa: S303 - what every authenticator app computes


def _letters(count: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(count))


def _digest(user: User, code: str) -> bytes:
    plain = "".join(letter for letter in code.upper() if letter in ALPHABET)
    return hmac.digest(_key("recovery"), f"{user.pk}:{plain}".encode(), "sha256")


def _seal(secret: bytes, user: User) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(_key("totp")).encrypt(nonce, secret, str(user.pk).encode())


def _unseal(sealed: bytes, user: User) -> bytes:
    try:
        return AESGCM(_key("totp")).decrypt(sealed[:NONCE], sealed[NONCE:], str(user.pk).encode())
    except InvalidTag as error:
        raise WrongKeyError("sealed with another key, or changed") from error


def _key(use: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=f"siyu {use} 1".encode()).derive(settings.MASTER_KEY)
