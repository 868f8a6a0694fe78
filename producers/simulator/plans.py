"""The rooms of a day, as a table: who must be in them, and what is wrong with the room itself.

`program_day` has every everyday habit at base rates and every hard negative of this catalogue
once; `demo` begins with a quarter of an hour in which every kind of alert appears.
"""

from msgspec import Struct

from producers.simulator import habits
from producers.simulator.habits import Habit
from streams.events import Kind


class Plan(Struct, frozen=True, kw_only=True):
    """One room. Times are minutes from the first start, or from the room's own where said."""

    title: str
    track: str
    platform: str
    at: float
    length: int = 180
    kind: Kind = "group"
    size: int = 8
    cast: tuple[Habit, ...] = ()
    """The first seats; the others are drawn at base rates."""
    others: Habit | None = None
    """What the other seats do, where not drawn."""
    host_late: float | None = -5
    """Minutes from the start at which the host comes; None: never."""
    breaks: tuple[tuple[int, int, str], ...] = ()
    """From the start: from, to, how the system learns of it."""
    closes_early: int = 0
    reasons: bool = True
    """The platform says why somebody left."""
    blackout: int | None = None
    """From the start: every line in the room breaks at once; most are back within a minute."""
    led_by: int | None = None
    """The number of an earlier room whose host leads this one as well; None: a host of its own."""
    moved_by: int = 0
    moved_before: int = 60
    """The calendar moves the room by so many minutes, so long before the original start."""


class Silence(Struct, frozen=True):
    """A platform's webhooks stop, in minutes from the first start."""

    platform: str
    start: float
    end: float


class Program(Struct, frozen=True):
    plans: tuple[Plan, ...]
    silences: tuple[Silence, ...]


SCHEDULED = ((80, 95, "scheduled"),)
TAPPED = ((85, 97, "tapped"),)
HUNG_UP = ((80, 91, "seen"),)

MORNING = (
    Plan(
        title="Morning group 1",
        track="morning",
        platform="livekit",
        at=0,
        size=12,
        breaks=SCHEDULED,
        cast=(
            habits.absent,
            habits.looked_in,
            habits.very_late,
            habits.drops_and_returns,
            habits.drops_for_good,
            habits.bad_wifi,
            habits.cannot_connect,
            habits.in_crisis,
            habits.reconnects,
            habits.headset_test,
        ),
    ),
    Plan(
        title="Morning group 2",
        track="morning",
        platform="zoom",
        at=0,
        size=13,
        breaks=SCHEDULED,
        cast=(
            habits.waits_long,
            habits.unmatched_then_matched,
            habits.gives_up_waiting,
            habits.excused,
            habits.in_person,
            habits.leaves_early,
            habits.asks_for_help,
            habits.phone_and_laptop,
            habits.gives_up_after_one_try,
            habits.late_webhook,
            habits.webhook_after_grace,
        ),
    ),
    Plan(
        title="Morning group 3",
        track="morning",
        platform="livekit",
        at=15,
        size=9,
        host_late=9,
        breaks=TAPPED,
        cast=(
            habits.absent,
            habits.connects_at_last,
            habits.measured_each_minute,
            *(habits.punctual,) * 4,
        ),
    ),
    Plan(
        title="One to one, 9:30",
        track="individual",
        platform="livekit",
        at=30,
        length=50,
        kind="individual",
        size=1,
        cast=(habits.absent,),
    ),
    Plan(
        title="One to one, 11:00",
        track="individual",
        platform="zoom",
        at=120,
        length=50,
        kind="individual",
        size=1,
        cast=(habits.punctual,),
    ),
    Plan(
        title="One to one, 11:00, nobody",
        track="individual",
        platform="zoom",
        at=120,
        length=50,
        kind="individual",
        size=1,
        cast=(habits.absent,),
        host_late=None,
    ),
)

AFTERNOON = (
    Plan(
        title="Afternoon group 1",
        track="afternoon",
        platform="zoom",
        at=240,
        host_late=8,
        others=habits.punctual,
        breaks=SCHEDULED,
    ),
    Plan(
        title="Afternoon group 2",
        track="afternoon",
        platform="livekit",
        at=240,
        size=10,
        breaks=HUNG_UP,
        cast=(habits.camera_off, habits.tiring, habits.absent, habits.steps_out),
        others=habits.punctual,
    ),
    Plan(
        title="Afternoon group 3",
        track="afternoon",
        platform="zoom",
        at=240,
        size=9,
        closes_early=25,
        reasons=False,
        others=habits.punctual,
    ),
    Plan(
        title="Afternoon group 4",
        track="afternoon",
        platform="livekit",
        at=270,
        moved_by=60,
        breaks=TAPPED,
        cast=(habits.absent, habits.bad_wifi_leaves),
    ),
    Plan(
        title="Afternoon group 5",
        track="afternoon",
        platform="zoom",
        at=255,
        size=10,
        reasons=False,
        cast=(
            habits.never_matched,
            habits.absent,
            habits.cannot_connect,
            habits.excused_late,
            habits.excused_early,
            habits.drops_and_returns,
            *(habits.punctual,) * 3,
        ),
    ),
)

EVENING = (
    Plan(
        title="Evening group 1",
        track="evening",
        platform="zoom",
        at=510,
        breaks=SCHEDULED,
        cast=(habits.absent, habits.absent),
        others=habits.steady,
    ),
    Plan(
        title="Evening group 2",
        track="evening",
        platform="zoom",
        at=540,
        breaks=TAPPED,
        cast=(habits.absent,),
        others=habits.late_a_little,
    ),
    Plan(
        title="Evening group 3",
        track="evening",
        platform="livekit",
        at=525,
        size=12,
        breaks=SCHEDULED,
        blackout=45,
        others=habits.punctual,
    ),
)

PROGRAM_DAY = Program(
    (*MORNING, *AFTERNOON, *EVENING),
    (
        # Two evening rooms begin in it: nobody can be shown as absent.
        Silence("zoom", 485, 560),
        # Nothing begins in it: a stable room sends nothing for an hour.
        Silence("livekit", 620, 650),
    ),
)
