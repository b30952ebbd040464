"""Pages and REST of a brand's site, `<slug>.<base domain>`."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

urlpatterns = [
    path("", include("tenants.urls")),
    path("", include("tenants.urls_brand")),
    path("", include("workplace.urls")),
    path("api/v1/", include("projects.urls")),
    path("api/v1/", include("fans.urls")),
    path("api/v1/", include("kpi.urls")),
    path("api/v1/", include("reports.urls")),
    path("api/v1/", include("workplace.urls_api")),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
]
handler400 = "siyu.problems.bad_request"
handler403 = "siyu.problems.permission_denied"
handler404 = "siyu.problems.not_found"
handler500 = "siyu.problems.server_error"
