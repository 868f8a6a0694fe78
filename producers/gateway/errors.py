"""Why a request was not taken in: a status, and a reason code that leaks nothing."""

from typing import ClassVar


class Refused(Exception):
    """What the sender needs to act; nothing of what it sent, nothing about a person.

    `reason` is also the metric's label and the dead letter's reason. `kept`: the bytes go to the
    dead letters, provided that the sender proved who it is.
    """

    status: ClassVar[int]
    reason: ClassVar[str]
    kept: ClassVar[bool] = False
    retry_after: ClassVar[int | None] = None
    """Seconds."""

    def __init__(self) -> None:
        super().__init__(self.reason)


class BadSignature(Refused):
    """Also the answer to a platform that nobody set up: which ones are, is not told."""

    status, reason = 401, "bad_signature"


class Stale(Refused):
    """Rightly signed, too long ago or too far ahead: a replay, or a wrong clock."""

    status, reason = 401, "stale_signature"


class BadToken(Refused):
    status, reason = 401, "bad_token"


class NotAllowed(Refused):
    """A type that only the installation's own parts write."""

    status, reason, kept = 403, "type_not_allowed", True


class NotJson(Refused):
    status, reason, kept = 400, "not_json", True


class InvalidField(Refused):
    status, reason, kept = 400, "invalid_field", True


class FutureTimestamp(Refused):
    status, reason, kept = 422, "future_timestamp", True


class UnknownEvent(Refused):
    """Nothing that we need: the platform is told that all is well."""

    status, reason = 200, "unknown_event"


class UnknownRoom(Refused):
    """No session of the schedule is in this room at that time."""

    status, reason, kept = 202, "unknown_room", True


class Waits(Refused):
    """Of an occupancy that nobody has told us the room of yet: held in memory for a while."""

    status, reason = 202, "waiting"

    def __init__(self, occupancy: str) -> None:
        super().__init__()
        self.occupancy = occupancy


class TooSlow(Refused):
    status, reason = 408, "read_timeout"


class TooLarge(Refused):
    status, reason = 413, "too_large"


class BadMediaType(Refused):
    status, reason = 415, "media_type"


class TooMany(Refused):
    status, reason, retry_after = 429, "rate_limited", 30


class Internal(Refused):
    """A fault of ours; where it was is in the log, what it was about is nowhere."""

    status, reason, kept = 500, "internal", True


class Busy(Refused):
    status, reason, retry_after = 503, "busy", 1


class DirectoryAway(Refused):
    """Who and which session it is cannot be looked up now."""

    status, reason, retry_after = 503, "directory_away", 5


class NotTaken(Refused):
    """Kafka did not acknowledge in time: nothing is lost as long as the sender tries again."""

    status, reason, retry_after = 503, "not_taken", 5
