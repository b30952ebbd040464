"""Pages of the agency's site, `<base domain>`."""

from django.urls import include, path

urlpatterns = [
    path("", include("tenants.urls")),
    path("", include("workplace.urls_agency")),
]
