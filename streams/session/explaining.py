"""What a room's incident explains: the single alerts of its people since it began."""

from collections.abc import Collection, Sequence

from streams.episodes import Alert, Episode
from streams.session.detectors.session_incident import EXPLAINED


def unexplained(
    incident: Alert, alerts: Collection[Alert], episodes: Sequence[Episode]
) -> list[Alert]:
    """The alerts that the incident explains and has not named so far, in their order."""
    episode = next((one for one in episodes if incident.overlaps(one)), None)
    if episode is None:
        return []
    return sorted(
        (
            one
            for one in alerts
            if one.rule in EXPLAINED
            and one.who in episode.people
            and one.cleared_at is None
            and one.raised_at >= episode.since
            and one.alert_id not in incident.explains
        ),
        key=_raised,
    )


def _raised(alert: Alert) -> tuple[int, str]:
    return alert.raised_at, alert.alert_id
