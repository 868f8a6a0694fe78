"""A small clinic in a real directory, and requests signed as the platforms sign them."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from privacy.consent import SCOPES
from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from producers.directory.consenting import Said, consent
from producers.directory.importing import import_file
from producers.directory.lookup import Lookup
from producers.directory.store import Directory
from producers.gateway.names import Bots, DirectoryNames
from producers.gateway.occupancy import Occupancy
from producers.gateway.platforms import PLATFORMS
from producers.gateway.settings import BOT_NAMES
from streams.events import HOUR
from streams.now import WALL, Clock

NOW = 1_795_436_310_000
"""2026-11-23T12:18:30Z"""
ROOM = "81234567890"
LIVEKIT = "swtestkey:swtestsecret-0123456789abcdefghijklmnop"
ZOOM = "zoom-secret-token-0123456789"
SECRETS = {
    "livekit": LIVEKIT,
    "zoom": ZOOM,
    "daily": "YS10ZXN0LXdlYmhvb2stc2VjcmV0",
    "twilio": "auth-token-0123456789",
    "jitsi": "whsec-jitsi-0123456789",
    "bigbluebutton": "shared-secret-0123456789",
}
OTHERS = {"livekit": "old:old-secret", "daily": "b2xkLXNlY3JldA=="} | dict.fromkeys(
    ("zoom", "twilio", "jitsi", "bigbluebutton"), "old-secret"
)
"""Secrets of before, still active."""
DIAL_IN = {"luis": "+1 (555) 010-0142"}
"""Telephone numbers of persons."""
PROGRAMS = "program,name,time_zone\niop,Evening program,UTC\n"


class Booking(Struct):
    """`host` and `people` are ids of persons; each has the identity of the same name."""

    platform: str
    room: str
    start: int
    people: list[str]
    host: str = "dr-chen"
    hours: int = 3


async def open_clinic(folder: Path, key: MasterKey, clock: Clock, *bookings: Booking) -> Directory:
    """Imported as a clinic does it; its file is `directory.db` in the folder."""
    directory = await Directory.open(database(folder), key)
    staff = {booking.host for booking in bookings}
    people = {person for booking in bookings for person in booking.people}
    rows = [f"person_id,role,name,{','.join(PLATFORMS)},email,dial_in"]
    rows += [f"{who},staff,Dr {who},{_everywhere(who)},," for who in sorted(staff)]
    rows += [
        f"{who},patient,Pat {who},{_everywhere(who)},{who}@mail.example,{DIAL_IN.get(who, '')}"
        for who in sorted(people)
    ]
    sessions = ["uid,start,end,program,platform,room,host,roster"]
    sessions += [
        f"uid-{number},{_iso(booking.start)},{_iso(booking.start + booking.hours * HOUR)},iop,"
        f"{booking.platform},{booking.room},{booking.host},{';'.join(booking.people)}"
        for number, booking in enumerate(bookings)
    ]
    for name, text in (
        ("programs.csv", PROGRAMS),
        ("people.csv", "\n".join(rows) + "\n"),
        ("sessions.csv", "\n".join(sessions) + "\n"),
    ):
        (folder / name).write_text(text)
        await import_file(directory, folder / name, clock=clock)
    await allow_all(directory, people, clock)
    return directory


async def allow_all(directory: Directory, people: Iterable[str], clock: Clock) -> None:
    """All have said yes to everything."""
    ids = [directory.pseudonyms.participant(person) for person in people]
    said = [Said(id_, scope, True) for id_ in ids for scope in SCOPES]
    await consent(directory, said, notice_version="1", now=clock.now())


def _everywhere(who: str) -> str:
    return ",".join([who] * len(PLATFORMS))


def database(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'directory.db'}"


class Clinic:
    """A directory read once: many tests ask it, each with a memory of its own."""

    def __init__(self, folder: Path, now: int, *bookings: Booking) -> None:
        self.key = MasterKey.make(folder / "master.key")
        self.lookup = asyncio.run(self._read(folder, now, bookings))

    async def _read(self, folder: Path, now: int, bookings: Sequence[Booking]) -> Lookup:
        directory = await open_clinic(folder, self.key, at(now), *bookings)
        lookup = Lookup(directory, Pseudonyms(self.key), at(now))
        await lookup.refresh()
        await directory.close()
        return lookup

    def names(self, platform: str, occupancy: Occupancy | None = None) -> DirectoryNames:
        memory = occupancy or Occupancy()
        pseudonyms = Pseudonyms(self.key)
        return DirectoryNames(platform, self.lookup, pseudonyms, memory, Bots(BOT_NAMES))


def session_of(key: MasterKey, number: int, start: int) -> str:
    return Pseudonyms(key).session(f"uid-{number}", start)


def at(ms: int) -> Clock:
    """A clock that shows `ms` now and goes on from there."""
    return Clock(start=ms, wall_at_start=WALL.now())


def livekit_headers(body: bytes, now: int, secret: str = LIVEKIT, **claims: object) -> dict:
    """`now` in ms; claims override those of a fresh token."""
    key, _, value = secret.partition(":")
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    seconds = now // 1000
    told = {"iss": key, "exp": seconds + 300, "nbf": seconds, "iat": seconds, "sha256": digest}
    head = _base64(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    signed = f"{head}.{_base64(json.dumps({**told, **claims}).encode())}"
    signature = _base64(hmac.digest(value.encode(), signed.encode(), "sha256"))
    return {
        "authorization": f"{signed}.{signature}",
        "content-type": "application/webhook+json",
    }


def zoom_headers(body: bytes, now: int, secret: str = ZOOM) -> dict:
    stamp = str(now // 1000)
    signed = b"v0:" + stamp.encode() + b":" + body
    return {
        "x-zm-request-timestamp": stamp,
        "x-zm-signature": "v0=" + hmac.digest(secret.encode(), signed, "sha256").hex(),
        "content-type": "application/json",
    }


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()
