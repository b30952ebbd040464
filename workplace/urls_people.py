"""Pages of a project's people and terms: who leaves the team, the way back from a plan, who changed what,
and when reports are due."""

from django.urls import path

from workplace import assignment_pages, audit_pages, leaving_pages, settings_pages

PROJECT = "projects/<str:code>/"

urlpatterns = [
    path(f"{PROJECT}team/leaving/<str:guide>/", leaving_pages.LeavingPage.as_view(), name="leaving"),
    path(f"{PROJECT}team/leaving/<str:guide>/day/", leaving_pages.SetLastDay.as_view(), name="last_day"),
    path(f"{PROJECT}team/leaving/<str:guide>/accounts/", leaving_pages.Leave.as_view(), name="leave"),
    path(f"{PROJECT}assignments/<int:plan>/undo/", assignment_pages.UndoPlan.as_view(), name="undo_plan"),
    path(f"{PROJECT}audit/", audit_pages.AuditPage.as_view(), name="audit"),
    path(f"{PROJECT}audit.<str:kind>", audit_pages.AuditFile.as_view(), name="audit_file"),
    path(f"{PROJECT}settings/schedule/", settings_pages.ChangeSchedule.as_view(), name="change_schedule"),
    path(f"{PROJECT}settings/silence/", settings_pages.ProposeSilence.as_view(), name="propose_silence"),
    path(f"{PROJECT}settings/silence/agree/", settings_pages.AgreeOnSilence.as_view(), name="agree_on_silence"),
]
