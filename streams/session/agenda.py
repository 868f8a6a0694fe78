"""When rules are to be judged again, though nothing comes."""

from collections.abc import Iterator
from heapq import heappop, heappush

from streams.episodes import NEVER
from streams.events import Millis


class Agenda:
    """By whom a rule is about, and the rule: its next instant. One of each at a time."""

    def __init__(self) -> None:
        self._due: dict[tuple[str, str], Millis] = {}
        self._heap: list[tuple[Millis, str, str]] = []
        """What the agenda does not say any more is passed over."""

    def plan(self, who: str, rule: str, due: Millis) -> None:
        """Judge the rule again at `due`, and not before; `NEVER` strikes it out."""
        if due == NEVER:
            self._due.pop((who, rule), None)
        elif self._due.get((who, rule)) != due:
            self._due[who, rule] = due
            heappush(self._heap, (due, who, rule))

    def plans(self, who: str, rule: str) -> bool:
        """Whether there is an instant for the rule."""
        return (who, rule) in self._due

    def pop(self, at: Millis) -> Iterator[tuple[str, str]]:
        """Take out what is due at `at`."""
        while self.next <= at:
            _, who, rule = heappop(self._heap)
            del self._due[who, rule]
            yield who, rule

    @property
    def next(self) -> Millis:
        """When something is due; `NEVER` when nothing is."""
        heap = self._heap
        while heap and self._due.get(heap[0][1:]) != heap[0][0]:
            heappop(heap)
        return heap[0][0] if heap else NEVER
