"""When rules are to be judged again, though nothing comes."""

from collections.abc import Collection, Iterator

from streams.episodes import NEVER
from streams.events import Millis


class Agenda:
    """By rule, and whom it is about: the next instant. One of each at a time.

    A room has a dozen or two: the first is looked for, for a heap would hold all of them twice,
    and those that have been put off as well.
    """

    __slots__ = ("_due", "_next")

    def __init__(self) -> None:
        self._due: dict[str, dict[str, Millis]] = {}
        self._next: Millis | None = NEVER
        """The first of them; `None` when it is to be looked for."""

    def plan(self, who: str, rule: str, due: Millis) -> None:
        """Judge the rule again at `due`, and not before; `NEVER` strikes it out."""
        of_rule = self._due.get(rule)
        known = NEVER if of_rule is None else of_rule.get(who, NEVER)
        if due == known:
            return
        if due == NEVER:
            self._strike(who, rule)
        elif of_rule is None:
            self._due[rule] = {who: due}
        else:
            of_rule[who] = due
        if self._next is not None and due < self._next:
            self._next = due
        elif known == self._next:
            self._next = None

    def rules(self, who: str) -> Collection[str]:
        """Those for which there is an instant."""
        return [rule for rule, of_rule in self._due.items() if who in of_rule]

    def pop(self, at: Millis) -> Iterator[tuple[str, str]]:
        """Take out what is due at `at`, in order."""
        if self.next > at:
            return
        found = [
            (due, who, rule)
            for rule, of_rule in self._due.items()
            for who, due in of_rule.items()
            if due <= at
        ]
        self._next = None
        for _, who, rule in sorted(found):
            self._strike(who, rule)
            yield who, rule

    def _strike(self, who: str, rule: str) -> None:
        of_rule = self._due[rule]
        del of_rule[who]
        if not of_rule:
            del self._due[rule]

    @property
    def next(self) -> Millis:
        """When something is due; `NEVER` when nothing is."""
        if self._next is None:
            self._next = min([min(one.values()) for one in self._due.values()], default=NEVER)
        return self._next
