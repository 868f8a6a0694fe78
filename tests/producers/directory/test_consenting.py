"""What people allow, on both databases."""

import pytest
from sqlalchemy import insert

from privacy.consent import granted, record
from privacy.people import PEOPLE
from producers.directory.consenting import Said, UnknownPerson, consent
from producers.directory.erasing import erase
from producers.directory.store import Directory
from streams.events import ConsentChanged, ParticipantConsented
from tests.producers.directory.conftest import NOON, Files
from tests.producers.directory.hours import at
from tests.producers.directory.test_announcing import said, taken


async def test_each_scope_is_its_own_yes_and_a_no_ends_it(directory: Directory):
    async def say(person: str, scope: str, yes: bool, version: str = "1") -> bool:
        return await record(
            connection, person, scope, granted=yes, notice_version=version, at=1_000
        )

    async with directory.writing() as connection:
        people = [{"id": one, "kind": "patient", "state": "active"} for one in ("ana", "luis")]
        await connection.execute(insert(PEOPLE), people)
        assert await granted(connection) == {}
        assert await say("ana", "quality", True)
        assert await say("ana", "engagement", True)
        assert await say("luis", "quality", False)
        assert await granted(connection) == {"ana": frozenset({"quality", "engagement"})}
        assert await say("ana", "quality", False)
        assert await granted(connection) == {"ana": frozenset({"engagement"})}
        assert not await say("ana", "engagement", True)
        assert await say("ana", "engagement", True, version="2"), "of another notice"


async def test_a_no_is_told_to_the_sessions_that_the_log_knows(imported: Files):
    made = imported.directory.pseudonyms
    await said(imported, NOON.now())  # this evening's session is scheduled, later ones are not
    who = made.participant("p-1042")
    no = Said(who, "engagement", granted=False)
    yes = Said(who, "engagement", granted=True)
    now = at("2026-11-24 18:30")
    for word, moment in ((yes, now), (no, now + 1), (no, now + 2)):
        await consent(imported.directory, [word], notice_version="1", now=moment)
    events = await taken(imported)
    assert [type(one) for one in events] == [ConsentChanged, ParticipantConsented] * 2
    heard = events[-1]
    assert (heard.participant_id, heard.scope, heard.granted) == (who, "engagement", False)
    assert heard.session_id == made.session("evening-2026-11-24", at("2026-11-24 18:00"))


async def test_who_was_erased_can_allow_nothing(imported: Files):
    directory = imported.directory
    who = directory.pseudonyms.participant("p-1042")
    await erase(directory, who, "system", NOON.now())
    with pytest.raises(UnknownPerson):
        await consent(directory, [Said(who, "quality", True)], notice_version="1", now=NOON.now())
    async with directory.reading() as connection:
        assert who not in await granted(connection)
