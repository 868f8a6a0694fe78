"""FHIR R4: people, groups and care teams, and the appointments that they have.

Takes the pages of a search, or one bundle. How a session's program, kind, host, roster and room
are told: `docs/schedules.md`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from producers.directory import fhir_appointment, fhir_people
from producers.directory.fhir_held import Held
from producers.directory.fhir_resources import (
    KINDS,
    Appointment,
    Bundle,
    Entry,
    Kind,
    Patient,
    Person,
    Practitioner,
    RelatedPerson,
)
from producers.directory.records import BadFile, PersonRow, Problem, Problems, SessionRow

PASSED_OVER = ("proposed", "pending", "waitlist")
"""Statuses of what nobody has agreed to yet."""


class Read(Struct, frozen=True):
    people: list[PersonRow]
    sessions: list[SessionRow]
    notes: tuple[str, ...]


def bundle(raw: bytes) -> Bundle:
    """Raises `BadFile` for what is no bundle; nothing that the file holds is repeated."""
    text = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        made = msgspec.json.decode(text, type=Bundle)
    except msgspec.ValidationError as error:
        told = f"not a FHIR Bundle{_where(error)}"
        raise BadFile([Problem(0, "file", told)]) from None
    except UnicodeDecodeError:
        raise BadFile([Problem(0, "file", "not UTF-8")]) from None
    except msgspec.DecodeError as error:
        raise BadFile([_malformed(text, error)]) from None
    except RecursionError:
        raise BadFile([Problem(0, "file", "nested too deeply")]) from None
    if made.resourceType != "Bundle":
        raise BadFile([Problem(0, "resourceType", "not a Bundle")])
    return made


def _malformed(text: bytes, error: msgspec.DecodeError) -> Problem:
    """Where JSON ends to be JSON."""
    found = _BYTE.search(str(error))
    at = int(found[1]) if found else len(text)
    before = text[:at]
    line = before.count(b"\n") + 1
    column = len(before) - before.rfind(b"\n")
    what = "not JSON" if found else "breaks off: its JSON has no end"
    return Problem(line, f"column {column}", what, "line")


def read(pages: Sequence[bytes], zones: Mapping[str, str], system: str = "") -> Read:
    """`zones` are the known programs' time zones; `system` says which of somebody's identifiers is
    the clinic's own id. Raises `BadFile`, whose lines are entries, with all problems."""
    problems = Problems()
    entries = (entry for raw in pages for entry in bundle(raw).entry)
    held = _held(entries, system, problems)
    everybody: list[Person] = [*held.of(Practitioner), *held.of(Patient), *held.of(RelatedPerson)]
    read = (fhir_people.person(one, held, problems) for one in everybody)
    people = [row for row in read if row is not None]
    sessions: list[SessionRow] = []
    first: dict[str, int] = {}
    undecided = 0
    for one in held.of(Appointment):
        if one.status in PASSED_OVER:
            undecided += 1
            continue
        row = fhir_appointment.session(one, held, zones, problems)
        if row is not None and first.setdefault(row.uid, row.line) != row.line:
            problems.add(row.line, "identifier", f"already in entry {first[row.uid]}")
        sessions += [row] if row else []
    problems.raise_any(people or sessions)
    notes = (f"{undecided} appointments not booked yet passed over",) if undecided else ()
    return Read(people, sessions, notes)


def _held(entries: Iterable[Entry], system: str, problems: Problems) -> Held:
    held = Held(system)
    for number, entry in enumerate(entries, 1):
        try:
            kind = KINDS.get(msgspec.json.decode(entry.resource, type=Kind).resourceType)
            if kind is None:
                continue
            resource = msgspec.json.decode(entry.resource, type=kind)
        except msgspec.ValidationError as error:
            problems.add(number, "resource", f"not as FHIR has it{_where(error)}")
            continue
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            problems.add(number, "resource", "cannot be read")
            continue
        resource.number = number
        held.add(resource, entry.fullUrl)
    return held


_BYTE = re.compile(r"\(byte (\d+)\)")


def _where(error: msgspec.ValidationError) -> str:
    """The path alone: what msgspec says beside it may repeat what was there."""
    _, at, path = str(error).partition(" - at ")
    return f", at {path.strip('`$.')}" if at else ""
