"""A back-test's result, as text for people and as JSON. Only pseudonyms and times stand in it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from sessionwatch.comparison import Change, Load, Result
from sessionwatch.notices import NO_PROGRAM
from streams.events import HOUR, MINUTE, Millis, Signal

SHOWN, WRITTEN = 3, 200
"""Examples of each kind and rule, on paper and in the file."""
EMPTY = "the log has no alert under either set of rules"


def lines(result: Result) -> Iterator[str]:
    """The tables, then examples."""
    old, new = result.rules
    yield f"{result.events:,} events; rules before {old}, after {new}"
    yield ""
    if not result.changes:
        yield EMPTY
        return
    names = ("before", "after", "unchanged", "gained", "lost", "moved")
    yield f"{'alerts by rule':<28}" + "".join(f"{name:>10}" for name in names) + "  moved by"
    for rule, change in result.changes.items():
        figures = (change.before, change.after, change.unchanged, *map(len, _lists(change)))
        name = f"{rule} (trial)" if change.trial else rule
        yield f"{name:<28}" + "".join(f"{n:>10,}" for n in figures) + _moved_by(change)
    yield ""
    yield from _programs(result)
    yield from _examples(result)


def _lists(change: Change) -> tuple[Sequence[Any], Sequence[Any], Sequence[Any]]:
    return change.gained, change.lost, change.moved


def _moved_by(change: Change) -> str:
    """Minutes, the least and the most."""
    if not change.moved:
        return ""
    apart = [(new.raised_at - old.raised_at) / MINUTE for old, new in change.moved]
    return f"  {min(apart):+.1f} to {max(apart):+.1f} min"


def _programs(result: Result) -> Iterator[str]:
    names = ("hours", "before", "after", "before/h", "after/h", "most before", "most after")
    yield f"{'notifications by program':<28}" + "".join(f"{name:>12}" for name in names)
    for program, load in result.programs.items():
        name = "several programs" if program == NO_PROGRAM else program
        figures = (f"{load.hours:,}", f"{load.before:,}", f"{load.after:,}")
        rates = (_rate(load, load.before), _rate(load, load.after))
        most = (str(load.most(0)), str(load.most(1)))
        yield f"{name:<28}" + "".join(f"{one:>12}" for one in (*figures, *rates, *most))


def _rate(load: Load, count: int) -> str:
    return f"{count / load.hours:.2f}" if load.hours else "-"


def _examples(result: Result) -> Iterator[str]:
    for rule, change in result.changes.items():
        kinds = (("gained", change.gained), ("lost", change.lost), ("moved", change.moved))
        for kind, found in kinds:
            if not found:
                continue
            yield ""
            yield f"{rule}, {kind}:"
            for one in found[:SHOWN]:
                yield f"  {_said(*one) if isinstance(one, tuple) else _said(one)}"
            if len(found) > SHOWN:
                yield f"  and {len(found) - SHOWN:,} more"


def _said(old: Signal, new: Signal | None = None) -> str:
    to = f" -> {at(new.raised_at)}" if new else ""
    about = [old.session_id and f"session {old.session_id}"]
    about += [old.participant_id and f"person {old.participant_id}", old.subject]
    return f"{at(old.raised_at)}{to}  " + ", ".join(one for one in about if one)


def at(ts: Millis) -> str:
    return datetime.fromtimestamp(ts / 1000, UTC).isoformat(timespec="seconds")[:19] + "Z"


def written(result: Result) -> bytes:
    """One JSON object, with more examples and every hour."""
    return msgspec.json.format(
        msgspec.json.encode(
            {
                "rules": {"before": result.rules[0], "after": result.rules[1]},
                "events": result.events,
                "alerts": {rule: _change(change) for rule, change in result.changes.items()},
                "notifications": {name: _load(load) for name, load in result.programs.items()},
            }
        )
    )


def _change(change: Change) -> dict[str, Any]:
    return {
        "before": change.before,
        "after": change.after,
        "unchanged": change.unchanged,
        "gained": len(change.gained),
        "lost": len(change.lost),
        "moved": len(change.moved),
        "trial": change.trial,
        "examples": {
            "gained": [_example(one) for one in change.gained[:WRITTEN]],
            "lost": [_example(one) for one in change.lost[:WRITTEN]],
            "moved": [
                _example(old) | {"moved_to": at(new.raised_at)}
                for old, new in change.moved[:WRITTEN]
            ],
        },
    }


def _example(one: Signal) -> dict[str, Any]:
    about = {
        "program_id": one.program_id,
        "session_id": one.session_id,
        "participant_id": one.participant_id,
        "subject": one.subject,
    }
    return {"raised_at": at(one.raised_at)} | {k: v for k, v in about.items() if v is not None}


def _load(load: Load) -> dict[str, Any]:
    return {
        "hours": load.hours,
        "before": load.before,
        "after": load.after,
        "most_an_hour": {"before": load.most(0), "after": load.most(1)},
        "by_hour": {
            at(hour * HOUR): {"before": before, "after": after}
            for hour, (before, after) in sorted(load.by_hour.items())
        },
    }
