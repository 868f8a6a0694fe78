"""What is so now, over all programs, as gauges: people, rooms, lines, alerts; and attendance.

Clinical measures by program are none of these: small live counts could be told apart.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable
from typing import get_args

from msgspec import Struct

from streams.events import (
    HOUR,
    AlertChanged,
    AlertState,
    BoardChanged,
    BoardPerson,
    BoardState,
    ConnectionState,
    FeedRecord,
    Millis,
    Outcome,
    ParticipantEvent,
    SessionAttended,
    Told,
)
from streams.metrics import (
    ATTENDANCE_REVISED,
    CONNECTIONS,
    OPEN_ALERTS,
    PEOPLE,
    ROOMS,
    RULES,
    SESSIONS_ATTENDED,
    TEAM_ALERTS,
)

ROOM_STATES = ("before", "held", "break")
FORGET_AFTER = 3 * HOUR
"""A board whose session never said that it ended is left out so long after its end."""
REMEMBERED = 100_000
"""Outcomes whose revision is kept, so that one heard again does not count again."""
OTHER = "other"
"""Rules of a newer version than this one."""


class _Alert(Struct, frozen=True):
    rule: str
    state: AlertState
    held: bool
    teams: tuple[Told, ...]


class LiveFigures:
    """Hears the records of three topics; `show` sets the gauges."""

    def __init__(self) -> None:
        self._boards: dict[str, BoardChanged] = {}
        self._alerts: dict[str, _Alert] = {}
        self._revisions: OrderedDict[tuple[str, str], int] = OrderedDict()
        for outcome in get_args(Outcome):
            SESSIONS_ATTENDED.labels(outcome)
            ATTENDANCE_REVISED.labels(outcome)

    def hear_board(self, board: BoardChanged) -> None:
        if board.state in ROOM_STATES:
            self._boards[board.session_id] = board
        else:
            self._boards.pop(board.session_id, None)

    def hear_feed(self, record: FeedRecord) -> None:
        if not isinstance(record, AlertChanged):
            return
        signal = record.signal
        if record.state == "resolved":
            self._alerts.pop(signal.alert_id, None)
            return
        rule = signal.rule if signal.rule in RULES else OTHER
        self._alerts[signal.alert_id] = _Alert(
            rule, record.state, record.explained_by is not None, tuple(signal.audience)
        )

    def hear_participant(self, event: ParticipantEvent) -> None:
        """Counts each revision of an outcome once, however often it is heard."""
        if not isinstance(event, SessionAttended):
            return
        key = (event.session_id, event.participant_id)
        if event.revision <= self._revisions.get(key, -1):
            return
        self._revisions[key] = event.revision
        if len(self._revisions) > REMEMBERED:
            self._revisions.popitem(last=False)
        counted = ATTENDANCE_REVISED if event.revision else SESSIONS_ATTENDED
        counted.labels(event.outcome).inc()

    def show(self, now: Millis) -> None:
        """Sets every gauge; the states that nobody is in show 0."""
        for over in [b for b in self._boards.values() if b.ends_at + FORGET_AFTER < now]:
            del self._boards[over.session_id]
        self._show_rooms()
        self._show_alerts()

    def _show_rooms(self) -> None:
        people = [person for board in self._boards.values() for person in _in_care(board)]
        states = Counter(person.state for person in people)
        lines = Counter(person.connection for person in people if person.state == "present")
        rooms: Counter[str] = Counter(board.state for board in self._boards.values())
        for state in get_args(BoardState):
            PEOPLE.labels(state).set(states[state])
        for line in get_args(ConnectionState):
            CONNECTIONS.labels(line).set(lines[line])
        for room in ROOM_STATES:
            ROOMS.labels(room).set(rooms[room])

    def _show_alerts(self) -> None:
        by_rule = Counter((alert.rule, alert.state) for alert in self._alerts.values())
        alerts = self._alerts.values()
        waiting = [alert for alert in alerts if alert.state == "open" and not alert.held]
        by_team = Counter(team for alert in waiting for team in alert.teams)
        for rule in (*RULES, OTHER):
            for state in ("open", "acknowledged"):
                OPEN_ALERTS.labels(rule, state).set(by_rule[rule, state])
        for team in get_args(Told):
            TEAM_ALERTS.labels(team).set(by_team[team])


def _in_care(board: BoardChanged) -> Iterable[BoardPerson]:
    return (person for person in board.people if person.role == "participant")
