"""Which known session an entry of a file is, though it was moved."""

from collections.abc import Sequence

from msgspec import Struct

from producers.directory.records import SessionRow
from producers.directory.times import local


class Known(Struct, frozen=True):
    """A session of the same series in the store."""

    id: str
    original_start: int
    starts_at: int
    ends_at: int


def matched(known: Sequence[Known], rows: Sequence[SessionRow], now: int) -> list[str | None]:
    """For each row of one series the id of the session it is, or None for a new one.

    The surest first: the same original start; the same start; then, of those not over yet, the
    one left over on each side, or on each side of one day.
    """
    pairs: list[str | None] = [None] * len(rows)
    left = {one.id: one for one in known}

    def pair(place: int, id_: str) -> None:
        pairs[place] = id_
        del left[id_]

    for key in ("original_start", "starts_at"):
        at = {getattr(one, key): one.id for one in left.values()}
        for place, row in enumerate(rows):
            id_ = at.get(getattr(row, key))
            if pairs[place] is None and id_ in left:
                pair(place, id_)
    open_ = [one for one in left.values() if one.ends_at > now]
    new = [place for place, id_ in enumerate(pairs) if id_ is None]
    if len(rows) == len(known) == len(open_) == len(new) == 1:
        pair(new[0], open_[0].id)
        return pairs
    days: dict[object, list[Known]] = {}
    for one in open_:
        days.setdefault(local(one.original_start, rows[0].time_zone).date(), []).append(one)
    wanted: dict[object, list[int]] = {}
    for place in new:
        row = rows[place]
        wanted.setdefault(local(row.original_start, row.time_zone).date(), []).append(place)
    for day, places in wanted.items():
        there = days.get(day, [])
        if len(places) == len(there) == 1:
            pair(places[0], there[0].id)
    return pairs
