"""Pages of a project's people: who leaves the team, the way back from a plan, and who changed what."""

from django.urls import path

from workplace import assignment_pages, audit_pages, leaving_pages

PROJECT = "projects/<str:code>/"

urlpatterns = [
    path(f"{PROJECT}team/leaving/<str:guide>/", leaving_pages.LeavingPage.as_view(), name="leaving"),
    path(f"{PROJECT}team/leaving/<str:guide>/day/", leaving_pages.SetLastDay.as_view(), name="last_day"),
    path(f"{PROJECT}team/leaving/<str:guide>/accounts/", leaving_pages.Leave.as_view(), name="leave"),
    path(f"{PROJECT}assignments/<int:plan>/undo/", assignment_pages.UndoPlan.as_view(), name="undo_plan"),
    path(f"{PROJECT}audit/", audit_pages.AuditPage.as_view(), name="audit"),
    path(f"{PROJECT}audit.<str:kind>", audit_pages.AuditFile.as_view(), name="audit_file"),
]
