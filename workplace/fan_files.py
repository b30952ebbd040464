"""The list of fans as a file: as the page shows it, by the same filters, and who took it is on record."""

from io import BytesIO, TextIOWrapper
from urllib.parse import quote, urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from fans.assignment_api import names_clear
from fans.models import Fan
from fans.roster import describe_fans
from projects.audit import EXPORTS, record
from projects.models import Account, Channel, Project
from projects.queries import zone_of
from siyu.problems import say
from siyu.spreadsheets import Cell, Column, Sheet, write_csv, write_xlsx
from tenants.pages import BrandPage
from tenants.permissions import Act
from workplace.access import seen_project
from workplace.fan_pages import asked_of, fans_asked_for
from workplace.queries import guide_names
from workplace.scorecard_pages import XLSX

MOST_ROWS = 5_000
KINDS = ("xlsx", "csv")


class FansFile(BrandPage):
    """The list that the page's filters let through; more than MOST_ROWS are offered in the background (exports)."""

    acts = {"GET": Act.SEE_FANS}

    def get(self, request: HttpRequest, code: str, kind: str) -> HttpResponse:
        project = seen_project(self.identity, code)
        if kind not in KINDS:
            raise Http404
        asked, now = asked_of(request), timezone.now()
        fans = list(fans_asked_for(self.identity, project, asked, now).order_by("code")[: MOST_ROWS + 1])
        if len(fans) > MOST_ROWS:
            query = urlencode({"kind": "fans", "form": kind, **asked})
            return HttpResponseRedirect(f"{reverse('exports', args=[project.code])}?{query}")
        sheet = fans_sheet(project, fans, names_are_clear=names_clear(self.identity))
        said = {name: "…" if name == "q" else value for name, value in asked.items()}  # it may hold a name or a phone
        taken = {"rows": len(fans), "format": kind, "filters": said}
        record(project, f"{EXPORTS}fans", None, taken, by=self.identity.label)
        return file_of(f"{code}-fans", f"{code}-{say('粉丝', 'fans')}", sheet, kind)


def fans_sheet(project: Project, fans: list[Fan], *, names_are_clear: bool) -> Sheet:
    """A row per fan, by code; codes as text, instants as the project's clock showed them."""
    columns = [
        Column(say("粉丝编号", "Fan")), Column(say("姓名", "Name")), Column(say("在册", "Present"), width=8),
        Column(say("企微号", "Account")), Column(say("企微号名称", "Account name")), Column(say("导购编号", "Guide")),
        Column(say("导购", "Guide's name")), Column(say("渠道编号", "Channel")), Column(say("渠道", "Channel name")),
        Column(say("首次加入", "First added"), "instant"),
    ]  # fmt: skip
    accounts = dict(Account.objects.values_list("code", "name"))
    channels = dict(Channel.objects.values_list("code", "name"))
    guides, zone = guide_names(), zone_of(project)
    rows: list[list[Cell]] = []
    for row in describe_fans(project, fans, timezone.now(), names_clear=names_are_clear):
        added = row["first_added_at"]
        rows.append(
            [
                row["fan"],
                row["name"],
                say("是", "Yes") if row["present"] else say("否", "No"),
                row["account"],
                accounts.get(row["account"]),
                row["guide"],
                guides.get(row["guide"]),
                row["channel"],
                channels.get(row["channel"]),
                added.astimezone(zone) if added else None,
            ]
        )
    return Sheet(say("粉丝", "Fans"), columns, rows, f"{project.name} · {project.timezone}")


def file_of(plain: str, name: str, sheet: Sheet, kind: str) -> HttpResponse:
    """The table as a download. `plain`: its name in ASCII, `name`: in the reader's language, both without their end."""
    file = BytesIO()
    if kind == "xlsx":
        write_xlsx(file, [sheet])
    else:
        text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
        write_csv(text, sheet)
        text.flush()
    response = HttpResponse(file.getvalue(), content_type=XLSX if kind == "xlsx" else "text/csv; charset=utf-8")
    named = f"filename=\"{plain}.{kind}\"; filename*=UTF-8''{quote(name)}.{kind}"
    response["Content-Disposition"] = f"attachment; {named}"
    response["Cache-Control"] = "no-store"
    return response
