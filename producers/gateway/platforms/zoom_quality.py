"""Zoom's quality of service (QSS, `meeting.participant_qos`): once a minute, a point every 6 s.

Numbers are strings with units. A point tells the same instant once for each stream (audio, video
and shared screen, in and out); here it is one sample, the worst of its streams for delay, jitter
and loss. Whether Zoom's latency is one way or both is not said: it is taken as it stands. The
meeting is named by its uuid alone, so a point waits until another event has told whose that is.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Raw, Struct

from producers.gateway.adapter import Names, filled, read, rfc3339
from producers.gateway.errors import InvalidField, Waits
from producers.gateway.platforms.zoom_words import Text, text
from streams.events import Sample

STREAMS: Final = frozenset(
    f"{medium}_{way}" for medium in ("audio", "video", "as") for way in ("input", "output")
)
"""`input` is what the person receives, `output` what they send; `as` is a shared screen."""
UNITS: Final = {"": 1.0, "ms": 1.0, "s": 1000.0, "%": 0.01, "fps": 1.0} | {
    "bps": 0.001,
    "kbps": 1.0,
    "mbps": 1000.0,
}
"""To ms, shares, frames/s and kbit/s."""
_AMOUNT = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,12})?) ?([a-z%]{0,4})", re.ASCII)
LOST_AT_MOST = 1.0


class Details(Struct):
    bitrate: Text | float = None
    latency: Text | float = None
    jitter: Text | float = None
    avg_loss: Text | float = None
    frame_rate: Text | float = None


class Point(Struct):
    type: str
    date_time: str
    details: Raw = Raw(b"{}")


class Participant(Struct):
    user_id: Text = None
    participant_user_id: Text = None
    email: Text = None
    qos: list[Point] = []


class Quality(Struct):
    uuid: str
    participant: Participant


class Payload(Struct):
    object: Quality


def samples(payload: Raw, names: Names) -> list[Sample]:
    """One for each instant at which delay, jitter and loss are all told.

    Raises `Waits` while it is not known whose they are.
    """
    told = read(payload, Payload).object
    by_instant: defaultdict[int, dict[str, Details]] = defaultdict(dict)
    for point in told.participant.qos:
        if point.type in STREAMS:
            by_instant[rfc3339(point.date_time)][point.type] = read(point.details, Details)
    if not by_instant:
        return []
    connection = names.connection(filled(told.uuid), filled(text(told.participant.user_id)))
    session_id, person = _whose(told, connection, max(by_instant), names)
    made = (
        _sample(ts, streams, (session_id, person, connection))
        for ts, streams in sorted(by_instant.items())
    )
    return [one for one in made if one is not None]


def _whose(told: Quality, connection: str, ts: int, names: Names) -> tuple[str, str]:
    """(session, participant)."""
    if joined := names.joined_as(connection):
        return joined
    room, who = names.room_of(told.uuid), told.participant
    if room is None or not (who.participant_user_id or who.email):
        raise Waits(told.uuid)
    person = names.participant(text(who.participant_user_id), text(who.email))
    return names.session(room, ts, person, connection), person


def _sample(ts: int, streams: dict[str, Details], whose: tuple[str, str, str]) -> Sample | None:
    every = streams.values()
    rtt = _worst(one.latency for one in every)
    jitter = _worst(one.jitter for one in every)
    loss = _worst(one.avg_loss for one in every)
    if rtt is None or jitter is None or loss is None:
        return None
    session_id, person, connection = whose
    sent = streams.get("video_output")
    return Sample(
        session_id=session_id,
        participant_id=person,
        connection_id=connection,
        ts=ts,
        rtt_ms=rtt,
        jitter_ms=jitter,
        loss=min(loss, LOST_AT_MOST),
        up_kbps=_sum(one.bitrate for kind, one in streams.items() if kind.endswith("output")),
        down_kbps=_sum(one.bitrate for kind, one in streams.items() if kind.endswith("input")),
        fps=(amount(sent.frame_rate) or None) if sent else None,  # 0: the camera is off
    )


def amount(told: Text | float) -> float | None:
    """`"134 ms"` -> 134.0, `"0.5%"` -> 0.005, `""` -> None. Raises `InvalidField`."""
    if told is None or told in ("", "-"):
        return None
    if not isinstance(told, str):
        if not (math.isfinite(told) and told >= 0):
            raise InvalidField
        return float(told)
    found = _AMOUNT.fullmatch(told.strip().lower())
    if found is None or found[2] not in UNITS:
        raise InvalidField
    return float(found[1]) * UNITS[found[2]]


def _known(values: Iterable[Text | float]) -> Sequence[float]:
    return [value for value in map(amount, values) if value is not None]


def _worst(values: Iterable[Text | float]) -> float | None:
    return max(_known(values), default=None)


def _sum(values: Iterable[Text | float]) -> float | None:
    known = _known(values)
    return sum(known) if known else None
