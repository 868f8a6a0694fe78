"""What a join link carries: who it is for, sealed, so that a link names nobody and nothing."""

import base64
import binascii

import msgspec
from cryptography.exceptions import InvalidTag
from msgspec import Struct

from privacy.sealing import MasterKey, Seal

LONGEST = 512


class BadLink(Exception):
    """Not one of ours, or over."""


class Invitation(Struct, frozen=True, array_like=True):
    """For one session, or (without one) for whichever the person has now. Over at `expires_at`
    (ms)."""

    participant_id: str
    expires_at: int
    session_id: str = ""


class Invitations:
    """Makes and opens the links of one installation."""

    def __init__(self, key: MasterKey) -> None:
        self._seal = Seal(key.derive("join/v1"))

    def token(self, invitation: Invitation) -> str:
        sealed = self._seal.close(msgspec.msgpack.encode(invitation))
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, token: str, now: int) -> Invitation:
        """Raises `BadLink`. `now` in ms."""
        try:
            if len(token) > LONGEST:
                raise BadLink
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
            invitation = msgspec.msgpack.decode(self._seal.open(sealed), type=Invitation)
        except (ValueError, binascii.Error, InvalidTag):
            raise BadLink from None
        if now >= invitation.expires_at:
            raise BadLink
        return invitation
