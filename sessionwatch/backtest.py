"""Back-test: what other rules would have said of the same log.

The log is played under each set of rules. An alert is the same where its `alert_id` is: the same
rule about the same person, session and subject, raised at the same instant. One about the same,
raised at another instant, has moved; what is left is gained or lost. Rules over weeks judge the
outcomes that the log recorded.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from sessionwatch import backtest_report
from sessionwatch.comparison import Change, Load, Result
from sessionwatch.keeping import written
from sessionwatch.notices import notices
from sessionwatch.playing import INTERRUPTED, played
from sessionwatch.taking import Played
from sessionwatch.tracks import STDIN, tracks
from streams.events import HOUR, Millis, Signal
from streams.rules import THRESHOLDS, Rules
from streams.topics import DAY_MS

OLD, NEW = "old", "new"
SAME_WITHIN = 7 * DAY_MS
"""An alert over weeks that is raised so much earlier or later is still the same one, moved."""


def run(
    files: Sequence[str],
    new: Rules,
    old: Rules,
    out: TextIO,
    err: TextIO,
    json: Path | None = None,
) -> int:
    """Prints the comparison, and writes all of it to `json`. 2 when a file cannot be
    read or written."""
    try:
        if STDIN in files:
            raise OSError(0, "is read twice: name a file", STDIN)
        result = backtest(files, new, old, err)
        if json is not None:
            written(json, backtest_report.written(result))
    except OSError as error:
        err.write(f"{error.filename}: {error.strerror}\n")
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    for line in backtest_report.lines(result):
        out.write(line + "\n")
    return 0


def backtest(files: Sequence[str], new: Rules, old: Rules, err: TextIO, workers: int = 0) -> Result:
    """By so many processes; 0: as many as it is worth. Raises `OSError` for what cannot be read."""
    told = played(tracks(files), {OLD: old, NEW: new}, err, workers=workers)
    before, after = ([one for track in told[name] for one in track.signals] for name in told)
    return Result(
        (old.hash, new.hash),
        sum(track.events for track in told[NEW]),
        compared(before, after),
        _loads(told[NEW], before, after, (old, new)),
    )


def compared(before: Iterable[Signal], after: Iterable[Signal]) -> dict[str, Change]:
    """By rule, in the rules' order; rules that never spoke are left out."""
    changes: dict[str, Change] = defaultdict(Change)
    apart: dict[tuple[str | None, ...], tuple[list[Signal], list[Signal]]] = {}
    raised = [_raised(before), _raised(after)]
    for one in raised[0].values():
        changes[one.rule].before += 1
    for one in raised[1].values():
        changes[one.rule].after += 1
        changes[one.rule].trial |= one.trial
        changes[one.rule].unchanged += one.alert_id in raised[0]
    for side in (0, 1):
        for alert_id, one in raised[side].items():
            if alert_id not in raised[1 - side]:
                apart.setdefault(_about(one), ([], []))[side].append(one)
    for gone, come in apart.values():
        change = changes[(gone or come)[0].rule]
        pairs = _pairs(gone, come)
        change.moved += pairs
        change.lost += _without(gone, [pair[0] for pair in pairs])
        change.gained += _without(come, [pair[1] for pair in pairs])
    for change in changes.values():
        change.gained.sort(key=_when)
        change.lost.sort(key=_when)
        change.moved.sort(key=lambda pair: _when(pair[0]))
    return {rule: changes[rule] for rule in THRESHOLDS if rule in changes}


def _raised(signals: Iterable[Signal]) -> dict[str, Signal]:
    return {one.alert_id: one for one in signals if one.status == "raised"}


def _about(one: Signal) -> tuple[str | None, ...]:
    return one.rule, one.session_id, one.participant_id, one.subject


def _pairs(gone: Sequence[Signal], come: Sequence[Signal]) -> list[tuple[Signal, Signal]]:
    """Each with the nearest that is left."""
    candidates = [
        (abs(new.raised_at - old.raised_at), i, j)
        for i, old in enumerate(gone)
        for j, new in enumerate(come)
    ]
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    pairs = []
    for apart, i, j in sorted(candidates):
        if apart <= SAME_WITHIN and i not in taken_old and j not in taken_new:
            taken_old.add(i)
            taken_new.add(j)
            pairs.append((gone[i], come[j]))
    return pairs


def _without(signals: Sequence[Signal], paired: Sequence[Signal]) -> list[Signal]:
    ids = {one.alert_id for one in paired}
    return [one for one in signals if one.alert_id not in ids]


def _when(one: Signal) -> tuple[Millis, str]:
    return one.raised_at, one.alert_id


def _loads(
    told: Sequence[Played],
    before: Sequence[Signal],
    after: Sequence[Signal],
    rules: tuple[Rules, Rules],
) -> dict[str, Load]:
    """By program, those with sessions or notices."""
    hours: Mapping[str, set[int]] = defaultdict(set)
    for track in told:
        for program, planned in track.hours.items():
            hours[program] |= planned
    loads = {program: Load(len(planned)) for program, planned in sorted(hours.items())}
    for side, signals in enumerate((before, after)):
        for notice in notices(signals, rules[side].general.max_hold):
            load = loads.setdefault(notice.program_id, Load())
            counts = load.by_hour.get(notice.at // HOUR, (0, 0))
            load.by_hour[notice.at // HOUR] = (counts[0] + (not side), counts[1] + side)
            if side:
                load.after += 1
            else:
                load.before += 1
    return loads
