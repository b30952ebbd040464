"""The Celery application: workers do what `siyu.due` says is due, beat only knocks."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siyu.settings")
app = Celery("siyu")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
