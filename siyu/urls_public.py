"""Pages of the agency's site, `<base domain>`."""

from django.urls import include, path

urlpatterns = [
    path("", include("tenants.urls")),
    path("", include("tenants.urls_agency")),
    path("", include("workplace.urls_agency")),
]
handler400 = "siyu.problems.bad_request"
handler403 = "siyu.problems.permission_denied"
handler404 = "siyu.problems.not_found"
handler500 = "siyu.problems.server_error"
