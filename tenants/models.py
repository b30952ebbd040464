"""Agencies, the brands they serve, and the people and keys that may enter."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

slug_validator = RegexValidator(r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\Z", "小写字母、数字和连字符，最多 40 个")


class Agency(models.Model):  # type: ignore[django-manager-missing] # of Brand: TenantMixin has no types
    """代运营公司: the customer of the software. Owns its people, never a fan."""

    slug = models.CharField(max_length=40, unique=True, validators=[slug_validator])
    name = models.CharField(max_length=200)
    is_demo = models.BooleanField(default=False)  # its owner may postpone the second factor
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Brand(TenantMixin):
    """品牌: the agency's client and the tenant; its schema holds everything that is the brand's property."""

    class State(models.TextChoices):
        MAKING = "making"
        ACTIVE = "active"
        SUSPENDED = "suspended"
        CLOSED = "closed"

    auto_create_schema = False  # tenants.provisioning makes the schema, whole or not at all
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="brands")
    slug = models.CharField(max_length=40, unique=True, validators=[slug_validator])
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=State, default=State.MAKING)
    wrapped_key = models.BinaryField()  # the brand's own key, sealed with the installation's (tenants.keys)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class BrandTemplate(models.Model):
    """The dump of the template schema at one state of the migrations; a new brand is made by replaying it."""

    state = models.CharField(max_length=64, unique=True)  # sha256 over the server's version and the migrations applied
    dump = models.TextField()

    def __str__(self) -> str:
        return self.state


class Domain(DomainMixin):
    """A host of a brand's own, beside `<slug>.<base domain>`."""


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Without a password the user cannot sign in until she sets one."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in. What she may do lies in her memberships and seats."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    pin = models.CharField(max_length=128, blank=True)  # hashed; proves that it is she who opened a report's link
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    objects = UserManager()

    def __str__(self) -> str:
        return self.name or self.email


class Role(models.TextChoices):
    """Roles of DOMAIN: the agency's side, the brand's side, and the installation's."""

    OWNER = "owner", _("所有者")
    ADMIN = "admin", _("管理员")
    FINANCE = "finance", _("财务")
    PM = "pm", _("项目经理")
    OPS = "ops", _("运营")
    CONTENT = "content", _("内容")
    GUIDE = "guide", _("导购")
    BRAND_MANAGER = "brand_manager", _("私域经理")
    BRAND_AFTERSALES = "brand_aftersales", _("售后物流")
    BRAND_REVIEWER = "brand_reviewer", _("内容审核")
    BRAND_SPONSOR = "brand_sponsor", _("品牌负责人")
    OPERATOR = "operator", _("平台运维")


AGENCY_WIDE = (Role.OWNER, Role.ADMIN, Role.FINANCE)
AGENCY_IN_BRAND = (Role.PM, Role.OPS, Role.CONTENT, Role.GUIDE)
BRAND_SIDE = (
    Role.BRAND_MANAGER,
    Role.BRAND_AFTERSALES,
    Role.BRAND_REVIEWER,
    Role.BRAND_SPONSOR,
)


class Membership(models.Model):
    """A user's role: in a whole agency (owner, admin, finance), in one brand, or in the installation (operator).

    `is_vouched` is False for one on the brand's side who came in by a link that the agency has seen: she works, but
    binds the brand to nothing until somebody of the brand, a secret in her own mail or the operator vouches for her.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, null=True, related_name="+")
    role = models.CharField(max_length=20, choices=Role)
    is_vouched = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "agency", "brand", "role"],
                name="membership_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="membership_role_has_its_place",
                condition=Q(role__in=AGENCY_WIDE, agency__isnull=False, brand__isnull=True)
                | Q(role__in=AGENCY_IN_BRAND, agency__isnull=False, brand__isnull=False)
                | Q(role__in=BRAND_SIDE, agency__isnull=True, brand__isnull=False)
                | Q(role=Role.OPERATOR, agency__isnull=True, brand__isnull=True),
            ),
        ]


class ApiKey(models.Model):
    """A key of one brand. Only its hash is kept; the key itself is shown once, when it is made."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    digest = models.BinaryField(unique=True)  # SHA-256 of the key: its 256 random bits need no slow hash
    prefix = models.CharField(max_length=12, blank=True)  # how it begins, for people to tell keys apart
    scopes = ArrayField(models.CharField(max_length=40))
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)


class SignIn(models.Model):
    """One time that a person signed in. It serves her sessions on several hosts, and ends for all of them at once."""

    class State(models.TextChoices):
        OPEN = "open"
        SET_UP = "set_up"  # her role asks for a second factor: nothing else is served until she has one
        POSTPONED = "postponed"  # the same in the demo, put off by her

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)


class SecondFactor(models.Model):
    """The secret of a person's authenticator app, sealed with the installation's key (tenants.second_factor)."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    sealed_secret = models.BinaryField()
    confirmed_at = models.DateTimeField(null=True)  # not in use before she typed a code of it
    last_step = models.BigIntegerField(default=0)  # the newest step whose code was taken: none is taken twice


class RecoveryCode(models.Model):
    """One way in without the app, good once: the row goes when it is used."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(unique=True)


class Invitation(models.Model):
    """A role that waits for a person to take it, with a name and password of her own. Only the link's hash is kept."""

    email = models.EmailField()
    name = models.CharField(max_length=100, blank=True)
    role = models.CharField(max_length=20, choices=Role)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, null=True, related_name="+")
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, null=True, related_name="+")
    digest = models.BinaryField(unique=True)
    is_mailed = models.BooleanField()  # the link went to her mail alone; otherwise who asked her in has seen it
    is_handed = models.BooleanField(default=False)  # the operator makes the link and gives it to her, seen by none else
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["email", "role", "agency", "brand"],
                name="invitation_open_once",
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                nulls_distinct=False,
            )
        ]


class ReportLink(models.Model):
    """A link to one report of a brand for one of the brand's people, opened without a password (tenants.links)."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=300)  # of the report's page: what lies below it is all that the link opens
    digest = models.BinaryField(unique=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)  # first
    device = models.BinaryField(
        null=True
    )  # a hash of what the first browser that read by it holds; others type her PIN
    used_at = models.DateTimeField(null=True)  # she approved by it: it opens nothing anew
    revoked_at = models.DateTimeField(null=True)
    wrong_pins = models.PositiveSmallIntegerField(default=0)


class AuditEntry(models.Model):
    """Who let whom in or out: people, roles, keys, links, brands. Appended only."""

    class What(models.TextChoices):
        FOUND = "found", _("建立公司")
        INVITE = "invite", _("邀请")
        HAND_LINK = "hand_link", _("转交邀请链接")
        WITHDRAW_INVITATION = "withdraw_invitation", _("撤回邀请")
        ACCEPT = "accept", _("接受邀请")
        VOUCH = "vouch", _("确认是同事")
        CHANGE_ROLE = "change_role", _("更改角色")
        WITHDRAW = "withdraw", _("移除")
        RESET_LINK = "reset_link", _("生成重设密码链接")
        MAKE_KEY = "make_key", _("新建密钥")
        REVOKE_KEY = "revoke_key", _("停用密钥")
        MAKE_LINK = "make_link", _("生成报告链接")
        REVOKE_LINK = "revoke_link", _("停用报告链接")
        MAKE_BRAND = "make_brand", _("新建品牌")
        CLOSE_BRAND = "close_brand", _("移除品牌")

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, null=True, related_name="+")
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    what = models.CharField(max_length=30, choices=What)
    whom = models.CharField(max_length=254)  # an e-mail address or a key's name
    said = models.JSONField(default=dict)
