"""Links by which a person sets a new password: good for an hour, once, on the host they were made for."""

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.encoding import force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from tenants.models import User
from tenants.queries import url_of


class HostTokens(PasswordResetTokenGenerator):
    """Django's tokens, void as soon as the password changes or she signs in; another host's are void here."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self.host = host

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{self.host}"


def reset_link(user: User, host: str) -> str:
    """The whole address, for the person alone."""
    uid = urlsafe_base64_encode(str(user.pk).encode())
    return f"{url_of(host)}reset/{uid}/{HostTokens(host).make_token(user)}/"


def user_of_reset(uid: str, token: str, host: str) -> User | None:
    """Whose link this is; None where it is void."""
    try:
        user = User.objects.filter(pk=int(force_str(urlsafe_base64_decode(uid))), is_active=True).first()
    except (ValueError, OverflowError):
        return None
    return user if user is not None and HostTokens(host).check_token(user, token) else None
