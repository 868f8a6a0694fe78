"""BigBlueButton's `getMeetings` (docs.bigbluebutton.org, API Reference): who is in, by `userID`.

It tells neither connections nor since when. A listed person's open connections are taken for the
listed ones; where there are too few, one is made up that ends when the list no longer has it.
"""

import hashlib
from collections import Counter
from xml.etree import ElementTree

import httpx

from producers.gateway.adapter import Names
from producers.gateway.asking.listing import Listing, NotAnswered, fetch
from producers.gateway.errors import InvalidField, UnknownRoom
from producers.gateway.platforms.bigbluebutton import DIAL_IN, connection
from streams.events import Device, Millis, ParticipantJoined


class BigBlueButton:
    """`url` is that of the API, `https://bbb.clinic.example/bigbluebutton/api`."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = url.rstrip("/")
        self._secret = secret

    async def ask(self, client: httpx.AsyncClient, names: Names, now: Millis) -> Listing:
        checksum = hashlib.sha256(f"getMeetings{self._secret}".encode()).hexdigest()
        url = f"{self._url}/getMeetings?checksum={checksum}"
        answer = await fetch(client, client.build_request("GET", url))
        try:
            told = ElementTree.fromstring(answer)  # noqa: S314 - from our own server; expat is bounded
        except ElementTree.ParseError:
            raise NotAnswered("an answer of another shape") from None
        if told.findtext("returncode") != "SUCCESS":
            raise NotAnswered(told.findtext("messageKey") or "it failed")
        present: list[ParticipantJoined] = []
        for meeting in told.iter("meeting"):
            present += _joins(meeting, names, now)
        return Listing(present)


def _joins(meeting: ElementTree.Element, names: Names, now: Millis) -> list[ParticipantJoined]:
    found: list[ParticipantJoined] = []
    times: Counter[str] = Counter()
    for attendee in meeting.iter("attendee"):
        user = attendee.findtext("userID") or ""
        times[user] += 1
        try:
            found.append(_join(meeting, attendee, times[user], names, now))
        except (UnknownRoom, InvalidField):
            continue
    return found


def _join(
    meeting: ElementTree.Element,
    attendee: ElementTree.Element,
    nth: int,
    names: Names,
    now: Millis,
) -> ParticipantJoined:
    user = attendee.findtext("userID") or ""
    person = names.participant(user)
    session = names.session(meeting.findtext("meetingID") or "", now, person)
    known = sorted(link for link, who in names.open_before(session, now) if who == person)
    if len(known) >= nth:
        link = known[nth - 1]
    else:
        run = meeting.findtext("internalMeetingID") or ""
        link = connection(names, run, f"listed/{user}/{nth}")
    moderates = attendee.findtext("role") == "MODERATOR"
    return ParticipantJoined(
        id=f"{link}:joined:{now}",
        session_id=session,
        ts=now,
        participant_id=person,
        role=names.role(session, person, attendee.findtext("fullName"), moderates),
        connection_id=link,
        device=Device(kind="landline") if user.startswith(DIAL_IN) else None,
    )
