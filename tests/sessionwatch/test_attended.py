"""Each kind of difference between the clinic's own attendance and what was recorded."""

from typing import get_args

import pytest

from producers.attendance.clinic import Said
from sessionwatch.attended import AGREED, MEANINGS, Comparison, Kind, Line, compare
from streams.events import HOUR, MINUTE, Outcome, SessionAttended


def ours(person: str, outcome: Outcome, minutes: float = 170, session="s") -> SessionAttended:
    return SessionAttended(
        id=f"{session}{person}",
        ts=3 * HOUR,
        session_id=session,
        participant_id=person,
        program_id="iop",
        kind="group",
        revision=0,
        scheduled_ms=3 * HOUR,
        held_ms=3 * HOUR,
        present_ms=round(minutes * MINUTE),
        outcome=outcome,
        drops=0,
        lost_ms=0,
        poor_ms=0,
        reconnects=0,
        privacy_reports=0,
        technical_reports=0,
        crisis_reports=0,
        time_zone="America/New_York",
    )


def compared(*lines: Line, recorded=()) -> Comparison:
    return compare(lines, {(one.session_id, one.participant_id): one for one in recorded})


TABLE: dict[Said, dict[Outcome, Kind | None]] = {
    "present": {
        "attended": None,
        "partial": "partial",
        "missed": "missed",
        "could_not_connect": "could_not_connect",
        "excused": "excused",
        "in_person": None,
        "not_held": "not_measured",
        "unknown": "not_measured",
    },
    "absent": {
        "attended": "present",
        "partial": "present",
        "missed": None,
        "could_not_connect": None,
        "excused": "excused",
        "in_person": "present",
        "not_held": "not_measured",
        "unknown": "not_measured",
    },
    "excused": {
        "attended": "excused",
        "partial": "excused",
        "missed": "excused",
        "could_not_connect": "excused",
        "excused": None,
        "in_person": "excused",
        "not_held": "not_measured",
        "unknown": "not_measured",
    },
    "in_person": {
        "attended": "in_person",
        "partial": "in_person",
        "missed": "in_person",
        "could_not_connect": "in_person",
        "excused": "excused",
        "in_person": None,
        "not_held": "not_measured",
        "unknown": "not_measured",
    },
}


def test_every_pair_of_words_is_thought_of():
    assert set(TABLE) == set(AGREED) == set(get_args(Said))
    assert all(set(row) == set(get_args(Outcome)) for row in TABLE.values())
    assert set(MEANINGS) == set(get_args(Kind))


@pytest.mark.parametrize(
    ("said", "outcome", "kind"),
    [(said, outcome, kind) for said, row in TABLE.items() for outcome, kind in row.items()],
)
def test_what_they_say_and_what_we_recorded(said: Said, outcome: Outcome, kind: Kind | None):
    found = compared(Line(1, 2, said, "s", "ana"), recorded=[ours("ana", outcome)])
    assert (found.seats, found.agreed) == (1, kind is None)
    assert found.table == {said: {outcome: 1}}
    assert found.kinds == ({kind: 1} if kind else {})
    assert [(one.file, one.line, one.session) for one in found.differences] == (
        [(1, 2, "s")] if kind else []
    )


@pytest.mark.parametrize(
    ("minutes", "said", "differ"),
    [(None, 100, False), (160, 170, False), (159, 170, True), (190, 170, True)],
)
def test_minutes_are_compared_where_they_are_told(minutes, said, differ):
    line = Line(1, 2, "present", "s", "ana", minutes)
    found = compared(line, recorded=[ours("ana", "attended", said)])
    assert found.kinds == ({"minutes": 1} if differ else {})
    assert found.agreed == (not differ)


@pytest.mark.parametrize(
    ("session", "person", "kind"),
    [
        (None, "ana", "no_such_session"),
        (None, None, "no_such_session"),
        ("s", None, "no_such_person"),
        ("", None, "no_such_person"),
        ("s", "ana", "no_such_seat"),
        ("", "ana", "no_such_seat"),
    ],
)
def test_what_we_do_not_know_is_no_seat(session, person, kind):
    found = compared(Line(1, 2, "present", session, person), recorded=[ours("x", "missed", 0, "t")])
    assert (found.seats, found.agreed, found.kinds) == (0, 0, {kind: 1})


def test_whom_we_expected_and_the_file_leaves_out_goes_by_the_pseudonym():
    recorded = [
        ours("ana", "attended"),
        ours("ben", "missed", 0),
        ours("cleo", "not_held", 0),
        ours("dan", "attended", session="another"),
    ]
    found = compared(Line(1, 2, "present", "s", "ana"), recorded=recorded)
    (one,) = found.differences
    assert (one.kind, one.person, one.we, one.line) == ("not_in_file", "ben", "missed", 0)
    assert (found.sessions, found.seats, found.agreed) == (1, 1, 1)
