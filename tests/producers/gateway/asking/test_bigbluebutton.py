"""BigBlueButton's `getMeetings`, asked at a small server of its shape."""

import hashlib

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from producers.gateway.asking.bigbluebutton import BigBlueButton
from producers.gateway.asking.listing import NotAnswered
from producers.gateway.occupancy import Occupancy
from producers.gateway.platforms import bigbluebutton as bbb
from streams.events import MINUTE
from tests.http_server import serving
from tests.producers.gateway.clinic import NOW, ROOM
from tests.producers.gateway.platforms.test_bigbluebutton import event, sent

SECRET = "shared-secret"
RIGHT = hashlib.sha256(f"getMeetings{SECRET}".encode()).hexdigest()


def attendee(user: str, role: str = "VIEWER", name: str = "Canary Name") -> str:
    return (
        f"<attendee><userID>{user}</userID><fullName>{name}</fullName><role>{role}</role>"
        "<isPresenter>false</isPresenter><isListeningOnly>false</isListeningOnly>"
        "<hasJoinedVoice>true</hasJoinedVoice><hasVideo>true</hasVideo>"
        "<clientType>HTML5</clientType></attendee>"
    )


def meeting(*attendees: str, room: str = ROOM) -> str:
    return (
        f"<meeting><meetingName>Evening</meetingName><meetingID>{room}</meetingID>"
        "<internalMeetingID>038b74cf-1696511528029</internalMeetingID>"
        f"<running>true</running><attendees>{''.join(attendees)}</attendees></meeting>"
    )


def told(*meetings: str, code: str = "SUCCESS") -> str:
    inside = f"<meetings>{''.join(meetings)}</meetings>"
    return f"<response><returncode>{code}</returncode>{inside}<messageKey>m</messageKey></response>"


@pytest.fixture
def evening(evenings):
    """The names of that room, and what the gateway remembers of it."""
    occupancy = Occupancy()
    return evenings.names("bigbluebutton", occupancy), occupancy


@pytest.fixture
async def asked(evening):
    """Asks a server that answers so."""

    async def ask(answer: str, secret: str = SECRET):
        async def meetings(request: Request) -> Response:
            right = request.query_params.get("checksum") == RIGHT
            return Response(answer if right else told(code="FAILED"), media_type="text/xml")

        app = Starlette(routes=[Route("/bigbluebutton/api/getMeetings", meetings)])
        async with serving(app) as url, httpx.AsyncClient() as client:
            asker = BigBlueButton(f"{url}/bigbluebutton/api/", secret)
            return await asker.ask(client, evening[0], NOW + MINUTE)

    return ask


async def test_somebody_whose_join_was_lost_has_one_made_up(asked, evening):
    names, occupancy = evening
    answer = told(meeting(attendee("ana"), attendee("dr-ortiz", "MODERATOR")), meeting(room="x"))
    ana, host = (await asked(answer)).present
    assert (ana.participant_id, ana.role, ana.ts) == (
        names.participant("ana"),
        "participant",
        NOW + MINUTE,
    )
    assert host.role == "host"
    occupancy.note([ana, host])
    again = (await asked(answer)).present
    assert [one.connection_id for one in again] == [ana.connection_id, host.connection_id]


async def test_a_connection_that_is_known_is_taken_for_the_listed_one(asked, evening):
    names, occupancy = evening
    joins = bbb.translate(sent(event(), event(**{"internal-user-id": "w_2"})), names)
    occupancy.note(joins)
    known = {one.connection_id for one in joins}
    for times in (1, 2):
        listing = await asked(told(meeting(*[attendee("ana")] * times)))
        assert {one.connection_id for one in listing.present} <= known
        assert len(listing.present) == times
    [*two, third] = (await asked(told(meeting(*[attendee("ana")] * 3)))).present
    assert {one.connection_id for one in two} == known
    assert third.connection_id not in known


async def test_a_caller_is_on_a_landline_and_nobodys_id_is_nobody(asked):
    [caller] = (await asked(told(meeting(attendee("v_abc"), attendee(""))))).present
    assert caller.device.kind == "landline"


@pytest.mark.parametrize(
    ("answer", "secret", "why"),
    [
        (told(), "wrong", "m"),
        ("<response>", SECRET, "another shape"),
        ("<response/>", SECRET, "it failed"),
    ],
)
async def test_what_is_no_answer(asked, answer, secret, why):
    with pytest.raises(NotAnswered, match=why):
        await asked(answer, secret)
