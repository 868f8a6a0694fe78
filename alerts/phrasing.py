"""Filling `{key}` and `{key:form}` in a sentence with figures as people read them.

By its name a key is a time of day (`at`, `since`, `..._at`) or a figure; a form says otherwise:
a plural noun of the texts (`{people:people}`), `share` (0.07 is 7 %), `code`, `last` (of a list
of codes), `device`, `network`, `day`, `odds` (0.01 is 100, as in "1 in 100"). A sentence whose
key is missing is not said.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from functools import cache
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

LANGUAGES: Final = ("en", "es")
NARROW = "\u202f"
"""Between a figure and its sign; it does not break."""


class Running(Struct, frozen=True):
    """Minutes that go on: since an instant (ms), or until one. Who shows the sentence fills them
    in as time passes: it says `{1763420400000}`, or `{-1763420400000}` for those left until then.
    """

    since: int = 0
    until: int = 0

    def __str__(self) -> str:
        return f"{{-{self.until}}}" if self.until else f"{{{self.since}}}"


RAREST: Final = 10**6
"""One in so many says as much as one in any more."""

_PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")


class Values(Struct, frozen=True):
    """What a sentence may use: figures by key, and what holds (`flags`)."""

    known: Mapping[str, object]
    language: str
    time_zone: str
    flags: frozenset[str] = frozenset()

    def holds(self, flag: str) -> bool:
        return flag in self.flags


class _Missing(Exception):
    """The evidence does not have this, or not in a shape that can be read out."""


@cache
def loaded(language: str) -> Mapping[str, Any]:
    """The texts of a language; English where there is no such one."""
    name = language if language in LANGUAGES else "en"
    return tomllib.loads((files("alerts") / "texts" / f"{name}.toml").read_text("utf-8"))


def phrase(template: str, values: Values) -> str | None:
    """The sentence filled in; None when the evidence lacks what it needs."""
    try:
        return _PLACE.sub(lambda place: _filled(place[1], place[2], values), template)
    except (_Missing, TypeError, ValueError, OverflowError):
        return None


def _filled(key: str, form: str | None, values: Values) -> str:
    value = values.known.get(key)
    if value is None:
        raise _Missing
    if form is not None:
        return _formed(key, value, form, values)
    if key in ("at", "since", "ts") or key.endswith("_at"):
        return _moment(value, values).strftime("%H:%M")
    return _figure(value, values)


def _formed(key: str, value: object, form: str, values: Values) -> str:
    special: Callable[[str, object, Values], str] | None = _FORMS.get(form)
    if special is not None:
        return special(key, value, values)
    singular, plural = loaded(values.language)["nouns"][form]
    return f"{_figure(value, values)} {singular if value == 1 else plural}"


def _figure(value: object, values: Values) -> str:
    if isinstance(value, str | Running):
        return str(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Missing
    if isinstance(value, int) or value == int(value):
        return str(int(value))
    return f"{value:.1f}".replace(".", "," if values.language == "es" else ".")


def _share(key: str, value: object, values: Values) -> str:
    if isinstance(value, list):
        return _joined(_share, key, value, values)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Missing
    percent = value * 100
    return _figure(round(percent, 0 if percent >= 1 else 1), values) + NARROW + "%"


def _odds(_key: str, value: object, values: Values) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise _Missing
    return _figure(min(round(1 / value), RAREST), values)


def _round(_key: str, value: object, values: Values) -> str:
    return _figure(round(value) if isinstance(value, float) else value, values)


def _code(key: str, value: object, values: Values) -> str:
    """A code in words; one that the texts do not know, as it is."""
    if isinstance(value, list | tuple):
        return _joined(_code, key, value, values)
    if not isinstance(value, str):
        raise _Missing
    return str(loaded(values.language)["codes"].get(key, {}).get(value, value.replace("_", " ")))


def _last(key: str, value: object, values: Values) -> str:
    if not isinstance(value, list | tuple) or not value:
        raise _Missing
    return _code(key, value[-1], values)


def _device(_key: str, value: object, values: Values) -> str:
    if not isinstance(value, Mapping):
        raise _Missing
    kind = _code("device", value.get("kind"), values)
    more = [str(value[part]) for part in ("os", "browser") if value.get(part)]
    return ", ".join([kind, *more])


def _network(_key: str, value: object, values: Values) -> str:
    if not isinstance(value, Mapping):
        raise _Missing
    kind = _code("network", value.get("type"), values)
    return ", ".join([kind, str(value["carrier"])] if value.get("carrier") else [kind])


def _day(key: str, value: object, values: Values) -> str:
    if isinstance(value, list):
        return _joined(_day, key, value, values)
    then = _moment(value, values)
    texts = loaded(values.language)["calendar"]
    return f"{texts['days'][then.weekday()]} {then.day} {texts['months'][then.month - 1]}"


def _result(key: str, value: object, values: Values) -> str:
    if isinstance(value, list):
        return _joined(_result, key, value, values)
    if not isinstance(value, str):
        raise _Missing
    return str(loaded(values.language)["results"].get(value, value.replace("_", " ")))


def _each(key: str, value: object, values: Values) -> str:
    return _joined(_round, key, value, values) if isinstance(value, list) else _missing()


def _joined(
    form: Callable[[str, object, Values], str],
    key: str,
    value: list[object] | tuple[object, ...],
    values: Values,
) -> str:
    return ", ".join(form(key, one, values) for one in value) or _missing()


def _moment(value: object, values: Values) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int) or value == 0:  # 0: never
        raise _Missing
    return datetime.fromtimestamp(value / 1000, _zone(values.time_zone))


@cache
def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _missing() -> str:
    raise _Missing


_FORMS: Final[dict[str, Callable[[str, object, Values], str]]] = {
    "share": _share,
    "odds": _odds,
    "round": _round,
    "code": _code,
    "last": _last,
    "device": _device,
    "network": _network,
    "day": _day,
    "result": _result,
    "each": _each,
}
