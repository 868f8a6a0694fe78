"""How right the detectors are: their signals against the truth of a simulated day.

A signal is right when its rule, its session and its person are the truth's and its `ts` lies in
the window; one truth takes one signal. Used over a replay of a day and over the `signals` topic
after a day was played through the gateway.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from privacy.sealing import MasterKey
from producers.simulator.expected import RULES
from producers.simulator.truth import Truth
from streams.codec import signals as codec
from streams.events import Millis, Signal
from streams.kafka import KafkaSettings, consumer
from streams.topics import SIGNALS

EXAMPLE_START = 1_795_536_000_000
"""A Tuesday, 9:00 in Phoenix: any time does, the day is made around it."""
EXAMPLE_KEY = MasterKey(b"an example key, for replays only")


class Score(Struct):
    """One rule's counts. `withdrawn`: raised too early, and cleared when the late fact came."""

    expected: int = 0
    found: int = 0
    false: int = 0
    withdrawn: int = 0

    @property
    def recall(self) -> float:
        return self.found / self.expected if self.expected else 1.0

    @property
    def precision(self) -> float:
        said = self.found + self.false
        return self.found / said if said else 1.0


class Result(Struct):
    """`quiet` people had nothing to be told of; `disturbed` of them were in some alert."""

    scores: dict[str, Score]
    missed: list[Truth] = field(default_factory=list)
    false: list[Signal] = field(default_factory=list)
    quiet: int = 0
    disturbed: int = 0

    @property
    def perfect(self) -> bool:
        return not self.missed and not self.false

    def lines(self) -> Iterator[str]:
        """A table for people."""
        columns = ("expected", "found", "false", "withdrawn", "recall", "precision")
        yield f"{'rule':<24}" + "".join(f"{name:>11}" for name in columns)
        for rule, score in self.scores.items():
            counts = (score.expected, score.found, score.false, score.withdrawn)
            shares = (score.recall, score.precision)
            yield (
                f"{rule:<24}"
                + "".join(f"{count:>11}" for count in counts)
                + "".join(f"{share:>11.3f}" for share in shares)
            )
        yield f"{self.quiet} people with nothing to tell; {self.disturbed} of them in an alert"


def evaluate(truth: Iterable[Truth], said: Iterable[Signal], slack_ms: Millis = 0) -> Result:
    """`slack_ms` widens every window on both sides: a sped-up run shifts beacons' times."""
    truth, said = list(truth), list(said)
    result = Result({rule: Score() for rule in RULES})
    raised = sorted(
        (one for one in said if one.status == "raised" and one.rule in result.scores),
        key=lambda one: one.ts,
    )
    late = {
        one.alert_id
        for one in said
        if one.status == "cleared" and one.evidence.get("reason") == "late_event"
    }
    open_signals: dict[tuple[str, str | None, str | None], list[Signal]] = defaultdict(list)
    for one in raised:
        open_signals[_about(one)].append(one)
    for expected in sorted(truth, key=lambda one: one.latest):
        if expected.rule is None:
            continue
        score = result.scores[expected.rule]
        score.expected += 1
        candidates = open_signals[_about(expected)]
        fits = [one for one in candidates if _within(expected, one.ts, slack_ms)]
        if fits:
            candidates.remove(fits[0])
            score.found += 1
        else:
            result.missed.append(expected)
    for one in (left for rest in open_signals.values() for left in rest):
        if one.alert_id in late:
            result.scores[one.rule].withdrawn += 1
        else:
            result.scores[one.rule].false += 1
            result.false.append(one)
    quiet = {(one.session_id, one.participant_id) for one in truth if one.rule is None}
    result.quiet = len(quiet)
    told = {(one.session_id, one.participant_id) for one in raised if one.alert_id not in late}
    result.disturbed = len(quiet & told)
    return result


def _about(one: Truth | Signal) -> tuple[str, str | None, str | None]:
    return (one.rule or "", one.session_id, one.participant_id)


def _within(expected: Truth, ts: Millis, slack_ms: Millis) -> bool:
    return expected.earliest - slack_ms <= ts <= expected.latest + slack_ms


async def read_signals(kafka: KafkaSettings) -> list[Signal]:
    """Every signal on the topic from its beginning to its present end."""
    reader = consumer(kafka, SIGNALS)
    await reader.start()
    try:
        said: list[Signal] = []
        ends = await reader.end_offsets(reader.assignment())
        while True:
            positions = [(one, await reader.position(one)) for one in ends]
            if all(position >= ends[one] for one, position in positions):
                return said
            batches = await reader.getmany(timeout_ms=500)
            said += [
                read
                for records in batches.values()
                for record in records
                if isinstance(read := codec.decode(record.value), Signal)
            ]
    finally:
        await reader.stop()
