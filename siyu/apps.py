"""The ground floor as a Django app: it owns what is due, and checks the settings that keep brands apart."""

from django.apps import AppConfig


class SiyuConfig(AppConfig):
    name = "siyu"

    def ready(self) -> None:
        from siyu import checks  # noqa: F401 - registers them
