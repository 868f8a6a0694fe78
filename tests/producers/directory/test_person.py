"""One person: enrolled and discharged, exported with the notice, erased for good."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from privacy import disclosures
from privacy.access import Case
from privacy.disclosures import NOTICE, Given
from producers.directory.acts import Refused
from producers.directory.announcing import announce
from producers.directory.consenting import Said, consent
from producers.directory.enrolment import enrol
from producers.directory.erasing import erase
from producers.directory.exporting import export
from producers.directory.importing import import_file
from producers.directory.lookup import Lookup
from producers.directory.tables import AUDIT, FIELDS, OUTBOX, PEOPLE, ROSTER
from streams.codec import participant_events, session_events
from streams.topics import DAY_MS
from tests.producers.directory.conftest import NOON, SAMPLES, Files, clock_at
from tests.producers.directory.hours import at
from tests.producers.directory.test_app import Page, accounts, page, signed_in

__all__ = ["accounts", "page", "signed_in"]

GIVEN = Given("Dr. Okonkwo, Elm Street Clinic", "treatment", "all", "consent of 2026-11-20")
LATER = at("2026-11-24 13:00")


def ana(files: Files) -> str:
    return files.directory.pseudonyms.participant("p-1042")


async def said(files: Files, now: int = LATER) -> list[Any]:
    while await announce(files.directory, now):
        pass
    async with files.directory.reading() as connection:
        rows = (await connection.execute(select(OUTBOX).order_by(OUTBOX.c.seq))).all()
    read = {"session-events": session_events, "participant-events": participant_events}
    return [read[row.topic].decode(row.value) for row in rows]


async def rosters(files: Files) -> dict[str, list[str]]:
    """As last said."""
    events = [one for one in await said(files) if type(one).__name__ == "SessionScheduled"]
    return {one.session_id: [seat.participant_id for seat in one.roster] for one in events}


async def test_on_leave_off_the_rosters_and_back(imported: Files):
    who = ana(imported)
    assert any(who in seats for seats in (await rosters(imported)).values())
    assert await enrol(imported.directory, who, "on_leave", "system", LATER)
    assert not await enrol(imported.directory, who, "on_leave", "system", LATER)
    assert not any(who in seats for seats in (await rosters(imported)).values())
    told = [one for one in await said(imported) if type(one).__name__ == "EnrolmentChanged"]
    assert [(one.state, one.from_) for one in told if one.participant_id == who][-1] == (
        *("on_leave", LATER),
    )
    removed = [
        one.status for one in await said(imported) if getattr(one, "status", "") == "removed"
    ]
    assert removed
    assert await enrol(imported.directory, who, "active", "system", LATER + 1000)
    assert any(who in seats for seats in (await rosters(imported)).values())


@pytest.mark.parametrize(
    ("name", "status"),
    [("lead", 200), ("chen", 404), ("out", 404), ("tech", 404), ("boss", 404)],
)
async def test_supervisors_enrol_over_http(page, quick: Files, name: str, status: int):
    one: Page = await page(name)
    answer = await one.post(f"/people/{ana(quick)}/enrolment", {"state": "discharged"})
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == {"changed": True}
        async with quick.directory.reading() as connection:
            who = select(AUDIT.c.who).where(AUDIT.c.what == "enrolment.discharged")
            assert (await connection.execute(who)).scalar_one().startswith("user-")


async def test_the_card_says_how_it_stands_and_since_when(page, quick: Files):
    lead: Page = await page("lead")
    card = f"/people/{ana(quick)}"
    before = (await lead.client.get(card)).json()
    assert (before["state"], before["may_enrol"]) == ("active", True)
    assert "enrolment" not in before
    friday, noon = at("2026-11-20 09:00"), NOON.now()
    answer = await lead.post(f"{card}/enrolment", {"state": "on_leave", "from": friday})
    assert answer.json() == {"changed": True}
    told = [one for one in await said(quick) if type(one).__name__ == "EnrolmentChanged"][-1]
    assert (told.state, told.from_, told.ts) == ("on_leave", friday, noon)
    await lead.post(f"{card}/enrolment", {"state": "active"})
    after = (await lead.client.get(card)).json()
    assert after["state"] == "active"
    assert after["enrolment"] == [
        {"state": "active", "from": noon, "at": noon},
        {"state": "on_leave", "from": friday, "at": noon},
    ]
    out: Page = await page("out")
    seen = (await out.client.get(card)).json()
    assert seen["state"] == "active"
    assert "may_enrol" not in seen
    tech: Page = await page("tech", case_of=lambda _viewer, _person: Case("alert-1"))
    assert "state" not in (await tech.client.get(card)).json()


@pytest.mark.parametrize("days", [-91, 1])
async def test_what_is_entered_holds_from_no_day_to_come_and_none_long_past(
    page, quick: Files, days: int
):
    lead: Page = await page("lead")
    body = {"state": "discharged", "from": NOON.now() + days * DAY_MS}
    answer = await lead.post(f"/people/{ana(quick)}/enrolment", body)
    assert (answer.status_code, answer.json()) == (422, {"error": "not_such_a_date"})


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        *(("lead", True), ("out", True), ("chen", True)),
        *(("ortiz", False), ("elsewhere", False), ("tech", False), ("boss", False)),
    ],
)
async def test_who_is_listed_to_whom(page, quick: Files, name: str, seen: bool):
    one: Page = await page(name)
    found = (await one.client.get("/people")).json()
    ids = [person["participant_id"] for person in found]
    assert (ana(quick) in ids) == seen
    assert found == sorted(found, key=lambda person: person["name"])
    for id_ in ids:  # whoever is listed has a card
        assert (await one.client.get(f"/people/{id_}")).status_code == 200


async def test_two_of_one_short_name_are_told_apart_by_their_whole_names(page, quick: Files):
    rows = "person_id,role,name\np-1042,patient,Ana Rivera\np-1043,patient,Ana Ruiz\n"
    people = quick.place / "twins.csv"
    people.write_text(rows)
    await import_file(quick.directory, people, clock=NOON)
    out: Page = await page("out")
    found = {one["name"] for one in (await out.client.get("/people")).json()}
    assert {"Ana Rivera", "Ana Ruiz"} <= found
    assert not {"Ana R."} & found


async def test_a_roster_by_name_for_who_may_act(page, quick: Files):
    out: Page = await page("out")
    found = (await out.client.get(f"/sessions/{out.session}/roster")).json()
    assert ana(quick) in [one["participant_id"] for one in found]
    assert {"name", "first", "state"} <= found[0].keys()
    tech: Page = await page("tech")
    assert (await tech.client.get(f"/sessions/{out.session}/roster")).status_code == 404
    # A host's time to see the names ends a day after the session; outreach's does not.
    later = clock_at(at("2026-11-25 21:30"))
    for name, status in (("chen", 404), ("out", 200)):
        one: Page = await page(name, later)
        answer = await one.client.get(f"/sessions/{one.session}/roster")
        assert answer.status_code == status


async def test_only_patients_are_enrolled(quick: Files):
    made = quick.directory.pseudonyms
    for who in (made.staff("st-chen"), made.participant("f-2001"), "nobody"):
        with pytest.raises(Refused):
            await enrol(quick.directory, who, "discharged", "system", LATER)


async def test_an_export_holds_everything_and_the_notice_and_is_written_down(imported: Files):
    who = ana(imported)
    yes = Said(who, "quality", granted=True)
    await consent(imported.directory, [yes], notice_version="1", now=LATER)
    found = await export(imported.directory, who, "system", GIVEN, LATER)
    assert found.notice == NOTICE
    assert found.fields["name"] == "Ana María Rivera"
    assert found.fields["phone"] == "+1 555 010 0142"
    assert found.clinician == "Wei Chen"
    assert found.identities == ["dial_in", "email", "livekit", "livekit", "zoom"]
    assert [one["kind"] for one in found.sessions] == ["group", "family", "group"]
    assert [one["scope"] for one in found.consents] == ["quality"]
    assert found.audit[-1]["what"] == "person.exported"
    (disclosure,) = found.disclosures
    assert (disclosure.at, disclosure.who, disclosure.given) == (LATER, "system", GIVEN)
    json.loads(msgspec.json.encode(found))


async def test_who_was_given_what_is_not_readable_on_disk(quick: Files):
    await export(quick.directory, ana(quick), "system", GIVEN, LATER)
    raw = b"".join(path.read_bytes() for path in quick.place.iterdir() if path.is_file())
    assert b"Okonkwo" not in raw


async def test_erased_nothing_can_be_read_and_nothing_brings_them_back(imported: Files):
    who = ana(imported)
    await export(imported.directory, who, "system", GIVEN, LATER)
    await rosters(imported)
    report = await erase(imported.directory, who, "system", LATER)
    assert str(report).startswith("erased: the person's key, ")
    async with imported.directory.reading() as connection:
        person = (await connection.execute(select(PEOPLE).where(PEOPLE.c.id == who))).one()
        for table in (FIELDS, ROSTER):
            rows = await connection.execute(select(table).where(table.c.person_id == who))
            assert rows.all() == []
        ledger = await disclosures.of(connection, imported.directory.ledger, who)
        outcomes = select(AUDIT.c.outcome).where(AUDIT.c.what == "person.erased")
        assert "key destroyed" in (await connection.execute(outcomes)).scalar_one()
    assert (person.sealed_key, person.erased_at, person.state) == (None, LATER, "discharged")
    assert [one.given for one in ledger] == [GIVEN]  # what was given away can still be accounted
    names = await imported.directory.people.names([who])
    assert [one.full for one in names.values()] == [""]
    assert not any(who in seats for seats in (await rosters(imported)).values())
    lookup = Lookup(imported.directory, imported.directory.pseudonyms, NOON)
    await lookup.refresh()
    assert lookup.participant("livekit", "ana-phone").startswith("unmapped:")
    imported.clock = clock_at(LATER)
    again = await imported.take((SAMPLES / "people.csv").read_text())
    assert again.notes == ["1 person who was erased passed over"]
    await imported.take((SAMPLES / "sessions.csv").read_text())
    assert not any(who in seats for seats in (await rosters(imported)).values())
    async with imported.directory.reading() as connection:
        seats = await connection.execute(select(ROSTER).where(ROSTER.c.person_id == who))
        assert seats.all() == []
    for act in (
        erase(imported.directory, who, "system", LATER),
        export(imported.directory, who, "system", GIVEN, LATER),
        enrol(imported.directory, who, "active", "system", LATER),
    ):
        with pytest.raises(Refused, match="unknown_person"):
            await act


async def test_who_is_needed_is_not_erased(quick: Files):
    chen = quick.directory.pseudonyms.staff("st-chen")
    with pytest.raises(Refused, match="is_needed"):
        await erase(quick.directory, chen, "system", LATER)


async def test_the_bytes_of_an_erased_person_are_overwritten(quick: Files):
    who = ana(quick)
    async with quick.directory.reading() as connection:
        query = select(PEOPLE.c.sealed_key).where(PEOPLE.c.id == who)
        key = (await connection.execute(query)).scalar_one()
    database = Path(quick.place / "small.db")
    await erase(quick.directory, who, "system", LATER)
    await quick.directory.close()  # the last to close writes the log back
    assert key not in database.read_bytes()  # noqa: ASYNC240 - nothing else runs
