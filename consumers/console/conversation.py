"""What a page says, and what it gets: by the viewer's rights, before anything is serialised.

Pure: no socket, no clock, no disk. `hub.py` reads the socket, asks this, sends the answers.
"""

from collections.abc import Callable
from typing import Annotated, Literal, TypeAlias, assert_never

from msgspec import Meta, Struct

from alerts import budget
from alerts.holding import is_quiet
from alerts.render import zone_of
from consumers.console.feed import Feed, Key
from consumers.console.liveness import Live
from consumers.console.views import (
    AlertTold,
    BoardTold,
    Language,
    NameOf,
    alert_told,
    board_told,
    counted,
)
from privacy import access
from privacy.access import Viewer
from streams.events import Identifier, Millis


class Resume(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="resume"):
    """The first thing a page says; `last_seq` 0 when it knows nothing yet."""

    last_seq: Annotated[int, Meta(ge=0)] = 0
    language: Language = "en"
    watch: Annotated[list[Identifier], Meta(max_length=20)] = []


class Watch(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="watch"):
    """The rooms whose people the page shows now, in place of those said before."""

    session_ids: Annotated[list[Identifier], Meta(max_length=20)]


class StartOver(Struct, frozen=True, tag_field="type", tag="start"):
    """All that the viewer may see now; the page forgets what it held."""

    seq: int
    alerts: list[AlertTold]
    boards: list[BoardTold]


class Gone(Struct, frozen=True, tag_field="type", tag="gone"):
    seq: int
    what: Literal["alert", "board"]
    id: str


class UpTo(Struct, frozen=True, tag_field="type", tag="resumed"):
    """The page holds everything up to `seq`; what follows is new."""

    seq: int


class Refused(Struct, frozen=True, tag_field="type", tag="refused"):
    reason: Literal["unknown_session"]


FromPage: TypeAlias = Resume | Watch
ToPage: TypeAlias = StartOver | AlertTold | BoardTold | Gone | UpTo | Refused | Live


class Conversation:
    """One page's: whose it is, its language, which rooms it looks into, and what it was shown."""

    def __init__(
        self,
        viewer: Viewer,
        feed: Feed,
        name_of: NameOf,
        now: Callable[[], Millis],
        is_tech: Callable[[str], bool] = lambda _: False,
        program_name: Callable[[str], str] = lambda _: "",
    ) -> None:
        self.viewer = viewer
        self.language: Language = "es" if viewer.language == "es" else "en"
        self._feed = feed
        self._name_of = name_of
        self._now = now
        self._is_tech = is_tech
        self._program_name = program_name
        self._watched: frozenset[str] = frozenset()
        self._shown: set[Key] = set()
        self._hosting, self._present_in = self._hosts_now()

    def answer(self, said: FromPage) -> list[ToPage]:
        match said:
            case Resume():
                self.language = said.language
                self._watched = frozenset(said.watch)
                if not self._feed.holds(said.last_seq):
                    return [self.start_over()]
                self._shown = {key for key in self._feed.all() if self._may_see(key)}
                missed = [m for key in self._feed.since(said.last_seq) for m in self.tell(key)]
                return [*missed, UpTo(self._feed.seq)]
            case Watch():
                return self._watch(frozenset(said.session_ids))
            case _:
                assert_never(said)

    def start_over(self) -> StartOver:
        self._hosting, self._present_in = self._hosts_now()
        self._shown = {key for key in self._feed.all() if self._may_see(key)}
        alerts = [self._alert(name) for kind, name in sorted(self._shown) if kind == "alert"]
        boards = [self._board(name) for kind, name in sorted(self._shown) if kind == "board"]
        return StartOver(self._feed.seq, alerts, boards)

    def become(self, viewer: Viewer) -> StartOver:
        """The viewer's rights have changed: nothing of before may stay on the page."""
        self.viewer = viewer
        return self.start_over()

    def tell(self, key: Key) -> list[ToPage]:
        """What this page gets because `key` changed or was forgotten."""
        kind, name = key
        if kind == "board" and self._hosts_now() != (self._hosting, self._present_in):
            return [self.start_over()]
        if self._may_see(key):
            self._shown.add(key)
            return [self._alert(name) if kind == "alert" else self._board(name)]
        if key in self._shown:
            self._shown.remove(key)
            return [Gone(self._feed.seq, kind, name)]
        return []

    def live(self, facts: Live) -> Live:
        """The first line's facts, with the duty of the viewer's programs only, and of the silent
        platforms those of the viewer's rooms."""
        seen = self.viewer.programs
        duty = {p: n for p, n in facts.duty.items() if "*" in seen or p in seen}
        boards = (self._feed.boards.get(name) for kind, name in self._shown if kind == "board")
        used = {board.platform for board in boards if board}
        return Live(
            facts.now,
            facts.speed,
            facts.problem,
            facts.since,
            facts.live_since,
            facts.platforms,
            {name: since for name, since in facts.silent.items() if name in used},
            duty,
            facts.shadow,
        )

    def _watch(self, wanted: frozenset[str]) -> list[ToPage]:
        self._watched = wanted
        unknown = [s for s in wanted if not self._may_see(("board", s))]
        if unknown:
            return [Refused("unknown_session")]  # the same for no such room: ids are not probed
        return [self._board(s) for s in sorted(wanted)]

    def _hosts_now(self) -> tuple[frozenset[str], frozenset[str]]:
        """The rooms that the viewer hosts, and those of them where they are as host now: there
        they are not interrupted."""
        rooms = hosted(self._feed, self.viewer)
        boards = self._feed.boards
        return rooms, frozenset(r for r in rooms if access.is_hosting(self.viewer, boards[r]))

    def _may_see(self, key: Key) -> bool:
        kind, name = key
        if kind == "alert":
            alert = self._feed.alerts.get(name)
            return alert is not None and access.may_see_alert(
                self.viewer, alert.signal, self._hosting
            )
        board = self._feed.boards.get(name)
        return board is not None and (
            access.may_see_board(self.viewer, board) or access.may_count_board(self.viewer, board)
        )

    def _board(self, session_id: str) -> BoardTold:
        board = self._feed.boards[session_id]
        hosting = session_id in self._hosting
        looks = hosting or session_id in self._watched
        if not access.may_see_board(self.viewer, board):
            return counted(board, self._feed.changed_at(("board", session_id)))
        return board_told(
            board,
            self._feed.changed_at(("board", session_id)),
            self._name_of,
            hosting=hosting,
            may_act=access.may_act_on_session(
                self.viewer, board.host_id, board.program_id, hosting=hosting
            ),
            with_people=looks and access.may_see_names(self.viewer, board, self._now()),
            first_only=self.viewer.first_names_only,
        )

    def _alert(self, alert_id: str) -> AlertTold:
        alert = self._feed.alerts[alert_id]
        signal = alert.signal
        board = self._feed.boards.get(signal.session_id or "")
        roles = access.standing(self.viewer, signal, self._hosting)
        over_budget = budget.is_quiet(alert, roles)
        waits = access.knows_only_that_it_waits(self.viewer, signal, self._hosting)
        return alert_told(
            alert,
            access.seen_by(self.viewer, signal, self._hosting),
            self._feed.changed_at(("alert", alert_id)),
            _nobody if waits else self._name_of,
            self.language,
            time_zone=zone_of(signal, board.time_zone if board else "UTC"),
            viewer=self.viewer,
            severity=access.severity_for(self.viewer, signal, self._hosting) or signal.severity,
            may_act=access.may_act_on_alert(self.viewer, signal, self._hosting),
            quiet=over_budget or is_quiet(signal, self._present_in),
            digest=alert.digest if over_budget else None,
            by_tech=alert.assignee is not None and self._is_tech(alert.assignee),
            now=self._now(),
            program=self._program_name(signal.program_id or "") if waits else None,
        )


def _nobody(_: str) -> None:
    """The name of nobody is told."""


def hosted(feed: Feed, viewer: Viewer) -> frozenset[str]:
    """The sessions that the viewer hosts, as scheduled or in fact."""
    if viewer.staff_id is None:
        return access.NOBODY_HOSTS
    return frozenset(b.session_id for b in feed.boards.values() if access.hosts_board(viewer, b))
