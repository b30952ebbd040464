"""REST of this room."""

from django.urls import path

from workplace import report_files
from workplace.api import StaffingView

urlpatterns = [
    path("projects/<str:code>/staffing/", StaffingView.as_view()),
    path("reports/<int:report>.pdf", report_files.ReportPdf.as_view()),
    path("reports/<int:report>.xlsx", report_files.ReportWorkbook.as_view()),
    path("reports/<int:report>.csv", report_files.ReportTable.as_view()),
    path("reports/<int:report>.png", report_files.ReportPicture.as_view()),
]
