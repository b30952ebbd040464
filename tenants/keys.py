"""A brand's own key, sealed with the installation's, and what is derived from it.

Every brand has 32 random bytes; the database keeps them wrapped by SIYU_MASTER_KEY (AES-256-GCM, the slug as
associated data). From them HKDF-SHA256 derives one key per use: phones are encrypted with one, looked up by a blind
index with another, contents compared with a third. Without the brand's row its phones are unreadable for ever.
"""

import hmac
import secrets
from dataclasses import dataclass
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from siyu.brands import PUBLIC, BrandNotEnteredError, connection, current_schema, enter_public
from tenants.models import Brand

NONCE = 12  # bytes, random for each message


class WrongKeyError(Exception):
    """The sealed bytes were not sealed with this key, or were changed."""


@dataclass(frozen=True, repr=False)
class BrandKeys:
    """The derived keys of one brand, 32 bytes each."""

    index_key: bytes
    seal_key: bytes
    content_key: bytes

    def content_hash(self, data: bytes) -> bytes:
        """16 bytes that are equal for equal content in this brand, and say nothing without its key."""
        return blake2b(data, digest_size=16, key=self.content_key).digest()

    def body_digest(self) -> blake2b:
        """A fresh keyed digest of 32 bytes, to update with the chunks of a body."""
        return blake2b(digest_size=32, key=self.content_key, person=b"siyu body")

    def phone_index(self, digits: str) -> bytes:
        """16 bytes to find a phone by, from its last 11 digits as the caller normalised them."""
        return hmac.digest(self.index_key, digits.encode("ascii"), "sha256")[:16]

    def seal(self, text: str) -> bytes:
        """AES-256-GCM: nonce and ciphertext, different each time."""
        return self.seal_bytes(text.encode())

    def unseal(self, sealed: bytes) -> str:
        """The text. Raises WrongKeyError."""
        return self.unseal_bytes(sealed).decode()

    def seal_bytes(self, data: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return nonce + AESGCM(self.seal_key).encrypt(nonce, data, None)

    def unseal_bytes(self, sealed: bytes) -> bytes:
        """Raises WrongKeyError."""
        return _open(self.seal_key, sealed, None)


def new_wrapped_key(slug: str) -> bytes:
    """A new brand's key, wrapped for its row."""
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(settings.MASTER_KEY).encrypt(nonce, secrets.token_bytes(32), slug.encode())


def brand_keys(brand: Brand) -> BrandKeys:
    """The brand's keys. Raises WrongKeyError where the row was not wrapped with this installation's master key."""
    return _keys(brand.slug, bytes(brand.wrapped_key))


def keys_of_current_brand() -> BrandKeys:
    """The keys of the brand that is entered, looked up once per `enter_brand` block.

    They are kept with the block and go with it, so a brand that is closed and made anew is never served with old keys.
    """
    if current_schema() == PUBLIC:
        raise BrandNotEnteredError("no brand is entered: there are no keys")
    block = connection.tenant
    if not hasattr(block, "brand_keys"):
        with enter_public():
            slug, wrapped = Brand.objects.values_list("slug", "wrapped_key").get(schema_name=block.schema_name)
        block.brand_keys = _keys(slug, bytes(wrapped))
    return block.brand_keys


def _keys(slug: str, wrapped: bytes) -> BrandKeys:
    root = _open(settings.MASTER_KEY, wrapped, slug.encode())
    return BrandKeys(*(_derive(root, use) for use in ("index", "seal", "content")))


def _derive(root: bytes, use: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=f"siyu {use} 1".encode()).derive(root)


def _open(key: bytes, sealed: bytes, bound_to: bytes | None) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], bound_to)
    except InvalidTag as error:
        raise WrongKeyError("sealed with another key, or changed") from error
