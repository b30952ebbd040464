"""一页纸 as a page: `/projects/<code>/onepager/`."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from projects.queries import zone_of
from siyu.periods import DAY, Period, local_day, periods
from siyu.problems import say
from tenants.pages import BrandPage
from tenants.permissions import Act, may
from workplace.access import seen_project
from workplace.occasion import lack_of, month_notes, notes_of, read_occasion
from workplace.onepager import OnePager, read_onepager
from workplace.sections import tabs
from workplace.views import read_month


class OnePagerPage(BrandPage):
    """`?month=2026-05`; without one, or with one to come, the running month. Both sides read it, a guide does not."""

    acts = {"GET": Act.READ_KPIS}

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        now = timezone.now()
        project = seen_project(self.identity, code)
        today = local_day(now, zone_of(project))
        asked = request.GET.get("month")
        wanted = read_month(asked)
        month = min(wanted or today, today).replace(day=1)
        [period] = periods("month", month, month)
        occasion = read_occasion({"start": str(period.first), "end": str(period.last)}, today)
        paper = read_onepager(project, occasion, self.identity.side, now)
        context = {
            "project": project,
            "tabs": tabs(self.identity, project, "onepager"),
            "paper": paper,
            "stamp": _stamp(paper),
            "notes": [
                *month_notes(asked, wanted, month),
                *notes_of(occasion, Period(project.starts_on, project.ends_on)),
            ],
            "lack": lack_of(occasion, Period(project.starts_on, project.ends_on), paper.data_through),
            "months": month_links(month, today),
            "has_forecast": paper.forecast is not None,
            "may_read_promises": may(self.identity, Act.READ_COMMITMENTS, self.identity.brand),
            "words": _words(paper),
        }
        return render(request, "workplace/onepager.html", context)


def _stamp(paper: OnePager) -> str:
    """On what the page rests."""
    said = [say(f"数据截至 {paper.data_through}", f"Data through {paper.data_through}")] if paper.data_through else []
    said.append(say(f"口径表第 {paper.definition} 版", f"definition sheet version {paper.definition}"))
    if paper.forecast:
        said.append(say(f"预测表第 {paper.forecast} 版", f"forecast version {paper.forecast}"))
    return say("，", ", ").join(said)


def month_links(month: date, today: date) -> dict[str, str]:
    """The month shown and those beside it, `2026-05`; `after` is empty for the running month."""
    after = periods("month", month, month)[0].end
    return {
        "before": f"{month - DAY:%Y-%m}",
        "shown": f"{month:%Y-%m}",
        "after": f"{after:%Y-%m}" if after <= today else "",
    }


def _words(paper: OnePager) -> dict[str, Any]:
    return {
        "title": say("一页纸", "One-pager"),
        "conclusion": say("结论", "Conclusion"),
        "numbers": say("五个数字", "Five numbers"),
        "sides": say("双方承诺", "What both sides promised"),
        "none": say("这个月还没有登记承诺。", "Nothing is promised for this month yet."),
        "short": say("还差多少，因为谁", "What is short, and whose it is"),
        "factor": say("本月目标按品牌方实际触达折算为", "The month's targets follow the traffic that came"),
        "nothing_short": say(
            "截至目前不少于预测，服务指标都达到正常线。",
            "Nothing is short of the forecast by now, and the service is on its lines.",
        ),
        "no_forecast": say("还没有双方批准的预测表，说不出差多少。", "No forecast is agreed to be short of."),
        "expected": say("预计月末", "Expected at the month's end"),
        "course": say("GMV 累计", "GMV so far"),
        "course_about": say(
            "蓝线为实际，黑线为按日权重的应完成，虚线为预计，浅色为八成可能的区间。",
            "Blue: what came; black: what is due by the weights of the days; dashed: what is expected, within the pale "
            "range in four of five cases.",
        ),
        "course_about_ended": say(
            "蓝线为实际，黑线为按日权重的应完成。", "Blue: what came; black: what was due by the weights of the days."
        ),
        "line": say("正常线", "Normal line"),
        "approved": say("最近通过的月报：", "The last approved monthly report: "),
        "no_approved": say("还没有通过的月报。", "No monthly report is approved yet."),
        "before": say("上月", "Month before"),
        "after": say("下月", "Month after"),
        "month": say("月份", "Month"),
        "counted_anew": say(
            f"{paper.stale_days} 天的数据正在重新计算，数字可能变化，请稍后刷新。",
            f"{paper.stale_days} days are being counted anew: figures may change, refresh later.",
        ),
        "no_data": say("还没有数据。", "There are no data yet."),
    }
