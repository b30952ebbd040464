"""siyu's Celery application with the handler of due_worker, for worker processes that tests start."""

from siyu.celery import app as app
from tests.siyu import due_worker as due_worker
