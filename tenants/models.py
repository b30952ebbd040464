"""Agencies, the brands they serve, and the people and keys that may enter."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django_tenants.models import DomainMixin, TenantMixin

slug_validator = RegexValidator(r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\Z", "小写字母、数字和连字符，最多 40 个")


class Agency(models.Model):  # type: ignore[django-manager-missing] # of Brand: TenantMixin has no types
    """代运营公司: the customer of the software. Owns its people, never a fan."""

    slug = models.CharField(max_length=40, unique=True, validators=[slug_validator])
    name = models.CharField(max_length=200)
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
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    objects = UserManager()

    def __str__(self) -> str:
        return self.name or self.email


class Role(models.TextChoices):
    """Roles of DOMAIN: the agency's side, the brand's side, and the installation's."""

    OWNER = "owner", "所有者"
    ADMIN = "admin", "管理员"
    FINANCE = "finance", "财务"
    PM = "pm", "项目经理"
    OPS = "ops", "运营"
    CONTENT = "content", "内容"
    GUIDE = "guide", "导购"
    BRAND_MANAGER = "brand_manager", "私域经理"
    BRAND_AFTERSALES = "brand_aftersales", "售后物流"
    BRAND_REVIEWER = "brand_reviewer", "内容审核"
    BRAND_SPONSOR = "brand_sponsor", "品牌负责人"
    OPERATOR = "operator", "平台运维"


AGENCY_WIDE = (Role.OWNER, Role.ADMIN, Role.FINANCE)
AGENCY_IN_BRAND = (Role.PM, Role.OPS, Role.CONTENT, Role.GUIDE)
BRAND_SIDE = (
    Role.BRAND_MANAGER,
    Role.BRAND_AFTERSALES,
    Role.BRAND_REVIEWER,
    Role.BRAND_SPONSOR,
)


class Membership(models.Model):
    """A user's role: in a whole agency (owner, admin, finance), in one brand, or in the installation (operator)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, null=True, related_name="+")
    role = models.CharField(max_length=20, choices=Role)

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
    scopes = ArrayField(models.CharField(max_length=40))
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
