"""A brand's own key: what it seals no other brand opens."""

import pytest
from django.db import connection

from siyu.brands import BrandNotEnteredError
from tenants.keys import WrongKeyError, brand_keys, keys_of_current_brand, new_wrapped_key
from tenants.models import Brand
from tests.factories import inside


def test_a_phone_comes_back_as_it_was(acme):
    keys = brand_keys(acme)
    sealed = keys.seal("13800138000")
    assert keys.unseal(sealed) == "13800138000"
    assert b"13800138000" not in sealed
    assert keys.seal("13800138000") != sealed


def test_another_brand_opens_and_finds_nothing(acme, globex):
    ours, theirs = brand_keys(acme), brand_keys(globex)
    with pytest.raises(WrongKeyError):
        theirs.unseal(ours.seal("13800138000"))
    assert theirs.phone_index("13800138000") != ours.phone_index("13800138000")
    assert theirs.content_hash(b"x") != ours.content_hash(b"x")


def test_changed_bytes_are_refused(acme):
    sealed = bytearray(brand_keys(acme).seal("13800138000"))
    sealed[-1] ^= 1
    with pytest.raises(WrongKeyError):
        brand_keys(acme).unseal(bytes(sealed))


def test_a_wrapped_key_is_bound_to_its_slug(acme):
    acme.slug = "globex"
    with pytest.raises(WrongKeyError):
        brand_keys(acme)


def test_sizes(acme):
    keys = brand_keys(acme)
    assert len(keys.content_hash(b"x")) == 16
    assert len(keys.phone_index("13800138000")) == 16
    assert len(keys.body_digest().digest()) == 32


def test_a_body_digest_goes_by_content_not_by_chunks(acme):
    whole, chunks = brand_keys(acme).body_digest(), brand_keys(acme).body_digest()
    whole.update(b"ab")
    chunks.update(b"a")
    chunks.update(b"b")
    assert whole.digest() == chunks.digest()


def test_the_current_brands_keys_are_looked_up_once_a_block(acme, django_assert_num_queries):
    with inside(acme):
        first = keys_of_current_brand()
        with django_assert_num_queries(0):
            assert keys_of_current_brand() is first
    assert first == brand_keys(acme)


def test_a_brand_made_anew_has_new_keys(acme):
    with inside(acme):
        before = keys_of_current_brand()
    Brand.objects.filter(pk=acme.pk).update(wrapped_key=new_wrapped_key("acme"))
    with inside(acme):
        assert keys_of_current_brand() != before


def test_there_are_no_keys_outside_a_brand(db):
    with pytest.raises(BrandNotEnteredError):
        keys_of_current_brand()


def test_keys_do_not_show_themselves(acme):
    assert brand_keys(acme).seal_key.hex() not in repr(brand_keys(acme))
    assert connection.schema_name == "public"
