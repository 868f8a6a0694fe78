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
    is_frozen,
    together,
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
        self.begun = 0
        """Connections met, those forgotten and met again among them."""
        self.late = 0
        """Samples that came after their window had closed: counted, not used."""

    def apply(self, batch: SampleBatch) -> list[Change]:
        """All that these samples change, in their order."""
        changes: list[Change] = []
        lines, count = self._lines, self._count
        for sample in batch.samples:
            ts = sample.ts
            key = (sample.session_id, sample.participant_id, sample.connection_id)
            line = lines.get(key)
            if line is None:
                line = lines[key] = Line(ts - ts % WINDOW_MS + WINDOW_MS)
                line.samples.append(first(sample))
                self.begun += 1
            elif ts >= line.ends_at:
                self._close(key, line, changes)
                line.before = line.samples[-1].ts
                line.samples = [sample]
                line.ends_at = ts - ts % WINDOW_MS + WINDOW_MS
            elif ts >= line.ends_at - WINDOW_MS:
                line.samples.append(sample)
            else:
                self.late += 1
                continue
            line.heard_at_count = count
        self._count += len(batch.samples)
        if self._count - self._swept_at >= SWEEP_EVERY:
            self._sweep(batch.samples[-1])
        return changes

    def _close(self, key: _Key, line: Line, changes: list[Change]) -> None:
        whole = together(line.samples)
        rating = score.rating(whole.rtt_ms, whole.jitter_ms, whole.loss)
        verdict = score.verdict(rating)
        frozen = bool(whole.freeze_ms) and is_frozen(whole, line.before)
        if frozen and verdict > score.FROZEN_VERDICT:
            verdict = score.FROZEN_VERDICT
        if line.verdicts.add(verdict):
            mos = min(score.mos(rating), score.FROZEN_MOS) if frozen else score.mos(rating)
            changes.append(_connection_changed(key, line, whole, mos, frozen))
        if whole.concealed is not None or whole.audio_level is not None:
            audio = _audio(whole, line.audio)
            if audio is not None and audio != line.audio:
                line.audio = audio
                changes.append(_media_observed(key, line.ends_at, audio=audio))
        if whole.freeze_ms is not None or whole.fps is not None:
            video: _Video = "frozen" if frozen else "flowing"
            if video != line.video:
                line.video = video
                changes.append(_media_observed(key, line.ends_at, video=video))

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


def _audio(whole: Sample, said: str | None) -> _Audio | None:
    """Silence says nothing; "heard" also ends "concealed" where only shares are measured."""
    if whole.concealed is not None and whole.concealed > CONCEALED_SHARE:
        return "concealed"
    if whole.audio_level is not None and whole.audio_level >= HEARD_LEVEL:
        return "heard"
    return "heard" if said == "concealed" and whole.concealed is not None else None


def _id(key: _Key, ts: Millis, what: str) -> str:
    return str(uuid5(NAMESPACE_URL, "|".join((*key, str(ts), what))))


def _connection_changed(
    key: _Key, line: Line, whole: Sample, mos: float, frozen: bool
) -> ConnectionChanged:
    state = score.STATES[line.verdicts.state or 0]
    spent = score.costs(whole.rtt_ms, whole.jitter_ms, whole.loss)
    session_id, participant_id, connection_id = key
    return ConnectionChanged(
        id=_id(key, line.ends_at, state),
        ts=line.ends_at,
        session_id=session_id,
        participant_id=participant_id,
        connection_id=connection_id,
        state=state,
        since=line.ends_at,
        mos=round(mos, 2),
        rtt_ms=round(whole.rtt_ms, 1),
        jitter_ms=round(whole.jitter_ms, 1),
        loss=round(whole.loss, 4),
        cause=score.cause(spent, frozen, whole.limited_by == "bandwidth"),
        path=whole.path,
        limited_by=whole.limited_by,
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
