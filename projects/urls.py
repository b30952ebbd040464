"""URLs of this room. Codes of channels and accounts are the sources' own and may hold any character, "/" too."""

from django.urls import path

from projects import api, commitment_api, contact_api, definition_api, guide_api, notice_api

urlpatterns = [
    path("projects/", api.ProjectListView.as_view()),
    path("projects/<str:code>/", api.ProjectDetailView.as_view()),
    path("projects/<str:code>/definitions/", definition_api.DefinitionsView.as_view()),
    path("projects/<str:code>/definitions/approve/", definition_api.DefinitionApprovalView.as_view()),
    path("projects/<str:code>/channels/", api.ChannelListView.as_view()),
    path("projects/<str:code>/channels/<path:channel>/", api.ChannelView.as_view()),
    path("projects/<str:code>/team/", api.TeamView.as_view()),
    path("projects/<str:code>/accounts/", api.AccountListView.as_view()),
    path("projects/<str:code>/accounts/<path:account>/", api.AccountView.as_view()),
    path("projects/<str:code>/commitments/<int:commitment>/deliver/", commitment_api.DeliveryView.as_view()),
    path("projects/<str:code>/commitments/<int:commitment>/confirm/", commitment_api.ConfirmationView.as_view()),
    path("projects/<str:code>/commitments/<int:commitment>/relief/", commitment_api.ReliefView.as_view()),
    path("projects/<str:code>/contacts/", contact_api.ContactsView.as_view()),
    path("projects/<str:code>/activate/", contact_api.ActivationView.as_view()),
    path("projects/<str:code>/close/", contact_api.ClosingView.as_view()),
    path("projects/<str:code>/guides/", guide_api.GuidesView.as_view()),
    path("projects/<str:code>/guides/<str:guide>/", guide_api.GuideView.as_view()),
    path("projects/<str:code>/guides/<str:guide>/cost/", guide_api.CostView.as_view()),
    path("projects/<str:code>/history/", commitment_api.HistoryView.as_view()),
    path("notices/", notice_api.NoticesView.as_view()),
    path("notices/read/", notice_api.ReadNoticesView.as_view()),
]
