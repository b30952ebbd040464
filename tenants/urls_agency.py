"""URLs of this room on the agency's site."""

from django.urls import path

from tenants.agency_pages import AgencyBrands
from tenants.people_pages import AgencyPeople

urlpatterns = [
    path("people/", AgencyPeople.as_view(), name="people"),
    path("brands/", AgencyBrands.as_view(), name="brands"),
]
