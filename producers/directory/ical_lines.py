"""Where each event of an iCalendar file, and each of its properties, stands in the file."""

import re

from msgspec import Struct, field

_NAME = re.compile(rb"[A-Za-z0-9-]+")


class EventLines(Struct):
    """Line numbers of one VEVENT: its `BEGIN`, and of every property by name in order."""

    begin: int
    of: dict[str, list[int]] = field(default_factory=dict)

    def line(self, name: str, number: int = 0) -> int:
        """Of the n-th property of that name; the event's own line when there is none."""
        lines = self.of.get(name, [])
        return lines[number] if number < len(lines) else self.begin


def event_lines(raw: bytes) -> list[EventLines]:
    """Of all events in the order of the file; what lies in an event's alarms is left out."""
    found: list[EventLines] = []
    inside: list[str] = []
    for number, text in enumerate(raw.splitlines(), 1):
        if text[:1] in (b" ", b"\t"):  # folded: belongs to the line before
            continue
        match = _NAME.match(text)
        name = match[0].decode().upper() if match else ""
        rest = text[len(name) + 1 :].decode("ascii", "replace").strip().upper()
        if name == "BEGIN":
            inside.append(rest)
            if rest == "VEVENT":
                found.append(EventLines(number))
        elif name == "END" and inside:
            inside.pop()
        elif inside and inside[-1] == "VEVENT":
            found[-1].of.setdefault(name, []).append(number)
    return found
