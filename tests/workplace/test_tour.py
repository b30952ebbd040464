"""docs/tour.md, taken: a month from its draft to its approval, as pages offer it to both sides."""

import io
import re
from html import unescape
from pathlib import Path

import pytest
from django.utils import timezone

from reports.models import Report
from siyu.brands import enter_brand
from tenants.models import Agency, Brand
from tests.factories import SiteClient
from workplace.demo.brands import BABY, BRANDS, smaller
from workplace.demo.calendar import month_after
from workplace.demo.loading import bring_up_to_date, first_day_of, make_demo

PASSWORD = "a given password"
ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


class Browser:
    """One person's browser on a brand's site: reads a page, follows its links, fills in and sends its forms."""

    def __init__(self, host):
        self.client = SiteClient(HTTP_HOST=host, HTTP_ACCEPT_LANGUAGE="zh-CN")
        self.path, self.html = "/", ""

    def open(self, path):
        return self._arrived(self.client.get(path, follow=True), path)

    def follow(self, *words):
        """The first link whose text holds all the words."""
        return self.open(self.link(*words))

    def link(self, *words):
        found = [
            unescape(href)
            for href, text in re.findall(r'<a\b[^>]*?href="([^"]+)"[^>]*>(.*?)</a>', self.html, re.DOTALL)
            if all(word in plain(text) for word in words)
        ]
        assert found, f"no link with {words} on {self.path}: {self.text[:1500]}"
        return found[0]

    def submit(self, button, typed):
        """The form with the button, as it stands but for what is typed: {name or end of the first empty one: text}."""
        forms = re.findall(r"<form\b([^>]*)>(.*?)</form>", self.html, re.DOTALL)
        [(attributes, form), *_] = [found for found in forms if button in plain(found[1])]
        fields = {
            name: unescape(value) for name, value in re.findall(r'<input[^>]*? name="([^"]+)" value="([^"]*)"', form)
        }
        fields |= {name: "" for name in re.findall(r'<input[^>]*? name="([^"]+)"', form) if name not in fields}
        fields |= {
            name: unescape(text) for name, text in re.findall(r'<textarea name="([^"]+)"[^>]*>([^<]*)</textarea>', form)
        }
        for name, options in re.findall(r'<select[^>]*? name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
            fields[name] = (
                re.findall(r'value="([^"]*)" selected', options) or re.findall(r'value="([^"]*)"', options)
            )[0]
        for attributes_of_it, label in re.findall(r"<button\b([^>]*)>(.*?)</button>", form, re.DOTALL):
            if button == plain(label) and (sent := re.search(r'name="([^"]+)" value="([^"]*)"', attributes_of_it)):
                fields[sent[1]] = sent[2]
        for name, text in typed.items():
            empty = (field for field in fields if field.endswith(name) and not fields[field])
            fields[name if name in fields else next(empty)] = text
        action = re.search(r'action="([^"]+)"', attributes)
        path = unescape(action[1]) if action else self.path
        return self._arrived(self.client.post(path, fields, format="multipart", follow=True), path)

    def option(self, group, text):
        """The value of the choice that reads so in the group of choices."""
        [choices] = re.findall(rf'<optgroup label="{group}">(.*?)</optgroup>', self.html, re.DOTALL)[:1]
        return next(unescape(value) for value, label in OPTION.findall(choices) if plain(label) == text)

    @property
    def text(self):
        return plain(self.html)

    def _arrived(self, response, path):
        assert response.status_code == 200, (path, response.status_code, plain(response.content.decode())[:1500])
        self.path = response.redirect_chain[-1][0] if response.redirect_chain else path
        self.html = response.content.decode()
        return self


OPTION = re.compile(r'<option value="([^"]*)"[^>]*>(.*?)</option>', re.DOTALL)


def plain(html):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))).strip()


@pytest.fixture
def beile(nobody_yet, settings):
    """The site of a demo's brand whose last month is a draft."""
    plans = [smaller(plan, 60) for plan in BRANDS]
    now = timezone.now()
    make_demo(PASSWORD, month_after(first_day_of(now), 5), plans)  # a shorter history than it has at a first start
    [baby] = [plan for plan in plans if plan.slug == BABY.slug]
    bring_up_to_date(now, io.StringIO(), bar=False, plans=[baby])
    return f"beile.{settings.BASE_DOMAIN}"


@pytest.fixture
def nobody_yet(db, settings, tmp_path):
    """No agency, as in a new installation."""
    settings.HOME = tmp_path
    Brand.objects.all().delete()
    Agency.objects.all().delete()


def signed_in(host, email):
    return Browser(host).open("/").submit("登录", {"username": email, "password": PASSWORD})


def test_a_months_report_goes_from_draft_to_approval(beile):
    pm = signed_in(beile, "pm2@lighthouse.example")
    pm.follow("去审核", "月报")
    report = pm.path
    assert "草稿" in pm.text
    assert "发送前检查" in pm.text
    assert "待代运营方审核" in pm.text

    pm.follow("填写文字与事项")
    typed = {"/plan": "主推会员日。", "/text": "补齐老带新海报", "/owner": "唐一凡", "/due_on": "2030-01-31"}
    if 'name="/below_floor"' in pm.html:
        typed["/below_floor"] = "触达不足，新粉转化低于预期；补齐库存后两周复盘。"
    pm.submit("保存并返回报告", typed)
    assert "补齐老带新海报 下期计划 唐一凡 2030-01-31" in pm.text
    assert "主推会员日。" in pm.text

    pm.submit("审核通过，待发送", {})
    assert "待代运营方发送" in pm.text
    pm.submit("发送给品牌方", {})
    assert "待品牌方确认" in pm.text

    brand = signed_in(beile, "brand@beile.example")
    brand.follow("去确认", "月报")
    assert brand.path == report
    assert "补齐老带新海报" in brand.text
    assert "内部附件" not in brand.text
    brand.submit(
        "提出异议", {"/pointer": brand.option("十项指标", "结果 · GMV"), "/comment": "退款我们统计更高，请核对。"}
    )
    assert "待代运营方答复" in brand.text
    assert "有异议，待处理" in brand.text

    pm.open("/").follow("去答复", "月报")
    assert "退款我们统计更高，请核对。" in pm.text
    pm.submit("发出答复", {"/comment": "已核对，签收后退款按到账日计入。"})
    assert "待品牌方确认" in pm.text

    brand.open("/").follow("去确认", "月报")
    assert "已核对，签收后退款按到账日计入。" in brand.text
    brand.submit("通过本版报告", {})
    with enter_brand("b_beile"):
        approved = Report.objects.get(pk=int(report.rstrip("/").rsplit("/", 1)[1]))
        assert approved.state == Report.State.APPROVED
        sha256 = approved.revisions.get().sha256
    for reader in (brand, pm.open(report)):
        assert f"校验码 {sha256[:12]}" in reader.text.split("品牌方通过", 1)[1]
        assert "有异议，待处理 ¥0.00" in reader.text

    pdf = brand.client.get(brand.link("PDF"))
    assert b"".join(pdf).startswith(b"%PDF")
    workbook = brand.client.get(brand.link("Excel"))
    assert b"".join(workbook).startswith(b"PK")

    pm.follow("运行看板")
    assert "月报" in pm.text
    assert "已生成" in pm.text
    pm.open("/").follow("记分卡")
    assert "指标达成" in pm.text


WORDS = (  # of links, buttons and states, as both documents name them
    ("填写文字与事项", "Write words and entries"),
    ("保存并返回报告", "Save and go back"),
    ("发送前检查", "Before sending"),
    ("待代运营方审核", "The agency to review"),
    ("待品牌方确认", "The brand to answer"),
    ("提出异议", "Dispute"),
    ("待代运营方答复", "The agency to answer"),
    ("通过本版报告", "Approve this revision"),
    ("结算基数", "The settlement's base"),
    ("无异议", "Undisputed"),
    ("有异议，待处理", "Disputed, waits"),
    ("出新版", "New revision"),
    ("运行看板", "Runs"),
    ("去处理", "To do here"),
)


def test_the_documents_name_what_the_pages_offer():
    chinese, english = ((DOCS / name).read_text("utf-8") for name in ("tour.md", "tour.en.md"))
    assert [words for words in WORDS if words[0] not in chinese or words[1] not in english] == []
    sources = [path.read_text("utf-8") for path in (ROOT / "workplace").glob("*.py")]
    sources += [path.read_text("utf-8") for path in (ROOT / "templates/workplace").glob("*.html")]
    sources.append((ROOT / "locale/en/LC_MESSAGES/django.po").read_text("utf-8"))
    offered = "\n".join(sources)
    assert [words for words in WORDS if words[0] not in offered or words[1] not in offered] == []
