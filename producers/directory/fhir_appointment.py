"""One FHIR appointment as a session: known again by its identifier, wherever it is moved."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar

from msgspec import Struct, field

from producers.directory import times
from producers.directory.csv_sessions import KINDS, LONGEST_MS, MODALITIES, PLATFORM, track_of
from producers.directory.fhir_held import Held
from producers.directory.fhir_people import chosen, person_id
from producers.directory.fhir_resources import (
    Appointment,
    CareTeam,
    Extension,
    Group,
    Patient,
    Period,
    Practitioner,
    Reference,
    RelatedPerson,
    local,
)
from producers.directory.ical_session import TRACKS, ZOOM
from producers.directory.records import Problems, Seat, SessionRow, Who
from streams.events import Kind

T = TypeVar("T", bound=str)

CANCELLED: Final = ("cancelled", "entered-in-error")
LEADS: Final = ("PPRF", "primary performer")
"""The participant type of who leads (v3 ParticipationType)."""
ZONE: Final = "http://hl7.org/fhir/StructureDefinition/timezone"
STAFF, CARED_FOR = ("Practitioner", "PractitionerRole"), ("Patient", "RelatedPerson")


class _Present(Struct):
    """Who takes part, in order, by the clinic's own ids."""

    hosts: list[str] = field(default_factory=list)
    leads: list[str] = field(default_factory=list)
    seats: dict[str, None] = field(default_factory=dict)
    grouped: bool = False
    groups: dict[int, int] = field(default_factory=dict)
    """Entry -> how deep it was when its members were taken: groups may hold themselves."""


def session(
    appointment: Appointment, held: Held, zones: Mapping[str, str], problems: Problems
) -> SessionRow | None:
    """None when something is wrong with the appointment; the problems are told."""
    return _Reading(appointment, held, problems).session(zones)


class _Reading:
    """One appointment, read with the problems it has."""

    def __init__(self, appointment: Appointment, held: Held, problems: Problems) -> None:
        self.one = appointment
        self.held = held
        self.good = True
        self._problems = problems
        self._words = [word.strip() for word in _words(appointment)]

    def session(self, zones: Mapping[str, str]) -> SessionRow | None:
        program = self._program(zones)
        zone = _extension(self.one.extension, ZONE) or zones.get(program, "UTC")
        starts_at, ends_at = self._span(zone)
        if not self.good:
            return None
        present = self._present(starts_at)
        hosts = present.leads or present.hosts
        if not hosts:
            self._bad("participant", "nobody is the host: no Practitioner takes part")
            return None
        platform, room = self._room()
        grouped: Kind = "group" if present.grouped or len(present.seats) > 1 else "individual"
        line = self.one.number
        return SessionRow(
            line=line,
            uid=chosen(self.one.identifier, "") or self.one.id,
            original_start=starts_at,
            starts_at=starts_at,
            ends_at=ends_at,
            time_zone=zone,
            program=program,
            track=self._choice(TRACKS, track_of(starts_at, zone)),
            kind=self._choice(KINDS, grouped),
            modality=self._choice(MODALITIES, "virtual"),
            host=Who("id", hosts[0], line, "Appointment.participant"),
            roster=[
                Seat(Who("id", id_, line, f"participant {number}"))
                for number, id_ in enumerate(present.seats, 1)
            ],
            platform=platform,
            room=room,
            cancelled=self.one.status in CANCELLED,
            place=room or self._location(),
        )

    def _bad(self, column: str, problem: str) -> None:
        self.good = False
        self._problems.add(self.one.number, f"Appointment.{column}", problem)

    def _choice(self, options: Sequence[T], default: T) -> T:
        said = {word.lower() for word in self._words}
        return next((option for option in options if option in said), default)

    def _program(self, zones: Mapping[str, str]) -> str:
        known = sorted({word for word in self._words if word in zones})
        if len(known) == 1:
            return known[0]
        several = "several of them are known programs" if known else "none is a known program"
        self._bad("serviceType", f"serviceType, serviceCategory, specialty, meta.tag: {several}")
        return ""

    def _span(self, zone: str) -> tuple[int, int]:
        if not (chosen(self.one.identifier, "") or self.one.id):
            self._bad("identifier", "is missing")
        try:
            times.zone(zone)
            start, end = _instant(self.one.start), _instant(self.one.end)
        except times.BadTime as error:
            self._bad("start", str(error))
            return 0, 0
        if not 0 < end - start <= LONGEST_MS:
            self._bad("end", "must be after the start, by 24 h at most")
        return start, end

    def _present(self, at: int) -> _Present:
        present = _Present()
        for one in self.one.participant:
            if one.status != "declined":
                leads = any(word in LEADS for kind in one.type for word in kind.words())
                self._take(one.actor, at, present, leads=leads)
        for reference in self.one.supportingInformation:
            if isinstance(self.held.find(reference), Group | CareTeam):
                self._take(reference, at, present)
        return present

    def _take(
        self,
        reference: Reference,
        at: int,
        present: _Present,
        *,
        leads: bool = False,
        deep: int = 0,
    ) -> None:
        found = self.held.find(reference)
        if isinstance(found, Group | CareTeam) and deep < 3:
            present.grouped = True
            if present.groups.get(found.number, deep + 1) <= deep:
                return
            present.groups[found.number] = deep
            for member in _members(found, at):
                self._take(member, at, present, deep=deep + 1)
            return
        kind = reference.reference.rpartition("/")[0].rpartition("/")[2] or reference.type
        if isinstance(found, Practitioner | Patient | RelatedPerson):
            kind = type(found).__name__
            id_ = person_id(found, self.held.system)
        else:  # known from another file, by its identifier or by the resource's id
            id_ = reference.identifier.value or reference.reference.rpartition("/")[2]
        if id_ and kind in STAFF:
            (present.leads if leads else present.hosts).append(id_)
        elif id_ and kind in CARED_FOR:
            present.seats[id_] = None

    def _location(self) -> str:
        """Where it is held, as the server refers to it."""
        references = (one.actor.reference for one in self.one.participant)
        return next((local(one) for one in references if local(one).startswith("Location/")), "")

    def _room(self) -> tuple[str | None, str | None]:
        """A link to Zoom anywhere; else a virtual service's platform and address."""
        one = self.one
        texts = [one.comment, one.description, one.patientInstruction]
        virtual = [extension for extension in one.extension if "virtual" in extension.url.lower()]
        texts += [text for extension in virtual for text in extension.texts()]
        for text in texts:
            if link := ZOOM.search(text):
                return "zoom", link[1]
        for extension in virtual:
            inner = {part.url: part for part in extension.extension}
            platform = inner.get("channelType", Extension()).valueCoding.code.lower()
            room = next((text for part in inner.values() for text in part.texts() if text), None)
            if PLATFORM.fullmatch(platform):
                return platform, room
        return None, None


def _words(one: Appointment) -> Iterator[str]:
    for concept in [*one.serviceType, *one.serviceCategory, *one.specialty, one.appointmentType]:
        yield from concept.words()
    yield from (tag.code for tag in one.meta.tag)


def _members(found: Group | CareTeam, at: int) -> Iterator[Reference]:
    """Those who belong to it at that moment."""
    if isinstance(found, Group):
        for one in found.member:
            if not one.inactive and _holds(one.period, at):
                yield one.entity
        return
    for part in found.participant:
        if _holds(part.period, at):
            yield part.member
    yield found.subject


def _holds(period: Period, at: int) -> bool:
    """Days are taken whole, in UTC; what cannot be read bounds nothing."""
    day = datetime.fromtimestamp(at / 1000, UTC).date().isoformat()
    started = not period.start or period.start[:10] <= day
    return started and (not period.end or day <= period.end[:10])


def _instant(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise times.BadTime("start or end is missing or not an instant") from None
    if moment.tzinfo is None:
        raise times.BadTime("an instant without an offset")
    return times.millis(moment)


def _extension(extensions: list[Extension], url: str) -> str:
    return next((one.valueCode for one in extensions if one.url == url), "")
