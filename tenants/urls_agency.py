"""URLs of this room on the agency's site."""

from django.urls import path

from tenants.agency_pages import AgencyBrands
from tenants.founding_pages import Found
from tenants.operator_pages import MailPage, OperatorPage
from tenants.people_pages import AgencyPeople

urlpatterns = [
    path("people/", AgencyPeople.as_view(), name="people"),
    path("brands/", AgencyBrands.as_view(), name="brands"),
    path("begin/", Found.as_view(), name="found"),
    path("operator/", OperatorPage.as_view(), name="operator"),
    path("mail/", MailPage.as_view(), name="mail"),
]
