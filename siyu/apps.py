"""The ground floor as a Django app: it owns what is due and what goes out."""

from django.apps import AppConfig


class SiyuConfig(AppConfig):
    name = "siyu"
