"""The labelled scenarios: a name, what happens, and what must be said of it and when."""

from producers.simulator.scenarios import (
    absence,
    calls,
    engagement,
    over_weeks,
    technical,
    together,
    whole_rooms,
)
from producers.simulator.scenarios.registry import Scenario
from producers.simulator.scenarios.stage import Stage
from producers.simulator.scenarios.weeks import Weeks

IN_ROOMS: dict[str, Scenario[Stage]] = {
    one.name: one
    for one in (
        *absence.SCENARIOS,
        *technical.SCENARIOS,
        *whole_rooms.SCENARIOS,
        *calls.SCENARIOS,
        *together.SCENARIOS,
        *engagement.SCENARIOS,
    )
}
"""Those in which rooms are held."""
OVER_WEEKS: dict[str, Scenario[Weeks]] = {one.name: one for one in over_weeks.SCENARIOS}
"""Those of one person's weeks."""
