"""URLs of this room."""

from django.urls import path

from reports import api, layout_api, rows_api, schedule_api

urlpatterns = [
    path("projects/<str:code>/kpis/rows/", rows_api.RowsView.as_view()),
    path("projects/<str:code>/reports/", api.ReportListView.as_view()),
    path("projects/<str:code>/reports/schedule/", schedule_api.ScheduleView.as_view()),
    path("projects/<str:code>/reports/schedule/agree/", schedule_api.ScheduleAgreementView.as_view()),
    path("projects/<str:code>/reports/layouts/<str:kind>/", layout_api.LayoutView.as_view()),
    path("projects/<str:code>/restatements/", schedule_api.RestatementsView.as_view()),
    path("reports/<int:report>/", api.ReportView.as_view()),
    path("reports/<int:report>/actions/", api.ReportActionsView.as_view()),
    path("reports/<int:report>/words/", api.ReportWordsView.as_view()),
    path("reports/<int:report>/restatement/", api.RestatementView.as_view()),
]
