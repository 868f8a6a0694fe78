"""FHIR R4: bundles as sessions and people, and what is wrong with them, by entry."""

import copy
import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from producers.directory import fhir
from producers.directory.records import BadFile, SessionRow
from producers.directory.tables import PEOPLE, ROSTER, SESSIONS
from tests.fhir.resources import (
    ALONE,
    CLINIC,
    EVENING,
    RECORD,
    VIRTUAL,
    appointment,
    bundle,
    care_team,
    group,
    patient,
    practitioner,
)
from tests.producers.directory.conftest import Files
from tests.producers.directory.hours import at
from tests.producers.directory.test_importing import everything

ZONES = {"iop-morning": "America/New_York", "iop-evening": "America/New_York"}


def raw(*resources: dict[str, Any]) -> bytes:
    return json.dumps(bundle(*resources)).encode()


def read(*resources: dict[str, Any], system: str = "") -> fhir.Read:
    return fhir.read([raw(*resources)], ZONES, system)


def session(*resources: dict[str, Any]) -> SessionRow:
    (row,) = read(*resources).sessions
    return row


def roster(row: SessionRow) -> list[str]:
    return [seat.who.value for seat in row.roster]


def test_a_group_that_meets():
    row = session(*CLINIC, EVENING)
    assert (row.uid, row.program, row.kind, row.track) == (
        *("visit-ap-1", "iop-evening", "group", "evening"),
    )
    assert (row.starts_at, row.ends_at) == (at("2026-11-24 18:00"), at("2026-11-24 21:00"))
    assert (row.time_zone, row.platform, row.room) == ("America/New_York", "zoom", "81234567890")
    assert (row.host.value, roster(row)) == ("e-1", ["m-1", "m-2"])
    assert not row.cancelled


def test_one_person_alone_is_an_individual_session():
    row = session(*CLINIC, ALONE)
    assert (row.kind, row.host.value, roster(row)) == ("individual", "e-2", ["m-3"])


def test_people():
    told = {row.person_id: row for row in read(*CLINIC).people}
    assert sorted(told) == ["e-1", "e-2", "m-1", "m-2", "m-3"]
    assert told["e-1"].kind == "staff"
    assert told["m-1"].kind == "patient"
    assert told["m-1"].clinician == "e-1"
    assert told["m-1"].fields == {
        "name": "Ana Rivera",
        "language": "es",
        "phone": "+1 555 010 0199",
    }
    assert told["m-1"].identities == {"email": ["ana@mail.example"]}


def test_whose_identifier_is_the_clinics_own_can_be_said():
    ids = [row.person_id for row in read(*CLINIC, system="urn:national").people]
    assert ids == ["n-e-1", "n-e-2", "n-m-1", "n-m-2", "n-m-3"]


TEAM = care_team("te-1", "Group/gr-1", "Practitioner/dr-2", "Patient/pa-3")


@pytest.mark.parametrize(
    ("more", "host", "people"),
    [
        pytest.param({"supportingInformation": [{"reference": "CareTeam/te-1"}]}, *("e-1",),
                     ["m-3", "m-1", "m-2"], id="a care team with a group as its subject"),
        pytest.param({"participant": [
            {"actor": {"reference": "CareTeam/te-1"}, "status": "accepted"}]}, *("e-2",),
                     ["m-3", "m-1", "m-2"], id="else the team's practitioner leads"),
        pytest.param({"participant": [
            {"actor": {"reference": "Practitioner/dr-2"}, "status": "accepted"},
            {"actor": {"reference": "Patient/pa-1"}, "status": "declined"},
            {"actor": {"reference": "Patient/pa-2"}, "status": "tentative"}],
            "supportingInformation": []}, *("e-2",), ["m-2"], id="who declined is not expected"),
        pytest.param({"participant": [
            {"actor": {"reference": "https://ehr.example/fhir/Practitioner/dr-2/_history/3"},
             "status": "accepted"},
            {"actor": {"reference": "Patient/unseen"}, "status": "accepted"},
            {"actor": {"type": "Patient", "identifier": {"value": "m-9"}}, "status": "accepted"}],
            "supportingInformation": []}, *("e-2",), ["unseen", "m-9"],
            id="absolute, unseen and logical references"),
    ],
)  # fmt: skip
def test_who_takes_part(more: dict[str, Any], host: str, people: list[str]):
    row = session(*CLINIC, TEAM, EVENING | more)
    assert (row.host.value, roster(row)) == (host, people)


def test_a_group_as_it_was_on_the_day():
    members = [
        {"entity": {"reference": "Patient/pa-1"}, "period": {"end": "2026-11-23"}},
        {"entity": {"reference": "Patient/pa-2"}, "period": {"start": "2026-11-24T00:00:00Z"}},
        {"entity": {"reference": "Patient/pa-3"}, "inactive": True},
    ]
    changed = group("gr-1") | {"member": members}
    assert roster(session(*CLINIC[:-1], changed, EVENING)) == ["m-2"]


def test_a_group_that_holds_itself_is_gone_through_once():
    members = [{"entity": {"reference": who}} for who in ["Group/gr-1"] * 300 + ["Patient/pa-2"]]
    began = time.process_time()
    made = session(*CLINIC[:-1], group("gr-1") | {"member": members}, EVENING)
    assert roster(made) == ["m-2"]
    assert time.process_time() - began < 2


def test_a_room_of_any_platform_by_a_virtual_service():
    inner = [
        {"url": "channelType", "valueCoding": {"code": "livekit"}},
        {"url": "address", "valueString": "evening-group"},
    ]
    told = EVENING | {"comment": "", "extension": [{"url": VIRTUAL, "extension": inner}]}
    row = session(*CLINIC, told)
    assert (row.platform, row.room) == ("livekit", "evening-group")


@pytest.mark.parametrize(
    ("status", "cancelled"),
    [
        ("booked", False),
        ("arrived", False),
        ("fulfilled", False),
        ("noshow", False),
        ("cancelled", True),
        ("entered-in-error", True),
    ],
)
def test_statuses(status: str, cancelled: bool):
    assert session(*CLINIC, EVENING | {"status": status}).cancelled is cancelled


def test_what_nobody_has_agreed_to_is_passed_over_and_said():
    made = read(*CLINIC, EVENING | {"status": "proposed"}, ALONE | {"status": "pending"})
    assert made.sessions == []
    assert made.notes == ("2 appointments not booked yet passed over",)


def test_all_problems_are_told_at_once_by_entry_and_without_a_name():
    nameless = patient("pa-4", "m-4", "Maria", "Secret") | {"name": []}
    with pytest.raises(BadFile) as raised:
        read(
            *CLINIC[:2],
            nameless,
            appointment("a", "Maria", "2026-11-24T21:00:00Z", "Practitioner/dr-1"),
            appointment("b", "2026-11-24T21:00:00Z", "2026-11-24T20:00:00Z", "Practitioner/dr-1"),
            EVENING | {"serviceType": [{"text": "Maria"}]},
            EVENING | {"id": "twice", "participant": []},
            ALONE | {"id": "c", "identifier": 7},
            appointment("d", "2026-11-24T18:00:00", "2026-11-24T20:00:00", "Practitioner/dr-1"),
        )
    told = [str(problem) for problem in raised.value.problems]
    assert told == [
        "line 3, Patient.name: is missing",
        "line 4, Appointment.start: start or end is missing or not an instant",
        "line 5, Appointment.end: must be after the start, by 24 h at most",
        "line 6, Appointment.serviceType: serviceType, serviceCategory, specialty, meta.tag: "
        "none is a known program",
        "line 7, Appointment.participant: nobody is the host: no Practitioner takes part",
        "line 8, resource: not as FHIR has it, at identifier",
        "line 9, Appointment.start: an instant without an offset",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b'{\n "a":', "line 2, column 6: breaks off: its JSON has no end"),
        (b'{"resourceType":\n  "Bundle" 1}', "line 2, column 12: not JSON"),
        (b'\xef\xbb\xbf{"resourceType" 1}', "line 1, column 17: not JSON"),
        (b'{"resourceType":"Patient"}', "resourceType: not a Bundle"),
        (b"{}", "file: not a FHIR Bundle"),
        (b"[]", "file: not a FHIR Bundle"),
        (b'{"resourceType":"Bundle","entry":{}}', "file: not a FHIR Bundle, at entry"),
        (b'{"resourceType":"Bundle\xff"}', "file: not UTF-8"),
        (
            b'{"resourceType":"Bundle","entry":[{},{"resource":{"resourceType":"Patient\xff"}}]}',
            "line 2, resource: cannot be read",
        ),
    ],
)
def test_what_is_no_bundle(text: bytes, told: str):
    with pytest.raises(BadFile) as raised:
        fhir.read([text], ZONES)
    assert str(raised.value) == told


def test_a_role_of_itself_is_followed_once():
    role = {
        "resourceType": "PractitionerRole",
        "id": "r",
        "practitioner": {"reference": "PractitionerRole/r"},
    }
    meeting = EVENING | {"participant": [{"actor": {"reference": "PractitionerRole/r"}}]}
    [session] = fhir.read([raw(*CLINIC, role, meeting)], ZONES).sessions
    assert session.host.value == "r"  # whom the directory may know, or not


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_however_malformed_it_is_told_and_never_breaks(data: st.DataObject):
    """Any value of any resource is replaced by any other, then read."""
    junk: Any = st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
        *(st.just([]), st.just({}), st.just([{}]), st.just([None])),
    )
    resources = copy.deepcopy([*CLINIC, TEAM, EVENING, ALONE])
    node: Any = data.draw(st.sampled_from(resources))
    while True:
        key = data.draw(
            st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node)))
        )
        inner = node[key]
        if isinstance(inner, dict | list) and inner and data.draw(st.booleans()):
            node = inner
            continue
        node[key] = data.draw(junk)
        break
    with suppress(BadFile):
        fhir.read([raw(*resources)], ZONES)


async def held(files: Files) -> tuple[int, int, int]:
    async with files.directory.reading() as connection:
        tables = (PEOPLE, SESSIONS, ROSTER)
        return tuple([len((await connection.execute(select(one))).all()) for one in tables])


async def test_a_bundle_is_taken_over_whole_and_the_second_time_changes_nothing(imported: Files):
    before = await held(imported)
    report = await imported.take(raw(*CLINIC, EVENING, ALONE), "clinic.json")
    assert report.counts == {"people added": 5, "added": 2}
    after = await held(imported)
    assert [now - then for now, then in zip(after, before, strict=True)] == [5, 2, 3]
    stored = await everything(imported.directory)
    again = await imported.take(raw(*CLINIC, EVENING, ALONE), "clinic.json")
    assert again.counts == {"people unchanged": 5, "unchanged": 2}
    assert await everything(imported.directory) == stored


async def test_moves_and_cancellations_are_of_the_same_session(quick: Files):
    await quick.take(raw(*CLINIC, EVENING), "clinic.json")
    later = {"start": "2026-11-25T18:30:00-05:00", "end": "2026-11-25T21:30:00-05:00"}
    moved = await quick.take(raw(*CLINIC, EVENING | later), "clinic.json")
    assert moved.counts == {"people unchanged": 5, "moved": 1}
    gone = await quick.take(raw(EVENING | later | {"status": "cancelled"}, *CLINIC), "clinic.json")
    assert gone.counts == {"people unchanged": 5, "cancelled": 1}
    made = quick.directory.pseudonyms
    async with quick.directory.reading() as connection:
        query = select(SESSIONS).where(SESSIONS.c.series == made.series("visit-ap-1"))
        (row,) = (await connection.execute(query)).all()
    assert row.id == made.session("visit-ap-1", at("2026-11-24 18:00"))
    assert row.cancelled


async def test_a_dry_run_of_people_and_sessions_writes_neither(quick: Files):
    stored = await everything(quick.directory)
    report = await quick.take(raw(*CLINIC, EVENING), "clinic.json", dry_run=True)
    assert report.counts == {"people added": 5, "added": 1}
    assert await everything(quick.directory) == stored


async def test_appointments_alone_for_people_who_are_known_already(quick: Files):
    """Patients by the clinic's own id of the people file, as the resource's id."""
    told = appointment(
        *("ap-9", "2026-11-24T18:00:00-05:00", "2026-11-24T19:00:00-05:00"),
        *("Practitioner/st-chen", "Patient/p-1042"),
    )
    assert (await quick.take(raw(told), "a.json")).counts == {"added": 1}


async def test_somebody_unknown_is_told_by_entry(quick: Files):
    told = appointment(
        *("ap-9", "2026-11-24T18:00:00-05:00", "2026-11-24T19:00:00-05:00"),
        *("Practitioner/st-nobody", "Patient/p-none"),
    )
    with pytest.raises(BadFile) as raised:
        await quick.take(raw(*CLINIC, told), "a.json")
    assert str(raised.value).splitlines() == [
        "entry 7, Appointment.participant: not anybody on the staff",
        "entry 7, participant 1: not known; import the people first",
    ]


def test_a_resource_that_several_pages_bring_counts_once():
    pages = [raw(*CLINIC, EVENING), raw(*CLINIC, practitioner("dr-3", "e-3", "A", "B", "a@b.c"))]
    made = fhir.read(pages, ZONES, RECORD)
    assert [row.person_id for row in made.people] == ["e-1", "e-2", "e-3", "m-1", "m-2", "m-3"]
    assert len(made.sessions) == 1


def seat(number: int, **more: Any) -> dict[str, Any]:
    """One patient's own appointment of the evening's group."""
    link = {"comment": "https://clinic.zoom.us/j/81234567890?pwd=x"}
    span = ("2026-11-24T18:00:00-05:00", "2026-11-24T21:00:00-05:00")
    actors = ("Practitioner/dr-1", f"Patient/pa-{number}")
    return appointment(f"se-{number}", *span, *actors) | link | more


async def evenings(files: Files) -> list[tuple[str, int, bool, str, int]]:
    """Each session of FHIR: id, start, whether cancelled, kind, people."""
    made = files.directory.pseudonyms
    host = made.staff("e-1"), made.staff("e-2")
    async with files.directory.reading() as connection:
        query = select(SESSIONS).where(SESSIONS.c.host_id.in_(host)).order_by(SESSIONS.c.id)
        rows = (await connection.execute(query)).all()
        seats = (await connection.execute(select(ROSTER.c.session_id))).scalars().all()
    return [(row.id, row.starts_at, row.cancelled, row.kind, seats.count(row.id)) for row in rows]


async def test_appointments_of_one_group_are_one_session(quick: Files):
    group = [seat(number) for number in (1, 2, 3)]
    tried = await quick.take(raw(*CLINIC, *group), "clinic.json", dry_run=True)
    assert "3 appointments are one session (entries 7, 8, 9)" in str(tried).splitlines()
    assert tried.counts["added"] == 1
    await quick.take(raw(*CLINIC, *group), "clinic.json")
    [first] = await evenings(quick)
    assert first[1:] == (at("2026-11-24 18:00"), False, "group", 3)
    again = await quick.take(raw(*CLINIC, *group[::-1]), "clinic.json")
    assert again.counts == {"people unchanged": 5, "unchanged": 1}


async def test_a_group_stays_itself_when_people_come_and_go_and_it_is_moved(quick: Files):
    await quick.take(raw(*CLINIC, seat(2), seat(3)), "clinic.json")
    [first] = await evenings(quick)
    gone = seat(2, status="cancelled")
    await quick.take(raw(*CLINIC, seat(1), gone, seat(3)), "clinic.json")
    assert await evenings(quick) == [first]  # two people, others now
    later = {"start": "2026-11-25T18:00:00-05:00", "end": "2026-11-25T21:00:00-05:00"}
    moved = [seat(number, **later) for number in (1, 2, 3)]
    await quick.take(raw(*CLINIC, *moved), "clinic.json")
    [now] = await evenings(quick)
    assert now == (first[0], at("2026-11-25 18:00"), False, "group", 3)
    over = [one | {"status": "cancelled"} for one in moved]
    await quick.take(raw(*CLINIC, *over), "clinic.json")
    [now] = await evenings(quick)
    assert now[:3] == (first[0], at("2026-11-25 18:00"), True)


async def test_who_moves_to_another_group_takes_no_session_along(quick: Files):
    """Also the one by whose appointment the first group is known."""
    later = {"start": "2026-11-25T18:00:00-05:00", "end": "2026-11-25T21:00:00-05:00"}
    await quick.take(raw(*CLINIC, seat(1), seat(2), seat(3, **later)), "clinic.json")
    before = await evenings(quick)
    await quick.take(raw(*CLINIC, seat(1, **later), seat(2), seat(3, **later)), "clinic.json")
    after = await evenings(quick)
    assert [one[:3] for one in after] == [one[:3] for one in before]
    assert sorted((one[1], one[4]) for one in after) == [
        (at("2026-11-24 18:00"), 1),
        (at("2026-11-25 18:00"), 2),
    ]


async def test_who_leaves_a_group_for_an_hour_alone_does_not_take_it_along(quick: Files):
    later = {"start": "2026-11-25T18:00:00-05:00", "end": "2026-11-25T21:00:00-05:00"}
    await quick.take(raw(*CLINIC, seat(1), seat(2)), "clinic.json")
    [first] = await evenings(quick)
    for _ in range(2):
        await quick.take(raw(*CLINIC, seat(1, **later), seat(2)), "clinic.json")
        both = {one[1]: one for one in await evenings(quick)}
        assert both[at("2026-11-24 18:00")][0] == first[0]
        assert [one[2:] for one in both.values()] == [(False, "individual", 1)] * 2


async def test_what_was_known_as_single_sessions_is_put_together(quick: Files):
    rooms = [{"comment": f"https://zoom.us/j/8123456789{number}"} for number in (1, 2)]
    await quick.take(raw(*CLINIC, seat(1, **rooms[0]), seat(2, **rooms[1])), "clinic.json")
    assert [one[2:] for one in await evenings(quick)] == [(False, "individual", 1)] * 2
    await quick.take(raw(*CLINIC, seat(1), seat(2)), "clinic.json")
    assert sorted(one[2:] for one in await evenings(quick)) == [
        (False, "group", 2),
        (True, "individual", 0),
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"comment": "https://zoom.us/j/99999999999"},
        {"comment": ""},
        {"end": "2026-11-24T20:00:00-05:00"},
        {"participant": [{"actor": {"reference": "Practitioner/dr-2"}}, seat(2)["participant"][1]]},
    ],
)
async def test_another_time_place_or_host_is_another_session(quick: Files, other: dict[str, Any]):
    await quick.take(raw(*CLINIC, seat(1), seat(2, **other)), "clinic.json")
    assert len(await evenings(quick)) == 2


async def test_a_group_that_meets_at_a_place(quick: Files):
    here = {"actor": {"reference": "Location/room-4"}, "status": "accepted"}
    group = [seat(number, comment="") for number in (1, 2)]
    for one in group:
        one["participant"] = [*one["participant"], here]
    await quick.take(raw(*CLINIC, *group), "clinic.json")
    assert [one[3:] for one in await evenings(quick)] == [("group", 2)]
