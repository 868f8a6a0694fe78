"""`sessionwatch attendance compare` as an administrator types it, each morning."""

import json
from pathlib import Path

import pytest
from aiokafka import ConsumerRecord
from msgspec.structs import replace

from consumers.archive.files import Log
from consumers.archive.writer import Writer
from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from streams import codec
from streams.codec import encode
from streams.events import MINUTE, Outcome, SessionAttended
from tests.producers.directory.hours import at
from tests.sessionwatch.test_attended import ours
from tests.sessionwatch.test_persons import ATTENDANCE, Shell, shell

__all__ = ["shell"]

UID = "evening-2026-11-24"
NEXT = "evening-2026-11-26"
NAMES = ("Ana", "Rivera", "Luis", "Joy", "mail.example", "p-104", UID)
HEAD = "session,person,attended,minutes\n"
LOG = Log("sessionwatch.participant-events", 0)


class Installation:
    """A clinic's commands and its archive."""

    def __init__(self, shell: Shell, folder: Path) -> None:
        self.shell, self.folder = shell, folder
        self.pseudonyms = Pseudonyms(MasterKey.read(folder / "data" / "master.key"))

    def outcome(self, person: str, outcome: Outcome, minutes: float = 170, uid: str = UID, **more):
        start = at(f"{uid[-10:]} 18:00")
        made = ours(
            self.pseudonyms.participant(person),
            outcome,
            minutes,
            self.pseudonyms.session(uid, start),
        )
        return replace(made, ts=start + 180 * MINUTE, **more)

    def archive(self, *outcomes: SessionAttended) -> None:
        writer = Writer(self.folder / "data" / "archive", LOG, codec.participant_events, None)
        for offset, one in enumerate(outcomes):
            key = one.participant_id.encode()
            writer.take(ConsumerRecord(LOG.topic, 0, offset, 0, 0, key, encode(one), 0, 0, 0, ()))
        writer.flush(1_000)

    def compare(self, *texts: str, words=()) -> tuple[int, str, str]:
        names = []
        for number, text in enumerate(texts):
            names.append(self.folder / f"theirs-{number}.csv")
            names[-1].write_text(text)
        return self.shell("attendance", "compare", *names, *words)


@pytest.fixture
def clinic(shell: Shell, tmp_path: Path) -> Installation:
    return Installation(shell, tmp_path)


def test_a_morning_s_page(clinic: Installation, tmp_path: Path):
    clinic.archive(
        clinic.outcome("p-1042", "missed", 0),
        clinic.outcome("p-1042", "attended", revision=1),  # a later word counts
        clinic.outcome("p-1043", "missed", 0),
        clinic.outcome("p-1044", "in_person", 0),
        clinic.outcome("p-1045", "partial", 61),
        clinic.outcome("p-1042", "attended", uid=NEXT),
    )
    text = HEAD + (
        f"{UID},ANA.R@mail.example,yes,168\n"
        f"{UID},p-1043,yes,\n"
        f"{UID},p-1044,in person,\n"
        f"{UID},p-9999,yes,\n"
        "another-uid,p-1042,no,\n"
    )
    page, told = tmp_path / "morning.md", tmp_path / "morning.json"
    status, out, err = clinic.compare(text, words=("--page", page, "--json", told))
    assert (status, err) == (3, "")
    session = clinic.pseudonyms.session(UID, at("2026-11-24 18:00"))
    left_out = clinic.pseudonyms.participant("p-1045")
    assert (
        out
        == f"""\
# Attendance, 2026-11-24: theirs against ours

1 session, 3 seats on both sides: 2 agree (67%), 4 differences in all.

| theirs \\ ours | attended | missed | in person |
| --- | ---: | ---: | ---: |
| there | 1 | 1 | 0 |
| in person | 0 | 0 | 1 |

## Differences

| how many | what |
| ---: | --- |
| 1 | they: there; we: missed |
| 1 | a session that is not in our schedule |
| 1 | a person whom we do not know by that id or address |
| 1 | we expected somebody of whom the file says nothing |

### 2026-11-24 18:00 ({session})

- line 3: they: there; we: missed (we 0 min)
- line 5: a person whom we do not know by that id or address
- {left_out}: we expected somebody of whom the file says nothing; we: partial (we 61 min)

### No session

- line 6: a session that is not in our schedule
"""
    )
    assert page.read_text() + "\n" == out
    known = json.loads(told.read_text())
    assert (known["seats"], known["agreed"], known["kinds"]["missed"]) == (3, 2, 1)
    assert known["differences"][0] == {
        "starts": "2026-11-24 18:00",
        "kind": "missed",
        "session": session,
        "file": 1,
        "line": 3,
        "they": "present",
        "we": "missed",
        "our_minutes": 0.0,
    }
    assert not [name for name in NAMES if name in out + told.read_text()]


def test_where_all_agree_the_status_says_so(clinic: Installation):
    clinic.archive(clinic.outcome("p-1042", "attended"))
    status, out, _ = clinic.compare(HEAD + f"{UID},p-1042,1,170\n")
    assert (status, "1 seat on both sides: 1 agree (100%), 0 differences" in out) == (0, True)
    assert "## Differences" not in out


def test_a_session_is_found_by_its_day_and_days_can_be_chosen(clinic: Installation):
    clinic.archive(
        clinic.outcome("p-1042", "attended"), clinic.outcome("p-1042", "missed", 0, uid=NEXT)
    )
    text = (
        "date;start;group;person;attended\n"
        "2026-11-24;18:00;iop-evening;p-1042;sí\n"
        "2026-11-26;;;p-1042;sí\n"
    )
    assert clinic.compare(text)[0] == 3
    status, out, _ = clinic.compare(text, words=("--to", "2026-11-25"))
    assert (status, "1 line is of another day" in out) == (0, True)
    status, out, err = clinic.compare(text, words=("--from", "2026-12-01"))
    assert (status, out) == (1, "")
    assert "look at --from and --to" in err
    # Of the 25th there is another session, and the person was not recorded in it.
    status, out, _ = clinic.compare("date,person,attended\n2026-11-25,p-1042,no\n")
    assert "not in that session, or have not recorded it yet" in out


def test_sessions_of_the_day_that_the_file_leaves_out_are_counted(clinic: Installation):
    early = "early-2026-11-24,2026-11-24 08:00,09:00,iop-evening,st-chen,p-1043"
    (clinic.folder / "more.csv").write_text(f"uid,start,end,program,host,roster\n{early}\n")
    assert clinic.shell("schedule", "import", clinic.folder / "more.csv")[0] == 0
    early = clinic.pseudonyms.session("early-2026-11-24", at("2026-11-24 08:00"))
    other = replace(clinic.outcome("p-1043", "missed", 0), session_id=early)
    clinic.archive(clinic.outcome("p-1042", "attended"), other)
    assert "1 more session of these days" in clinic.compare(HEAD + f"{UID},p-1042,1,\n")[1]
    # By its day alone the one is taken in which the person was expected.
    status, out, _ = clinic.compare("date,person,attended\n2026-11-24,p-1043,no\n")
    assert (status, "1 seat on both sides: 1 agree" in out) == (0, True)
    # Who was in none of several cannot be told where.
    status, out, _ = clinic.compare("date,person,attended\n2026-11-24,p-1044,no\n")
    assert (status, "### No session" in out) == (3, True)
    # And who was in both: the file has to say which.
    clinic.archive(
        clinic.outcome("p-1043", "attended"), other, clinic.outcome("p-1042", "attended")
    )
    status, _, err = clinic.compare("date,person,attended\n2026-11-24,p-1043,no\n")
    assert (status, "line 2, session: several sessions fit" in err) == (1, True)


def test_all_that_is_wrong_with_all_files_is_told_at_once(clinic: Installation):
    clinic.archive(clinic.outcome("p-1042", "attended"))
    twice = HEAD + f"{UID},p-1042,yes,\n{UID},ana.r@mail.example,no,\n{UID},p-1043,Ana?,\n"
    status, out, err = clinic.compare(twice, "name\nAna\n")
    assert (status, out) == (1, "")
    lines = err.splitlines()
    assert lines[0].startswith("sessionwatch: file 1: line 3, row: the same person and session")
    assert lines[1].startswith("sessionwatch: file 1: line 4, attended: not understood")
    assert [line.split(": ")[1] for line in lines[2:]] == ["file 2"] * 4
    assert not [name for name in NAMES if name in err]
    status, _, err = clinic.shell("attendance", "compare", clinic.folder / "none.csv")
    assert (status, "file: cannot be read: No such file" in err) == (1, True)


def test_without_anything_recorded_it_says_what_to_do(clinic: Installation, tmp_path: Path):
    status, _, err = clinic.compare(HEAD + f"{UID},p-1042,yes,\n")
    assert (status, "run the part archive" in err) == (1, True)
    (tmp_path / "empty.jsonl").write_text("")
    status, _, err = clinic.compare(HEAD, words=("--outcomes", tmp_path / "empty.jsonl"))
    assert (status, "once a session has closed" in err) == (1, True)


def test_a_replay_s_outcomes_against_the_clinic_s_own(clinic: Installation, tmp_path: Path):
    """The platform's file through the rules, and what was written down by hand beside it."""
    words = ("--platform", "teams", "--session", UID, "--time-zone", "America/New_York")
    _, tape, _ = clinic.shell("attendance", "import", ATTENDANCE / "teams_en.csv", *words)
    (tmp_path / "day.jsonl").write_text(tape)
    status, said, _ = clinic.shell("replay", "--participant-events", tmp_path / "day.jsonl")
    assert status == 0
    (tmp_path / "outcomes.jsonl").write_text(said)
    text = HEAD + "".join(f"{UID},p-104{n},yes,\n" for n in (2, 3, 4, 5))
    status, out, err = clinic.compare(text, words=("--outcomes", tmp_path / "outcomes.jsonl"))
    assert (status, err) == (3, "")
    assert "1 session, 4 seats on both sides: 2 agree (50%), 2 differences in all." in out
    # Of the platform's four rows the file knows one by name, and Luis and Sam were not seen.
    assert [line for line in out.splitlines() if line.startswith("- ")] == [
        "- line 3: they: there; we: missed (we 0 min)",
        "- line 5: they: there; we: missed (we 0 min)",
    ]
