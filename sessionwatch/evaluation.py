"""What an evaluation found, by detector: figures as data, and as a table for people."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct, field

from sessionwatch.scenarios import Verdict
from streams.events import Millis
from streams.rules import MODULES

PATTERNS = frozenset(
    {
        "screen_fatigue",
        "group_tiring",
        "falling_attendance",
        "often_late",
        "fatigue_trend",
        "drifting_away",
    }
)
"""Rules that weigh noisy signs: their truth is a stretch, not an instant."""


RARE = 0.02
"""Chances below it are shown with more digits."""


class Figures(Struct, frozen=True, kw_only=True):
    """One detector's. Delays in ms: `off` by the signal's `ts`, `after` when it was written."""

    expected: int = 0
    found: int = 0
    false: int = 0
    withdrawn: int = 0
    off_p50: Millis | None = None
    off_p95: Millis | None = None
    after_p50: Millis | None = None
    after_p95: Millis | None = None
    scenarios: int = 0
    """In how many it is expected."""
    tempted: int = 0
    """In how many it must keep quiet about something that looks like it."""

    @property
    def recall(self) -> float:
        return self.found / self.expected if self.expected else 1.0

    @property
    def precision(self) -> float:
        said = self.found + self.false
        return self.found / said if said else 1.0

    @property
    def exact(self) -> bool:
        """Every `ts` was the rule's very instant."""
        return self.off_p95 in (None, 0)


class Curve(Struct, frozen=True, kw_only=True):
    """A pattern detector over a caseload at one threshold after the other.

    `points`: threshold, recall, false alerts per clinician and day. `chosen` is the default.
    """

    rule: str
    key: str
    chosen: float
    points: list[tuple[float, float, float]]
    delay: str
    """How long after the change half of the people had been found."""
    changed: int
    """People (or rooms) in whom something changes."""

    @property
    def at_default(self) -> tuple[float, float]:
        """Recall, and false alerts per clinician and day."""
        return next((a, b) for value, a, b in self.points if value == self.chosen)


class Elsewhere(Struct, frozen=True, kw_only=True):
    """A pattern detector at its default over people who are not as those it was tuned on."""

    what: str
    rule: str
    changed: int
    found: int
    false_a_day: float
    """Per clinician."""

    @property
    def recall(self) -> float:
        return self.found / self.changed if self.changed else 1.0


class Chance(Struct, frozen=True):
    """What is said of nothing but chance: as computed beforehand, from `low` to `high`, and as
    simulated over so many people, or looks."""

    what: str
    low: float
    high: float
    simulated: float
    people: int

    @property
    def computed(self) -> str:
        if self.low == self.high:
            return f"{self.low:g}"
        return f"{self.low:g} to {self.high:g}" if self.low else f"at most {self.high:g}"

    @property
    def shown(self) -> str:
        """As simulated: what is rare with one more digit."""
        return f"{self.simulated:.{2 if self.high >= RARE else 4}f}"


class Budget(Struct, frozen=True, kw_only=True):
    """What the noise budget makes of a day's notices: a digest takes what is beyond it. Calls for
    help interrupt always, and are not in the most."""

    most_in_an_hour: int
    most_in_ten_minutes: int
    digests: float
    """A day."""
    in_digests: float
    """Notices a day that go into one."""
    most_in_a_digest: int


class Day(Struct, frozen=True, kw_only=True):
    """The default day: notices of everybody on outreach, and how the rules did."""

    seeds: int
    hours: float
    rooms: int
    people: int
    expected: int
    found: int
    false: int
    notices: dict[str, float]
    """By rule, notices an hour for one person on outreach."""
    most_in_an_hour: int
    most_in_ten_minutes: int
    budget: Budget


class Evaluation(Struct, kw_only=True):
    """All of it."""

    command: str
    rules: str
    seeds: int
    detectors: dict[str, Figures]
    wrong: dict[str, list[int]] = field(default_factory=dict)
    """Scenarios that were not right, with the seeds."""
    named: int = 0
    """Alerts of which the truth says what they explain, or whether they are held back."""
    misnamed: int = 0
    scenarios: dict[str, str] = field(default_factory=dict)
    curves: list[Curve] = field(default_factory=list)
    elsewhere: list[Elsewhere] = field(default_factory=list)
    chances: list[Chance] = field(default_factory=list)
    day: Day | None = None

    @property
    def right(self) -> bool:
        """Whether every clear-cut detector was right about everything, to the millisecond."""
        return not self.misnamed and all(
            one.recall == one.precision == 1 and one.exact
            for rule, one in self.detectors.items()
            if rule not in PATTERNS
        )

    def lines(self) -> Iterator[str]:
        """A table for people."""
        yield f"{'detector':<24}{'expected':>9}{'found':>7}{'false':>7}{'recall':>8}" + (
            f"{'precision':>11}{'ts off p50':>12}{'p95':>8}{'written p50':>13}{'p95':>8}"
        )
        for rule, one in self.detectors.items():
            delays = (one.off_p50, one.off_p95, one.after_p50, one.after_p95)
            widths = (12, 8, 13, 8)
            yield (
                f"{rule:<24}{one.expected:>9}{one.found:>7}{one.false:>7}{one.recall:>8.3f}"
                f"{one.precision:>11.3f}"
                + "".join(f"{length(d):>{w}}" for d, w in zip(delays, widths, strict=True))
            )
        if self.named:
            yield (
                f"incidents: of {self.named} alerts it is known what they explain, or whether they"
                f" are held back; {self.misnamed} times it was otherwise"
            )
        for name, seeds in self.wrong.items():
            yield f"not right: {name}, seeds {', '.join(map(str, seeds))}"
        for curve in self.curves:
            recall, false = curve.at_default
            yield (
                f"{curve.rule}: recall {recall:.2f}, {false:.2f} false alerts per clinician and"
                f" day ({curve.changed} changed; half of them found after {curve.delay})"
            )
        for one_of in self.elsewhere:
            yield (
                f"{one_of.what}: {one_of.rule} recall {one_of.recall:.2f} of {one_of.changed},"
                f" {one_of.false_a_day:.2f} false a day"
            )
        for chance in self.chances:
            yield (f"by chance: {chance.what}: computed {chance.computed}, here {chance.shown}")
        if self.day is not None:
            whole = sum(self.day.notices.values())
            yield (
                f"outreach: {whole:.1f} notices an hour, at most {self.day.most_in_an_hour} in an"
                f" hour and {self.day.most_in_ten_minutes} in ten minutes; by rule: "
                + ", ".join(f"{rule} {number:.2f}" for rule, number in self.day.notices.items())
            )
            budget = self.day.budget
            yield (
                f"within the budget: at most {budget.most_in_an_hour} in an hour and"
                f" {budget.most_in_ten_minutes} in ten minutes; {budget.digests:.1f} digests a day"
                f" of {budget.in_digests:.1f} notices"
            )


def length(ms: Millis | None) -> str:
    """A length of time in its natural unit."""
    if ms is None:
        return "-"
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000)):
        if abs(ms) >= size:
            return f"{ms / size:.1f} {unit}"
    return f"{ms} ms" if ms else "0"


def by_detector(
    verdicts: Iterable[Verdict], tempted: Iterable[tuple[str, str]]
) -> dict[str, Figures]:
    """Over all verdicts; `tempted` are pairs of scenario and rule."""
    expected: Counter[str] = Counter()
    false: Counter[str] = Counter()
    withdrawn: Counter[str] = Counter()
    off: dict[str, list[Millis]] = defaultdict(list)
    after: dict[str, list[Millis]] = defaultdict(list)
    positive: dict[str, set[str]] = defaultdict(set)
    for verdict in verdicts:
        told = [hit.rule for hit in verdict.found]
        told += [truth.rule for truth in verdict.missed if truth.rule]
        expected.update(told)
        for rule in told:
            positive[rule].add(verdict.name)
        for hit in verdict.found:
            off[hit.rule].append(hit.off)
            after[hit.rule].append(hit.after)
        false.update(one.rule for one in verdict.false)
        withdrawn.update(verdict.withdrawn)
    negative = Counter(rule for _, rule in tempted)
    return {
        rule: Figures(
            expected=expected[rule],
            found=len(off[rule]),
            false=false[rule],
            withdrawn=withdrawn[rule],
            off_p50=_share_below(off[rule], 0.5),
            off_p95=_share_below(off[rule], 0.95),
            after_p50=_share_below(after[rule], 0.5),
            after_p95=_share_below(after[rule], 0.95),
            scenarios=len(positive[rule]),
            tempted=negative[rule],
        )
        for rule in MODULES
        if expected[rule] or false[rule] or negative[rule]
    }


def _share_below(values: Sequence[Millis], share: float) -> Millis | None:
    """The least value that so many are not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None
