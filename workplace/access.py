"""Who may see which page of a project."""

from django.http import Http404
from django.utils import timezone

from projects.models import Project
from projects.queries import is_seen, project_of_code
from tenants.identity import Identity


def seen_project(identity: Identity, code: str) -> Project:
    """Raises Http404 where there is no such project, or none that she may know of."""
    try:
        project = project_of_code(code)
    except Project.DoesNotExist as error:
        raise Http404 from error
    if not is_seen(identity, project, timezone.now()):
        raise Http404
    return project
