"""Pages and REST of a brand's site, `<slug>.<base domain>`."""

from django.urls import include, path

urlpatterns = [
    path("", include("tenants.urls")),
    path("", include("workplace.urls")),
    path("api/v1/", include("projects.urls")),
    path("api/v1/", include("fans.urls")),
    path("api/v1/", include("kpi.urls")),
]
