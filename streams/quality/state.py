"""One connection: its open window of 5 s, its last verdicts, and what they add up to."""

from msgspec import Struct

from streams.events import Cause, LimitedBy, Millis, Path, Sample
from streams.quality import score
from streams.quality.score import Verdict

WINDOW_MS = 5_000
REMEMBERED = 5
"""Windows, and standing verdicts, that count: a state remembers nine windows."""
THIRD = 3
"""The third-worst of five stands: three bad windows of five make a connection bad."""
SLOWEST_MS = 60_000.0
"""A delay beyond it is a broken sender's; figures stay finite."""
CONCEALED_SHARE = 0.5
"""Of the audio, made up by the receiver: speech is not understood beyond it."""
HEARD_LEVEL = 0.01
"""WebRTC `audioLevel` (0..1): -40 dBov, above room noise after suppression."""


class Window(Struct, frozen=True):
    """What one window's samples say together; `ends_at` is where it closes."""

    ends_at: Millis
    rtt_ms: float
    jitter_ms: float
    loss: float
    mos: float
    frozen: bool
    video: bool
    """Any video measured: the camera was on."""
    concealed: float | None
    audio_level: float | None
    path: Path | None
    limited_by: LimitedBy | None

    @property
    def cause(self) -> Cause:
        spent = score.costs(self.rtt_ms, self.jitter_ms, self.loss)
        return score.cause(spent, self.frozen, self.limited_by == "bandwidth")


def measure(ends_at: Millis, samples: list[Sample], before: Millis | None) -> Window:
    """The mean of a window's samples, at least one.

    `before` is the time of the connection's sample before them: where samples come more rarely
    than windows, their freezes are of the whole time since then, so half of that is the limit.
    """
    last = samples[-1]
    if len(samples) == 1:  # the usual case; several times as fast
        rtt, jitter, loss = last.rtt_ms, last.jitter_ms, last.loss
        froze, concealed, level = last.freeze_ms, last.concealed, last.audio_level
        video = froze is not None or last.fps is not None
    else:
        count = len(samples)
        rtt = sum([s.rtt_ms for s in samples]) / count
        jitter = sum([s.jitter_ms for s in samples]) / count
        loss = sum([s.loss for s in samples]) / count
        froze = sum([s.freeze_ms or 0 for s in samples])
        concealed = _mean([s.concealed for s in samples if s.concealed is not None])
        level = max([s.audio_level for s in samples if s.audio_level is not None], default=None)
        video = any(s.freeze_ms is not None or s.fps is not None for s in samples)
    rtt, jitter = min(rtt, SLOWEST_MS), min(jitter, SLOWEST_MS)
    mos = score.mos(score.rating(rtt, jitter, loss))
    frozen = False
    if froze:
        covered = WINDOW_MS if before is None else max(WINDOW_MS, last.ts - before)
        frozen = froze > covered / 2
        if frozen:
            mos = min(mos, score.FROZEN_MOS)
    return Window(
        ends_at,
        rtt,
        jitter,
        loss,
        mos,
        frozen,
        video,
        concealed,
        level,
        last.path,
        last.limited_by,
    )


def _mean(figures: list[float]) -> float | None:
    return sum(figures) / len(figures) if figures else None


class Verdicts:
    """A connection's state from its windows' verdicts: slow to worsen, slower to improve."""

    __slots__ = ("_standing", "_windows", "state")

    def __init__(self) -> None:
        self._windows: list[Verdict] = []
        self._standing: list[Verdict] = []
        self.state: Verdict | None = None

    def add(self, verdict: Verdict) -> bool:
        """One more window; whether the state is another one now. None until three windows."""
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
