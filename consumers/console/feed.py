"""What is known: the newest state of every alert and board, in the order of change.

Pure. Every change takes the next `seq`. A page that says which `seq` it has heard gets the newest
state of everything changed since; so the log of what was pushed is one entry a thing, never more.
A page that heard less than `floor` starts over: something it may hold was forgotten, or the
circle of those who may see it has changed.
"""

from typing import Literal, TypeAlias

from streams.events import (
    HOUR,
    AlertChanged,
    BoardChanged,
    DutyChanged,
    FeedRecord,
    Millis,
    Signal,
)

Key: TypeAlias = tuple[Literal["alert", "board"], str]
"""What changed: an alert by its id, or a session's board by the session's."""

KEEP_BOARD = 12 * HOUR
"""After a session's end; its host sees the roster for the rest of the day."""
KEEP_RESOLVED = 12 * HOUR
"""After an alert was resolved: long enough to be undone and handed over."""


class Feed:
    """`seq` starts at `first_seq`, which must be above every `seq` given out by an earlier run."""

    def __init__(self, first_seq: int) -> None:
        self.seq = first_seq
        self.floor = first_seq
        self.alerts: dict[str, AlertChanged] = {}
        self.boards: dict[str, BoardChanged] = {}
        self.duty: dict[str, int] = {}
        self._changed: dict[Key, int] = {}  # the last change of each, oldest first

    def hear(self, record: FeedRecord | BoardChanged) -> Key | None:
        """Takes one record in; returns what changed, or None for doubles and older ones."""
        match record:
            case AlertChanged():
                return self._alert(record)
            case BoardChanged():
                return self._board(record)
            case DutyChanged():
                self.duty[record.program_id] = record.people
                return None

    def holds(self, seq: int) -> bool:
        """Whether a page that heard all up to `seq` can go on from there."""
        return self.floor <= seq <= self.seq

    def since(self, seq: int) -> list[Key]:
        """What changed after `seq`, oldest change first."""
        later: list[Key] = []
        for key, at in reversed(self._changed.items()):
            if at <= seq:
                break
            later.append(key)
        return later[::-1]

    def all(self) -> tuple[Key, ...]:
        return tuple(self._changed)

    def changed_at(self, key: Key) -> int:
        """The `seq` of the thing's last change."""
        return self._changed[key]

    def people_of(self, key: Key) -> set[str]:
        """The pseudonyms that telling of this thing shows a name for."""
        kind, name = key
        if kind == "alert" and name in self.alerts:
            alert = self.alerts[name]
            return {p for p in (alert.signal.participant_id, alert.assignee) if p}
        if kind == "board" and name in self.boards:
            board = self.boards[name]
            return {board.host_id, *(person.participant_id for person in board.people)}
        return set()

    def silent_platforms(self) -> dict[str, Millis]:
        """Platforms of which `feed_silent` stands, and since when nothing was heard."""
        silent: dict[str, Millis] = {}
        for alert in self.alerts.values():
            signal = alert.signal
            if signal.rule != "feed_silent" or signal.status == "cleared":
                continue
            platform = str(signal.evidence.get("platform", signal.subject or ""))
            heard = signal.evidence.get("last_event_at") or signal.evidence.get("since")  # 0: never
            silent[platform] = heard if isinstance(heard, int) else signal.raised_at
        return silent

    def forget(self, now: Millis) -> list[Key]:
        """Drops what is over for good; returns what was dropped."""
        over: list[Key] = [
            ("board", b.session_id) for b in self.boards.values() if b.ends_at + KEEP_BOARD < now
        ]
        over += [
            ("alert", a.signal.alert_id)
            for a in self.alerts.values()
            if a.state == "resolved" and a.changed_at + KEEP_RESOLVED < now
        ]
        for kind, name in over:
            (self.alerts if kind == "alert" else self.boards).pop(name)
            del self._changed[kind, name]
        if over:
            self.seq += 1
            self.floor = self.seq
        return over

    def _alert(self, record: AlertChanged) -> Key | None:
        known = self.alerts.get(record.signal.alert_id)
        if known and record.seq <= known.seq:
            return None
        self.alerts[record.signal.alert_id] = record
        return self._note(
            ("alert", record.signal.alert_id),
            circle_changed=known is not None and circle(known.signal) != circle(record.signal),
        )

    def _board(self, record: BoardChanged) -> Key | None:
        known = self.boards.get(record.session_id)
        if known and (record.ts < known.ts or record == known):
            return None
        self.boards[record.session_id] = record
        return self._note(
            ("board", record.session_id),
            circle_changed=known is not None
            and (known.program_id, hosts(known)) != (record.program_id, hosts(record)),
        )

    def _note(self, key: Key, circle_changed: bool) -> Key:
        self.seq += 1
        self._changed.pop(key, None)
        self._changed[key] = self.seq
        if circle_changed:
            self.floor = self.seq
        return key


def hosts(board: BoardChanged) -> frozenset[str]:
    """Whoever hosts it: as scheduled, and those in the room as host (a substitute)."""
    in_room = (p.participant_id for p in board.people if p.role == "host" and p.state == "present")
    return frozenset((board.host_id, *in_room))


def circle(signal: Signal) -> tuple[object, ...]:
    """All that decides who may see an alert."""
    return (
        frozenset(signal.audience),
        signal.program_id,
        signal.session_id,
        signal.clinician_id,
        signal.host_id,
    )
