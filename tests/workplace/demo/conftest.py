"""A new installation, and brands with one of so many fans, so that a test loads them in seconds."""

import pytest

from tenants.models import Agency, Brand
from workplace.demo.brands import BRANDS, smaller


@pytest.fixture
def empty(db, settings, tmp_path):
    """No agency yet, as in a new installation; the test's brands are out of sight until it is rolled back."""
    settings.HOME = tmp_path
    Brand.objects.all().delete()
    Agency.objects.all().delete()
    return tmp_path


@pytest.fixture
def plans():
    return [smaller(plan, 60) for plan in BRANDS]
