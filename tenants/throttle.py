"""How often may one try to sign in, and ask for mail. Counted in Redis, atomically, before anything is looked at.

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
MAILS, MAILS_WINDOW = 3, 3600  # reset links to one mailbox, whoever asks for them; seconds
PINS_PER_PLACE = 5  # on one link, from its first browser or from one address, in WINDOW
PINS_PER_DAY = 20  # wrong ones, of one person's, from first browsers and again from all other places
DAY = 86_400
COUNT = """
local tries = redis.call('INCR', KEYS[1])
if tries == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return tries
"""
UNCOUNT = "if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DECR', KEYS[1]) end"


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


def may_mail(account: str) -> bool:
    """Count one mail to this address, asked for from wherever; signing in is counted apart. Raises redis.RedisError.

    Strangers can use these up: then she has as many links in her mail, each good for as long as she waits.
    """
    return _count(f"siyu:mail:{_digest(account)}", MAILS_WINDOW) <= MAILS


def may_guess_pin(user_id: int, link_id: int, address: str | None) -> bool:
    """Count one try at the PIN of this user's link, from its first browser (`address` None) or from an address. Raises
    redis.RedisError.

    Those who hold the link wait, each for herself; the first browser waits for nobody but itself.
    """
    place, pool = _pin_keys(user_id, link_id, address)
    return _count(place) <= PINS_PER_PLACE and _count(pool, DAY) <= PINS_PER_DAY


def forget_pin_guesses(user_id: int, link_id: int, address: str | None) -> None:
    """It was right: the tries from here do not count, nor does this one. Those from elsewhere still do."""
    place, pool = _pin_keys(user_id, link_id, address)
    _client().delete(place)
    _client().eval(UNCOUNT, 1, pool)


def _pin_keys(user_id: int, link_id: int, address: str | None) -> tuple[str, str]:
    pool = "first" if address is None else "others"
    return f"siyu:pin:{link_id}:{address or 'first'}", f"siyu:pins:{user_id}:{pool}"


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
    return f"siyu:sign-in:{_digest(account)}:{address}"


def _digest(account: str) -> str:
    return hashlib.blake2b(account.strip().lower().encode(), digest_size=16).hexdigest()


def _count(key: str, window: int = WINDOW) -> int:
    return int(_client().eval(COUNT, 1, key, window))


def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
