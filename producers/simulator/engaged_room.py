"""Groups whose people take part more or less: most as ever, some tire, some fall silent.

Two hours with a break. Each person has their own rates, which differ from session to session and
from minute to minute by chance; their usual is that of twelve earlier sessions of the same kind.
All figures were chosen, but for a turn every ten minutes or so.
"""

from itertools import pairwise
from random import Random
from statistics import median

from msgspec import Struct

from producers.simulator.scenarios.stage import Room, Stage
from streams.events import (
    MINUTE,
    EngagementObserved,
    ParticipantProfiled,
    UsualPart,
)

LENGTH = 120
BREAK = (55, 65)
PEOPLE = 8
BEFORE = 12
"""Earlier sessions in a usual."""
TIRED_SHARE = 0.08
SILENT_SHARE = 0.05
TIRED_ROOMS = 0.15
"""Of rooms in which more than half of the people tire."""
HALF_HOURS = LENGTH // 30
SPOKEN_MS = 25_000


class Group(Struct, frozen=True):
    """`tired`, `silent`: since how many minutes; `tiring`: since when the whole group is."""

    stage: Stage
    room: Room
    tired: dict[str, float]
    silent: dict[str, float]
    tiring: float | None


class _Rates(Struct, frozen=True):
    """Per minute."""

    spoke: float
    chat: float
    reaction: float


KINDS = ("spoke", "chat", "reaction")
PARTS = {"spoke": "speaking", "chat": "chat", "reaction": "reactions"}


class Manner(Struct, frozen=True):
    """How people are, beyond what differs between them; the rules were tuned on the defaults."""

    varied: float = 0.2
    """Standard deviation of the logarithm of a person's rates from session to session."""
    outgoing: float = 1.0
    """All rates are so many times as high."""
    left: float = 0.1
    """Of the signs of somebody who tires, the share that is left."""
    tired: float = TIRED_SHARE


DEFAULT = Manner()


def group(seed: int, manner: Manner = DEFAULT) -> Group:
    """One room; the same for the same seed and manner."""
    stage = Stage(seed, "engaged")
    room = stage.room(PEOPLE, length=LENGTH, breaks=[BREAK])
    random = stage.random
    tiring = 66 + random.random() * 10 if random.random() < TIRED_ROOMS else None
    tired: dict[str, float] = {}
    silent: dict[str, float] = {}
    for seat, who in enumerate(room.patients):
        spoke, chat, reaction = (
            manner.outgoing * random.uniform(low, high)
            for low, high in ((0.12, 0.35), (0.08, 0.3), (0.06, 0.25))
        )
        rates = _Rates(spoke, chat, reaction)
        _profile(room, who, rates, random, manner)
        chance = random.random()
        if tiring is not None and seat < 5:
            tired[who] = tiring
        elif chance < manner.tired:
            tired[who] = random.uniform(35, 75)
        elif chance < manner.tired + SILENT_SHARE:
            silent[who] = 66 + random.random() * 4
        for kind, at in _signs(rates, random, manner, tired.get(who), silent.get(who)):
            ms = SPOKEN_MS if kind == "spoke" else None
            room.says(EngagementObserved, at, participant_id=who, kind=kind, ms=ms)
    return Group(stage, room, tired, silent, tiring)


def _signs(
    rates: _Rates,
    random: Random,
    manner: Manner,
    tired: float | None = None,
    silent: float | None = None,
) -> list[tuple[str, float]]:
    """A session's signs: none in the break, few when tired, none when silent."""
    found = []
    for kind in KINDS:
        rate = getattr(rates, kind) * random.lognormvariate(0, manner.varied)
        at = random.expovariate(rate)
        while at < LENGTH:
            kept = not BREAK[0] <= at < BREAK[1] and (silent is None or at < silent)
            if tired is not None and at > tired and random.random() > manner.left:
                kept = False
            if kept:
                found.append((kind, at))
            at += random.expovariate(rate)
    return found


def _profile(room: Room, who: str, rates: _Rates, random: Random, manner: Manner) -> None:
    sessions = [_signs(rates, random, manner) for _ in range(BEFORE)]
    usual = []
    for half_hour in range(HALF_HOURS):
        for kind in KINDS:
            values = [_figure(signs, kind, half_hour) for signs in sessions]
            middle = median(values)
            mad = median(abs(value - middle) for value in values)
            usual.append(
                UsualPart(
                    half_hour=half_hour,
                    part=PARTS[kind],
                    median=round(middle, 3),
                    mad=round(mad, 3),
                    count=BEFORE,
                )
            )
    room.says(
        ParticipantProfiled,
        -30,
        participant_id=who,
        sessions=BEFORE,
        missed_14d=0,
        late_last_5=0,
        privacy_30d=0,
        minutes_week=540.0,
        usual_minutes_week=540.0,
        gap_p90_minutes=round(_usual_gap(sessions), 1),
        usual=usual,
    )


def _figure(signs: list[tuple[str, float]], kind: str, half_hour: int) -> float:
    """As the session core tells it: of the time that can be measured, outside breaks."""
    begin, end = 30 * half_hour, 30 * half_hour + 30
    paused = max(0, min(end, BREAK[1] + 3) - max(begin, BREAK[0]))
    measured = 30 - paused
    number = sum(1 for name, at in signs if name == kind and begin <= at < end)
    if kind == "spoke":
        return number * SPOKEN_MS / (measured * MINUTE)
    return number * 30 / measured


def _usual_gap(sessions: list[list[tuple[str, float]]]) -> float:
    """The 90th percentile of the silences, in minutes."""
    gaps: list[float] = []
    for signs in sessions:
        at = [0.0, *sorted(at for _, at in signs), float(LENGTH)]
        gaps += [b - a for a, b in pairwise(at) if b - a >= 1]
    return sorted(gaps)[int(0.9 * len(gaps))]
