"""Twilio Video status callbacks (twilio.com/docs/video/api/status-callbacks), as HTML forms.

The signature is over the URL as Twilio called it, so behind a proxy the gateway has to know its
public address (`gateway.public_url`); over the fields, sorted, and their sorted values
(twilio/twilio-python: request_validator.py). `SequenceNumber` is no order: `Timestamp` is.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from producers.directory.identities import PHONE
from producers.gateway.adapter import (
    FORM_TYPES,
    JSON_TYPES,
    RETRIED_SECONDS,
    Answer,
    Answers,
    Kind,
    Names,
    Scene,
    Signed,
    filled,
    iso,
    rfc3339,
)
from producers.gateway.errors import BadSignature, InvalidField, Refused, Stale, UnknownEvent
from producers.gateway.seen import Opened, Seen, no_challenge, no_ping
from producers.gateway.signatures import fitting, form
from streams.events import SessionEvent

ANSWERS: Final = Answers(
    title="Twilio Video",
    source="https://www.twilio.com/docs/video/api/status-callbacks",
    set_up="Give each room (or the account's default) this URL as status callback, by POST. The "
    "secret is the account's auth token. Set `gateway.public_url` where a proxy stands before "
    "the gateway: the signature is over the address that Twilio called.",
    waiting_room=Answer("no", "There is none."),
    leave_reasons=Answer("no", "A disconnect has no reason; `left_early` says so."),
    quality=Answer("no", "Not in callbacks; the browser agent measures it."),
    stable_identity=Answer("yes", "The identity of the access token, one connection each."),
    phone_callers=Answer(
        "partly", "A caller's identity is what the clinic's call flow gives; often the number."
    ),
    reconciling=Answer("no", "The REST API is not asked; what a callback lost stays lost."),
    recording=Answer("yes", "Recordings are tracks, not participants."),
)
MEDIA_TYPES: Final = FORM_TYPES | JSON_TYPES
PORTS: Final = {"https": 443, "http": 80}
PLAYED: Final[dict[Kind, str]] = {
    "started": "room-created",
    "joined": "participant-connected",
    "left": "participant-disconnected",
    "ended": "room-ended",
}
NOT_NEEDED = ("track-", "recording-")


def verify(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: int, url: str = ""
) -> str:
    given = headers.get("x-twilio-signature", "")
    fields = _signed_fields(headers, body, url)
    fit = _fitting(secrets, fields, given, url)
    _check_fresh(dict(fields).get("Timestamp", ""), now)
    return fit


def _fitting(
    secrets: Sequence[str], fields: Sequence[tuple[str, str]], given: str, url: str
) -> str:
    """Some of Twilio's systems sign the URL with the port that goes without saying."""
    for one in dict.fromkeys((url, _without_port(url), _with_port(url))):
        try:
            return fitting(secrets, partial(_mac, one, fields), given)
        except BadSignature:
            continue
    raise BadSignature


def sign(body: bytes, secret: str, now: int, url: str) -> Signed:
    mac = _mac(url, form(body), secret).decode()
    types = {"Content-Type": "application/x-www-form-urlencoded"}
    return Signed(url, types | {"X-Twilio-Signature": mac})


def play(scene: Scene) -> bytes:
    told = {
        "RoomName": scene.room,
        "RoomSid": "RM1",
        "StatusCallbackEvent": PLAYED[scene.kind],
        "Timestamp": iso(scene.ts),
    }
    who = {"ParticipantSid": scene.link, "ParticipantIdentity": scene.who} if scene.who else {}
    return urlencode(told | who).encode()


def _signed_fields(headers: Mapping[str, str], body: bytes, url: str) -> list[tuple[str, str]]:
    """None of a JSON body: its digest is in the URL, which is signed."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() not in JSON_TYPES:
        try:
            return form(body)
        except InvalidField:
            raise BadSignature from None
    claimed = dict(parse_qsl(urlsplit(url).query)).get("bodySHA256", "")
    digest = hashlib.sha256(body).hexdigest()
    if not hmac.compare_digest(digest.encode(), claimed.encode("utf-8", "replace")):
        raise BadSignature
    return []


def _mac(url: str, fields: Sequence[tuple[str, str]], secret: str) -> bytes:
    text = url + "".join(key + value for key, value in sorted(set(fields)))
    mac = hmac.digest(secret.encode(), text.encode("utf-8", "replace"), "sha1")
    return base64.b64encode(mac)


def _without_port(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.partition(":")[0]))


def _with_port(url: str) -> str:
    parts = urlsplit(url)
    host, _, port = parts.netloc.partition(":")
    return urlunsplit(parts._replace(netloc=f"{host}:{port or PORTS.get(parts.scheme, 443)}"))


def _check_fresh(stamp: str, now: int) -> None:
    """The signature has no time of its own; the event's is signed with it."""
    try:
        told = rfc3339(stamp) if stamp else now
    except Refused:
        return  # translate says what is wrong with it
    if abs(now - told) > RETRIED_SECONDS * 1000:
        raise Stale


is_ping, challenge = no_ping, no_challenge


def translate(body: bytes, names: Names) -> list[SessionEvent]:
    sent = dict(form(body))
    event = filled(sent.get("StatusCallbackEvent"))
    if event.startswith(NOT_NEEDED):
        return []
    made = TRANSLATED.get(event)
    if made is None:
        raise UnknownEvent
    return made(sent, names)


def _joined(sent: Mapping[str, str], names: Names) -> list[SessionEvent]:
    """The same identity joins: the earlier connection is ended. A number is beside the person's
    own identity, and does not end what is open under that."""
    seen, identity = _seen(sent, names, "joined"), sent["ParticipantIdentity"]
    return [seen.joined(identity, exclusive=PHONE.fullmatch(identity) is None)]


def _left(sent: Mapping[str, str], names: Names) -> list[SessionEvent]:
    return [_seen(sent, names, "left").left()]


def _started(sent: Mapping[str, str], names: Names) -> list[SessionEvent]:
    return [_opened(sent, names, "started").started()]


def _ended(sent: Mapping[str, str], names: Names) -> list[SessionEvent]:
    return [_opened(sent, names, "ended").ended()]


def _seen(sent: Mapping[str, str], names: Names, what: str) -> Seen:
    person = names.participant(sent.get("ParticipantIdentity"))
    link = names.connection(filled(sent.get("ParticipantSid")))
    return Seen(names, _room(sent), _at(sent), person, link, f"{link}:{what}")


def _opened(sent: Mapping[str, str], names: Names, what: str) -> Opened:
    made = names.connection(filled(sent.get("RoomSid")))
    return Opened(names, _room(sent), _at(sent), f"{made}:{what}")


def _at(sent: Mapping[str, str]) -> int:
    return rfc3339(filled(sent.get("Timestamp")))


def _room(sent: Mapping[str, str]) -> str:
    return filled(sent.get("RoomName") or sent.get("RoomSid"))


TRANSLATED: Final[dict[str, Callable[[Mapping[str, str], Names], list[SessionEvent]]]] = {
    "participant-connected": _joined,
    "participant-disconnected": _left,
    "room-created": _started,
    "room-ended": _ended,
}
