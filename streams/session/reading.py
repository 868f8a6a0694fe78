"""Decodes session events fast: most of them are signs of taking part.

As in `streams/quality/reading.py`, the pattern of a sign's identifiers costs more than the rest
of it, so they are checked when they are met for the first time.
"""

from typing import Final

import msgspec

from streams import codec
from streams.events import EngagementObserved, SessionEvent

SIGN: Final = b'{"type":"engagement.observed",'
"""How a sign begins, as `codec.encode` writes it."""
MET = 200_000
"""Identifiers remembered as well formed; then from the beginning again."""


class Sign(EngagementObserved, frozen=True, kw_only=True, tag="engagement.observed", gc=False):
    """A sign whose identifiers have been met."""

    session_id: str
    participant_id: str


class Reader:
    """Raw records of `session-events` in, events out."""

    def __init__(self) -> None:
        self._decode = msgspec.json.Decoder(Sign).decode
        self._met: set[str] = set()

    def decode(self, raw: bytes | None) -> SessionEvent:
        """As `codec.session_events` does it, which has the last word on whatever is not a sign of
        people met before."""
        if raw is None or not raw.startswith(SIGN):
            return codec.session_events.decode(raw)
        try:
            sign = self._decode(raw)
        except (msgspec.DecodeError, RecursionError, ValueError):
            return codec.session_events.decode(raw)  # says why it is refused
        met = self._met
        if sign.session_id in met and sign.participant_id in met:
            return sign
        event = codec.session_events.decode(raw)
        if len(met) >= MET:
            met.clear()
        met |= {sign.session_id, sign.participant_id}
        return event
