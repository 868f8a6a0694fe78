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
        of_them = self._of.get(who)
        return [alert for alert in of_them if alert.rule == rule] if of_them else []

    def rules(self, who: str) -> Collection[str]:
        """Those that have said something of them."""
        of_them = self._of.get(who)
        return [alert.rule for alert in of_them] if of_them else ()

    def add(self, who: str, new: Sequence[Alert]) -> None:
        self._stored.extend(new)
        self._of[who] = (*self._of.get(who, ()), *new)
