"""Which of the active secrets made a signature, and whether it is of now."""

import hmac
import re
from collections.abc import Callable, Sequence
from urllib.parse import parse_qsl

from producers.gateway.errors import BadSignature, InvalidField, Stale

MILLISECONDS_FROM = 100_000_000_000
"""A larger number is no count of seconds (it would be the year 5138)."""
MOST_FIELDS = 200
_STAMP = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")


def fitting(secrets: Sequence[str], signed: Callable[[str], bytes], given: str) -> str:
    """The first secret whose signature this is. All are tried, each compared in constant time.

    `signed` may raise `ValueError` for a secret that cannot be one. Raises `BadSignature`.
    """
    told = given.encode("utf-8", "replace")
    fits = [secret for secret in secrets if _same(secret, signed, told)]
    if not fits or not told:
        raise BadSignature
    return fits[0]


def _same(secret: str, signed: Callable[[str], bytes], told: bytes) -> bool:
    try:
        return hmac.compare_digest(signed(secret), told)
    except ValueError:
        return False


def check_fresh(stamp: str, now: int, seconds: int) -> None:
    """`stamp` in seconds or milliseconds, `now` in ms. Raises `BadSignature`, `Stale`."""
    if not _STAMP.fullmatch(stamp):
        raise BadSignature
    told = float(stamp)
    told_ms = told if told >= MILLISECONDS_FROM else told * 1000
    if abs(now - told_ms) > seconds * 1000:
        raise Stale


def form(body: bytes) -> list[tuple[str, str]]:
    """The fields of an HTML form, in order. Raises `InvalidField`."""
    try:
        return parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise InvalidField from None
