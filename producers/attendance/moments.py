"""Times as platforms print them: by the clocks of a place that they do not name, in any order.

`11/04/2026` may be April or November: the session that the file belongs to decides.
"""

import re
from datetime import datetime
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

from producers.directory.times import millis

Order = Literal["mdy", "dmy"]
ORDERS: Final[tuple[Order, ...]] = get_args(Order)
YEARS: Final = range(1970, 9999)
"""Those whose every moment is an instant in every zone."""

_MOMENT = re.compile(
    r"(?P<a>\d{1,4})[/.-](?P<b>\d{1,2})[/.-](?P<c>\d{2,4})[,\sT]+"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(:(?P<second>\d{2}))?\s*(?P<half>[aApP]\.?\s?[mM]\.?)?"
)


def looks_like(text: str) -> bool:
    return _MOMENT.fullmatch(text.strip()) is not None


def local(text: str, order: Order) -> datetime | None:
    """As the clocks there showed it; None for what is no time in that order. Years first are
    always year, month, day."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return None
    a, b, c = (int(found[part]) for part in "abc")
    year, month, day = (c, a, b) if order == "mdy" else (c, b, a)
    if len(found["a"]) == 4:
        year, month, day = a, b, c
    hour = int(found["hour"])
    if half := (found["half"] or "").lower():
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    year += 2000 if year < 100 else 0
    if year not in YEARS:
        return None
    try:
        return datetime(year, month, day, hour, int(found["minute"]), int(found["second"] or 0))  # noqa: DTZ001 - local, its zone is told apart
    except ValueError:
        return None


def instants(shown: datetime, where: ZoneInfo) -> list[int]:
    """The instants (ms) at which clocks there showed it: none where they skip it, two where they
    go back."""
    found: list[int] = []
    for fold in (0, 1):
        moment = shown.replace(tzinfo=where, fold=fold)
        back = datetime.fromtimestamp(moment.timestamp(), where).replace(tzinfo=None)
        if back == shown and millis(moment) not in found:
            found.append(millis(moment))
    return found


_DURATION = re.compile(
    r"(?:(\d{1,6})\s*(?:h|std|u)\D*)?(?:(\d{1,6})\s*m\D*)?(?:(\d{1,6})\s*s\D*)?", re.IGNORECASE
)


def seconds(text: str) -> int | None:
    """Of `1h 27m 51s`, in any of the languages' letters; None when there is none."""
    found = _DURATION.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        return None
    hours, minutes, rest = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + rest
