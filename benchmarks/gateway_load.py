"""What the gateway's benchmark sends: signed webhooks of a LiveKit server, beacons of pages."""

import msgspec
from msgspec import Struct

from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from producers.gateway.beacon import Tokens
from producers.simulator import platforms
from producers.simulator.platforms import Request
from producers.simulator.scene import Day
from producers.simulator.timeline import Connection, Happening
from streams.events import MINUTE, ParticipantJoined, Sample
from streams.now import WALL

SECRET = "benchkey:of-this-run-only-0123456789abcdef"  # noqa: S105 - the gateway ends with the run
ORIGIN = "https://care.example"
SAMPLES = 10
"""Of one beacon."""
UNBOOKED = 100
"""One webhook in so many is of a room that is in no schedule."""


class Sent(Struct, frozen=True):
    """A request, and the connection (as the log names it) that its records will be of."""

    request: Request
    connection: str


class Load:
    """What platforms and pages say of a day that has begun."""

    def __init__(self, day: Day, key: MasterKey) -> None:
        self._names, self._tokens, self._now = Pseudonyms(key), Tokens(key), WALL.now()
        self._rooms = [
            room
            for room in day.rooms
            if room.platform == "livekit" and room.starts_at <= self._now + 30 * MINUTE
        ]

    def webhook(self, number: int) -> Sent:
        """Each the join of another connection."""
        room = self._rooms[number % len(self._rooms)]
        person = room.roster[number % len(room.roster)]
        if number % UNBOOKED == UNBOOKED - 1:
            room = msgspec.structs.replace(room, name=f"unbooked-{number}")
        link = Connection(
            person=person,
            number=number,
            identity=person.identity("livekit"),
            shown=person.name,
            device=person.device,
            network=person.network,
        )
        joined = ParticipantJoined(
            id=f"join-{number}",
            session_id="unknown",  # the gateway finds all three by the room and the identity
            participant_id="unknown",
            connection_id="unknown",
            ts=self._now,
            role="participant",
        )
        item = Happening(due=self._now, source="platform", event=joined, room=room, connection=link)
        request = platforms.webhook(item, {"livekit": SECRET}, self._now)
        return Sent(request, connection_of(request.body, self._names))

    def beacon(self, number: int) -> Sent:
        """Each of a page that was opened anew."""
        room = self._rooms[number % len(self._rooms)]
        session = self._names.session(room.uid, room.original_start)
        person = self._names.participant(room.roster[number % len(room.roster)].person_id)
        samples = [
            Sample(
                session_id=session,
                participant_id=person,
                connection_id=f"page.{number}",
                ts=self._now - turn * 1_000,
                rtt_ms=42.5,
                jitter_ms=3.25,
                loss=0.002,
                up_kbps=640,
                down_kbps=910,
                fps=24,
                path="direct",
            )
            for turn in range(SAMPLES)
        ]
        token = self._tokens.issue(session, person, ORIGIN, self._now)
        return Sent(platforms.beacon(token, self._now, samples, []), f"page.{number}")


def connection_of(body: bytes, names: Pseudonyms) -> str:
    """A LiveKit webhook's connection as the gateway names it."""
    return names.connection("livekit", msgspec.json.decode(body)["participant"]["sid"])
