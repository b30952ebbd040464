"""How often may one try to sign in. Counted in Redis, atomically, before the password or code is looked at.

Per account and address, so that a stranger elsewhere cannot lock somebody out, and per address. If Redis does not
answer nobody signs in: a guess that is not counted is a guess too many.
"""

import hashlib
from ipaddress import IPv4Address, IPv6Address, ip_address

import redis
from django.conf import settings
from django.http import HttpRequest

WINDOW = 900  # seconds
PER_ACCOUNT_AND_ADDRESS = 10
PER_ADDRESS = 100
PER_SECRET = 10
COUNT = """
local tries = redis.call('INCR', KEYS[1])
if tries == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return tries
"""


def may_try(account: str, address: str) -> bool:
    """Count one try and say whether it is allowed. Raises redis.RedisError where it cannot be counted."""
    pair = _count(_pair(account, address))
    return _count(f"siyu:sign-in:{address}") <= PER_ADDRESS and pair <= PER_ACCOUNT_AND_ADDRESS


def may_guess(what: str, whom: object) -> bool:
    """Count one try at a short secret (a code, a PIN) of one person, from wherever. Raises redis.RedisError."""
    return _count(f"siyu:guess:{what}:{whom}") <= PER_SECRET


def forget_guesses(what: str, whom: object) -> None:
    """It was right: earlier tries do not count."""
    _client().delete(f"siyu:guess:{what}:{whom}")


def address_of(request: HttpRequest) -> str:
    """Whom to count: the peer, or where that is a proxy that the operator trusts, the nearest one that is not.

    X-Forwarded-For is read from the right, since whatever stands left of an untrusted address is that one's own story.
    """
    found = request.META["REMOTE_ADDR"]
    for before in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if not _is_trusted(found):
            break
        if _parsed(before) is None:
            break
        found = before.strip()
    return found


def _is_trusted(address: str) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in settings.TRUSTED_PROXIES)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address.strip())
    except ValueError:
        return None


def forget_tries(account: str, address: str) -> None:
    """She signed in: her earlier tries do not count against her."""
    _client().delete(_pair(account, address))


def _pair(account: str, address: str) -> str:
    digest = hashlib.blake2b(account.strip().lower().encode(), digest_size=16).hexdigest()
    return f"siyu:sign-in:{digest}:{address}"


def _count(key: str) -> int:
    return int(_client().eval(COUNT, 1, key, WINDOW))


def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
