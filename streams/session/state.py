"""What is stored of one room."""

from msgspec import Struct, field

from streams.episodes import Alert
from streams.events import Millis
from streams.session.ledger import Ledger


class State(Struct, array_like=True):
    """All that is stored of a room; the rest is made from it."""

    ledger: Ledger = field(default_factory=Ledger)
    alerts: list[Alert] = field(default_factory=list)
    attended: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By patient: the last revision written, and the digest of what it said."""
    late: list[str] = field(default_factory=list)
    """Whom facts concern that came after the clock had passed them, not judged yet."""
    judged: Millis = 0
    offset: int = -1
    born: Millis = 0
    kept: int = 0
    """How many events were kept; of signs of taking part, those before it is scheduled."""
    parked: str | None = None
