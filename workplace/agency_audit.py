"""变更记录 of an agency: who let whom in or out, in the agency and in its brands. For its owners and admins."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from siyu.periods import DAY, day_start
from siyu.problems import say
from siyu.spreadsheets import Cell
from tenants.agency_pages import AgencyPage
from tenants.models import AuditEntry, Role, User
from workplace.audit_pages import SHOWN, Asked, audit_fields, audit_sheet, audit_words, read_day, too_many
from workplace.fan_files import KINDS, MOST_ROWS, file_of
from workplace.history import NOTHING, Told
from workplace.words import ROLES

SAID = {
    "role": ("角色", "Role"), "before": ("原角色", "Was"), "after": ("新角色", "Is"), "scopes": ("权限", "Scopes"),
    "path": ("报告", "Report"), "name": ("名称", "Name"), "category": ("类目", "Category"), "reason": ("原因", "Why"),
    "why": ("原因", "Why"), "how": ("方式", "How"), "is_mailed": ("发到邮箱", "Mailed"),
    "is_handed": ("当面交给", "Handed over"), "is_trial": ("试用", "Trial"),
}  # fmt: skip


class AgencyAudit(AgencyPage):
    """`?by=<user>&kind=invite&from=&to=&before=`: the newest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(request)

    def show(self, request: HttpRequest, *, refused: str = "", status: int = 200) -> HttpResponse:
        asked = _asked(request)
        known = self.known()
        entries = _filtered(known, asked)
        before = request.GET.get("before", "")
        if before.isascii() and before.isdigit() and len(before) < 19:
            entries = entries.filter(pk__lt=int(before))
        found = list(entries[: SHOWN + 1])
        agency = {"agency": request.GET["agency"]} if request.GET.get("agency") else {}
        query = {**asked.query, **agency}
        people = User.objects.filter(pk__in=set(known.order_by().values_list("by", flat=True)) - {None})
        kinds = [(str(value), str(label)) for value, label in AuditEntry.What.choices]
        context = {
            "place": self.place,
            "title": say("变更记录", "Record of changes"),
            "fields": audit_fields(sorted((str(user.pk), str(user)) for user in people), kinds, asked),
            "is_asked": bool(asked.query),
            "action": reverse("agency_audit"),
            "told": [_told(entry) for entry in found[:SHOWN]],
            "files": [
                (kind.upper(), f"{reverse('agency_audit_file', args=[kind])}?{urlencode(query)}") for kind in KINDS
            ],
            "following": f"?{urlencode({**query, 'before': found[SHOWN - 1].pk})}" if len(found) > SHOWN else "",
            "refused": refused,
            "words": audit_words(),
        }
        return render(request, "workplace/audit.html", context, status=status)

    def known(self) -> QuerySet[AuditEntry]:
        """Of the agency and of the brands it serves now."""
        ours = Q(agency=self.place.agency) | Q(brand__agency=self.place.agency)
        return AuditEntry.objects.filter(ours).select_related("by", "brand")


class AgencyAuditFile(AgencyAudit):
    def get(self, request: HttpRequest, kind: str = "") -> HttpResponse:
        if kind not in KINDS:
            raise Http404
        found = list(_filtered(self.known(), _asked(request))[: MOST_ROWS + 1])
        if len(found) > MOST_ROWS:
            return self.show(request, refused=too_many(), status=422)
        rows: list[list[Cell]] = []
        for entry in found:
            told = _told(entry)
            what, _, whom = told.what.partition("\n")
            rows.append([entry.at.astimezone(_zone()), told.by, what, whom, "\n".join(told.lines)])
        sheet = audit_sheet(rows, self.place.agency.name)
        return file_of(f"{self.place.agency.slug}-audit", f"{self.place.agency.slug}-{sheet.name}", sheet, kind)


def _asked(request: HttpRequest) -> Asked:
    by, kind = request.GET.get("by", ""), request.GET.get("kind", "")
    return Asked(
        by if by.isascii() and by.isdigit() and len(by) < 19 else "",
        kind if kind in AuditEntry.What.values else "",
        read_day(request.GET.get("from", "")),
        read_day(request.GET.get("to", "")),
    )


def _filtered(entries: QuerySet[AuditEntry], asked: Asked) -> QuerySet[AuditEntry]:
    if asked.by:
        entries = entries.filter(by=int(asked.by))
    if asked.kind:
        entries = entries.filter(what=asked.kind)
    if asked.first:
        entries = entries.filter(at__gte=day_start(asked.first, _zone()))
    if asked.last and asked.last.year < 9999:
        entries = entries.filter(at__lt=day_start(asked.last + DAY, _zone()))
    return entries.order_by("-pk")


def _zone() -> ZoneInfo:
    return ZoneInfo(str(timezone.get_default_timezone()))


def _told(entry: AuditEntry) -> Told:
    title = str(AuditEntry.What(entry.what).label) if entry.what in AuditEntry.What.values else entry.what
    where = [entry.brand.name] if entry.brand else []
    lines = [*where, *_lines(entry.said)] or [NOTHING]
    by = str(entry.by) if entry.by else say("系统", "siyu")
    return Told(f"{entry.at.astimezone(_zone()):%Y-%m-%d %H:%M}", by, f"{title}\n{entry.whom}", lines)


def _lines(said: Mapping[str, Any]) -> Iterable[str]:
    for name, value in said.items():
        if value in (None, "", False, []):
            continue
        title = say(*SAID.get(name, (name, name)))
        yield title if value is True else say(f"{title}：{_value(value)}", f"{title}: {_value(value)}")


def _value(value: Any) -> str:
    if isinstance(value, list):
        return say("、", ", ").join(map(_value, value))
    text = str(value)
    return say(*ROLES[Role(text)]) if text in ROLES else text
