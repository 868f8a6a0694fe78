"""A small clinic for the console's tests: people, accounts, boards and alerts, all invented.

It is 19:16 in New York; the evening group has run since 18:00, and a second room beside it.
"""

import csv
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct

from privacy.accounts import Accounts
from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from producers.directory.importing import import_file
from producers.directory.store import Directory
from streams.codec import encode
from streams.events import (
    HOUR,
    MINUTE,
    SECOND,
    AlertChanged,
    BoardChanged,
    BoardPerson,
    PresenceCounted,
    Signal,
)
from streams.kafka import KafkaSettings, partition_of, producer
from streams.now import Clock
from streams.topics import ALERT_FEED, SESSION_BOARD, SIGNALS

ZONE = "America/New_York"
NOW = int(datetime(2026, 11, 17, 19, 16, 8, tzinfo=ZoneInfo(ZONE)).timestamp() * 1000)
START = int(datetime(2026, 11, 17, 18, 0, tzinfo=ZoneInfo(ZONE)).timestamp() * 1000)
END = START + 3 * HOUR
UNMAPPED = "unmapped:" + "a" * 26
PASSWORD = "a long enough passphrase"

STAFF = (
    ("st-dana", "Dana Whitfield", "clinician"),
    ("st-rosa", "Rosa Valdés", "outreach"),
    ("st-kim", "Kim Tran", "tech"),
    ("st-omar", "Omar Haddad", "supervisor"),
    ("st-iris", "Iris Novak", "clinician"),
)
PATIENTS = (
    ("p-01", "Ada Rourke", "en", "she"),
    ("p-02", "Bela Kovar", "en", ""),
    ("p-03", "Celia Duarte", "es", "she"),
    ("p-04", "Darnell Price", "en", "he"),
    ("p-05", "Hatsu Sato", "en", "she"),
    ("p-06", "Jonas Thiel", "en", "he"),
    ("p-07", "Lucio Mora", "es", "he"),
    ("p-08", "Mirela Weiss", "en", "she"),
    ("p-09", "Priya Nair", "en", "she"),
    ("p-10", "Tobias Brandt", "en", "he"),
    ("q-01", "Wen Liang", "en", ""),
    ("q-02", "Rafael Soto", "es-MX", "he"),
    ("q-03", "Noor Aziz", "en", "she"),
)


FILES: dict[str, list[list[str]]] = {
    "programs.csv": [
        ["program", "name", "time_zone"],
        ["iop-evening", "Evening program", ZONE],
    ],
    "people.csv": [
        ["person_id", "role", "name", "language", "pronoun", "message_safe", "good_hours", "phone"],
        *([own, "staff", name, "en", "", "", "", ""] for own, name, _ in STAFF),
        *(
            [own, "patient", name, language, pronoun, "ask", "17:00 to 20:00", "+1 555 010 0142"]
            for own, name, language, pronoun in PATIENTS
        ),
    ],
    "sessions.csv": [
        ["uid", "start", "end", "time_zone", "program", "track", "kind", "platform", "room",
         "host", "modality", "roster"],
        *(
            [f"evening-{number}", "2026-11-17 18:00", "21:00", ZONE, "iop-evening", "evening",
             "group", "zoom", f"90{number}", host, "virtual",
             ";".join(own for own, *_ in PATIENTS if own.startswith(letter))]
            for number, host, letter in ((1, "st-dana", "p"), (2, "st-iris", "q"))
        ),
    ],
}  # fmt: skip


def simulated(at: int = NOW) -> Clock:
    """A clock that reads `at` now and goes on at the wall's pace."""
    return Clock(start=at, wall_at_start=Clock().now(), speed=1.0)


class Ids(Struct):
    """The pseudonyms that this installation gives."""

    made: Pseudonyms

    def person(self, own: str) -> str:
        return self.made.staff(own) if own.startswith("st-") else self.made.participant(own)

    @property
    def program(self) -> str:
        return self.made.program("iop-evening")

    def session(self, number: int = 1) -> str:
        return self.made.session(f"evening-{number}", START)


async def opened(folder: Path, key: MasterKey, clock: Clock) -> tuple[Directory, Accounts]:
    return (
        await Directory.open(f"sqlite+aiosqlite:///{folder / 'directory.db'}", key),
        await Accounts.open(f"sqlite+aiosqlite:///{folder / 'accounts.db'}", key, clock),
    )


async def clinic(folder: Path, key: MasterKey, clock: Clock) -> tuple[Directory, Accounts]:
    """The directory with its people, and an account for each of the staff and a manager."""
    directory, accounts = await opened(folder, key, clock)
    for name, rows in FILES.items():
        file = folder / name
        with file.open("w", newline="") as written:
            csv.writer(written).writerows(rows)
        await import_file(directory, file, clock=clock)
    for own, name, role in STAFF:
        await accounts.add(own.removeprefix("st-"), PASSWORD, name, [role], ["iop-evening"], own)
    await accounts.add("max", PASSWORD, "Max Lindt", ["manager"], ["*"])
    return directory, accounts


def sits(
    ids: Ids,
    own: str,
    state: str = "present",
    *,
    minutes: int = 76,
    since: int = START,
    recent: str = "g" * 30,
    role: str = "participant",
    **more: object,
) -> BoardPerson:
    words = {"g": "good", "f": "fair", "p": "poor", "h": "here", "a": "away", "n": "none"}
    return BoardPerson(
        participant_id=own if own.startswith("unmapped:") else ids.person(own),
        role=role,  # type: ignore[arg-type]
        state=state,  # type: ignore[arg-type]
        since=since,
        present_ms=minutes * MINUTE,
        recent=[words[point] for point in recent],
        **more,  # type: ignore[arg-type]
    )


def evening(ids: Ids, ts: int = NOW, **changed: object) -> BoardChanged:
    """The group of ten: eight here, one not yet, one whose line dropped, one unmatched."""
    at = {minute: START + minute * MINUTE for minute in range(181)}
    good = {"connection": "good", "connection_since": START}
    people = [
        sits(ids, "st-dana", role="host"),
        sits(ids, "p-01", "expected", minutes=0, recent="n" * 30),
        sits(ids, "p-02", **good),
        sits(
            ids, "p-03", minutes=74, recent="gggggfffggggggggffffgggffffffff"[:30],
            connection="fair", connection_since=at[70], camera="off",
        ),
        sits(ids, "p-04", **good),
        sits(ids, "p-05", "in_person", recent="h" * 30),
        sits(
            ids, "p-06", minutes=74, recent="gggggggggggfffpppaffffffffpppp",
            connection="poor", connection_since=at[72], trouble="poor_connection",
        ),
        sits(
            ids, "p-07", "away", minutes=66, since=at[69],
            recent="ggggffffgggfffffppppffpaaaaaaa",
        ),
        sits(ids, "p-08", recent="h" * 30),
        sits(ids, "p-09", minutes=64, since=at[12], **good),
        sits(
            ids, "p-10", minutes=73, recent="fffffggggggggggggggffggggggggg", camera="off", **good
        ),
        sits(
            ids, UNMAPPED, "unmapped", minutes=3, since=at[73], recent="a" * 27 + "hhh"
        ),
    ]  # fmt: skip
    here = [5, 7, 8, 8, 8, 8] + [8] * 6 + [9] * 36 + [8, 8] + [9] * 19 + [8] * 7
    board = {
        "session_id": ids.session(),
        "program_id": ids.program,
        "ts": ts,
        "starts_at": START,
        "ends_at": END,
        "state": "held",
        "kind": "group",
        "track": "evening",
        "host_id": ids.person("st-dana"),
        "time_zone": ZONE,
        "people": people,
        "platform": "zoom",
        "heard_at": ts - 8 * SECOND,
        "opened_at": START,
        "here": here,
    }
    return BoardChanged(**(board | changed))  # type: ignore[arg-type]


def second(ids: Ids, ts: int = NOW, **changed: object) -> BoardChanged:
    """Another evening group, hosted by Iris, of which two are not here."""
    people = [
        sits(ids, "st-iris", role="host"),
        sits(ids, "q-01", "expected", minutes=0, recent="n" * 30),
        sits(ids, "q-02", "expected", minutes=0, recent="n" * 30),
        sits(ids, "q-03", "left", minutes=51, since=START + 51 * MINUTE),
    ]
    made = evening(
        ids, ts, people=people, here=[1] * 51 + [0] * 26, session_id=ids.session(2), **changed
    )
    return BoardChanged(
        **{name: getattr(made, name) for name in made.__struct_fields__}
        | {"host_id": ids.person("st-iris")}
    )


AUDIENCES = {
    "missed_session": {"outreach": "high", "clinician": "high"},
    "could_not_connect": {"tech": "high", "outreach": "high", "clinician": "high"},
    "dropped_out": {"tech": "high", "outreach": "high", "host": "info", "clinician": "info"},
    "poor_connection": {"tech": "warning"},
    "left_early": {"clinician": "warning", "outreach": "warning"},
    "crisis_reported": {"host": "critical", "on_duty": "critical", "outreach": "critical"},
    "privacy_reported": {"host": "info", "clinician": "info"},
    "host_missing": {"on_duty": "high", "manager": "high"},
    "feed_silent": {"tech": "high", "host": "info", "clinician": "info"},
    "platform_incident": {"tech": "critical", "on_duty": "high", "manager": "high"},
}
GRAVITY = ("info", "warning", "high", "critical")


def in_second(ids: Ids) -> dict[str, object]:
    """What a signal of the second room says differently."""
    iris = ids.person("st-iris")
    return {"session_id": ids.session(2), "clinician_id": iris, "host_id": iris}


def signal(ids: Ids, rule: str, own: str | None, minute: int, **changed: object) -> Signal:
    """Raised so many minutes after the start of the first room."""
    audience = AUDIENCES[rule]
    at = START + minute * MINUTE
    made = {
        "id": f"{rule}-{own}-{minute}-raised",
        "alert_id": f"{rule}-{own}-{minute}",
        "rule": rule,
        "status": "raised",
        "severity": max(audience.values(), key=GRAVITY.index),
        "audience": audience,
        "ts": at,
        "raised_at": at,
        "evidence": EVIDENCE[rule],
        "rules": "0123456789ab",
        "program_id": ids.program,
        "session_id": ids.session(),
        "participant_id": own and ids.person(own),
        "clinician_id": ids.person("st-dana"),
        "host_id": ids.person("st-dana"),
        "kind": "group",
        "track": "evening",
        "starts_at": START,
        "ends_at": END,
    }
    return Signal(**(made | changed))  # type: ignore[arg-type]


EVIDENCE: dict[str, dict[str, object]] = {
    "platform_incident": {
        "trait": "carrier",
        "value": "Acme",
        "people": 15,
        "affected": 12,
        "rooms": 4,
        "control_people": 60,
        "control_affected": 2,
        "share": 0.8,
        "risk_ratio": 24.0,
        "p": 1.4e-9,
        "share_limit": 0.5,
        "risk_ratio_limit": 3.0,
        "p_limit": 0.001,
        "rooms_limit": 3,
        "people_limit": 5,
    },
    "missed_session": {
        "opened_at": START,
        "minutes": 10,
        "grace_minutes": 10,
        "unmatched": 0,
        "last_attended_at": START - 5 * 24 * HOUR,
        "missed_14d": 1,
    },
    "could_not_connect": {
        "tries": 2,
        "tries_limit": 2,
        "window_minutes": 5,
        "first_at": START + 12 * MINUTE,
        "last_at": START + 15 * MINUTE,
        "stages": ["media"],
        "stuck_minutes": 3,
    },
    "dropped_out": {
        "at": START + 69 * MINUTE,
        "left_reason": "connection_lost",
        "line_before": "poor",
        "minutes_left": 111,
        "return_minutes": 2,
    },
    "poor_connection": {
        "since": START + 72 * MINUTE,
        "state": "poor",
        "mos": 2.4,
        "rtt_ms": 310,
        "jitter_ms": 41,
        "loss": 0.085,
        "cause": "loss",
        "held_seconds": 60,
        "high_after_minutes": 5,
    },
    "left_early": {
        "at": START + 51 * MINUTE,
        "minutes_left": 129,
        "minutes_present": 51,
        "left_reason": "left",
        "line_before": "good",
        "return_minutes": 5,
        "tolerance_minutes": 15,
    },
    "crisis_reported": {"at": NOW, "connected": True, "host_present": True},
    "privacy_reported": {"at": NOW},
    "host_missing": {"since": START, "waiting": 7, "delay_minutes": 5},
    "feed_silent": {
        "platform": "zoom",
        "last_event_at": START - 9 * MINUTE,
        "since": START,
        "delay_minutes": 5,
    },
}


def alert(told: Signal, seq: int, **changed: object) -> AlertChanged:
    made = {
        "seq": seq,
        "case_id": told.alert_id,
        "state": "open",
        "signal": told,
        "changed_at": told.ts,
    }
    return AlertChanged(**(made | changed))  # type: ignore[arg-type]


class Log:
    """Writes what the console reads, as the monitor and the alert service would."""

    def __init__(self, kafka: KafkaSettings, clock: Clock) -> None:
        self._kafka = kafka
        self._clock = clock
        self._producer = producer(kafka)

    async def __aenter__(self) -> "Log":
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def board(self, board: BoardChanged) -> None:
        await self._send(SESSION_BOARD.name, board.session_id, board)

    async def alert(self, changed: AlertChanged) -> None:
        await self._send(ALERT_FEED.name, changed.signal.alert_id, changed)

    async def signal(self, told: Signal) -> None:
        await self._send(SIGNALS.name, told.alert_id, told)

    async def beat(self) -> None:
        """Each partition's monitor has come to now."""
        for partition in range(self._kafka.partitions):
            counted = PresenceCounted(
                ts=self._clock.now(), partition=partition, rooms=2, people=12, by={}
            )
            await self._producer.send_and_wait(
                self._kafka.prefix + SIGNALS.name, encode(counted), partition=partition
            )

    async def _send(self, topic: str, key: str, record: object) -> None:
        await self._producer.send_and_wait(
            self._kafka.prefix + topic,
            encode(record),
            key=key.encode(),
            partition=partition_of(key, self._kafka.partitions),
        )
