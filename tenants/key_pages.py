"""接口密钥: a brand's API keys, made and revoked on its own site."""

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from siyu.brands import enter_public
from siyu.problems import DomainError, say
from tenants import people
from tenants.identity import Identity
from tenants.models import ApiKey
from tenants.pages import BrandPage
from tenants.permissions import SCOPES, TABLE, Act, may
from tenants.services import TenantError, create_api_key
from tenants.views import unlogged

WORDS = {  # what each scope lets a key do, as DOMAIN 6 has it
    "contract:write": (
        "提出项目、口径表、预测表和渠道，填写承诺的交付；不能批准",
        "Propose projects, sheets, forecasts, channels; enter deliveries; never approve",
    ),
    "team:write": ("读写席位、导购安排和企微号的承接人", "Read and write seats, placements and who keeps accounts"),
    "events:write": ("写入事件和文件：粉丝、订单、触达等", "Send events and files: fans, orders, reach"),
    "fans:read": ("读取粉丝，手机号打码", "Read fans, with phones masked"),
    "fans:phone": ("读取完整手机号，须说明原因，留有记录", "Read phones in clear, for a reason, on record"),
    "assignments:write": ("读取粉丝，预览和执行分配", "Read fans, preview and apply assignments"),
    "kpis:read": ("读取指标、明细、分析和预测表", "Read figures, their rows, analysis and forecasts"),
    "reports:read": ("读取报告", "Read reports"),
    "reports:write": (
        "读取报告，填写草稿的文字；不能审核和发送",
        "Read reports, write words of drafts; never review or send",
    ),
    "webhooks:write": ("读写推送地址", "Read and write where news is pushed"),
}


def in_words(scope: str) -> str:
    zh, en = WORDS[scope]
    return say(zh, en)


def scopes_for(identity: Identity) -> list[str]:
    """Those whose every act she may do herself; none that nothing asks for yet."""
    acts = {scope: [act for act, allowed in TABLE.items() if scope in allowed.scopes] for scope in sorted(SCOPES)}
    plain = set(TABLE[Act.READ_PROJECT].scopes)
    found = []
    for scope, its_acts in acts.items():
        own = [act for act in its_acts if act != Act.READ_PROJECT] if scope in plain else its_acts
        if own and all(may(identity, act, identity.brand) for act in own):
            found.append(scope)
    return found


class Keys(BrandPage):
    """Who made which key with which scopes, and when it was last used. A new key is shown once."""

    acts = {"GET": Act.MANAGE_KEYS, "POST": Act.MANAGE_KEYS}

    def get(self, request: HttpRequest) -> HttpResponse:
        with enter_public():
            return self.show(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        with enter_public():
            try:
                if request.POST.get("do") == "revoke":
                    return self.revoke(request)
                return self.make(request)
            except DomainError as refusal:
                return self.show(request, refusal.status, refusal=refusal.detail)

    def make(self, request: HttpRequest) -> HttpResponse:
        name, scopes = request.POST.get("name", "").strip()[:100], request.POST.getlist("scopes")
        if not name:
            raise TenantError(say("请填写用途", "Say what the key is for"))
        if set(scopes) - set(scopes_for(self.identity)):
            raise TenantError(say("只能给出您自己拥有的权限", "Only what you may do yourself"), status=403)
        key = create_api_key(self.identity.brand, name=name, scopes=scopes, made_by=self.identity.user)
        people.note(people.place_in_brand(self.identity), "make_key", name, scopes=scopes)
        return unlogged(self.show(request, key=key))

    def revoke(self, request: HttpRequest) -> HttpResponse:
        text = request.POST.get("row", "")
        row = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
        key = ApiKey.objects.filter(brand=self.identity.brand, pk=row, revoked_at=None).first()
        if key is None:
            raise TenantError(say("没有这个密钥", "There is no such key"), status=404)
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        people.note(people.place_in_brand(self.identity), "revoke_key", key.name, scopes=key.scopes)
        messages.success(request, say("密钥已停用。", "The key is revoked."))
        return HttpResponseRedirect(reverse("keys"))

    def show(self, request: HttpRequest, status: int = 200, **said: object) -> HttpResponse:
        keys = ApiKey.objects.filter(brand=self.identity.brand).select_related("made_by")
        newest = keys.order_by(F("revoked_at").desc(nulls_first=True), "-pk")
        scopes = [(scope, in_words(scope)) for scope in scopes_for(self.identity)]
        context = {
            "keys": [(key, [in_words(scope) for scope in key.scopes]) for key in newest],
            "scopes": scopes,
            **said,
        }
        return render(request, "tenants/keys.html", context, status=status)
