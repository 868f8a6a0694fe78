"""What every threshold means: its unit, its words, and the source of its figure."""

import inspect
import tomllib
from functools import cache
from importlib import resources
from typing import Any

from msgspec import Struct

from streams.rules import MODULES

CHOSEN = "chosen"
UNITS = {
    "minutes": "min",
    "seconds": "s",
    "hours": "h",
    "days": "days",
    "weeks": "weeks",
    "sessions": "sessions",
}
"""By a word of the key."""


class Meaning(Struct, frozen=True):
    """`means`: in words. `source`: a publication, a computation, or that it was chosen."""

    means: str
    unit: str
    source: str


class About(Struct, frozen=True):
    """A rule in words, of its own file: what it is, and why its figures are as they are."""

    what: str
    why: str


def meaning(rule: str, key: str) -> Meaning:
    """Of one threshold; `rule` may be `general`. Raises `KeyError` for one not written down."""
    told = _file()[rule][key]
    given = {"means": told} if isinstance(told, str) else told
    unit = given.get("unit") or next((UNITS[word] for word in key.split("_") if word in UNITS), "")
    return Meaning(given["means"], unit, given.get("source", CHOSEN))


def about(rule: str) -> About:
    text = inspect.cleandoc(MODULES[rule].__doc__ or "")
    what, _, why = text.partition("\n\n")
    return About(" ".join(what.split()), " ".join(why.split()))


@cache
def _file() -> dict[str, dict[str, Any]]:
    return tomllib.loads(resources.files("streams").joinpath("meanings.toml").read_text("utf-8"))
