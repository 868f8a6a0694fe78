"""What a scenario is: a name, what happens, and which rules it tempts to speak wrongly."""

from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec import Struct

from producers.simulator.scenarios.stage import Stage
from producers.simulator.scenarios.weeks import Weeks

S = TypeVar("S", Stage, Weeks)


class Scenario(Struct, Generic[S], frozen=True):
    """`tempts` names the rules that might speak of it and must not (beyond what is expected).

    `rules` is TOML over the rules that come with the program, where the defaults leave one off.
    """

    name: str
    what: str
    tell: Callable[[S], None]
    tempts: tuple[str, ...] = ()
    rules: str = ""


def of_rooms(
    name: str, what: str, *tempts: str, rules: str = ""
) -> Callable[[Callable[[Stage], None]], Scenario[Stage]]:
    """Makes a scenario on a stage of rooms of a function."""
    return lambda tell: Scenario(name, what, tell, tempts, rules)


def of_weeks(
    name: str, what: str, *tempts: str, rules: str = ""
) -> Callable[[Callable[[Weeks], None]], Scenario[Weeks]]:
    """Makes a scenario of one person's weeks of a function."""
    return lambda tell: Scenario(name, what, tell, tempts, rules)
