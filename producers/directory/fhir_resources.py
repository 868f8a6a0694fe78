"""The part of FHIR R4 that schedules are read from (hl7.org/fhir/R4); what is not named is ignored.

Field names are FHIR's own.
"""

import re
from collections.abc import Iterator
from typing import TypeAlias

from msgspec import Raw, Struct, field


class Coding(Struct):
    code: str = ""
    display: str = ""


class Concept(Struct):
    """CodeableConcept."""

    coding: list[Coding] = field(default_factory=list)
    text: str = ""

    def words(self) -> Iterator[str]:
        """Codes, displays and the text."""
        for one in self.coding:
            yield from (one.code, one.display)
        yield self.text


class Identifier(Struct):
    use: str = ""
    type: Concept = field(default_factory=Concept)
    system: str = ""
    value: str = ""


class Reference(Struct):
    reference: str = ""
    type: str = ""
    identifier: Identifier = field(default_factory=Identifier)


class Extension(Struct):
    url: str = ""
    valueCode: str = ""
    valueString: str = ""
    valueUrl: str = ""
    valueUri: str = ""
    valueCoding: Coding = field(default_factory=Coding)
    extension: list["Extension"] = field(default_factory=list)

    def texts(self) -> Iterator[str]:
        """Its values, and those of the extensions within."""
        yield from (self.valueString, self.valueUrl, self.valueUri)
        for inner in self.extension:
            yield from inner.texts()


class Meta(Struct):
    tag: list[Coding] = field(default_factory=list)


class HumanName(Struct):
    use: str = ""
    text: str = ""
    family: str = ""
    given: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return self.text.strip() or " ".join([*self.given, self.family]).strip()


class Telecom(Struct):
    system: str = ""
    value: str = ""
    use: str = ""


class Communication(Struct):
    language: Concept = field(default_factory=Concept)
    preferred: bool = False


class Period(Struct):
    start: str = ""
    end: str = ""


class _Resource(Struct, kw_only=True):
    id: str = ""
    identifier: list[Identifier] = field(default_factory=list)
    number: int = 0  # of its entry in the file or search: where problems are told
    extension: list[Extension] = field(default_factory=list)


class _Person(_Resource, kw_only=True):
    name: list[HumanName] = field(default_factory=list)
    telecom: list[Telecom] = field(default_factory=list)


class Patient(_Person, kw_only=True):
    communication: list[Communication] = field(default_factory=list)
    generalPractitioner: list[Reference] = field(default_factory=list)


class RelatedPerson(_Person, kw_only=True):
    communication: list[Communication] = field(default_factory=list)


class Practitioner(_Person, kw_only=True):
    pass


class PractitionerRole(_Resource, kw_only=True):
    practitioner: Reference = field(default_factory=Reference)


class Member(Struct):
    entity: Reference = field(default_factory=Reference)
    inactive: bool = False
    period: Period = field(default_factory=Period)


class Group(_Resource, kw_only=True):
    member: list[Member] = field(default_factory=list)


class Participant(Struct):
    actor: Reference = field(default_factory=Reference)
    type: list[Concept] = field(default_factory=list)
    status: str = ""


class TeamMember(Struct):
    member: Reference = field(default_factory=Reference)
    period: Period = field(default_factory=Period)


class CareTeam(_Resource, kw_only=True):
    subject: Reference = field(default_factory=Reference)
    participant: list[TeamMember] = field(default_factory=list)


class Appointment(_Resource, kw_only=True):
    meta: Meta = field(default_factory=Meta)
    status: str = ""
    serviceCategory: list[Concept] = field(default_factory=list)
    serviceType: list[Concept] = field(default_factory=list)
    specialty: list[Concept] = field(default_factory=list)
    appointmentType: Concept = field(default_factory=Concept)
    description: str = ""
    comment: str = ""
    patientInstruction: str = ""
    start: str = ""
    end: str = ""
    supportingInformation: list[Reference] = field(default_factory=list)
    participant: list[Participant] = field(default_factory=list)


Person: TypeAlias = Patient | RelatedPerson | Practitioner
Resource: TypeAlias = (
    Patient | RelatedPerson | Practitioner | PractitionerRole | Group | CareTeam | Appointment
)
KINDS: dict[str, type[Resource]] = {
    kind.__name__: kind
    for kind in (
        *(Patient, RelatedPerson, Practitioner, PractitionerRole),
        *(Group, CareTeam, Appointment),
    )
}


class Kind(Struct):
    resourceType: str = ""


class Entry(Struct):
    resource: Raw = field(default_factory=lambda: Raw(b"{}"))
    fullUrl: str = ""


class Link(Struct):
    relation: str = ""
    url: str = ""


class Bundle(Struct):
    resourceType: str
    link: list[Link] = field(default_factory=list)
    entry: list[Entry] = field(default_factory=list)

    @property
    def next(self) -> str:
        """Where the search goes on; empty on its last page."""
        return next((one.url for one in self.link if one.relation == "next"), "")


_LOCAL = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64})(?:/_history/.*)?")


def local(reference: str) -> str:
    """`Patient/12` of a reference, relative or with the server's address; else as it is."""
    found = _LOCAL.fullmatch(reference)
    return found[1] if found else reference
