"""REST of this room."""

from django.urls import path

from workplace.api import StaffingView

urlpatterns = [path("projects/<str:code>/staffing/", StaffingView.as_view())]
