"""One connection: its open window of 5 s, its last verdicts, and what they add up to."""

from msgspec.structs import replace

from streams.events import Millis, Sample
from streams.quality.score import Verdict

WINDOW_MS = 5_000
REMEMBERED = 5
"""Windows, and standing verdicts, that count: a state remembers nine windows."""
SETTLED = 2 * REMEMBERED
"""Windows in a row of the state's own verdict, after which nothing else is remembered."""
THIRD = 3
"""The third-worst of five stands: three bad windows of five make a connection bad."""
SLOWEST_MS = 60_000.0
"""A delay beyond it is a broken sender's; figures stay finite."""
CONCEALED_SHARE = 0.5
"""Of the audio, made up by the receiver: speech is not understood beyond it."""
HEARD_LEVEL = 0.01
"""WebRTC `audioLevel` (0..1): -40 dBov, above room noise after suppression."""


def together(samples: list[Sample]) -> Sample:
    """A window's samples, at least one, as one: means, the sum of its freezes, and the last path.

    Of one sample it is that sample: the usual case, and several times as fast.
    """
    last = samples[-1]
    if len(samples) == 1:
        if last.rtt_ms <= SLOWEST_MS and last.jitter_ms <= SLOWEST_MS:
            return last
        rtt, jitter = min(last.rtt_ms, SLOWEST_MS), min(last.jitter_ms, SLOWEST_MS)
        return replace(last, rtt_ms=rtt, jitter_ms=jitter)
    count = len(samples)
    video = any(s.freeze_ms is not None or s.fps is not None for s in samples)
    return replace(
        last,
        rtt_ms=min(sum([s.rtt_ms for s in samples]) / count, SLOWEST_MS),
        jitter_ms=min(sum([s.jitter_ms for s in samples]) / count, SLOWEST_MS),
        loss=sum([s.loss for s in samples]) / count,
        freeze_ms=sum([s.freeze_ms or 0 for s in samples]) if video else None,
        concealed=_mean([s.concealed for s in samples if s.concealed is not None]),
        audio_level=max(
            [s.audio_level for s in samples if s.audio_level is not None], default=None
        ),
    )


def is_frozen(whole: Sample, before: Millis | None) -> bool:
    """Whether a window's video stood still for more than half of it.

    `before` is the time of the connection's sample before the window's: where samples come more
    rarely than windows, their freezes are of the whole time since then, so half of that counts.
    """
    froze = whole.freeze_ms
    if not froze:
        return False
    return froze > (WINDOW_MS if before is None else max(WINDOW_MS, whole.ts - before)) / 2


def _mean(figures: list[float]) -> float | None:
    return sum(figures) / len(figures) if figures else None


class Verdicts:
    """A connection's state from its windows' verdicts: slow to worsen, slower to improve."""

    __slots__ = ("_standing", "_windows", "_without_change", "state")

    def __init__(self) -> None:
        self._windows: list[Verdict] = []
        self._standing: list[Verdict] = []
        self._without_change = 0
        self.state: Verdict | None = None

    def add(self, verdict: Verdict) -> bool:
        """One more window; whether the state is another one now. None until three windows."""
        if verdict == self.state:
            if self._without_change >= SETTLED:
                return False
            self._without_change += 1
        else:
            self._without_change = 0
        windows = self._windows
        windows.append(verdict)
        if len(windows) > REMEMBERED:
            del windows[0]
        if len(windows) < THIRD:
            return False
        standing = self._standing
        standing.append(sorted(windows)[THIRD - 1])
        if len(standing) > REMEMBERED:
            del standing[0]
        before, self.state = self.state, min(standing)
        return self.state != before


class Line:
    """One connection's samples of the open window, and what was said of it so far."""

    __slots__ = ("audio", "before", "ends_at", "heard_at_count", "samples", "verdicts", "video")

    def __init__(self, ends_at: Millis) -> None:
        self.ends_at = ends_at
        self.samples: list[Sample] = []
        self.before: Millis | None = None
        self.verdicts = Verdicts()
        self.audio: str | None = None
        self.video: str | None = None
        self.heard_at_count = 0
