"""What the management commands share: finding what a slug names, and refusing in one clear sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management.base import CommandError

from siyu.problems import DomainError
from tenants.founding import founding_code
from tenants.models import Agency, Brand
from tenants.queries import host_of_brand, url_of


@contextmanager
def refusing() -> Iterator[None]:
    """A domain's refusal ends the command with exit code 1 and its sentence."""
    try:
        yield
    except DomainError as error:
        raise CommandError(f"{error.detail}.") from error


def find_agency(slug: str) -> Agency:
    agency = Agency.objects.filter(slug=slug).first()
    if agency is None:
        raise CommandError(f"There is no agency {slug}. Make it with create_agency.")
    return agency


def find_brand(slug: str) -> Brand:
    """An active brand. Raises CommandError for another."""
    brand = Brand.objects.filter(slug=slug).first()
    if brand is None:
        raise CommandError(f"There is no brand {slug}. Make it with create_brand.")
    if brand.state != Brand.State.ACTIVE:
        raise CommandError(f"The brand {slug} is {brand.state}.")
    return brand


def agency_url() -> str:
    return url_of(settings.BASE_DOMAIN)


def site_url(brand: Brand) -> str:
    return url_of(host_of_brand(brand))


def founding_words() -> str:
    """For the terminal alone: where the first agency is made, and the code that proves who reads here."""
    return (
        f"your own agency / 建立你的代运营公司: {agency_url()}begin/\n"
        f"  set-up code, good once / 设置码，只能用一次: {founding_code()}"
    )
