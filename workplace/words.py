"""Words of the pages that several of them say."""

from siyu.numbers import span
from siyu.problems import say
from tenants.identity import Identity
from tenants.models import Role

ROLES = {
    Role.OWNER: ("所有者", "Owner"),
    Role.ADMIN: ("管理员", "Administrator"),
    Role.FINANCE: ("财务", "Finance"),
    Role.PM: ("项目经理", "Project manager"),
    Role.OPS: ("运营", "Operations"),
    Role.CONTENT: ("内容", "Content"),
    Role.GUIDE: ("导购", "Guide"),
    Role.BRAND_MANAGER: ("私域经理", "Brand manager"),
    Role.BRAND_AFTERSALES: ("售后物流", "After-sales"),
    Role.BRAND_REVIEWER: ("内容审核", "Content reviewer"),
    Role.BRAND_SPONSOR: ("品牌负责人", "Brand sponsor"),
}
WEEKDAYS = (  # Monday first
    ("周一", "Mon"), ("周二", "Tue"), ("周三", "Wed"), ("周四", "Thu"), ("周五", "Fri"), ("周六", "Sat"),
    ("周日", "Sun"),
)  # fmt: skip


def role_title(identity: Identity) -> str:
    """Her roles in the brand, the highest first."""
    held = [words for role, words in ROLES.items() if role in identity.roles]
    return say("、".join(zh for zh, _ in held), ", ".join(en for _, en in held))


def beside_brand(brand: str, project: str) -> str:
    """A project's name as it is read beside its brand's, which is not said twice; empty where it is the brand's."""
    return project.removeprefix(brand).lstrip(" ·-") if project.startswith(brand) else project


def from_to(first: object, last: object | None, open_end: str = "") -> str:
    """Days or months, both included, as siyu.numbers.span. `open_end`: what is said where there is no last one; 未定
    where nothing is."""
    return span(first, last or open_end or say("未定", "open"))
