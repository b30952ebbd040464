"""Pages of a project's people: the team and who leaves it."""

from django.urls import path

from workplace import leaving_pages

PROJECT = "projects/<str:code>/"

urlpatterns = [
    path(f"{PROJECT}team/leaving/<str:guide>/", leaving_pages.LeavingPage.as_view(), name="leaving"),
    path(f"{PROJECT}team/leaving/<str:guide>/day/", leaving_pages.SetLastDay.as_view(), name="last_day"),
    path(f"{PROJECT}team/leaving/<str:guide>/accounts/", leaving_pages.Leave.as_view(), name="leave"),
]
