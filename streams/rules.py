"""Every threshold of every rule, read from TOML and checked before anything runs.

`rules.toml` beside this file holds the defaults; a clinic's own file names what differs, for
all, for one kind of session or for one program. The hash stands in every signal.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias, TypeVar, get_args

import msgspec
from msgspec import Meta, Struct

from streams.bounds import CLOSE_MINUTES, Count, Order
from streams.events import HOUR, MINUTE, SECOND, Kind
from streams.incidents.detectors import DETECTORS as ABOUT_ALL_ROOMS
from streams.participant.detectors import DETECTORS as OVER_WEEKS
from streams.session.detectors import DETECTORS

T = TypeVar("T", bound=Struct)
Table = dict[str, Any]
State: TypeAlias = Literal["on", "trial", "off"]
STATES: tuple[State, ...] = get_args(State)
"""`state` of a rule: on trial it is detected and counted, and shown to nobody; off, not judged."""


class BadRules(ValueError):
    """What is wrong with a rules file, by table and key."""


class General(Struct, frozen=True, forbid_unknown_fields=True):
    """Figures that belong to no single rule (docs/detectors.md)."""

    AT_MOST: ClassVar[Order] = {"escalate_seconds": "manager_seconds"}

    allowed_lateness_seconds: int = 5
    close_minutes: int = CLOSE_MINUTES
    revise_hours: int = 6
    keep_events: Count = 1000
    session_events: Count = 20_000
    person_events: Count = 2_000
    session_people: Count = 400
    keep_hours: int = 24
    future_minutes: int = 5
    max_hold_minutes: Annotated[int, Meta(le=15)] = 15  # absence is a safety signal
    escalate_seconds: Annotated[int, Meta(ge=1, le=600)] = 120  # no file lets a call for help wait
    manager_seconds: Annotated[int, Meta(ge=1, le=600)] = 300

    @property
    def allowed_lateness(self) -> int:
        return self.allowed_lateness_seconds * SECOND

    @property
    def closes_after(self) -> int:
        return self.close_minutes * MINUTE

    @property
    def revised_for(self) -> int:
        return self.revise_hours * HOUR

    @property
    def kept_for(self) -> int:
        return self.keep_hours * HOUR

    @property
    def future(self) -> int:
        return self.future_minutes * MINUTE

    @property
    def max_hold(self) -> int:
        return self.max_hold_minutes * MINUTE

    @property
    def escalate(self) -> int:
        return self.escalate_seconds * SECOND

    @property
    def manager(self) -> int:
        return self.manager_seconds * SECOND


MODULES: dict[str, Any] = {
    module.__name__.rpartition(".")[2]: module
    for module in (*DETECTORS, *ABOUT_ALL_ROOMS, *OVER_WEEKS)
}
"""Every rule's own file."""
THRESHOLDS: dict[str, type[Struct]] = {rule: module.Thresholds for rule, module in MODULES.items()}

LARGEST = 10_000_000
"""Of any figure: twenty years, in minutes."""
BOUND: Final = re.compile(r"Expected `\w+` (>=|<=|>) (\S+) - at `\$\.(\w+)`")
WORDS: Final = {">=": "at least", "<=": "at most", ">": "more than"}

ALWAYS_ON = frozenset({"crisis_reported", "help_requested", "left_after_crisis"})
"""Calls for help: no file can silence them."""


INFERRED = frozenset({"screen_fatigue", "group_tiring", "withdrawn", "fatigue_trend"})
"""What infers how a person is from how they take part: `inference` of a program switches it, and
the signs in `drifting_away`. Some laws forbid it (Illinois PA 104-0054)."""


class Rules:
    """The thresholds in force: `limits` of a rule for a program and a kind of session."""

    def __init__(self, tables: Table) -> None:
        """Raises `BadRules` for a table, a key or a type that is not known."""
        self.hash = hashlib.sha256(msgspec.json.encode(tables, order="deterministic")).hexdigest()[
            :12
        ]
        self.general = _read("general", tables.get("general", {}), General)
        self._tables = tables
        self._known: dict[tuple[str, str, str], Struct] = {}
        self._states: dict[tuple[State, str, str], frozenset[str]] = {}
        self._all: dict[tuple[str, Kind], dict[str, Any]] = {}
        _only(tables, "", {"general", "inference", "rule", "kind", "preset", "program"})
        _check_inference(tables, "")
        _check_layer(tables, "")
        for kind, layer in _tables(tables, "kind", "").items():
            _check_kind(kind, f"kind.{kind}", layer)
        presets = _tables(tables, "preset", "")
        for preset, layer in presets.items():
            _only(layer, f"preset.{preset}", {"rule"})
            _check_layer(layer, f"preset.{preset}")
        for program, layer in _tables(tables, "program", "").items():
            where = f"program.{program}"
            _only(layer, where, {"inference", "presets", "rule", "kind"})
            _check_inference(layer, where)
            _check_presets(layer, where, presets)
            _check_layer(layer, where)
            for kind, inner in _tables(layer, "kind", where).items():
                _check_kind(kind, f"{where}.kind.{kind}", inner)
        self._check_orders()

    def _check_orders(self) -> None:
        """Figures that only together make no sense, whichever layers they come from."""
        _in_order("general", self.general)
        for program in ("", *self._tables.get("program", {})):
            for kind in get_args(Kind):
                for rule, limits in self.of(program, kind).items():
                    _in_order(f"{self._strongest(rule, program, kind)}rule.{rule}", limits)

    def _strongest(self, rule: str, program_id: str, kind: str) -> str:
        """Whose figures of the rule have the last word, as the table stands in the file."""
        told = ""
        for name, layer in self.layers(program_id, kind):
            if _without_state(layer.get("rule", {}).get(rule, {})):
                told = f"{name}." if name else ""
        return told

    def limits(self, rule: str, program_id: str, kind: Kind) -> Any:
        """The rule's `Thresholds`, all overrides applied."""
        key = (rule, program_id, kind)
        limits = self._known.get(key)
        if limits is None:
            limits = self._known[key] = self._limits(rule, program_id, kind)
        return limits

    def in_state(self, state: State, program_id: str, kind: Kind) -> frozenset[str]:
        """The rules that are in this state for a program and a kind of session."""
        key = (state, program_id, kind)
        found = self._states.get(key)
        if found is None:
            found = self._states[key] = frozenset(
                rule for rule in THRESHOLDS if self.state(rule, program_id, kind) == state
            )
        return found

    def inference(self, program_id: str) -> State:
        """Whether a program lets anything be inferred of how a person is."""
        program = self._tables.get("program", {}).get(program_id, {})
        chosen: State = program.get("inference", self._tables.get("inference", "on"))
        return chosen

    def state(self, rule: str, program_id: str, kind: Kind) -> State:
        """Its own, or a stricter one that the program has for whatever infers."""
        own: State = self.merged(rule, program_id, kind).get("state", "on")
        if rule not in INFERRED:
            return own
        return max(own, self.inference(program_id), key=STATES.index)

    def of(self, program_id: str, kind: Kind) -> dict[str, Any]:
        """Every rule's `Thresholds` for a program and a kind of session."""
        key = (program_id, kind)
        found = self._all.get(key)
        if found is None:
            found = self._all[key] = {rule: self.limits(rule, *key) for rule in THRESHOLDS}
        return found

    def _limits(self, rule: str, program_id: str, kind: str) -> Struct:
        table = self.merged(rule, program_id, kind)
        return _read(f"rule.{rule}", _without_state(table), THRESHOLDS[rule])

    def merged(self, rule: str, program_id: str, kind: str) -> Table:
        """What all layers say of one rule."""
        merged: Table = {}
        for _, layer in self.layers(program_id, kind):
            merged |= layer.get("rule", {}).get(rule, {})
        return merged

    def layers(self, program_id: str, kind: str) -> Iterator[tuple[str, Table]]:
        """The tables that hold for a program and a kind of session, the strongest last, each with
        its name in the file (empty for the top)."""
        program = self._tables.get("program", {}).get(program_id, {})
        presets = self._tables.get("preset", {})
        yield "", self._tables
        yield f"kind.{kind}", self._tables.get("kind", {}).get(kind, {})
        for name in program.get("presets", ()):
            yield f"preset.{name}", presets[name]
        yield f"program.{program_id}", program
        yield f"program.{program_id}.kind.{kind}", program.get("kind", {}).get(kind, {})


def load(path: Path | None = None) -> Rules:
    """The defaults, and over them the file's tables. Raises `BadRules`."""
    defaults = resources.files("streams").joinpath("rules.toml").read_text("utf-8")
    tables = tomllib.loads(defaults)
    if path is not None:
        try:
            own = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise BadRules(f"{path}: {error.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadRules(f"{path}: not TOML: {error}") from None
        tables = _merged(tables, own)
    return Rules(tables)


def _merged(below: Table, above: Table) -> Table:
    result = dict(below)
    for key, value in above.items():
        known = result.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            value = _merged(known, value)
        result[key] = value
    return result


def _check_kind(kind: str, where: str, layer: Table) -> None:
    if kind not in get_args(Kind):
        raise BadRules(f"[{where}]: no such kind of session; known: {', '.join(get_args(Kind))}")
    _only(layer, where, {"rule"})
    _check_layer(layer, where)
    for rule in layer.get("rule", {}):
        if MODULES[rule] in OVER_WEEKS:
            raise BadRules(
                f"[{where}.rule.{rule}]: looks at a person's weeks, sessions of every kind "
                "together; set it for all or for a program"
            )


def _check_inference(layer: Table, where: str) -> None:
    if layer.get("inference", "on") not in STATES:
        name = f"[{where}] inference" if where else "inference"
        raise BadRules(f"{name}: must be one of {', '.join(STATES)}")


def _check_presets(layer: Table, where: str, presets: Table) -> None:
    chosen = layer.get("presets", [])
    if not isinstance(chosen, list) or any(name not in [*presets] for name in chosen):
        known = ", ".join(presets) or "none"
        raise BadRules(f"[{where}] presets: must be a list of presets; known: {known}")


def _check_layer(layer: Table, where: str) -> None:
    """The rules' tables of one layer, each key for itself."""
    for rule, table in _tables(layer, "rule", where).items():
        name = f"{where}.rule.{rule}".lstrip(".")
        if rule not in THRESHOLDS:
            raise BadRules(f"[{name}]: no such rule; known: {', '.join(THRESHOLDS)}")
        _read(name, _without_state(table), THRESHOLDS[rule])
        _check_state(name, rule, table.get("state", "on"))
        if where and MODULES[rule] in ABOUT_ALL_ROOMS:
            raise BadRules(
                f"[{name}]: looks at all rooms together, so no program or kind can have its own; "
                f"set it in [rule.{rule}]"
            )


def _check_state(name: str, rule: str, state: object) -> None:
    if state not in get_args(State):
        raise BadRules(f"[{name}] state: must be one of: {', '.join(get_args(State))}")
    if rule in ALWAYS_ON and state != "on":
        raise BadRules(f"[{name}] state: a call for help is always told")


def _without_state(table: Table) -> Table:
    return {key: value for key, value in table.items() if key != "state"}


def _tables(layer: Table, key: str, where: str) -> dict[str, Table]:
    """The sub-tables under a key."""
    found = layer.get(key, {})
    name = f"{where}.{key}".lstrip(".")
    if not isinstance(found, dict):
        raise BadRules(f"[{name}]: must be a table")
    for inner, table in found.items():
        if not isinstance(table, dict):
            raise BadRules(f"[{name}] {inner}: must be a table")
    return found


def _only(layer: Table, where: str, allowed: set[str]) -> None:
    for key in layer:
        if key not in allowed:
            name = f"[{where}] {key}" if where else f"[{key}]"
            raise BadRules(f"{name}: not known; known: {', '.join(sorted(allowed))}")


def _read(name: str, table: object, wanted: type[T]) -> T:
    if not isinstance(table, dict):
        raise BadRules(f"[{name}]: must be a table")
    for key in table:
        if key not in wanted.__struct_fields__:
            known = ", ".join(wanted.__struct_fields__) or "none"
            raise BadRules(f"[{name}] {key}: no such key; known: {known}")
    try:
        read = msgspec.convert(table, wanted)
    except msgspec.ValidationError as error:
        raise BadRules(f"[{name}] {_key(str(error))}") from None
    for key, value in table.items():
        if isinstance(value, int | float):
            _check_figure(f"[{name}] {key}", value)
    return read


def _in_order(name: str, limits: Struct) -> None:
    for key, other in getattr(limits, "AT_MOST", {}).items():
        least, most = getattr(limits, key), getattr(limits, other)
        if least > most:
            raise BadRules(f"[{name}] {key}: {least:g} is more than {other}, {most:g}")


def _check_figure(where: str, value: float) -> None:
    """What holds for figures without a bound of their own (`streams/bounds.py`)."""
    if value < 0:
        raise BadRules(f"{where}: must not be negative")
    if not value <= LARGEST:  # nor NaN, which nothing compares with
        raise BadRules(f"{where}: must be at most {LARGEST}")


def _key(error: str) -> str:
    """msgspec's "Expected `int`, got `str` - at `$.grace_minutes`", the key first."""
    if bound := BOUND.fullmatch(error):
        return f"{bound[3]}: must be {WORDS[bound[1]]} {float(bound[2]):g}"
    problem, _, place = error.partition(" - at `$.")
    return f"{place.rstrip('`')}: {problem[:1].lower()}{problem[1:]}"
