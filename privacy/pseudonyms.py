"""Pseudonyms by keyed HMAC: the only way from an outside id to one on the log.

A plain hash of an id can be reversed by guessing; these need the installation's key. Names are
normalised before (Unicode NFC, case folded, outer space cut), so that an address typed in
capitals is the same person.

The key of what names people in care (participants, aliases) can be changed: pseudonyms made with a
newer one begin with its version (`v2.`), those that are known stay, and both are looked for. What
names no person (rooms, sessions, programs), and staff, stay under the first.
"""

import base64
import hmac
import unicodedata

from privacy.sealing import MasterKey

LENGTH = 26
"""Characters of a pseudonym: 130 bits in base32, 115 behind a version."""


class Pseudonyms:
    """Domain-separated pseudonyms of one installation."""

    def __init__(self, key: MasterKey) -> None:
        self.versions = key.versions
        numbers = range(1, key.versions + 1)
        self._keys = [key.derive("pseudonyms/v1", version) for version in numbers]

    def participant(self, person_id: str) -> str:
        """Of the clinic's own id of a person; no platform is in it. With the newest key: of
        somebody who may be known already, see `participants`."""
        return self.participants(person_id)[0]

    def participants(self, person_id: str) -> list[str]:
        """All that this person may be called, by the newest key first."""
        return self._versions("participant", person_id)

    def staff(self, staff_id: str) -> str:
        """Of the clinic's own id of a clinician or host."""
        return self._made("staff", staff_id)

    def program(self, program: str) -> str:
        return self._made("program", program)

    def alias(self, platform: str, identity: str) -> str:
        """Of one identity on one platform, with the newest key."""
        return self.aliases(platform, identity)[0]

    def aliases(self, platform: str, identity: str) -> list[str]:
        """All that this identity may be kept under, by the newest key first."""
        return self._versions("alias", platform, identity)

    def room(self, platform: str, room: str) -> str:
        """Of a room's name or a meeting's id."""
        return self._made("room", platform, room)

    def session(self, calendar_uid: str, original_start: int) -> str:
        """Of one occurrence; it stays the same when the session is moved."""
        return self._made("session", calendar_uid, str(original_start))

    def series(self, calendar_uid: str) -> str:
        """Of all occurrences of one calendar entry."""
        return self._made("series", calendar_uid)

    def source(self, name: str) -> str:
        """Of a calendar or file that schedules come from."""
        return self._made("source", name)

    def connection(self, platform: str, connection: str) -> str:
        return self._made("connection", platform, connection)

    def identity(self, platform: str, participant_id: str) -> str:
        """By which the join link names a person to a platform, the same each time."""
        return self._made("identity", platform, participant_id)

    def unmapped(self, platform: str, identity: str) -> str:
        """For whom nobody has matched yet."""
        return "unmapped:" + self.alias(platform, identity)

    def _versions(self, *words: str) -> list[str]:
        return [self._made(*words, version=version) for version in range(self.versions, 0, -1)]

    def _made(self, *words: str, version: int = 1) -> str:
        text = "\x00".join(normalised(word) for word in words)
        digest = hmac.digest(self._keys[version - 1], text.encode(), "sha256")
        prefix = f"v{version}." if version > 1 else ""
        return (prefix + base64.b32encode(digest).decode().lower())[:LENGTH]


def normalised(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()
