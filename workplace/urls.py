"""Pages of a brand's site."""

from django.urls import path
from django.views.i18n import set_language

from workplace.views import BrandHomePage, ProjectPage

urlpatterns = [
    path("", BrandHomePage.as_view(), name="home"),
    path("projects/<str:code>/", ProjectPage.as_view(), name="project"),
    path("language/", set_language, name="set_language"),
]
