"""Pages of the agency's site."""

from django.urls import path
from django.views.i18n import set_language

from workplace.views import agency_home

urlpatterns = [
    path("", agency_home, name="home"),
    path("language/", set_language, name="set_language"),
]
