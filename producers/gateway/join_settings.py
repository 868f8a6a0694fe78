"""The join link's settings: where meetings are entered, and whom a person can call."""

import re
from urllib.parse import quote, urlsplit

from msgspec import Struct, field

PLACES = re.compile(r"\{(\w+)\}")
KNOWN_PLACES = frozenset({"room", "identity", "beacon", "language"})


class BadMeetingUrl(ValueError):
    """A template that no meeting can be entered by."""


class JoinSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`meeting_urls`: by platform, with these places in braces: `room`; `identity`, by which the
    platform's own events then name the person (LiveKit's identity, Zoom's customer key);
    `beacon`, the browser agent's token, to stand after `#sw=`; `language`.
    """

    meeting_urls: dict[str, str] = field(
        default_factory=lambda: {"zoom": "https://zoom.us/j/{room}"}
    )
    dial_in: dict[str, str] = {}
    """By platform, the number to call for sound alone."""
    phone: str = ""
    """The clinic's number, shown on every page."""
    phones: dict[str, str] = {}
    """The same by program code, where they differ."""
    ask_tiredness: list[str] = []
    """Codes of the programs whose people are asked for it at the end."""
    leave_to: str = "https://www.google.com/"
    """Where "Leave quickly" goes."""

    def check(self) -> None:
        """Raises `BadMeetingUrl`."""
        for platform, template in self.meeting_urls.items():
            unknown = set(PLACES.findall(template)) - KNOWN_PLACES
            if unknown or urlsplit(template).scheme not in ("https", "http"):
                raise BadMeetingUrl(
                    f"join: the meeting address of {platform} must be https:// and may hold "
                    f"{', '.join(sorted('{' + place + '}' for place in KNOWN_PLACES))}"
                )

    def wants(self, platform: str | None, place: str) -> bool:
        return f"{{{place}}}" in self.meeting_urls.get(platform or "", "")

    def meeting(self, platform: str | None, places: dict[str, str]) -> str | None:
        """Where this meeting is entered; None when nobody said."""
        template = self.meeting_urls.get(platform or "")
        if template is None:
            return None
        return PLACES.sub(lambda found: quote(places[found[1]], safe=".-_~"), template)

    def origin(self, platform: str | None) -> str:
        """Of the page that the meeting is held on, as browsers write it."""
        parts = urlsplit(self.meeting_urls.get(platform or "", ""))
        return f"{parts.scheme}://{parts.netloc}"
