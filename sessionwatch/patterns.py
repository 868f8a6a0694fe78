"""How well the rules that weigh noisy signs find a change, and how often they speak without one.

Over weeks each detector is asked of every person of a caseload at one threshold after the other;
within a session whole rooms are replayed under rules that differ in it. A person or room in which
something else changes counts neither way.
"""

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from producers.simulator.caseload import CASELOAD, DAYS, Followed, people
from producers.simulator.engaged_room import Group, group
from producers.simulator.scenarios.weeks import Weeks
from sessionwatch.evaluation import Curve
from sessionwatch.scenarios import through_rooms
from streams import rules
from streams.events import HOUR, MINUTE, Millis, Signal
from streams.participant import as_of
from streams.participant.detectors import (
    drifting_away,
    falling_attendance,
    fatigue_trend,
    often_late,
)
from streams.participant.facts import Person
from streams.participant.ledger import RECORDERS, Ledger

DAY = 24 * HOUR
FOUND_WITHIN = 42 * DAY
"""A change over weeks counts as found when the rule speaks within six weeks."""
SETTLED = 7 * DAY
"""An alert from before the change counts if it still stands so long after it."""
ROOMS_A_DAY = 2
"""Groups that one clinician holds in a day; chosen."""
OVER_WEEKS: Mapping[str, tuple[Any, str, tuple[float, ...]]] = {
    "falling_attendance": (falling_attendance, "gap", (0.2, 0.3, 0.4, 0.5, 0.6)),
    "often_late": (often_late, "late_sessions", (2, 3, 4, 5)),
    "fatigue_trend": (fatigue_trend, "slope", (0.0, 0.01, 0.02, 0.03, 0.04)),
    "drifting_away": (drifting_away, "parts", (1, 2, 3, 4)),
}
"""Rule, detector, the threshold that is moved, and its values."""
IN_ROOMS: Mapping[str, tuple[str, tuple[float, ...]]] = {
    "screen_fatigue": ("index", (0.5, 0.6, 0.7, 0.8, 0.9)),
    "group_tiring": ("share", (0.2, 0.3, 0.4, 0.5, 0.6)),
    "withdrawn": ("stretch_minutes", (25, 35, 45, 50, 55)),
}


class Asked(Struct, frozen=True):
    """One detector of one person: when it should speak, and when it did."""

    found_after: Millis | None
    false: int
    quiet: bool
    """It was asked of a person in whom nothing changes."""


def person_of(weeks: Weeks, limits: Mapping[str, Any]) -> Person:
    """What the detectors may know of the whole of it."""
    ledger = Ledger()
    for _, event in sorted(weeks.told, key=_arrival):
        RECORDERS[type(event)](ledger, event)
    return as_of.person(ledger, weeks.ends_at() + 7 * DAY, limits)


def _arrival(told: tuple[Millis, object]) -> Millis:
    return told[0]


def over_weeks(number: int, seed: int) -> list[Curve]:
    """A curve for each detector, over so many people."""
    limits = rules.load().of("iop", "group")
    known = [(one, person_of(one.weeks, limits)) for one in people(number, seed)]
    return [_over_weeks(rule, known, limits[rule]) for rule in OVER_WEEKS]


def _over_weeks(rule: str, known: list[tuple[Followed, Person]], limits: Any) -> Curve:
    module, key, values = OVER_WEEKS[rule]
    points, delays = [], [0]
    changed = sum(1 for one, _ in known if one.change == rule)
    for value in values:
        moved = replace(limits, **{key: value})
        asked = [_ask(rule, one, module.episodes(_afresh(person), moved)) for one, person in known]
        after = [one.found_after for one in asked if one.found_after is not None]
        quiet = sum(1 for one in asked if one.quiet)
        false = sum(one.false for one in asked) * CASELOAD / max(quiet, 1) / DAYS
        points.append((float(value), len(after) / max(changed, 1), false))
        if value == getattr(limits, key):
            delays = sorted(after) or delays
    weeks = delays[len(delays) // 2] / (7 * DAY)
    chosen = float(getattr(limits, key))
    return Curve(
        rule=rule,
        key=key,
        chosen=chosen,
        points=points,
        delay=f"{weeks:.1f} weeks",
        changed=changed,
    )


def _afresh(person: Person) -> Person:
    """Without what a detector remembers of it for other rules."""
    return replace(person, _made={})


def _ask(rule: str, one: Followed, episodes: Iterable[Any]) -> Asked:
    told = list(episodes)
    if one.change is None:
        return Asked(None, len(told), True)
    until = one.since + FOUND_WITHIN
    after = [
        max(0, episode.raised - one.since)
        for episode in told
        if episode.raised < until and _stands(episode, one.since + SETTLED)
    ]
    return Asked(min(after) if one.change == rule and after else None, 0, False)


def _stands(episode: Any, at: Millis) -> bool:
    """Raised then or later, or raised before and still standing."""
    return episode.cleared is None or episode.cleared > at


# --- within a session ---------------------------------------------------------------------------


class Seen(Struct, frozen=True):
    """Of one room under one choice of thresholds, by rule: changed, found, false, delays (ms)."""

    by_rule: dict[str, tuple[int, int, int, list[Millis]]]


def in_rooms(number: int, seed: int, pool: Executor | None = None) -> list[Curve]:
    """A curve for each detector, over so many rooms."""
    run: Callable[..., Iterable[Seen]] = map if pool is None else pool.map
    steps = len(next(iter(IN_ROOMS.values()))[1])
    points: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    delays: dict[str, list[Millis]] = {}
    changed: dict[str, int] = {}
    limits = rules.load().of("iop", "group")
    for step in range(steps):
        seeds = range(1000 * seed, 1000 * seed + number)
        seen = list(run(partial(_room, step), seeds))
        for rule, (key, values) in IN_ROOMS.items():
            whole = [one.by_rule[rule] for one in seen]
            changed[rule] = sum(one[0] for one in whole)
            found = sum(one[1] for one in whole)
            false = sum(one[2] for one in whole) / number * ROOMS_A_DAY
            points[rule].append((float(values[step]), found / max(changed[rule], 1), false))
            if values[step] == getattr(limits[rule], key):
                delays[rule] = sorted(delay for one in whole for delay in one[3]) or [0]
    return [
        Curve(
            rule=rule,
            key=key,
            chosen=float(getattr(limits[rule], key)),
            points=points[rule],
            delay=f"{delays[rule][len(delays[rule]) // 2] / MINUTE:.0f} min",
            changed=changed[rule],
        )
        for rule, (key, _) in IN_ROOMS.items()
    ]


def _room(step: int, seed: int) -> Seen:
    one = group(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.toml"
        tables = (f"[rule.{rule}]\n{key} = {of[step]}\n" for rule, (key, of) in IN_ROOMS.items())
        path.write_text("".join(tables), encoding="utf-8")
        chosen = rules.load(path)
    said = [signal for _, signal in through_rooms(one.stage.log(), chosen)]
    raised = [signal for signal in said if signal.status == "raised"]
    return Seen({rule: _count(rule, one, raised) for rule in IN_ROOMS})


def _count(rule: str, one: Group, raised: Iterable[Signal]) -> tuple[int, int, int, list[Millis]]:
    wanted: dict[str | None, float] = {}
    wanted.update(one.tired if rule == "screen_fatigue" else one.silent)
    alike = {**one.tired, **one.silent}
    if rule == "group_tiring":
        wanted = {} if one.tiring is None else {None: one.tiring}
    delays: dict[str | None, Millis] = {}
    false = 0
    for signal in raised:
        if signal.rule != rule:
            continue
        who = signal.participant_id
        since = wanted.get(who)
        if since is not None and signal.ts >= one.room.at(since):
            delays.setdefault(who, signal.ts - one.room.at(since))
        elif who is None or who not in alike or signal.ts < one.room.at(alike[who]):
            false += 1
    return len(wanted), len(delays), false, list(delays.values())


def all_curves(number: int, rooms: int, seed: int, pool: Executor | None = None) -> list[Curve]:
    """Over so many people for twelve weeks, and so many rooms of two hours."""
    return [*in_rooms(rooms, seed, pool), *over_weeks(number, seed)]
