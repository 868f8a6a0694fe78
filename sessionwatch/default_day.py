"""The default day of a clinic: are the rules right about it, and how often do they ring?

Notices as `sessionwatch/notices.py` counts them: of one person on outreach, absences one a room.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor

from msgspec import Struct

from alerts.budget import Due, spend
from alerts.holding import NEVER_HELD
from privacy.pseudonyms import Pseudonyms
from producers.simulator.day import make
from producers.simulator.log import as_log
from producers.simulator.truth import truths
from sessionwatch import evaluation
from sessionwatch.evaluate import EXAMPLE_KEY, EXAMPLE_START, evaluate
from sessionwatch.notices import Notice, notices
from sessionwatch.replay import replay
from streams import rules
from streams.events import HOUR, MINUTE, Millis, Signal


class Lived(Struct, frozen=True):
    """One day under one seed."""

    expected: int
    found: int
    false: int
    rooms: int
    people: int
    hours: float
    outreach: list[Notice]
    """Before the noise budget."""


def live(seed: int) -> Lived:
    """The day through the cores."""
    day, pseudonyms = make("day", seed, EXAMPLE_START), Pseudonyms(EXAMPLE_KEY)
    chosen = rules.load()
    said = [one for one in replay(as_log(day, pseudonyms), chosen) if isinstance(one, Signal)]
    result = evaluate(truths(day, pseudonyms), said)
    begin = min(room.starts_at for room in day.rooms)
    return Lived(
        expected=sum(score.expected for score in result.scores.values()),
        found=sum(score.found for score in result.scores.values()),
        false=sum(score.false for score in result.scores.values()),
        rooms=len(day.rooms),
        people=sum(len(room.roster) for room in day.rooms),
        hours=(max(room.ends_at for room in day.rooms) - begin) / HOUR,
        outreach=[one for one in notices(said, chosen.general.max_hold) if one.role == "outreach"],
    )


def days(number: int, pool: Executor | None = None) -> evaluation.Day:
    """So many days, of the seeds from 1 on."""
    seeds = range(1, number + 1)
    lived = [live(seed) for seed in seeds] if pool is None else list(pool.map(live, seeds))
    hours = sum(one.hours for one in lived)
    rang = Counter(notice.rule for one in lived for notice in one.outreach)
    before = [[notice.at for notice in one.outreach] for one in lived]
    spent = [spend(map(_due, one.outreach)) for one in lived]
    after = [[due.at for due in notices if due.rule not in NEVER_HELD] for notices, _ in spent]
    digests = [digest for _, made in spent for digest in made]
    return evaluation.Day(
        seeds=number,
        hours=hours / number,
        rooms=lived[0].rooms,
        people=lived[0].people,
        expected=sum(one.expected for one in lived),
        found=sum(one.found for one in lived),
        false=sum(one.false for one in lived),
        notices={rule: round(count / hours, 2) for rule, count in rang.most_common()},
        most_in_an_hour=max(_most(one, HOUR) for one in before),
        most_in_ten_minutes=max(_most(one, 10 * MINUTE) for one in before),
        budget=evaluation.Budget(
            most_in_an_hour=max(_most(one, HOUR) for one in after),
            most_in_ten_minutes=max(_most(one, 10 * MINUTE) for one in after),
            digests=round(len(digests) / number, 1),
            in_digests=round(sum(digest.number for digest in digests) / number, 1),
            most_in_a_digest=max((digest.number for digest in digests), default=0),
        ),
    )


def _due(notice: Notice) -> Due:
    """One person is on outreach for all programs, so that all spend one budget."""
    return Due(notice.at, notice.role, notice.room, notice.rule, notice.severity)


def _most(instants: Sequence[Millis], span: Millis) -> int:
    """The most within a span of time."""
    ordered = sorted(instants)
    return max(
        (bisect_left(ordered, at + span) - place for place, at in enumerate(ordered)), default=0
    )
