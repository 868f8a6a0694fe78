"""From the table of rooms to a day of people: pure, and the same for the same seed."""

from collections.abc import Iterator
from random import Random
from typing import Literal

from producers.simulator import habits, people
from producers.simulator.demo_plans import DEMO
from producers.simulator.people import Person
from producers.simulator.plans import PROGRAM_DAY, Plan, Program
from producers.simulator.presence import HOST_STAYS_MS, Gap, Scene, presence, seconds
from producers.simulator.scene import Conduct, Day, Outage, Pause, Room
from streams.events import HOUR, MINUTE, Millis

Scenario = Literal["day", "demo"]
PROGRAMS: dict[Scenario, Program] = {"day": PROGRAM_DAY, "demo": DEMO}

LEAD_MS = 4 * MINUTE
"""The demonstration's clock starts so long before its first session."""
AFTERWARDS_MS = 30 * MINUTE
"""A day goes on until its last session has closed."""


def make(scenario: Scenario, seed: int, first_start: Millis) -> Day:
    """A day whose first session starts at `first_start` (a whole minute)."""
    program = PROGRAMS[scenario]
    patients = people.patients(dice(seed, "patients"))
    hosts = people.hosts(dice(seed, "hosts"))
    rooms: list[Room] = []
    for number, plan in enumerate(program.plans, start=1):
        host = rooms[plan.led_by - 1].host if plan.led_by else next(hosts)
        rooms.append(_room(plan, number, seed, first_start, patients, host))
    outages = tuple(
        Outage(
            silence.platform,
            first_start + round(silence.start * MINUTE),
            first_start + round(silence.end * MINUTE),
        )
        for silence in program.silences
    )
    return Day(
        seed=seed,
        starts_at=first_start - HOUR if scenario == "day" else first_start - LEAD_MS,
        ends_at=max(room.ends_at for room in rooms) + AFTERWARDS_MS,
        rooms=tuple(rooms),
        outages=outages,
    )


def dice(seed: int, *purpose: object) -> Random:
    """Random numbers of one purpose alone, so that a new room changes no other."""
    return Random("/".join(map(str, (seed, *purpose))))  # noqa: S311 - invented people, no secret


def _room(
    plan: Plan,
    number: int,
    seed: int,
    first_start: Millis,
    patients: Iterator[Person],
    host: Person,
) -> Room:
    original = first_start + round(plan.at * MINUTE)
    starts = original + plan.moved_by * MINUTE
    scene = _scene(plan, starts)
    seats = [next(patients) for _ in range(plan.size)]
    conducts = [
        _habit(plan, seat, dice(seed, number, seat, "habit"))(
            scene, person, dice(seed, number, seat, "conduct")
        )
        for seat, person in enumerate(seats)
    ]
    return Room(
        uid=f"room-{number}@schedule.example",
        name=_room_name(plan.platform, number),
        title=plan.title,
        program="IOP",
        track=plan.track,
        kind=plan.kind,
        platform=plan.platform,
        original_start=original,
        starts_at=starts,
        ends_at=scene.ends_at,
        host=host,
        roster=tuple(seats),
        conducts=(_hosting(scene, host, dice(seed, number, "host")), *conducts),
        pauses=scene.pauses,
        closes_at=scene.closes_at,
        reasons=plan.reasons,
        moved_at=original - plan.moved_before * MINUTE if plan.moved_by else None,
    )


def _scene(plan: Plan, starts: Millis) -> Scene:
    ends = starts + plan.length * MINUTE
    return Scene(
        platform=plan.platform,
        individual=plan.kind == "individual",
        starts_at=starts,
        ends_at=ends,
        closes_at=ends - plan.closes_early * MINUTE,
        host_at=None if plan.host_late is None else starts + round(plan.host_late * MINUTE),
        pauses=tuple(
            Pause(starts + begin * MINUTE, starts + end * MINUTE, how)  # type: ignore[arg-type]
            for begin, end, how in plan.breaks
        ),
        blackout=None if plan.blackout is None else starts + plan.blackout * MINUTE,
        reasons=plan.reasons,
    )


def _habit(plan: Plan, seat: int, random: Random) -> habits.Habit:
    if seat < len(plan.cast):
        return plan.cast[seat]
    return plan.others or habits.everyday(random)


def _hosting(scene: Scene, host: Person, random: Random) -> Conduct:
    """The host lets people in, stays through breaks, and closes the room."""
    if scene.host_at is None:
        return Conduct(person=host, habit="missing")
    gaps = []
    if scene.blackout is not None:
        gaps = [Gap(scene.blackout, scene.blackout + seconds(random, 20, 50), "connection_lost")]
    alone = Scene(
        platform="",
        individual=False,
        starts_at=scene.starts_at,
        ends_at=scene.ends_at,
        closes_at=scene.closes_at,
        host_at=scene.host_at,
    )
    stays = list(presence(alone, random, scene.host_at, gaps).stays)
    end = scene.closes_at + HOST_STAYS_MS
    stays[-1] = type(stays[-1])(stays[-1].start, end, "left" if scene.reasons else "unknown")
    return Conduct(person=host, habit="host", stays=tuple(stays))


def _room_name(platform: str, number: int) -> str:
    return str(83_000_000_000 + number * 7_919) if platform == "zoom" else f"room-{number:02}"
