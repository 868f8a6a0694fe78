"""What may be kept of what came: beyond presence, only what the person has said yes to.

The line of a session's host is measured without: whether a group hears its therapist is no fact
about a person in care.
"""

from collections.abc import Sequence

from producers.gateway.adapter import Told
from producers.gateway.names import Lookup
from streams.events import EngagementObserved, MediaChanged, Sample


def consented(told: Sequence[Told], lookup: Lookup) -> list[Told]:
    """Without the samples and signs of taking part of those who did not allow them. The state of
    camera and microphone serves both, so either allows it."""
    allowed: dict[tuple[str, str], frozenset[str]] = {}

    def may(one: Sample | EngagementObserved | MediaChanged) -> bool:
        key = one.session_id, one.participant_id
        if key not in allowed:
            hosts = frozenset({"quality"} if lookup.is_host(*key) else ())
            allowed[key] = lookup.consents(one.participant_id) | hosts
        scopes = allowed[key]
        if isinstance(one, MediaChanged):
            return bool(scopes)
        return ("quality" if isinstance(one, Sample) else "engagement") in scopes

    return [
        one
        for one in told
        if not isinstance(one, Sample | EngagementObserved | MediaChanged) or may(one)
    ]
