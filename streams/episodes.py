"""What is true now, compared with what was said: raised, updated, cleared.

A rule gives the stretches of time for which its condition holds, those still to come among them.
This module alone makes signals of them, names the alerts, and dates what late facts changed
(docs/contract.md, `signals`; docs/detectors.md, Time and order).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from streams.events import Millis, Severity, Told

Audience: TypeAlias = dict[Told, Severity]
Status: TypeAlias = Literal["raised", "updated", "cleared"]
NEVER: Millis = 253_402_300_799_999
"""The end of what has no end yet."""

_NOBODY: Audience = {}
_NOTHING: dict[str, object] = {}
"""Of every alert that is over; never written to."""
_GRAVITY: dict[Severity, int] = {"info": 0, "warning": 1, "high": 2, "critical": 3}


class Evidence(Struct, frozen=True):
    """The figures a rule looked at and the limits it held them to; each rule has its own."""


class Episode(Struct, frozen=True):
    """One uninterrupted stretch [raised, cleared) for which a rule's condition holds.

    `changes` says from when the audience is another one; `reason` why it ended, where a code
    is due; `subject` what the rule is about when that is no person and no session.
    """

    raised: Millis
    cleared: Millis | None
    audience: Audience
    evidence: Evidence
    changes: tuple[tuple[Millis, Audience], ...] = ()
    subject: str | None = None
    reason: str | None = None
    people: tuple[str, ...] = ()
    """Whose alerts this one explains, raised from `since` on."""
    since: Millis = 0

    def audience_at(self, instant: Millis) -> Audience:
        now = self.audience
        for since, audience in self.changes:
            if since <= instant:
                now = audience
        return now

    def over(self, instant: Millis) -> bool:
        return self.cleared is not None and self.cleared <= instant


class Alert(Struct, array_like=True):
    """What was said of one episode. Its id is made once and never changed by a later fact."""

    alert_id: str
    rule: str
    who: str
    subject: str | None
    raised_at: Millis
    last_ts: Millis
    audience: Audience
    evidence: dict[str, object]
    cleared_at: Millis | None = None
    trial: bool = False
    """Raised by a rule on trial: nobody is shown it, also when it ends."""
    explains: tuple[str, ...] = ()
    """Ids of the alerts that this one explains."""

    def overlaps(self, episode: Episode) -> bool:
        starts_before_it_ends = episode.cleared is None or self.raised_at < episode.cleared
        return starts_before_it_ends and (
            self.cleared_at is None or episode.raised < self.cleared_at
        )


class Said(Struct, frozen=True):
    """One signal to write about an alert."""

    status: Status
    ts: Millis
    alert: Alert
    evidence: dict[str, object]


class About(Struct, frozen=True):
    """Whom and what one comparison is about; `who` is empty for the room itself."""

    rule: str
    session_id: str
    who: str


class Why(Struct, frozen=True):
    """Why a person's or room's alerts end although nobody came: a code, and since when."""

    reason: str
    since: Millis


def gravest(audience: Audience) -> Severity:
    return max(audience.values(), key=_GRAVITY.__getitem__)


def graver(one: Severity, other: Severity | None) -> Severity:
    return one if other is None or _GRAVITY[one] >= _GRAVITY[other] else other


def alert_id(about: About, subject: str | None, ts: Millis) -> str:
    """UUIDv5 of rule, session, participant, subject and the `ts` of the `raised`."""
    parts = (about.rule, about.session_id or "-", about.who or "-", subject or "-", str(ts))
    return str(uuid5(NAMESPACE_URL, "|".join(parts)))


def signal_id(alert: str, status: Status, ts: Millis) -> str:
    return str(uuid5(NAMESPACE_URL, f"{alert}|{status}|{ts}"))


def figures(evidence: Evidence) -> dict[str, object]:
    """The evidence as it is written: what is unknown is left out."""
    return {key: value for key, value in to_builtins(evidence).items() if value is not None}


def deadline(episodes: Iterable[Episode], after: Millis) -> Millis:
    """The next instant at which one of the episodes begins, changes or ends; else `NEVER`."""
    soonest = NEVER
    for episode in episodes:
        for instant in (episode.raised, episode.cleared, *(since for since, _ in episode.changes)):
            if instant is not None and after < instant < soonest:
                soonest = instant
    return soonest


def begin(alerts: list[Alert], episode: Episode, ts: Millis, at: Millis, about: About) -> Said:
    """Raise a new alert about the episode, dated `ts`, as things are at `at`."""
    evidence = figures(episode.evidence)
    name = alert_id(about, episode.subject, ts)
    audience = episode.audience_at(at)
    alert = Alert(name, about.rule, about.who, episode.subject, ts, ts, audience, evidence)
    alerts.append(alert)
    return Said("raised", ts, alert, evidence)


def compare(
    alerts: list[Alert],
    episodes: Sequence[Episode],
    at: Millis,
    about: About,
    *,
    late: bool = False,
    why: Why | None = None,
) -> Iterator[Said]:
    """Say what changed for one rule and one person (or room) as of `at`; `alerts` follow.

    `late`: a late fact made this comparison, so the signals keep the instants they speak of.
    Otherwise `at` is the instant that made them. `why` explains an end that no episode shows.
    """
    free = list(alerts)
    for episode in sorted(episodes, key=_raised):
        if episode.raised > at:
            continue
        own = [
            alert for alert in free if alert.subject == episode.subject and alert.overlaps(episode)
        ]
        free = [alert for alert in free if alert not in own]
        said = next((alert for alert in own if alert.cleared_at is None), own[-1] if own else None)
        if said is not None and said.cleared_at is None:
            yield from _carry_on(said, episode, at, late)
        elif said is not None and not episode.over(at):
            since = said.cleared_at if late and said.cleared_at is not None else at
            yield begin(alerts, episode, since, at, about)
        elif said is None and (late or not episode.over(at)):
            yield begin(alerts, episode, episode.raised if late else at, at, about)
            if episode.over(at):
                yield from _carry_on(alerts[-1], episode, at, late)
    for alert in free:
        if alert.cleared_at is None:
            yield _clear(alert, *_ended(alert, at, late, why))


def _raised(episode: Episode) -> Millis:
    return episode.raised


def _ended(alert: Alert, at: Millis, late: bool, why: Why | None) -> tuple[Millis, str | None]:
    """When and why an alert ended of which no episode is left."""
    if why is not None:
        return (why.since if late else at), why.reason
    return (alert.last_ts, "late_event") if late else (at, None)


def _carry_on(alert: Alert, episode: Episode, at: Millis, late: bool) -> Iterator[Said]:
    """An alert that was open: its episode is over, or has another audience, or just lasts."""
    if episode.over(at):
        ended = episode.cleared if late and episode.cleared is not None else at
        yield _clear(alert, ended, episode.reason or ("late_event" if late else None))
        return
    audience = episode.audience_at(at)
    if audience != alert.audience:
        since = max((since for since, _ in episode.changes if since <= at), default=at)
        alert.last_ts = max(since if late else at, alert.last_ts + 1)
        alert.audience, alert.evidence = audience, figures(episode.evidence)
        yield Said("updated", alert.last_ts, alert, alert.evidence)


def explain(alert: Alert, ids: Sequence[str], ts: Millis) -> Said:
    """An alert explains more than was said: written as an update."""
    alert.explains = (*alert.explains, *ids)
    alert.last_ts = max(ts, alert.last_ts + 1)
    return Said("updated", alert.last_ts, alert, alert.evidence)


def _clear(alert: Alert, ts: Millis, reason: str | None) -> Said:
    """Dated after the alert's last signal, by 1 ms at least."""
    evidence = alert.evidence if reason is None else {**alert.evidence, "reason": reason}
    alert.last_ts = alert.cleared_at = max(ts, alert.last_ts + 1)
    said = Said("cleared", alert.last_ts, replace(alert), evidence)
    # What was said is on the log; only the span is needed from here on.
    alert.alert_id, alert.audience, alert.evidence, alert.explains = "", _NOBODY, _NOTHING, ()
    return said
