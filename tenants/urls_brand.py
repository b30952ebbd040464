"""URLs of this room on a brand's site."""

from django.urls import path

from tenants.key_pages import Keys
from tenants.link_pages import OpenLink, ProveLink, ReportLinks
from tenants.people_pages import BrandPeople

urlpatterns = [
    path("people/", BrandPeople.as_view(), name="people"),
    path("keys/", Keys.as_view(), name="keys"),
    path("report-links/", ReportLinks.as_view(), name="report_links"),
    path("r/<str:token>/", OpenLink.as_view(), name="open_link"),
    path("link/prove/", ProveLink.as_view(), name="prove_link"),
]
