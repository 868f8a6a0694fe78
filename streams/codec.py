"""JSON in, events out; every way a record can be unreadable has a reason code."""

from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from streams.events import (
    BoardChanged,
    FeedRecord,
    ParticipantEvent,
    SampleBatch,
    SessionEvent,
    SignalRecord,
)

T = TypeVar("T")

_encoder = msgspec.json.Encoder()


class Unreadable(ValueError):
    """A record that cannot be read. The text is a reason code: nothing of the record is in it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnknownType(Unreadable):
    """A `type` this version does not know: skipped and counted, never a dead letter."""

    def __init__(self) -> None:
        super().__init__("unknown_type")


class _Typed(Struct):
    type: str


class Codec(Generic[T]):
    """Decodes one topic's records."""

    def __init__(self, wanted: Any) -> None:
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(wanted)
        self._typed = msgspec.json.Decoder(_Typed)
        self._known = {arm.__struct_config__.tag for arm in getattr(wanted, "__args__", (wanted,))}

    def decode(self, raw: bytes | None) -> T:
        """Raises `UnknownType` for a type of a newer version, `Unreadable` for all else."""
        if raw is None:
            raise Unreadable("tombstone")
        try:
            return self._decoder.decode(raw)
        except msgspec.ValidationError:
            if self._is_unknown(raw):
                raise UnknownType from None
            raise Unreadable("invalid_field") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
            raise Unreadable("not_json") from None

    def _is_unknown(self, raw: bytes) -> bool:
        try:
            return self._typed.decode(raw).type not in self._known
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False


session_events: Codec[SessionEvent] = Codec(SessionEvent)
participant_events: Codec[ParticipantEvent] = Codec(ParticipantEvent)
signals: Codec[SignalRecord] = Codec(SignalRecord)
feed: Codec[FeedRecord] = Codec(FeedRecord)
samples: Codec[SampleBatch] = Codec(SampleBatch)
boards: Codec[BoardChanged] = Codec(BoardChanged)


def encode(record: object) -> bytes:
    """One UTF-8 JSON object."""
    return _encoder.encode(record)
