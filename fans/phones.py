"""Phones in clear: shown to whoever may, for a reason that is written down with who asked and of whom."""

from collections.abc import Iterable

from django.db import transaction

from fans.models import Contact, Event, EventKind, Fan
from projects.audit import FANS, record
from projects.models import Project
from projects.services import fault
from siyu.problems import DomainError, say
from tenants.keys import keys_of_current_brand

LONGEST_REASON = 200


class NoReasonError(DomainError):
    status = 422
    code = "missing_field"


@transaction.atomic
def show_phones(project: Project, fan: Fan, reason: str, *, by: str) -> list[str]:
    """Her phones as they were sent with the additions in force, each once, the latest first.

    `by`: an Identity's label. The brand's audit keeps who, when, which fan (by her row's number, so that she can be
    erased) and why, also where there was no phone to show. Raises NoReasonError.
    """
    reason = " ".join(reason.replace("\0", " ").split())
    if not reason or len(reason) > LONGEST_REASON:
        wrong = say(f"请填写查看原因，最多 {LONGEST_REASON} 字", f"Say why, in at most {LONGEST_REASON} characters")
        raise NoReasonError(wrong, errors=[fault("/reason", NoReasonError.code, wrong)])
    found = list(dict.fromkeys(sent_phones(project, fan)))
    record(project, f"{FANS}{fan.pk}", None, {"reason": reason, "phones": len(found)}, by=by)
    return found


def sent_phones(project: Project, fan: Fan) -> Iterable[str]:
    """In clear, of the additions in force in the project, the latest sent first."""
    additions = Event.objects.filter(
        project_id=project.pk, fan_id=fan.pk, kind=EventKind.FAN_ADDED, superseded_by=None, status=Event.Status.CONTENT
    )
    keys = keys_of_current_brand()
    contacts = Contact.objects.filter(event_id__in=additions.values("pk"), phone_sealed__isnull=False)
    for sealed in contacts.order_by("-event_id").values_list("phone_sealed", flat=True):
        yield keys.unseal(bytes(sealed or b""))
