"""BigBlueButton's webhooks (docs.bigbluebutton.org, Webhooks; bigbluebutton/bbb-webhooks:
src/out/webhooks/callback-emitter.js, src/process/event.js, example/events/mapped-events.json).

A form with `domain`, `timestamp` (of the first try, ms) and `event`, a JSON list. Proved by
`checksum` in the query: a hash of callback URL, body and the server's shared secret, its kind
told by its length; or, with `auth2_0`, by the secret as bearer token. `event.ts` is when the
webhooks' server received it. Meeting names, user names and chat are read by nobody here, but for
note-takers' names.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final
from urllib.parse import quote

import msgspec
from msgspec import Raw, Struct

from producers.gateway.adapter import (
    FORM_TYPES,
    RETRIED_SECONDS,
    Answer,
    Answers,
    Kind,
    Names,
    Scene,
    Signed,
    filled,
    instant,
    read,
)
from producers.gateway.errors import BadSignature, InvalidField, Refused, UnknownEvent
from producers.gateway.seen import Opened, Seen, no_challenge, no_ping
from producers.gateway.signatures import check_fresh, fitting, form
from streams.events import Device, SessionEvent

ANSWERS: Final = Answers(
    title="BigBlueButton",
    source="https://docs.bigbluebutton.org/development/webhooks/",
    set_up="Install `bbb-webhooks` and register this URL with `hooks/create`; the secret is the "
    "server's shared secret (`bbb-conf --secret`). The room is the `meetingID` that your rooms "
    "are made with. Set `gateway.public_url` where a proxy stands before the gateway. A wrong "
    "secret loses events: the sender takes 401 for delivered.",
    waiting_room=Answer("no", "The guest lobby is in no webhook."),
    leave_reasons=Answer("no", "`user-left` has no reason; `left_early` says so."),
    quality=Answer("no", "Not in webhooks; the browser agent measures it."),
    stable_identity=Answer(
        "partly", "`userID` of the join link; without one it is new with each connection."
    ),
    phone_callers=Answer("yes", "Told by the user's id (`v_...`); known by name only."),
    reconciling=Answer("yes", "`getMeetings`: who is in, by `userID`, without connections."),
    recording=Answer("yes", "Recording is a state of the meeting, not a participant."),
)
MEDIA_TYPES: Final = FORM_TYPES
HASHES: Final = {40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
"""By the number of hexadecimal digits (src/out/webhooks/utils.js)."""
DIAL_IN = "v_"
"""How the id of somebody on the telephone begins (bigbluebutton: IntIdPrefixType)."""
PLAYED: Final[dict[Kind, str]] = {
    "started": "meeting-created",
    "joined": "user-joined",
    "left": "user-left",
    "ended": "meeting-ended",
}
OTHERS = ("meeting-", "user-", "chat-", "rap-", "pad-", "poll-")
_CHECKSUM = re.compile(r"[?&]checksum=([^&#]*)")


class Meeting(Struct, rename="kebab"):
    internal_meeting_id: str
    external_meeting_id: str
    is_breakout: bool | str | None = None  # told when it is created, and never again
    parent_id: str | None = None


class User(Struct, rename="kebab"):
    internal_user_id: str
    external_user_id: str | None = None
    name: str | None = None
    role: str | None = None


class Attributes(Struct):
    meeting: Meeting
    user: User | None = None


class Happened(Struct):
    ts: int  # ms


class Data(Struct):
    id: str
    attributes: Attributes
    event: Happened


class Named(Struct):
    id: str


class Peek(Struct):
    data: Named


class Webhook(Struct):
    data: Data


def verify(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: int, url: str = ""
) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        fit = fitting(secrets, str.encode, token)
    else:
        given = (_CHECKSUM.search(url) or ["", ""])[1]
        kind = HASHES.get(len(given))
        if kind is None:
            raise BadSignature
        callback = _CHECKSUM.sub("", url, count=1)
        fit = fitting(secrets, partial(_checksum, kind, callback, body), given)
    try:
        stamp = dict(form(body)).get("timestamp", "")
    except InvalidField:
        raise BadSignature from None
    check_fresh(stamp, now, RETRIED_SECONDS)
    return fit


def sign(body: bytes, secret: str, now: int, url: str) -> Signed:
    checksum = _checksum("sha256", url, body, secret).decode()
    signed = f"{url}{'&' if '?' in url else '?'}checksum={checksum}"
    return Signed(signed, {"Content-Type": "application/x-www-form-urlencoded"})


def _checksum(kind: str, callback: str, body: bytes, secret: str) -> bytes:
    text = callback.encode("utf-8", "replace") + body + secret.encode()
    return hashlib.new(kind, text).hexdigest().encode()


def play(scene: Scene) -> bytes:
    meeting = {"internal-meeting-id": "rehearsal", "external-meeting-id": scene.room}
    who = {"internal-user-id": scene.link, "external-user-id": scene.who, "role": "VIEWER"}
    about = {"meeting": meeting} | ({"user": who} if scene.who else {})
    told = {"id": PLAYED[scene.kind], "attributes": about, "event": {"ts": scene.ts}}
    return body_of(msgspec.json.encode([{"data": told}]), scene.ts, "rehearsal")


def body_of(events: bytes, now: int, domain: str) -> bytes:
    """The form that carries a JSON list of events."""
    told = quote(events, safe="")
    return f"domain={quote(domain)}&event={told}&timestamp={now}".encode()


is_ping, challenge = no_ping, no_challenge


def translate(body: bytes, names: Names) -> list[SessionEvent]:
    """One bad event costs the others of its delivery nothing."""
    told = dict(form(body)).get("event")
    if not told:
        raise InvalidField
    events: list[SessionEvent] = []
    refused: list[Refused] = []
    for raw in read(told.encode(), list[Raw]):
        try:
            events += _translated(raw, names)
        except Refused as error:
            refused.append(error)
    if refused and not events:
        raise refused[0]
    return events


def _translated(raw: Raw, names: Names) -> list[SessionEvent]:
    happened = read(raw, Peek).data.id
    made = TRANSLATED.get(happened)
    if made is not None:
        told = read(raw, Webhook).data
        return [] if _in_breakout(told.attributes.meeting, names) else made(told, names)
    if happened.startswith(OTHERS):
        return []
    raise UnknownEvent


def _in_breakout(meeting: Meeting, names: Names) -> bool:
    """A breakout room is a meeting of its own; who goes into one stays in the meeting too."""
    if meeting.is_breakout in (True, "true"):
        names.learn_room(meeting.internal_meeting_id, meeting.parent_id or "")
    return names.room_of(meeting.internal_meeting_id) is not None


def connection(names: Names, meeting: str, user: str) -> str:
    """The pseudonym of one user's presence in one run of a meeting (both ids internal)."""
    return names.connection(filled(meeting), filled(user))


def _joined(told: Data, names: Names) -> list[SessionEvent]:
    seen, user = _seen(told, names, "joined")
    calls = user.internal_user_id.startswith(DIAL_IN)
    device = Device(kind="landline") if calls else None
    return [seen.joined(user.name, moderates=user.role == "MODERATOR", device=device)]


def _left(told: Data, names: Names) -> list[SessionEvent]:
    return [_seen(told, names, "left")[0].left()]


def _started(told: Data, names: Names) -> list[SessionEvent]:
    return [_opened(told, names, "started").started()]


def _ended(told: Data, names: Names) -> list[SessionEvent]:
    return [_opened(told, names, "ended").ended()]


def _seen(told: Data, names: Names, what: str) -> tuple[Seen, User]:
    """Who reconnects has the same internal id again, so the time is in the event's id."""
    user, ts = told.attributes.user, instant(told.event.ts)
    if user is None:
        raise InvalidField
    link = connection(names, told.attributes.meeting.internal_meeting_id, user.internal_user_id)
    person = names.participant(user.external_user_id, user.internal_user_id)
    return Seen(names, _room(told), ts, person, link, f"{link}:{what}:{ts}"), user


def _opened(told: Data, names: Names, what: str) -> Opened:
    meeting = names.connection(filled(told.attributes.meeting.internal_meeting_id))
    return Opened(names, _room(told), instant(told.event.ts), f"{meeting}:{what}")


def _room(told: Data) -> str:
    return filled(told.attributes.meeting.external_meeting_id)


TRANSLATED: Final[dict[str, Callable[[Data, Names], list[SessionEvent]]]] = {
    "meeting-created": _started,
    "meeting-ended": _ended,
    "user-joined": _joined,
    "user-left": _left,
}
