"""What senders prove themselves by, read again and again: changed, it counts at once.

A restart would cut off sessions under way.
"""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Sequence
from typing import Final

from producers.gateway.settings import GatewaySettings

REREAD_SECONDS: Final = 2.0

log = logging.getLogger(__name__)


class Proofs:
    """The platforms' secrets, and the bearer tokens of `POST /events`."""

    def __init__(self, settings: GatewaySettings) -> None:
        """Raises `OSError` for a file that cannot be read, `BadSecrets`."""
        self._settings = settings
        self._secrets = settings.all_secrets()
        self._bearers = _digests(settings.all_event_tokens())

    async def keep(self) -> None:
        """Reads them until cancelled; what cannot be read stays as it was."""
        while True:
            await asyncio.sleep(REREAD_SECONDS)
            try:
                secrets = self._settings.all_secrets()
                bearers = _digests(self._settings.all_event_tokens())
            except (OSError, ValueError) as error:
                log.warning("secrets not read: %s", type(error).__name__)
                continue
            # A file that is empty is being written: refused, some senders do not send again.
            self._secrets = {name: new or self._secrets[name] for name, new in secrets.items()}
            self._bearers = bearers or self._bearers

    def secrets(self, platform: str) -> Sequence[str]:
        """Of one that nobody set up, none."""
        return self._secrets.get(platform, ())

    def is_bearer(self, token: str) -> bool:
        # Each is compared, so that the time tells nothing of which was nearly right.
        given = _digest(token)
        fits = [hmac.compare_digest(given, ours) for ours in self._bearers]
        return any(fits)


def _digests(tokens: Sequence[str]) -> list[bytes]:
    return [_digest(token) for token in tokens]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
