"""Samples in, changes out: the quality reducer's core for one partition.

Pure and deterministic: the same batches give the same events with the same ids, so that a
restart that reads some minutes again says nothing new (`docs/contract.md`).
"""

from typing import Literal
from uuid import NAMESPACE_URL, uuid5

from msgspec.structs import replace

from streams.events import ConnectionChanged, MediaObserved, Millis, Sample, SampleBatch
from streams.quality import score
from streams.quality.state import (
    CONCEALED_SHARE,
    HEARD_LEVEL,
    WINDOW_MS,
    Line,
    Window,
    measure,
)

Change = ConnectionChanged | MediaObserved
_Key = tuple[str, str, str]
_Audio = Literal["heard", "concealed"]
_Video = Literal["flowing", "frozen"]

FORGOTTEN_AFTER_MS = 3_600_000
"""A connection without a sample for so long is gone, unless it comes back as a new one."""
SWEEP_EVERY = 200_000
"""Samples between two looks for connections that are gone."""


class QualityMonitor:
    """One partition's connections."""

    def __init__(self) -> None:
        self._lines: dict[_Key, Line] = {}
        self._count = 0
        self._swept_at = 0
        self.late = 0
        """Samples that came after their window had closed: counted, not used."""

    def apply(self, batch: SampleBatch) -> list[Change]:
        """All that these samples change, in their order."""
        changes: list[Change] = []
        lines = self._lines
        for sample in batch.samples:
            key = (sample.session_id, sample.participant_id, sample.connection_id)
            ends_at = sample.ts - sample.ts % WINDOW_MS + WINDOW_MS
            line = lines.get(key)
            if line is None:
                line = lines[key] = Line(ends_at)
                sample = first(sample)
            elif ends_at > line.ends_at:
                self._close(key, line, changes)
                line.before = line.samples[-1].ts
                line.samples = []
                line.ends_at = ends_at
            elif ends_at < line.ends_at:
                self.late += 1
                continue
            line.samples.append(sample)
            line.heard_at_count = self._count
        self._count += len(batch.samples)
        if self._count - self._swept_at >= SWEEP_EVERY:
            self._sweep(batch.samples[-1])
        return changes

    def _close(self, key: _Key, line: Line, changes: list[Change]) -> None:
        window = measure(line.ends_at, line.samples, line.before)
        if line.verdicts.add(score.verdict(window.mos)):
            changes.append(_connection_changed(key, line, window))
        audio, video = _audio(window, line.audio), _video(window)
        if audio is not None and audio != line.audio:
            line.audio = audio
            changes.append(_media_observed(key, window.ends_at, audio=audio))
        if video is not None and video != line.video:
            line.video = video
            changes.append(_media_observed(key, window.ends_at, video=video))

    def _sweep(self, newest: Sample) -> None:
        """Forgets who is gone by its own time and has also been silent since the last sweep:
        a sender whose clock runs ahead makes nobody else forgotten."""
        gone = [
            key
            for key, line in self._lines.items()
            if line.heard_at_count < self._swept_at
            and line.ends_at < newest.ts - FORGOTTEN_AFTER_MS
        ]
        for key in gone:
            del self._lines[key]
        self._swept_at = self._count


def first(sample: Sample) -> Sample:
    """A connection's first sample, without what went wrong in the time that it covers.

    That time is not known: of a sender once a minute ten seconds of standing picture are few, of
    one every five seconds they cannot be. What went well is well for any length.
    """
    froze, concealed = sample.freeze_ms or 0, sample.concealed or 0
    if froze:
        sample = replace(sample, freeze_ms=None, fps=None)
    return replace(sample, concealed=None) if concealed > CONCEALED_SHARE else sample


def _audio(window: Window, said: str | None) -> _Audio | None:
    """Silence says nothing; "heard" also ends "concealed" where only shares are measured."""
    if window.concealed is not None and window.concealed > CONCEALED_SHARE:
        return "concealed"
    if window.audio_level is not None and window.audio_level >= HEARD_LEVEL:
        return "heard"
    return "heard" if said == "concealed" and window.concealed is not None else None


def _video(window: Window) -> _Video | None:
    if window.frozen:
        return "frozen"
    return "flowing" if window.video else None


def _id(key: _Key, ts: Millis, what: str) -> str:
    return str(uuid5(NAMESPACE_URL, "|".join((*key, str(ts), what))))


def _connection_changed(key: _Key, line: Line, window: Window) -> ConnectionChanged:
    state = score.STATES[line.verdicts.state or 0]
    session_id, participant_id, connection_id = key
    return ConnectionChanged(
        id=_id(key, window.ends_at, state),
        ts=window.ends_at,
        session_id=session_id,
        participant_id=participant_id,
        connection_id=connection_id,
        state=state,
        since=window.ends_at,
        mos=round(window.mos, 2),
        rtt_ms=round(window.rtt_ms, 1),
        jitter_ms=round(window.jitter_ms, 1),
        loss=round(window.loss, 4),
        cause=window.cause,
        path=window.path,
        limited_by=window.limited_by,
    )


def _media_observed(
    key: _Key, ts: Millis, audio: _Audio | None = None, video: _Video | None = None
) -> MediaObserved:
    session_id, participant_id, connection_id = key
    return MediaObserved(
        id=_id(key, ts, f"audio {audio}" if audio else f"video {video}"),
        ts=ts,
        session_id=session_id,
        participant_id=participant_id,
        connection_id=connection_id,
        since=ts,
        audio=audio,
        video=video,
    )
