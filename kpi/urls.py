"""URLs of this room."""

from django.urls import path

from kpi import api, commitment_api, forecast_api, forecast_comment_api, own_api, reach_api, totals_api

urlpatterns = [
    path("projects/<str:code>/kpis/", api.FiguresView.as_view()),
    path("projects/<str:code>/indicators/", own_api.IndicatorsView.as_view()),
    path("projects/<str:code>/indicators/<str:indicator>/", own_api.IndicatorView.as_view()),
    path("projects/<str:code>/totals/", totals_api.TotalsView.as_view()),
    path("projects/<str:code>/analysis/cohorts/", api.CohortsView.as_view()),
    path("projects/<str:code>/analysis/new-retention/", api.NewRetentionView.as_view()),
    path("projects/<str:code>/analysis/value/", api.ValueView.as_view()),
    path("projects/<str:code>/analysis/experiment/", api.ExperimentView.as_view()),
    path("projects/<str:code>/commitments/", commitment_api.CommitmentsView.as_view()),
    path("projects/<str:code>/forecast/", forecast_api.ForecastView.as_view()),
    path("projects/<str:code>/forecast/versions/", forecast_api.ForecastVersionsView.as_view()),
    path("projects/<str:code>/forecast/approve/", forecast_api.ForecastApprovalView.as_view()),
    path("projects/<str:code>/forecast/propose/", forecast_comment_api.ForecastProposalView.as_view()),
    path("projects/<str:code>/forecast/comments/", forecast_comment_api.ForecastCommentsView.as_view()),
    path("projects/<str:code>/forecast/reach/", reach_api.ReachDaysView.as_view()),
    path("projects/<str:code>/forecast/reach/confirm/", reach_api.ReachConfirmationView.as_view()),
    path("projects/<str:code>/forecast/what-if/", forecast_api.ForecastWhatIfView.as_view()),
]
