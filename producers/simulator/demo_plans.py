"""The demonstration: a quarter of an hour in which every kind of alert appears, then the day."""

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

DEMO = Program(
    (*FIRST, *AFTERNOON, *EVENING),
    (Silence("zoom", 9.2, 24), Silence("zoom", 485, 560), Silence("livekit", 620, 650)),
)
