"""`sessionwatch doctor`, platform by platform: secret, signature, API, clock, rooms, feed."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

import httpx
from aiokafka import TopicPartition
from msgspec import Struct, field

from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from producers.directory.lookup import Lookup, Occurrence
from producers.directory.times import local
from producers.gateway.adapter import FRESH_SECONDS, Platform, Scene
from producers.gateway.asking import askers
from producers.gateway.asking.listing import NotAnswered
from producers.gateway.names import DirectoryNames
from producers.gateway.occupancy import Occupancy
from producers.gateway.platforms import PLATFORMS
from producers.gateway.recalling import recall
from producers.gateway.webhooks import PROBE
from sessionwatch.findings import Finding, fail, note, ok
from sessionwatch.settings import Settings
from streams.events import (
    HOUR,
    MINUTE,
    SECOND,
    FeedObserved,
    Millis,
    ParticipantJoined,
    SessionEvent,
    SessionStarted,
)
from streams.kafka import KafkaSettings, consumer
from streams.topics import DAY_MS, DEAD_LETTERS

LOOK_BACK: Final = 120_000
"""Records of each partition: a day of ticks, and what happened in it."""
LETTERS: Final = 5_000
WORDS: Final = (b'"feed.observed"', b'"participant.joined"', b'"session.started"')
SKEW_SECONDS: Final = 60
"""Said from here on; from `FRESH_SECONDS` on signatures are refused."""
SIGNS_URL: Final = ("twilio", "bigbluebutton")
LATE: Final = 5 * MINUTE
"""Before its start a session's platform is heard (detectors: `feed_silent`); so long after it
somebody has come."""


class Log(Struct):
    """What the last day's log says."""

    heard: dict[str, Millis] = field(default_factory=dict)
    """By platform, when it was last heard; 0 is never."""
    seen: set[str] = field(default_factory=set)
    """The sessions in whose rooms anything happened."""
    strangers: Counter[str] = field(default_factory=Counter)
    """By platform, deliveries about rooms of no session."""

    def hear(self, said: SessionEvent) -> None:
        if isinstance(said, FeedObserved):
            heard = max(said.last_event_at, self.heard.get(said.platform, 0))
            self.heard[said.platform] = heard
        elif isinstance(said, ParticipantJoined | SessionStarted):
            self.seen.add(said.session_id)


async def examine(
    settings: Settings, key: MasterKey, lookup: Lookup, gateway: str
) -> AsyncIterator[Finding]:
    """`gateway` is its address from here."""
    secrets = settings.gateway.all_secrets()
    platforms = [name for name in PLATFORMS if name in {*secrets, *lookup.platforms()}]
    for name in sorted(lookup.platforms() - PLATFORMS.keys()):
        yield note(name, "no adapter of this name; its sessions are not watched by webhooks")
    if not platforms:
        yield fail("platforms", "none is set up", "Name one in [gateway] secret_files.")
        return
    log = Log()
    await recall(settings.kafka, log.hear, wanted=WORDS, look_back=LOOK_BACK)
    log.strangers = await _strangers(settings.kafka)
    async with httpx.AsyncClient(timeout=20) as client:
        visit = Visit(settings, key, lookup, gateway, client, log)
        for name in platforms:
            for finding in visit.secret(name, secrets.get(name, ())):
                yield finding
            for number, secret in enumerate(secrets.get(name, ()), 1):
                yield await visit.probe(name, number, secret)
            async for finding in visit.api(name):
                yield finding
            for finding in (*visit.rooms(name), *visit.feed(name)):
                yield finding


class Visit:
    """One round of questions."""

    def __init__(
        self,
        settings: Settings,
        key: MasterKey,
        lookup: Lookup,
        gateway: str,
        client: httpx.AsyncClient,
        log: Log,
    ) -> None:
        self._settings = settings
        self._key = key
        self._lookup = lookup
        self._gateway = gateway
        self._client = client
        self._log = log
        self._now = settings.time.now()

    def secret(self, name: str, secrets: Sequence[str]) -> Iterable[Finding]:
        if not secrets:
            do = f"Put it into a file and name that in [gateway] secret_files, as {name} = ..."
            yield fail(f"{name} secret", "none is set; what it sends is refused", do)
            return
        yield ok(f"{name} secret", f"{len(secrets)} active")
        if name in SIGNS_URL and not self._settings.gateway.public_url:
            told = "signs the address that it calls, and gateway.public_url is not set"
            yield note(f"{name} address", told, "Set it where a proxy stands before the gateway.")

    async def probe(self, name: str, number: int, secret: str) -> Finding:
        """A test delivery, signed as the platform would, to the running gateway."""
        what = f"{name} signature" if number == 1 else f"{name} signature {number}"
        platform = PLATFORMS[name]
        body = platform.play(Scene("joined", "doctor", self._now, "doctor", "doctor"))
        try:
            answer = await deliver(
                self._client, self._settings, self._gateway, (name, secret), body, {PROBE: "1"}
            )
        except ValueError as error:
            return fail(what, f"the secret cannot be one: {error}", platform.ANSWERS.set_up)
        except httpx.HTTPError as error:
            return fail(what, f"no answer ({type(error).__name__})", "Look at the gateway's log.")
        if answer.is_success:
            return ok(what, "a test delivery is accepted by the running gateway")
        reason = reason_of(answer)
        do = {
            "bad_signature": "It was started with other secrets: restart it.",
            "stale_signature": "Its clock is not this machine's: run NTP on both.",
        }.get(reason, "Look at the gateway's log.")
        return fail(what, f"the running gateway refuses it: {reason}", do)

    async def api(self, name: str) -> AsyncIterator[Finding]:
        """Asked for who is in; and what time it is there."""
        answers = PLATFORMS[name].ANSWERS
        asker = askers(self._settings.gateway).get(name)
        if asker is None:
            told = "what a webhook loses stays lost: " + _why(PLATFORMS[name])
            do = f"[gateway] apis: {name}" if answers.reconciling.told == "yes" else ""
            yield note(f"{name} API", told, do and f"It can be asked: set {do}.")
            return
        names = DirectoryNames(name, self._lookup, Pseudonyms(self._key), Occupancy())
        try:
            listing = await asker.ask(self._client, names, self._now)
        except NotAnswered as error:
            do = f"Look at the address and the key of [gateway] apis: {name}."
            yield fail(f"{name} API", f"does not answer as it should: {error}", do)
            return
        yield ok(f"{name} API", f"answers; {len(listing.present)} people in rooms of sessions")
        url = self._settings.gateway.apis[name].url
        if url and not self._settings.time.simulated:
            yield await self._clock(name, url)

    async def _clock(self, name: str, url: str) -> Finding:
        what, now = f"{name} clock", datetime.now(UTC)
        try:
            answer = await self._client.get(url)
            there = parsedate_to_datetime(answer.headers["date"]).replace(tzinfo=UTC)  # GMT always
        except (httpx.HTTPError, KeyError, ValueError):
            return note(what, "the platform does not say what time it is there")
        apart = abs((there - now).total_seconds())
        if apart < SKEW_SECONDS:
            return ok(what, f"{apart:.0f} s from this machine's")
        told = f"{apart:.0f} s from this machine's; from {FRESH_SECONDS} s on all is refused"
        return fail(what, told, "Run NTP (chrony, systemd-timesyncd) on this machine.")

    def rooms(self, name: str) -> Iterable[Finding]:
        """Sessions that have begun and whose rooms nobody was heard in."""
        what = f"{name} rooms"
        begun = self._lookup.between(self._now - DAY_MS, self._now + 1, name)
        silent = [
            one
            for one in begun
            if one.id not in self._log.seen and one.starts_at + LATE < self._now
        ]
        strange = self._log.strangers[name]
        if silent:
            times = ", ".join(_time(one) for one in silent[:8])
            told = f"{len(silent)} of {_begun(begun)} were never heard: {times}"
            do = "Compare the schedule's room with the room's name at the platform."
            if strange:
                told += f"; {strange} deliveries named rooms of no session"
            yield fail(what, told, do)
        elif strange:
            told = f"{strange} deliveries of the last day named rooms of no session"
            yield note(what, told, "Rooms that are not the schedule's may be left out there.")
        else:
            yield ok(what, f"none of {_begun(begun)} unheard")
        around = self._lookup.between(self._now - DAY_MS, self._now + DAY_MS, name)
        without = [one for one in around if one.room is None]
        if without:
            told = f"{len(without)} sessions of the last and next 24 hours have no room"
            do = "Give them one in the schedule: nothing that happens there can be theirs."
            yield fail(what, told, do)

    def feed(self, name: str) -> Iterable[Finding]:
        heard = self._log.heard.get(name, 0)
        told = f"last heard {_ago(self._now - heard)} ago" if heard else "never heard"
        begun = self._lookup.between(self._now - DAY_MS, self._now - LATE, name)
        held = [one for one in begun if self._now < one.ends_at]
        first = min((one.starts_at for one in held), default=None)
        if first is not None and heard < first - LATE:
            do = "Look at the webhook at the platform: its address, whether it was switched off."
            yield fail(f"{name} feed", f"{told}, and a session is under way", do)
        else:
            yield ok(f"{name} feed", told) if heard else note(f"{name} feed", told)


async def deliver(
    client: httpx.AsyncClient,
    settings: Settings,
    gateway: str,
    sender: tuple[str, str],
    body: bytes,
    headers: dict[str, str],
) -> httpx.Response:
    """Posts as the platform would; `sender` is its name and secret. Raises `ValueError` for a
    secret that cannot be one."""
    name, secret = sender
    public = settings.gateway.public_url.rstrip("/") or gateway
    url = f"{public}/webhooks/{name}"
    signed = PLATFORMS[name].sign(body, secret, settings.time.now(), url)
    query = urlsplit(signed.url).query
    here = f"{gateway}/webhooks/{name}" + (f"?{query}" if query else "")
    return await client.post(here, content=body, headers=signed.headers | headers)


def reason_of(answer: httpx.Response) -> str:
    try:
        told = answer.json()
    except ValueError:
        return f"status {answer.status_code}"
    return str(told.get("reason", answer.status_code)) if isinstance(told, dict) else "?"


async def _strangers(kafka: KafkaSettings) -> Counter[str]:
    """By platform, how many of the last day's dead letters are about an unknown room."""
    found: Counter[str] = Counter()
    part = TopicPartition(kafka.topic(DEAD_LETTERS), 0)
    reader = consumer(kafka)
    await reader.start()
    try:
        reader.assign([part])
        end = (await reader.end_offsets([part]))[part]
        first = (await reader.beginning_offsets([part]))[part]
        reader.seek(part, max(first, end - LETTERS))
        while await reader.position(part) < end:
            records = (await reader.getmany(part, timeout_ms=2_000)).get(part)
            if not records:
                break
            for record in records:
                told = dict(record.headers)
                if told.get("reason") == b"unknown_room":
                    found[told.get("origin", b"").decode().removeprefix("gateway/")] += 1
    finally:
        await reader.stop()
    return found


def _why(platform: Platform) -> str:
    answer = platform.ANSWERS.reconciling
    return "no API is set up" if answer.told == "yes" else answer.why


def _ago(ms: Millis) -> str:
    if ms < 2 * MINUTE:
        return f"{ms // SECOND} s"
    return f"{ms // MINUTE} min" if ms < 3 * HOUR else f"{ms // HOUR} h"


def _begun(sessions: Sequence[Occurrence]) -> str:
    many = "session" if len(sessions) == 1 else "sessions"
    return f"{len(sessions)} {many} begun in the last 24 hours"


def _time(one: Occurrence) -> str:
    """With its day and zone: whoever reads it may be elsewhere, and it may be yesterday's."""
    return f"{local(one.starts_at, one.time_zone):%Y-%m-%d %H:%M} {one.time_zone}"
