"""What the console knows of a viewer, for the APIs that are in its process."""

from typing import TYPE_CHECKING

from privacy.access import Case, Viewer, is_hosting, open_case

if TYPE_CHECKING:
    from consumers.console.feed import Feed


class Known:
    """By its feed; without a console in this process, nothing."""

    def __init__(self, feed: "Feed | None") -> None:
        self._feed = feed

    def hosting(self, viewer: Viewer) -> frozenset[str]:
        """The sessions that they host now."""
        boards = self._feed.boards.values() if self._feed else ()
        return frozenset(board.session_id for board in boards if is_hosting(viewer, board))

    async def holds_case(self, viewer: Viewer, participant_id: str) -> bool:
        """Whether they have taken an alert about this person that is not resolved yet."""
        alerts = self._feed.alerts.values() if self._feed else ()
        return any(
            alert.assignee == viewer.actor
            and alert.state != "resolved"
            and alert.signal.participant_id == participant_id
            for alert in alerts
        )

    def case_of(self, viewer: Viewer, participant_id: str) -> Case | None:
        """The alert for which they may know the person now."""
        alerts = self._feed.alerts.values() if self._feed else ()
        return open_case(viewer, alerts, participant_id, self.hosting(viewer))
