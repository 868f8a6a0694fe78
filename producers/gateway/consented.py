"""What may be kept of what came: beyond presence, only what the person has said yes to, and
nothing about who was erased.

The line of a session's host is measured without: whether a group hears its therapist is no fact
about a person in care. Signs of taking part are for inferring how somebody is: where a program has
that off, nobody's are kept, whoever allowed it (`docs/rules.md`).
"""

from collections.abc import Sequence

from msgspec import Struct

from producers.gateway.adapter import Told
from producers.gateway.names import Lookup
from streams.events import EngagementObserved, MediaChanged, Sample
from streams.rules import Rules

ENGAGEMENT = frozenset({"engagement"})


class Consents(Struct, frozen=True):
    """Which scopes count, by person and session."""

    lookup: Lookup
    rules: Rules

    def of(self, session_id: str, participant_id: str) -> frozenset[str]:
        """The scopes (`privacy.consent`) that this person allows and the program uses."""
        session = self.lookup.occurrence(session_id)
        off = self.rules.inference(session.program_id if session else "") == "off"
        return self.lookup.consents(participant_id) - (ENGAGEMENT if off else frozenset())

    def kept(self, told: Sequence[Told]) -> list[Told]:
        """Without the samples and signs of taking part that are not allowed, and without all about
        the erased. The state of camera and microphone serves both scopes, so either allows it."""
        allowed: dict[tuple[str, str], frozenset[str]] = {}

        def may(one: Sample | EngagementObserved | MediaChanged) -> bool:
            key = one.session_id, one.participant_id
            if key not in allowed:
                hosts = frozenset({"quality"} if self.lookup.is_host(*key) else ())
                allowed[key] = self.of(*key) | hosts
            scopes = allowed[key]
            if isinstance(one, MediaChanged):
                return bool(scopes)
            return ("quality" if isinstance(one, Sample) else "engagement") in scopes

        return [
            one
            for one in told
            if not self.lookup.erased(getattr(one, "participant_id", ""))
            and (not isinstance(one, Sample | EngagementObserved | MediaChanged) or may(one))
        ]
