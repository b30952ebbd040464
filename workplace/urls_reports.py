"""Pages of a project's reports and exports, on a brand's site."""

from django.urls import path

from workplace import (
    export_pages,
    report_compare,
    report_composer,
    report_layout,
    report_list,
    report_pages,
    report_restatements,
    report_runs,
)

PROJECT = "projects/<str:code>/"
REPORT = f"{PROJECT}reports/<int:report>/"

urlpatterns = [
    path(f"{PROJECT}reports/", report_list.ReportsPage.as_view(), name="reports"),
    path(REPORT, report_pages.ReportPage.as_view(), name="report"),
    path(f"{REPORT}act/", report_pages.ActOnReport.as_view(), name="report_act"),
    path(f"{REPORT}words/", report_composer.WordsPage.as_view(), name="report_words"),
    path(f"{REPORT}compare/", report_compare.ComparePage.as_view(), name="report_compare"),
    path(f"{REPORT}restatement/", report_restatements.RestatementPage.as_view(), name="report_restatement"),
    path(f"{REPORT}restatement/keep/", report_restatements.KeepReport.as_view(), name="keep_report"),
    path(f"{PROJECT}report-layout/", report_layout.LayoutPage.as_view(), name="report_layout"),
    path(f"{PROJECT}restatements/", report_restatements.RestatementsPage.as_view(), name="restatements"),
    path(f"{PROJECT}restatements/drafts/", report_restatements.ReviseDrafts.as_view(), name="revise_drafts"),
    path(f"{PROJECT}restatements/look/", report_restatements.LookNow.as_view(), name="look_at_late_data"),
    path(f"{PROJECT}exports/", export_pages.ExportsPage.as_view(), name="exports"),
    path(f"{PROJECT}exports/start/", export_pages.StartExport.as_view(), name="start_export"),
    path(f"{PROJECT}exports/<int:export>/", export_pages.ExportRow.as_view(), name="export_row"),
    path(f"{PROJECT}exports/<int:export>/file/", export_pages.ExportFile.as_view(), name="export_file"),
    path(f"{PROJECT}figures.table", export_pages.KpisFile.as_view(), name="kpis_file"),
    path(f"{PROJECT}figures/<str:indicator>/rows.<str:form>", export_pages.RowsFile.as_view(), name="rows_file"),
    path(f"{PROJECT}runs/", report_runs.RunsPage.as_view(), name="runs"),
    path(f"{PROJECT}runs/retry/", report_runs.RetryRun.as_view(), name="retry_run"),
    path(f"{PROJECT}runs/make/", report_runs.MakeReport.as_view(), name="make_report"),
]
