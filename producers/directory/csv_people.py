"""The people file: one row a person. A column that is not there leaves what is known alone."""

import re
from typing import Final

from producers.directory.cells import Row
from producers.directory.identities import PHONE
from producers.directory.records import PersonKind, PersonRow, State

FIELDS: Final = (
    "name",
    "preferred",
    "language",
    "pronoun",
    "phone",
    "message_safe",
    "good_hours",
    "chart",
)
PLATFORMS: Final = (
    *("email", "dial_in"),
    *("zoom", "livekit", "daily", "twilio", "jitsi", "bigbluebutton"),
)
OTHERS: Final = ("clinician", "hours_per_week", "state")
COLUMNS = frozenset({"person_id", "role", *FIELDS, *PLATFORMS, *OTHERS})
REQUIRED = frozenset({"person_id", "role", "name"})

ROLES: Final[dict[str, PersonKind]] = {
    "patient": "patient",
    "family": "family",
    "interpreter": "interpreter",
    "observer": "observer",
    "staff": "staff",
    "host": "staff",
    "clinician": "staff",
}
STATES: Final[tuple[State, ...]] = ("active", "on_leave", "discharged")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def person(row: Row) -> PersonRow | None:
    """None when it does not say who it is; of what else is wrong, the row tells the problems."""
    person_id = row.text("person_id", required=True)
    kind = ROLES[row.choice("role", tuple(ROLES), None)]
    told = row.good
    made = PersonRow(
        line=row.line,
        person_id=person_id,
        kind=kind,
        fields=_fields(row),
        identities={column: _identities(row, column) for column in PLATFORMS if row.has(column)},
        known=frozenset(filter(row.has, OTHERS)),
        clinician=row.text("clinician"),
        hours_per_week=_hours(row),
        state=row.choice("state", STATES, "active"),
    )
    return made if told else None


def _fields(row: Row) -> dict[str, str]:
    row.text("name", required=True)
    row.matching("language", LANGUAGE, "en or es-MX")
    row.matching("phone", PHONE, "+1 555 010 0199")
    if row.text("message_safe"):
        row.choice("message_safe", ("yes", "no", "ask"), "ask")
    return {column: row.text(column) for column in FIELDS if row.has(column)}


def _identities(row: Row, column: str) -> list[str]:
    shape = {"email": (EMAIL, "name@clinic.example"), "dial_in": (PHONE, "+1 555 010 0199")}
    found = row.listed(column)
    pattern, example = shape.get(column, (None, ""))
    for number, identity in enumerate(found, 1):
        if pattern is not None and not pattern.fullmatch(identity):
            row.bad(column, f"entry {number} not understood; write it like {example}")
        if len(identity) > 200:
            row.bad(column, f"entry {number} is longer than 200 characters")
    return found


def _hours(row: Row) -> float | None:
    cell = row.text("hours_per_week")
    if not cell:
        return None
    try:
        hours = float(cell)
    except ValueError:
        hours = -1
    if not 0 <= hours <= 168:
        row.bad("hours_per_week", "not a number from 0 to 168")
    return hours
