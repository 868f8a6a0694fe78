"""The contract's own events as CloudEvents 1.0 in JSON, one or a batch (cloudevents.io).

`type` is the event's type, `data` its fields; `ts` may be left out where `time` is given. The
event's id is made of `source` and `id`, which together are unique.
"""

import hashlib
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from producers.gateway.adapter import read, rfc3339
from producers.gateway.errors import InvalidField, NotAllowed, UnknownEvent
from streams.events import (
    DeviceChecked,
    EngagementObserved,
    MediaChanged,
    ParticipantAttendedInPerson,
    ParticipantExcused,
    ParticipantIdentified,
    ParticipantJoined,
    ParticipantJoinFailed,
    ParticipantJoinStarted,
    ParticipantLeft,
    ParticipantPresentWith,
    ParticipantReported,
    ParticipantWaiting,
    SessionBreak,
    SessionCancelled,
    SessionEnded,
    SessionEvent,
    SessionScheduled,
    SessionStarted,
)

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"

FromOutside = (
    SessionScheduled
    | SessionCancelled
    | SessionStarted
    | SessionEnded
    | SessionBreak
    | ParticipantJoined
    | ParticipantLeft
    | ParticipantWaiting
    | ParticipantJoinStarted
    | ParticipantJoinFailed
    | ParticipantIdentified
    | ParticipantAttendedInPerson
    | ParticipantPresentWith
    | ParticipantExcused
    | MediaChanged
    | EngagementObserved
    | ParticipantReported
    | DeviceChecked
)
"""All but what the installation's own parts alone write."""
ALLOWED = {kind.__struct_config__.tag for kind in get_args(FromOutside)}
KNOWN = {kind.__struct_config__.tag for kind in get_args(SessionEvent)}

Filled = Annotated[str, Meta(min_length=1, max_length=1024)]


class CloudEvent(Struct):
    specversion: Literal["1.0"]
    id: Filled
    source: Filled
    type: Filled
    data: dict[str, Any]
    time: str | None = None


def events_of(body: bytes, media_type: str) -> list[SessionEvent]:
    """All of them or none. Raises `NotJson`, `InvalidField`, `NotAllowed`, `UnknownEvent`."""
    sent = read(body, list[CloudEvent]) if media_type == BATCH else [read(body, CloudEvent)]
    for one in sent:
        if one.type in KNOWN - ALLOWED:
            raise NotAllowed
    known = [one for one in sent if one.type in ALLOWED]
    if sent and not known:
        raise UnknownEvent
    return [_event(one) for one in known]


def _event(sent: CloudEvent) -> SessionEvent:
    unique = hashlib.sha256(f"{sent.source}\x00{sent.id}".encode()).hexdigest()[:32]
    fields = {**sent.data, "type": sent.type, "id": f"ce:{unique}", "received_at": None}
    if "ts" not in fields and sent.time is not None:
        fields["ts"] = rfc3339(sent.time)
    try:
        event: SessionEvent = msgspec.convert(fields, FromOutside)
    except (msgspec.ValidationError, ValueError):
        raise InvalidField from None
    return event
