"""REST of this room, below /api/v1/."""

from django.urls import path

from fans import api, assignment_api

urlpatterns = [
    path("projects/<str:code>/events/", api.Events.as_view()),
    path("projects/<str:code>/events/held/", api.HeldEvents.as_view()),
    path("projects/<str:code>/batches/", api.Batches.as_view()),
    path("projects/<str:code>/batches/<int:batch>/", api.BatchDetail.as_view()),
    path("projects/<str:code>/batches/<int:batch>/undo/", api.BatchUndo.as_view()),
    path("projects/<str:code>/fans/", assignment_api.Fans.as_view()),
    path("projects/<str:code>/fans/<path:fan>/phone/", assignment_api.FanPhone.as_view()),
    path("projects/<str:code>/fans/<path:fan>/", assignment_api.FanDetail.as_view()),
    path("projects/<str:code>/assignments/plan/", assignment_api.NewPlan.as_view()),
    path("projects/<str:code>/assignments/plans/", assignment_api.PlanList.as_view()),
    path("projects/<str:code>/assignments/plans/<int:plan>/apply/", assignment_api.PlanApply.as_view()),
    path("projects/<str:code>/assignments/plans/<int:plan>/undo/", assignment_api.PlanUndo.as_view()),
]
