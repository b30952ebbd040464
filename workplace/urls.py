"""Pages of a brand's site."""

from django.urls import path
from django.views.i18n import set_language

from workplace import (
    assignment_pages,
    commitment_pages,
    contact_pages,
    definition_pages,
    fan_pages,
    forecast_pages,
    team_pages,
)
from workplace.views import BrandHomePage, ProjectPage

PROJECT = "projects/<str:code>/"

urlpatterns = [
    path("", BrandHomePage.as_view(), name="home"),
    path("language/", set_language, name="set_language"),
    path(PROJECT, ProjectPage.as_view(), name="project"),
    path(f"{PROJECT}definitions/", definition_pages.DefinitionsPage.as_view(), name="definitions"),
    path(f"{PROJECT}definitions/propose/", definition_pages.ProposeDefinition.as_view(), name="propose_definition"),
    path(f"{PROJECT}definitions/approve/", definition_pages.ApproveDefinition.as_view(), name="approve_definition"),
    path(f"{PROJECT}team/", team_pages.TeamPage.as_view(), name="team"),
    path(f"{PROJECT}team/seats/", team_pages.PutTeam.as_view(), name="put_team"),
    path(f"{PROJECT}team/capacity/<path:account>/", team_pages.AccountCapacity.as_view(), name="account_capacity"),
    path(f"{PROJECT}team/handover/<path:account>/", team_pages.HandOver.as_view(), name="handover"),
    path(f"{PROJECT}team/guides/<str:guide>/", team_pages.DescribeGuide.as_view(), name="describe_guide"),
    path(f"{PROJECT}team/cost/<str:guide>/", team_pages.GuideCost.as_view(), name="guide_cost"),
    path(f"{PROJECT}assignments/", assignment_pages.AssignmentsPage.as_view(), name="assignments"),
    path(f"{PROJECT}assignments/plan/", assignment_pages.MakePlan.as_view(), name="make_plan"),
    path(f"{PROJECT}assignments/<int:plan>/apply/", assignment_pages.ApplyPlan.as_view(), name="apply_plan"),
    path(f"{PROJECT}fans/", fan_pages.FansPage.as_view(), name="fans"),
    path(f"{PROJECT}fans/<path:fan>/", fan_pages.FanPage.as_view(), name="fan"),
    path(f"{PROJECT}commitments/", commitment_pages.CommitmentsPage.as_view(), name="commitments"),
    path(f"{PROJECT}commitments/own/", commitment_pages.PutCommitments.as_view(), name="put_commitments"),
    path(f"{PROJECT}commitments/<int:commitment>/deliver/", commitment_pages.Deliver.as_view(), name="deliver"),
    path(f"{PROJECT}commitments/<int:commitment>/confirm/", commitment_pages.Confirm.as_view(), name="confirm"),
    path(f"{PROJECT}commitments/<int:commitment>/relieve/", commitment_pages.Relieve.as_view(), name="relieve"),
    path(f"{PROJECT}forecast/", forecast_pages.ForecastPage.as_view(), name="forecast"),
    path(f"{PROJECT}forecast/propose/", forecast_pages.ProposeForecast.as_view(), name="propose_forecast"),
    path(f"{PROJECT}forecast/lines/", forecast_pages.ProposeLines.as_view(), name="propose_lines"),
    path(f"{PROJECT}forecast/what-if/", forecast_pages.WhatIf.as_view(), name="what_if"),
    path(f"{PROJECT}forecast/channels/", forecast_pages.PutChannel.as_view(), name="put_channel"),
    path(f"{PROJECT}forecast/approve/", forecast_pages.ApproveForecast.as_view(), name="approve_forecast"),
    path(f"{PROJECT}contacts/", contact_pages.ContactsPage.as_view(), name="contacts"),
    path(f"{PROJECT}contacts/put/", contact_pages.PutContacts.as_view(), name="put_contacts"),
    path(f"{PROJECT}activate/", contact_pages.Activate.as_view(), name="activate"),
    path(f"{PROJECT}close/", contact_pages.Close.as_view(), name="close"),
]
