"""Who may see which page of a project."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone

from guides.models import Guide
from guides.queries import guide_of_user
from projects.models import Project
from projects.queries import is_seen, project_of_code
from tenants.identity import Identity
from tenants.models import Role
from tenants.permissions import Act, may


def seen_project(identity: Identity, code: str) -> Project:
    """Raises Http404 where there is no such project, or none that she may know of."""
    try:
        project = project_of_code(code)
    except Project.DoesNotExist as error:
        raise Http404 from error
    if not is_seen(identity, project, timezone.now()):
        raise Http404
    return project


def may_read_figures(identity: Identity) -> bool:
    return may(identity, Act.READ_KPIS, identity.brand) or Role.GUIDE in identity.roles


def own_guide(identity: Identity) -> Guide | None:
    """The guide whose figures alone she may see; None for who may see all. 403 for a guide's role without a guide."""
    if may(identity, Act.READ_KPIS, identity.brand):
        return None
    guide = guide_of_user(identity.user.pk) if identity.user else None
    if guide is None:
        raise PermissionDenied
    return guide
