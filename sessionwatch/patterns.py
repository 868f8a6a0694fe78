"""How well the rules that weigh noisy signs find a change, and how often they speak without one.

Whole caseloads and rooms go through the cores under rules that differ in one threshold a rule. A
person or room in which something else changes counts neither way.
"""

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from producers.simulator import caseload, engaged_room
from producers.simulator.caseload import CASELOAD, DAYS, Followed, followed
from producers.simulator.engaged_room import Group, group
from sessionwatch.evaluation import Curve, Elsewhere
from sessionwatch.scenarios import logged, through_rooms, through_weeks
from streams import rules
from streams.events import HOUR, MINUTE, Millis, Signal
from streams.rules import ALWAYS_ON, MODULES, Rules

DAY = 24 * HOUR
FOUND_WITHIN = 42 * DAY
"""A change over weeks counts as found when the alert stands within six weeks."""
SETTLED = 7 * DAY
"""An alert from before the change counts if it still stands so long after it."""
ROOMS_A_DAY = 2
"""Groups that one clinician holds in a day; chosen."""
Moved = Mapping[str, tuple[str, tuple[float, ...]]]
"""Rule, the threshold that is moved, and its values."""
OVER_WEEKS: Moved = {
    "falling_attendance": ("gap", (0.2, 0.3, 0.4, 0.5, 0.6)),
    "often_late": ("late_sessions", (1, 2, 3, 4, 5)),
    "fatigue_trend": ("slope", (0.0, 0.01, 0.02, 0.03, 0.04)),
    "drifting_away": ("attendance_gap", (0.15, 0.2, 0.25, 0.3, 0.35)),
}
"""The last moves all four gaps of its rule by the same factor."""
IN_ROOMS: Moved = {
    "screen_fatigue": ("index", (0.5, 0.6, 0.7, 0.8, 0.9)),
    "group_tiring": ("share", (0.2, 0.3, 0.4, 0.5, 0.6)),
    "withdrawn": ("stretch_minutes", (25, 35, 45, 50, 55)),
}
STEPS = 5
DRIFTING = ("attendance_gap", "late_gap", "early_gap", "signs_drop")


class Seen(Struct, frozen=True):
    """Of one person or room, by rule: changed, found, false, delays (ms). `quiet`: no change."""

    by_rule: dict[str, tuple[int, int, int, list[Millis]]]
    quiet: bool = False


def all_curves(people: int, rooms: int, seed: int, pool: Executor | None = None) -> list[Curve]:
    """Over so many people for twelve weeks, and so many rooms of two hours."""
    run: Callable[..., Iterable[Seen]] = map if pool is None else partial(pool.map, chunksize=4)
    places = range(1000 * seed, 1000 * seed + rooms)
    within = [list(run(partial(_room, step), places)) for step in range(STEPS)]
    over = [list(run(partial(_person, step, seed), range(people))) for step in range(STEPS)]
    a_day = [len(seen) / ROOMS_A_DAY for seen in within]
    caseload_days = [sum(1 for one in seen if one.quiet) / CASELOAD * DAYS for seen in over]
    return [
        *_curves(IN_ROOMS, within, a_day, MINUTE, "min"),
        *_curves(OVER_WEEKS, over, caseload_days, 7 * DAY, "weeks"),
    ]


TUNED_ON = 2
"""The step of the defaults."""
IN_OTHER_ROOMS: Mapping[str, engaged_room.Manner] = {
    "people differ more from one session to the next": engaged_room.Manner(varied=0.4),
    "people say and write half as much": engaged_room.Manner(outgoing=0.5),
    "who tires still gives a third of the signs": engaged_room.Manner(left=0.33),
    "twice as many tire": engaged_room.Manner(tired=0.16),
}
OVER_OTHER_WEEKS: Mapping[str, caseload.Manner] = {
    "27 of 100 sessions are missed": caseload.Manner(missed=(4, 11)),
    "people are late twice as often": caseload.Manner(late=(2.4, 14)),
    "the index is noisier, and alike for longer": caseload.Manner(noise=0.15, alike=0.6),
    "changes are three quarters as large": caseload.Manner(change=0.75),
}


def elsewhere(people: int, rooms: int, seed: int, pool: Executor | None = None) -> list[Elsewhere]:
    """The defaults over people who are otherwise than those they were tuned on."""
    run: Callable[..., Iterable[Seen]] = map if pool is None else partial(pool.map, chunksize=4)
    places = range(1000 * seed, 1000 * seed + rooms)
    found = []
    for what, ways in IN_OTHER_ROOMS.items():
        seen = list(run(partial(_room, TUNED_ON, manner=ways), places))
        found += _figures(what, IN_ROOMS, seen, len(seen) / ROOMS_A_DAY)
    for what, manner in OVER_OTHER_WEEKS.items():
        seen = list(run(partial(_person, TUNED_ON, seed, manner=manner), range(people)))
        days = sum(1 for one in seen if one.quiet) / CASELOAD * DAYS
        found += _figures(what, OVER_WEEKS, seen, days)
    return found


def _figures(what: str, rules: Iterable[str], seen: Sequence[Seen], days: float) -> list[Elsewhere]:
    whole = {rule: [one.by_rule[rule] for one in seen] for rule in rules}
    return [
        Elsewhere(
            what=what,
            rule=rule,
            changed=sum(one[0] for one in counts),
            found=sum(one[1] for one in counts),
            false_a_day=round(sum(one[2] for one in counts) / max(days, 1e-9), 3),
        )
        for rule, counts in whole.items()
    ]


def _curves(
    moved: Moved, seen: Sequence[Sequence[Seen]], days: Sequence[float], unit: Millis, name: str
) -> list[Curve]:
    """`days`: of clinicians, at each step."""
    limits = rules.load().of("iop", "group")
    made = []
    for rule, (key, values) in moved.items():
        points: list[tuple[float, float, float]] = []
        changed, delays = 0, [0]
        for value, step, length in zip(values, seen, days, strict=True):
            whole = [one.by_rule[rule] for one in step]
            changed = sum(one[0] for one in whole)
            found, false = sum(one[1] for one in whole), sum(one[2] for one in whole)
            points.append((float(value), found / max(changed, 1), false / max(length, 1 / unit)))
            if value == getattr(limits[rule], key):
                delays = sorted(delay for one in whole for delay in one[3]) or delays
        made.append(
            Curve(
                rule=rule,
                key=key,
                chosen=float(getattr(limits[rule], key)),
                points=points,
                delay=f"{delays[len(delays) // 2] / unit:.1f} {name}",
                changed=changed,
            )
        )
    return made


def moved_rules(moved: Moved, step: int) -> Rules:
    """The default rules, each of `moved` with its threshold of that step, all others off."""
    limits = rules.load().of("iop", "group")
    tables = [
        f'[rule.{rule}]\nstate = "off"\n' for rule in MODULES if rule not in {*moved, *ALWAYS_ON}
    ]
    for rule, (key, values) in moved.items():
        factor = values[step] / getattr(limits[rule], key)
        keys = DRIFTING if rule == "drifting_away" else (key,)
        tables.append(f"[rule.{rule}]\n")
        tables += [f"{one} = {_scaled(getattr(limits[rule], one), factor)}\n" for one in keys]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.toml"
        path.write_text("".join(tables), encoding="utf-8")
        return rules.load(path)


def _scaled(value: Any, factor: float) -> Any:
    return round(value * factor) if isinstance(value, int) else round(value * factor, 6)


# --- over weeks ---------------------------------------------------------------------------------


def _person(step: int, seed: int, place: int, manner: caseload.Manner = caseload.DEFAULT) -> Seen:
    one = followed(seed, place, manner)
    log = logged(one.weeks.told, one.weeks.ends_at() + 7 * DAY, DAY // 4)
    said = [signal for _, signal in through_weeks(log, moved_rules(OVER_WEEKS, step))]
    found = {rule: _ask(rule, one, _episodes(rule, said)) for rule in OVER_WEEKS}
    return Seen(found, one.change is None)


def _episodes(rule: str, said: Iterable[Signal]) -> list[tuple[Millis, Millis | None]]:
    """When each alert of the rule was raised and cleared."""
    known: dict[str, tuple[Millis, Millis | None]] = {}
    for signal in said:
        if signal.rule == rule:
            over = signal.ts if signal.status == "cleared" else None
            known[signal.alert_id] = (signal.raised_at, over)
    return sorted(known.values(), key=_raised)


def _raised(episode: tuple[Millis, Millis | None]) -> Millis:
    return episode[0]


def _ask(
    rule: str, one: Followed, told: Sequence[tuple[Millis, Millis | None]]
) -> tuple[int, int, int, list[Millis]]:
    if one.change is None:
        return 0, 0, len(told), []
    if one.change != rule:
        return 0, 0, 0, []
    until, settled = one.since + FOUND_WITHIN, one.since + SETTLED
    after = [
        max(0, raised - one.since)
        for raised, cleared in told
        if raised < until and (cleared is None or cleared > settled)
    ]
    return 1, int(bool(after)), 0, after[:1]


# --- within a session ---------------------------------------------------------------------------


def _room(step: int, seed: int, manner: engaged_room.Manner = engaged_room.DEFAULT) -> Seen:
    one = group(seed, manner)
    said = through_rooms(one.stage.log(), moved_rules(IN_ROOMS, step))
    raised = [signal for _, signal in said if signal.status == "raised"]
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
