"""What the rules about rooms say of nothing but chance, against the figures computed for them.

Silences of people who say something every ten minutes on average, and looks at tables of people in
trouble that has nothing to do with what they share.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from random import Random

from msgspec.structs import replace

from producers.simulator.scenarios.stage import Stage
from sessionwatch.evaluation import Chance
from sessionwatch.scenarios import through_rooms
from streams import rules
from streams.events import EngagementObserved, ParticipantProfiled
from streams.incidents.detectors import platform_incident
from streams.incidents.detectors.platform_incident import Thresholds
from streams.incidents.facts import Counts, Share, Value

SEED = 1
LENGTH, EVERY = 110, 10
"""Minutes of a session, and between two turns on average: what was computed."""
SILENCES = ((25, 0.63), (45, 0.08))
PEOPLE = 8
SPOKEN_MS = 25_000
IN_FIVE_ROOMS: Mapping[str, int] = {"east": 15, "west": 20}
"""The table that was computed: 15 of one region, 20 of another."""
TROUBLE = (0.15, 0.2, 0.3)
TRAITS: Mapping[str, int] = {"platform": 2, "carrier": 4, "region": 3, "browser": 2, "device": 2}
"""Of five kinds at once, how many values each has."""
CLINICS = ((80, 0.15), (150, 0.15), (300, 0.05))
"""People, and how many of them are in trouble by chance."""

Mapped = Callable[[Callable[[int], int], Iterable[int]], Iterable[int]]


def chances(people: int, looks: int, mapped: Mapped = map) -> Iterator[Chance]:
    """Silences over so many people; tables over so many looks each."""
    longest = [_longest_silence(place) for place in range(people)]
    for minutes, computed in SILENCES:
        told = sum(silence >= minutes for silence in longest) / people
        what = f"a silence of {minutes} of {LENGTH} min, a turn every {EVERY} min on average"
        yield Chance(what, computed, computed, told, people)
    rooms = max(1, people // PEOPLE // 4)
    said = sum(mapped(_quieter, range(rooms))) / (rooms * PEOPLE)
    yield Chance("of these people, quieter than usual", 0, SILENCES[1][1], said, rooms * PEOPLE)
    limits: Thresholds = rules.load().limits("platform_incident", "", "group")
    alone = replace(limits, p=1e9)
    for name, one, low, high in (
        ("by a risk ratio of 3 alone", alone, 0.02, 0.07),
        ("with the exact test as well", limits, 0.0, 0.004),
    ):
        told = max(mapped(partial(_table, one, looks), range(len(TROUBLE))), default=0) / looks
        what = f"an incident over rooms in one look at 15 people against 20, {name}"
        yield Chance(what, low, high, told, looks)
    told = max(mapped(partial(_clinic, limits, looks), range(len(CLINICS))), default=0) / looks
    what = "an incident over rooms in one look at 13 values of five traits at once"
    yield Chance(what, 0.0, limits.p, told, looks)


# --- silences -----------------------------------------------------------------------------------


def _turns(random: Random) -> list[float]:
    at = [random.expovariate(1 / EVERY)]
    while at[-1] < LENGTH:
        at.append(at[-1] + random.expovariate(1 / EVERY))
    return at[:-1]


def _longest_silence(place: int) -> float:
    random = Random(f"silence/{SEED}/{place}")  # noqa: S311 - invented people, no secret
    return max(b - a for a, b in pairwise([0.0, *_turns(random), float(LENGTH)]))


def _quieter(place: int) -> int:
    """In a room of such people, of how many the rule says so by its defaults."""
    stage = Stage(SEED, f"silence-{place}")
    room = stage.room(PEOPLE, length=LENGTH)
    for who in room.patients:
        told = {"sessions": 12, "missed_14d": 0, "late_last_5": 0, "privacy_30d": 0}
        usual = {"minutes_week": 540.0, "gap_p90_minutes": 1.0}
        room.says(ParticipantProfiled, -30, participant_id=who, **told, **usual)
        for at in _turns(stage.random):
            room.says(EngagementObserved, at, participant_id=who, kind="spoke", ms=SPOKEN_MS)
    said = through_rooms(stage.log(), rules.load())
    return len({one.participant_id for _, one in said if one.rule == "withdrawn"})


# --- tables -------------------------------------------------------------------------------------


def _table(limits: Thresholds, looks: int, place: int) -> int:
    """In how many looks an incident is found."""
    random = Random(f"table/{SEED}/{place}")  # noqa: S311 - invented people, no secret
    regions = [name for name, number in IN_FIVE_ROOMS.items() for _ in range(number)]
    people = [(seat % 5, [("region", region)]) for seat, region in enumerate(regions)]
    return sum(_found(people, TROUBLE[place], limits, random) for _ in range(looks))


def _clinic(limits: Thresholds, looks: int, place: int) -> int:
    number, trouble = CLINICS[place]
    random = Random(f"clinic/{SEED}/{place}")  # noqa: S311 - invented people, no secret
    found = 0
    people: list[tuple[int, list[Value]]] = []
    for look in range(looks):
        if look % 300 == 0:
            people = [(seat % (number // 10), _traits(random)) for seat in range(number)]
        found += _found(people, trouble, limits, random)
    return found


def _traits(random: Random) -> list[Value]:
    return [(trait, str(random.randrange(values))) for trait, values in TRAITS.items()]


def _found(
    people: list[tuple[int, list[Value]]], trouble: float, limits: Thresholds, random: Random
) -> bool:
    by: dict[Value, tuple[int, int, set[int]]] = {}
    for room, values in people:
        hit = random.random() < trouble
        for value in values:
            known, affected, rooms = by.get(value, (0, 0, set()))
            by[value] = (known + 1, affected + hit, rooms | {room} if hit else rooms)
    shares = {value: Share(known, hit, len(rooms)) for value, (known, hit, rooms) in by.items()}
    return bool(platform_incident.found(Counts(len(people), shares), limits))
