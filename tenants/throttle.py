"""How often may one try to sign in. Counted in Redis, atomically, before the password is looked at.

Per account and address, so that a stranger elsewhere cannot lock somebody out, and per address. If Redis does not
answer nobody signs in: a guess that is not counted is a guess too many.
"""

import hashlib

import redis
from django.conf import settings

WINDOW = 900  # seconds
PER_ACCOUNT_AND_ADDRESS = 10
PER_ADDRESS = 100
COUNT = """
local tries = redis.call('INCR', KEYS[1])
if tries == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return tries
"""


def may_try(account: str, address: str) -> bool:
    """Count one try and say whether it is allowed. Raises redis.RedisError where it cannot be counted."""
    pair = _count(_pair(account, address))
    return _count(f"siyu:sign-in:{address}") <= PER_ADDRESS and pair <= PER_ACCOUNT_AND_ADDRESS


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
