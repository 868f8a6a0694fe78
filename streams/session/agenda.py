"""When rules are to be judged again, though nothing comes."""

from collections.abc import Container, Iterator
from heapq import heappop, heappush

from streams.episodes import NEVER
from streams.events import Millis


class Agenda:
    """By whom a rule is about, and the rule: its next instant. One of each at a time."""

    def __init__(self) -> None:
        self._due: dict[str, dict[str, Millis]] = {}
        self._heap: list[tuple[Millis, str, str]] = []
        """What the agenda does not say any more is passed over."""

    def plan(self, who: str, rule: str, due: Millis) -> None:
        """Judge the rule again at `due`, and not before; `NEVER` strikes it out."""
        own = self._due.get(who)
        if due == NEVER:
            if own is not None:
                own.pop(rule, None)
            return
        if own is None:
            own = self._due[who] = {}
        if own.get(rule) != due:
            own[rule] = due
            heappush(self._heap, (due, who, rule))

    def rules(self, who: str) -> Container[str]:
        """Those for which there is an instant."""
        return self._due.get(who, ())

    def pop(self, at: Millis) -> Iterator[tuple[str, str]]:
        """Take out what is due at `at`."""
        while self.next <= at:
            _, who, rule = heappop(self._heap)
            del self._due[who][rule]
            yield who, rule

    @property
    def next(self) -> Millis:
        """When something is due; `NEVER` when nothing is."""
        heap = self._heap
        while heap:
            due, who, rule = heap[0]
            if self._due[who].get(rule) == due:
                return due
            heappop(heap)
        return NEVER
