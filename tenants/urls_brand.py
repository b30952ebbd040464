"""URLs of this room on a brand's site."""

from django.urls import path

from tenants.key_pages import Keys
from tenants.people_pages import BrandPeople

urlpatterns = [
    path("people/", BrandPeople.as_view(), name="people"),
    path("keys/", Keys.as_view(), name="keys"),
]
