"""How an identity becomes the alias it is kept under, the same when written and when looked up.

An address or a telephone number means the same person on every platform, so they are platforms
of their own (`email`, `dial_in`).
"""

import re
from collections.abc import Iterator

from privacy.pseudonyms import Pseudonyms

PHONE = re.compile(r"\+?\(?[0-9][0-9 ().-]{5,24}")


def alias(pseudonyms: Pseudonyms, platform: str, identity: str) -> str:
    """The HMAC that this identity of this platform is kept under."""
    return versions(pseudonyms, platform, identity)[0]


def versions(pseudonyms: Pseudonyms, platform: str, identity: str) -> list[str]:
    """The same by every key there has been, the newest first."""
    return pseudonyms.aliases(platform, _digits(identity) if platform == "dial_in" else identity)


def aliases(pseudonyms: Pseudonyms, platform: str, identity: str) -> Iterator[tuple[str, str]]:
    """All that an identity seen on a platform may be known as, the surest first; each with what
    it is kept under from now on."""
    found = [pseudonyms.aliases(platform, identity)]
    if "@" in identity:
        found.append(versions(pseudonyms, "email", identity))
    elif PHONE.fullmatch(identity):
        found.append(versions(pseudonyms, "dial_in", identity))
    for newest, *older in found:
        yield newest, newest
        for one in older:
            yield one, newest


def _digits(number: str) -> str:
    """Digits alone; North American numbers are often shown without their leading 1."""
    digits = re.sub(r"\D", "", number)
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
