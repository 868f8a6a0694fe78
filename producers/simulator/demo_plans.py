"""The demonstration: a quarter of an hour in which every kind of alert appears, then a day in
which something happens every few minutes, for whoever looks on for longer."""

from collections.abc import Callable
from random import Random

from producers.simulator import habits
from producers.simulator.people import Person
from producers.simulator.plans import AFTERNOON, EVENING, Plan, Program, Silence
from producers.simulator.presence import Gap, Scene, presence
from producers.simulator.scene import Conduct, Report, Stretch
from streams.events import MINUTE, SECOND


def _early(
    name: str,
    *,
    gap: tuple[float, float | None] | None = None,
    bad: tuple[float, float] | None = None,
    report: tuple[float, str] | None = None,
) -> Callable[[Scene, Person, Random], Conduct]:
    """A habit whose moment lies at so many minutes from the start."""

    def habit(scene: Scene, person: Person, random: Random) -> Conduct:
        def at(minutes: float) -> int:
            return scene.starts_at + round(minutes * 60) * SECOND

        gaps = []
        if gap is not None:
            ending = "connection_lost" if name.startswith("drops") else "left"
            gaps = [Gap(at(gap[0]), None if gap[1] is None else at(gap[1]), ending)]  # type: ignore[arg-type]
        there = presence(scene, random, scene.starts_at - MINUTE, gaps)
        return Conduct(
            person=person,
            habit=name,
            stays=there.stays,
            waits=there.waits,
            bad=() if bad is None else (Stretch(at(bad[0]), at(bad[1])),),
            reports=() if report is None else (Report(at(report[0]), report[1]),),  # type: ignore[arg-type]
        )

    return habit


FIRST = (
    Plan(
        title="Morning group 1",
        track="morning",
        platform="livekit",
        at=0,
        size=10,
        breaks=((80, 95, "scheduled"),),
        cast=(
            habits.absent,
            habits.absent,
            habits.cannot_connect,
            habits.very_late,
            _early("crisis", report=(2, "crisis")),
            _early("drops_and_returns", gap=(3, 9)),
            _early("bad_wifi", bad=(0.5, 9)),
        ),
        others=habits.punctual,
    ),
    Plan(
        title="Morning group 2",
        track="morning",
        platform="zoom",
        at=0,
        size=9,
        breaks=((80, 95, "scheduled"),),
        cast=(
            habits.waits_long,
            habits.unmatched_then_matched,
            _early("help", report=(4, "help")),
            habits.in_person,
        ),
        others=habits.punctual,
    ),
    Plan(
        title="Morning group 3",
        track="morning",
        platform="livekit",
        at=0,
        host_late=7,
        breaks=((80, 95, "scheduled"),),
        cast=(_early("leaves_early", gap=(6, None)), habits.connects_at_last),
        others=habits.punctual,
    ),
    Plan(
        title="One to one, nobody",
        track="individual",
        platform="livekit",
        at=0,
        length=50,
        kind="individual",
        size=1,
        cast=(habits.absent,),
        host_late=None,
    ),
    Plan(
        title="One to one",
        track="individual",
        platform="livekit",
        at=0,
        length=50,
        kind="individual",
        size=1,
        cast=(habits.punctual,),
    ),
    Plan(
        title="Morning group 4",
        track="morning",
        platform="zoom",
        at=15,
        breaks=((80, 95, "tapped"),),
        others=habits.steady,
    ),
)

WHILES = (
    (habits.absent, _early("drops_and_returns", gap=(12, 18))),
    (_early("bad_wifi", bad=(6, 15)), habits.cannot_connect),
    (_early("leaves_early", gap=(14, None)), habits.punctual),
    (habits.very_late, _early("help", report=(9, "help"))),
    (_early("drops_and_returns", gap=(5, 11)), habits.absent),
    (habits.connects_at_last, _early("bad_wifi", bad=(8, 18))),
)
"""Who comes to the small classes, in turns."""
CLASSES, ZOOM_UNTIL = range(35, 590, 20), 435
"""When classes begin; on Zoom none that would last until its feed is silent."""
HOSTS_TOO = 1
"""The first room's host leads a group at all times."""


def _class(number: int, at: int) -> Plan:
    return Plan(
        title=f"Class {number + 1}",
        track="morning" if at < 180 else "afternoon" if at < 480 else "evening",
        platform="zoom" if number % 3 == 2 and at <= ZOOM_UNTIL else "livekit",
        kind="psychoeducation",
        at=at,
        length=40,
        size=4,
        cast=WHILES[number % len(WHILES)],
        others=habits.punctual,
    )


LATER = (
    Plan(
        title="Afternoon group 6",
        track="afternoon",
        platform="livekit",
        at=195,
        size=10,
        led_by=HOSTS_TOO,
        breaks=((80, 95, "scheduled"),),
        cast=(
            habits.absent,
            habits.very_late,
            habits.cannot_connect,
            _early("bad_wifi", bad=(20, 30)),
            _early("drops_and_returns", gap=(40, 47)),
            _early("help", report=(62, "help")),
            _early("drops_and_returns", gap=(118, 124)),
            _early("leaves_early", gap=(140, None)),
        ),
        others=habits.punctual,
    ),
    Plan(
        title="Evening group 4",
        track="evening",
        platform="livekit",
        at=390,
        size=10,
        led_by=HOSTS_TOO,
        breaks=((80, 95, "scheduled"),),
        cast=(
            habits.absent,
            _early("drops_and_returns", gap=(25, 31)),
            _early("crisis", report=(45, "crisis")),
            _early("bad_wifi", bad=(55, 66)),
            habits.in_person,
            _early("drops_and_returns", gap=(110, 118)),
            _early("leaves_early", gap=(130, None)),
        ),
        others=habits.punctual,
    ),
    *(_class(number, at) for number, at in enumerate(CLASSES)),
)

DEMO = Program(
    (*FIRST, *AFTERNOON, *EVENING, *LATER),
    (Silence("zoom", 9.2, 24), Silence("zoom", 485, 560), Silence("livekit", 620, 650)),
)
