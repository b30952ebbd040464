"""预测表: where a version stands in one sentence, its inputs and results as one grid, two versions side by side; what
is looked up now and then is folded. What is done on it: workplace.forecast_actions."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from kpi.forecast import plan_of, table
from kpi.forecast_api import forecast_dict, judgement_dict, outlook_dict, row_dict
from kpi.forecasts import binding_forecast, binding_months, bound_forecasts, read_judgements, read_outlook, read_stints
from kpi.models import Forecast
from kpi.queries import one_state, read_standing
from projects.models import Channel, Project
from projects.queries import zone_of
from siyu.periods import local_day
from siyu.problems import say
from tenants.permissions import Act
from workplace.blocks import Actions, Block, Heading, Link, Note, Typed
from workplace.forecast_compare import side_by_side
from workplace.forecast_details import adjusted_blocks, bands_table, lines_table, versions_blocks
from workplace.forecast_forms import channel_form, lines_form
from workplace.forecast_grid import forecast_grid, has_ended_months
from workplace.forecast_status import forecast_status, steps_of, total_of
from workplace.grid_blocks import Fold, Grid, Status
from workplace.sections import Section
from workplace.term_forms import described, term_forms

Part = Block | Grid | Fold | Status
Rows = Mapping[str, Mapping[str, Any]]  # of tables, by month


class ForecastPage(Section):
    """`?version=`: that version; `&compare=`: beside that one. Without: the newest."""

    acts = {"GET": Act.READ_FORECAST}
    route = "forecast"
    title = ("预测表", "Forecast")
    template = "workplace/grid_page.html"
    tried: Mapping[str, Any] | None = None  # inputs of a what-if
    conflicts: Mapping[str, str] = {}  # by field, what a colleague wrote there meanwhile

    def blocks(self, project: Project, typed: Typed) -> Sequence[Any]:
        with one_state():
            versions = list(Forecast.objects.filter(project=project).order_by("-version").prefetch_related("comments"))
            chosen = self._asked(versions, "version") or (versions[0] if versions else None)
            self.bound = bound_forecasts(project)
            agreed = self._agreed(project)
            inputs = self.tried or (chosen.inputs if chosen else None)
            outlook = self._read(project, inputs) if inputs else None
            found: list[Part] = []
            if self.tried is not None and outlook:
                found.append(
                    Note(say("假设测算，没有保存。", "What if: nothing is saved.") + total_of(outlook["table"]), "warn")
                )
            elif chosen is None:
                found.append(Note(self._nothing(project), "empty"))
            elif outlook:
                shown = self._told(project, chosen)
                last = self.bound[-1] if self.bound else None
                found.append(forecast_status(project, chosen, shown, outlook, agreed, last, self.identity, typed))
                found += self._missing(chosen)
            compared = self._comparison(project, chosen, self._asked(versions, "compare"))
            found += compared
            if not compared and (inputs or self._has_channels()):
                found.append(self._grid(project, inputs, chosen, versions, outlook, agreed, typed))
            found += self._folds(project, inputs, chosen, versions, outlook, typed)
            return found

    def _missing(self, chosen: Forecast) -> Sequence[Any]:
        """What the version lacks for figures to be judged, with the way there for who may propose it."""
        if chosen.inputs["lines"]:
            return []
        text = say(
            "这一版没有四条线：指标只有数字，没有不及格、及格到超额的评级。",
            "This version has no lines: indicators have figures and no bands.",
        )
        found: list[Any] = [Note(text, "warn")]
        if self.may(Act.PROPOSE_CONTRACT):
            address = f"?version={chosen.version}#four-lines"
            words = say("设四条线（已填建议值）", "Set the lines (with proposed values)")
            found.append(Actions([Link(words, address)]))
        return found

    def _nothing(self, project: Project) -> str:
        if self._has_channels():
            text = say(
                "还没有预测表。请在下面填写承诺触达和参数，存为第一版草稿，再提出给双方确认。",
                "There is no forecast yet. Fill in promises and rates below, save a draft and propose it to both.",
            )
            return text + (_begun() if has_ended_months(project) else "")
        if self.may(Act.PROPOSE_CONTRACT):
            return say("还没有预测表，请先建立渠道。", "There is no forecast yet: make a channel first.")
        return say("还没有预测表。", "There is no forecast yet.")

    def _has_channels(self) -> bool:
        return self.may(Act.PROPOSE_CONTRACT) and Channel.objects.exists()

    def _asked(self, versions: Sequence[Forecast], name: str) -> Forecast | None:
        asked = self.request.GET.get(name)
        return next((version for version in versions if str(version.version) == asked), None)

    def _told(self, project: Project, version: Forecast) -> dict[str, Any]:
        return forecast_dict(version, self.bound, binding_months(self.bound, version, project))

    def _read(self, project: Project, inputs: Mapping[str, Any]) -> dict[str, Any]:
        outlook = read_outlook(project, inputs, local_day(timezone.now(), zone_of(project)))
        stints = read_stints(self.identity.brand.pk, project)
        return outlook_dict(dict(inputs), outlook, stints, project.fans_per_guide)

    def _agreed(self, project: Project) -> Rows:
        """By month, the row of the version that binds it."""
        rows: dict[str, dict[str, Any]] = {}
        for forecast in self.bound:
            for row in table(plan_of(forecast.inputs), project.fans_per_guide):
                if binding_forecast(self.bound, row.first, project) == forecast:
                    rows[f"{row.first:%Y-%m}"] = row_dict(row)
        return rows

    def _grid(
        self,
        project: Project,
        inputs: Mapping[str, Any] | None,
        chosen: Forecast | None,
        versions: Sequence[Forecast],
        outlook: Mapping[str, Any] | None,
        agreed: Rows,
        typed: Typed,
    ) -> Grid:
        return forecast_grid(
            project,
            inputs,
            chosen,
            versions[0].version if versions else 0,
            outlook,
            agreed,
            typed.of("forecast"),
            is_filled=self.may(Act.PROPOSE_CONTRACT),
            conflicts=self.conflicts,
        )

    def _folds(
        self,
        project: Project,
        inputs: Mapping[str, Any] | None,
        chosen: Forecast | None,
        versions: Sequence[Forecast],
        outlook: Mapping[str, Any] | None,
        typed: Typed,
    ) -> list[Part]:
        form, newest = typed.values.get("form", ""), versions[0].version if versions else 0
        proposes = self.may(Act.PROPOSE_CONTRACT)
        found: list[Part] = []
        if versions:
            title = say(f"版本与确认（{len(versions)} 版）", f"Versions and approvals ({len(versions)})")
            found.append(Fold(title, versions_blocks(project, versions, self.bound, chosen), "versions"))
        if inputs and outlook:
            blocks = [*adjusted_blocks(outlook), *self._bands(project, chosen)]
            found.append(
                Fold(say("按实际导流调整后，与达成档位", "Adjusted to actual traffic, and bands"), blocks, "adjusted")
            )
            lines: list[Block] = [lines_table(inputs["lines"])]
            is_missing = proposes and not inputs["lines"]
            if proposes and chosen:
                lines += [Note(_offer())] if is_missing else []
                lines.append(lines_form(project, chosen, newest, typed.of("lines")))
            title = say("四条线", "The four lines")
            found.append(Fold(title, lines, "four-lines", is_open=is_missing or form == "lines"))
            terms = list(described(inputs))
            if proposes and chosen:
                terms += term_forms(project, chosen, newest, typed)
            if terms:
                is_open = form in ("terms", "weights")
                found.append(
                    Fold(
                        say("条款、保底与日权重", "Terms, the floor and weights of days"),
                        terms,
                        "terms",
                        is_open=is_open,
                    )
                )
        if proposes:
            channels = [channel_form(project, typed.of("channel"))]
            is_open = form == "channel" or (not inputs and not Channel.objects.exists())
            found.append(Fold(say("新建渠道", "New channel"), channels, "channel", is_open=is_open))
        return found

    def _bands(self, project: Project, forecast: Forecast | None) -> list[Block]:
        """The months that have begun, each against the version that binds it."""
        now = timezone.now()
        today = local_day(now, zone_of(project))
        begun: list[date] = [month for month in forecast.months if month <= today] if forecast else []
        if not begun or not self.may(Act.READ_KPIS) or self.tried is not None:
            return []
        standing = read_standing(project, "month", begun[0], begun[-1])
        judged = read_judgements(project, standing.figures, now)
        return [Heading(say("达成档位", "Bands")), bands_table(begun, judged, judgement_dict)]

    def _comparison(self, project: Project, chosen: Forecast | None, other: Forecast | None) -> list[Part]:
        if chosen is None or other is None or chosen == other:
            return []
        pair = sorted((chosen, other), key=lambda one: one.version)
        return list(
            side_by_side(
                [say(f"第 {one.version} 版", f"version {one.version}") for one in pair],
                [one.inputs for one in pair],
                [[row_dict(row) for row in table(plan_of(one.inputs), project.fans_per_guide)] for one in pair],
                [steps_of(project, self._told(project, one)) for one in pair],
            )
        )


def _begun() -> str:
    return say(
        "项目已经开始的月份也列在前面，双方确认后同样按这一版评定；不约定的月份从首月起去掉，或整列留空。",
        " The months since the project began stand in front: once both sides approve, they are judged by this version "
        "too. Drop those that you agree on nothing for, from the first on, or leave their columns empty.",
    )


def _offer() -> str:
    return say(
        "下面是建议值，保存前都不生效：总量按调整后预测的 80%、100%、110%、120%；导流率常见 5% 到 20%，"
        "正常线因类目而异（5%～17%），由双方商定。其余指标按合同填写。",
        "What stands below is a proposal and holds once it is saved and approved: volumes at 80, 100, 110 and 120 % of "
        "the adjusted forecast; the diversion rate is usually 5 to 20 %, its normal line goes by category (5 to 17 %) "
        "and is for both sides to agree on. Fill in the others by the contract.",
    )
