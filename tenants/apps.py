"""Who exists and who may enter, as a Django app."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"

    def ready(self) -> None:
        from tenants import openapi  # noqa: F401 - drf-spectacular finds its extensions where they were imported
