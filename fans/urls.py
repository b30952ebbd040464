"""REST of this room, below /api/v1/."""

from django.urls import path

from fans import api

urlpatterns = [
    path("projects/<str:code>/events/", api.Events.as_view()),
    path("projects/<str:code>/events/held/", api.HeldEvents.as_view()),
    path("projects/<str:code>/batches/", api.Batches.as_view()),
    path("projects/<str:code>/batches/<int:batch>/", api.BatchDetail.as_view()),
    path("projects/<str:code>/batches/<int:batch>/undo/", api.BatchUndo.as_view()),
]
