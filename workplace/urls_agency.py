"""Pages of the agency's site."""

from django.urls import path
from django.views.i18n import set_language

from workplace.agency_audit import AgencyAudit, AgencyAuditFile
from workplace.portfolio_file import portfolio_file
from workplace.portfolio_pages import portfolio
from workplace.setup_removal import RemoveBrand
from workplace.today_pages import agency_today

urlpatterns = [
    path("", agency_today, name="home"),
    path("portfolio/", portfolio, name="portfolio"),
    path("portfolio.xlsx", portfolio_file, name="portfolio_file"),
    path("audit/", AgencyAudit.as_view(), name="agency_audit"),
    path("audit.<str:kind>", AgencyAuditFile.as_view(), name="agency_audit_file"),
    path("language/", set_language, name="set_language"),
    path("brands/<str:slug>/remove/", RemoveBrand.as_view(), name="remove_brand"),
]
