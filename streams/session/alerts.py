"""What was said of a room so far, by whom it is about."""

from collections.abc import Collection, Sequence

from streams.episodes import Alert


class Alerts:
    """Finds its way in the alerts that are stored; nobody has more than a few."""

    __slots__ = ("_of", "_stored")

    def __init__(self, stored: list[Alert]) -> None:
        self._stored = stored
        self._of: dict[str, tuple[Alert, ...]] = {}
        for alert in stored:
            self._of[alert.who] = (*self._of.get(alert.who, ()), alert)

    def of(self, who: str, rule: str) -> list[Alert]:
        return [alert for alert in self._of.get(who, ()) if alert.rule == rule]

    def rules(self, who: str) -> Collection[str]:
        """Those that have said something of them."""
        return {alert.rule for alert in self._of.get(who, ())}

    def add(self, who: str, new: Sequence[Alert]) -> None:
        self._stored.extend(new)
        self._of[who] = (*self._of.get(who, ()), *new)
