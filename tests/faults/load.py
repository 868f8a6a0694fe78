"""A deterministic load for the fault tests: six groups in simulated time, and their ticks.

Everything that decides is in the log itself, so a plain run of the core over the log read back
is the oracle.
"""

import random

from streams.events import (
    MINUTE,
    SECOND,
    ClockTicked,
    ConnectionChanged,
    ParticipantJoined,
    ParticipantJoinFailed,
    ParticipantLeft,
    ParticipantReported,
    RosterEntry,
    Sample,
    SampleBatch,
    SessionEnded,
    SessionScheduled,
)

START = 1_760_004_000_000
SESSIONS = tuple(f"group{n}" for n in range(6))
PEOPLE = tuple(f"p{n}" for n in range(8))
TICK = 30 * SECOND
END = START + 60 * MINUTE


class Group:
    """Collects one group's events; every id is its own."""

    def __init__(self, session_id, seed):
        self.session_id = session_id
        self.chance = random.Random(seed)  # noqa: S311 - a seeded load, no secret
        self.events = []

    def add(self, made, minute, **fields):
        self.events.append(
            made(
                id=f"{self.session_id}-{len(self.events)}",
                ts=START + round(minute * MINUTE),
                session_id=self.session_id,
                **fields,
            )
        )

    def joins(self, who, minute, role="participant"):
        connection = f"{who}-{minute:.2f}"
        self.add(ParticipantJoined, minute, participant_id=who, role=role, connection_id=connection)
        return connection

    def leaves(self, who, minute, connection, reason):
        self.add(
            ParticipantLeft, minute, participant_id=who, connection_id=connection, reason=reason
        )

    def fails(self, who, minute):
        self.add(ParticipantJoinFailed, minute, participant_id=who, stage="media")

    def worsens(self, who, minute, connection, state):
        self.add(
            ConnectionChanged,
            minute,
            participant_id=who,
            connection_id=connection,
            state=state,
            since=START + round(minute * MINUTE),
            mos=2.1,
            rtt_ms=420.0,
            jitter_ms=30.0,
            loss=0.08,
            cause="loss",
        )


def _scheduled(group):
    group.add(
        SessionScheduled,
        -60,
        program_id="iop",
        track="morning",
        kind="group",
        starts_at=START,
        ends_at=END,
        host_id="host",
        modality="virtual",
        roster=[RosterEntry(who, clinician_id="clinician") for who in PEOPLE],
    )


def _one_person(group, who):
    chance = group.chance
    habit = chance.choice(["there", "late", "drops", "leaves", "absent", "fails", "bad line"])
    if habit == "absent":
        return
    if habit == "fails":
        for minute in (1.0, 1.5, 4.0):
            group.fails(who, minute)
        if chance.random() < 0.5:
            group.joins(who, 14.0)
        return
    began = 13 + 5 * chance.random() if habit == "late" else -3 + 5 * chance.random()
    connection = group.joins(who, began)
    if habit == "drops":
        away = 15 + 20 * chance.random()
        group.leaves(who, away, connection, "connection_lost")
        connection = group.joins(who, away + chance.choice([0.5, 4.0, 7.0]))
    elif habit == "leaves":
        group.leaves(who, 20 + 15 * chance.random(), connection, "left")
        return
    elif habit == "bad line":
        group.worsens(who, 22.0, connection, "poor")
        group.worsens(who, 31.0, connection, "good")
    if chance.random() < 0.15:
        group.add(ParticipantReported, 40.0, participant_id=who, kind="crisis")
    group.leaves(who, 59.5 + chance.random(), connection, "ended")


def events():
    """All groups' events by `ts`; the third group's host never comes.

    A call for help comes early: something is told before the first kill."""
    made = []
    for number, session_id in enumerate(SESSIONS):
        group = Group(session_id, number)
        _scheduled(group)
        group.add(ParticipantReported, number - 8, participant_id="p0", kind="help")
        if number != 2:
            group.joins("host", -1.0, role="host")
        for who in PEOPLE:
            _one_person(group, who)
        group.add(SessionEnded, 60.2)
        made += group.events
    return sorted(made, key=lambda event: event.ts)


def ticks(step=TICK):
    """From ten minutes before the start until all is closed."""
    last = END + 20 * MINUTE
    return [
        ClockTicked(id=str(ts // SECOND), ts=ts)
        for ts in range(START - 10 * MINUTE, last + 1, step)
    ]


def log():
    """Events and ticks in the order of a log without delay."""
    return sorted(events() + ticks(), key=lambda event: event.ts)


def disturbed_log(seed):
    """Every event three times, each copy up to 4.9 s late: within the allowed lateness. The
    ticks are close together, so that lateness matters."""
    chance = random.Random(seed)  # noqa: S311 - a seeded load, no secret
    copies = [(e.ts + chance.uniform(0, 4.9) * SECOND, e) for e in events() for _ in range(3)]
    timed = [(tick.ts, tick) for tick in ticks(10 * SECOND)]
    return [event for _, event in sorted(copies + timed, key=lambda pair: pair[0])]


def batches(count, connections=12):
    """Batches of samples, one a window, of connections whose lines change."""
    chance = random.Random(5)  # noqa: S311 - a seeded load, no secret
    lines = dict.fromkeys(range(connections), 0.0)
    for number in range(count):
        for who in lines:
            if chance.random() < 0.06:
                lines[who] = chance.choice([0.0, 0.04, 0.12, 0.4])
        yield [
            SampleBatch(
                [
                    Sample(
                        SESSIONS[who % len(SESSIONS)],
                        f"p{who}",
                        f"c{who}",
                        START + 5 * SECOND * number + who,
                        60.0 + chance.random(),
                        8.0,
                        loss,
                    )
                ]
            )
            for who, loss in lines.items()
        ]
