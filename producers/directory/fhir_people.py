"""Patients, practitioners and relatives of a FHIR bundle, as rows of a people file."""

import re
from collections.abc import Callable
from typing import Final

from producers.directory.cells import LONGEST
from producers.directory.csv_people import EMAIL, LANGUAGE
from producers.directory.fhir_held import Held
from producers.directory.fhir_resources import (
    CareTeam,
    Identifier,
    Patient,
    Person,
    Practitioner,
    Reference,
    RelatedPerson,
)
from producers.directory.identities import PHONE
from producers.directory.records import PersonKind, PersonRow, Problems

KIND: Final[dict[type[Person], PersonKind]] = {
    Patient: "patient",
    RelatedPerson: "family",
    Practitioner: "staff",
}
OWN_ID: Final = ("MR", "EI", "EN")
"""Types of identifier (HL7 table 0203) that are a clinic's own: record number, employee number."""
PRONOUN = re.compile(r".*/(individual-)?pronouns?$")


def chosen(identifiers: list[Identifier], system: str) -> str:
    """The clinic's own id among several: of the system named, else by type, else the first."""
    given = [one for one in identifiers if one.value.strip()]
    if system:
        given = [one for one in given if one.system == system]
    own = [one for one in given if set(one.type.words()) & set(OWN_ID)]
    official = [one for one in given if one.use == "official"]
    return next((one.value.strip() for one in [*own, *official, *given]), "")


def person_id(person: Person, system: str) -> str:
    """By which the clinic knows them: an identifier, else the resource's id."""
    return chosen(person.identifier, system) or person.id


def person(person: Person, held: Held, problems: Problems) -> PersonRow | None:
    """None when something is wrong; the problems are told."""
    wrong: list[str] = []

    def bad(column: str, problem: str) -> None:
        wrong.append(column)
        problems.add(person.number, f"{type(person).__name__}.{column}", problem)

    id_ = person_id(person, held.system)
    if not id_ or len(id_) > LONGEST:
        bad("identifier", "is missing or too long")
    fields = _fields(person, bad)
    emails = [one.value.strip() for one in person.telecom if one.system == "email"]
    for address in emails:
        if not EMAIL.fullmatch(address) or len(address) > LONGEST:
            bad("telecom", "an e-mail address is not understood")
    clinician = _clinician(person, held)
    if wrong:
        return None
    return PersonRow(
        line=person.number,
        person_id=id_,
        kind=KIND[type(person)],
        fields=fields,
        identities={"email": list(dict.fromkeys(emails))} if emails else {},
        known=frozenset({"clinician"} if clinician else ()),
        clinician=clinician,
    )


def _fields(person: Person, bad: Callable[[str, str], None]) -> dict[str, str]:
    names = {one.use: str(one) for one in reversed(person.name) if str(one)}
    full = names.get("official") or next((str(one) for one in person.name if str(one)), "")
    if not full:
        bad("name", "is missing")
    phones = [one.value.strip() for one in person.telecom if one.system in ("phone", "sms")]
    fields = {
        "name": full,
        "preferred": names.get("nickname", ""),
        "language": _language(person),
        "pronoun": _pronoun(person),
        "phone": next((number for number in phones if PHONE.fullmatch(number)), ""),
    }
    for column, value in fields.items():
        if len(value) > LONGEST or any(ord(letter) < 32 for letter in value):
            bad(column, f"longer than {LONGEST} characters, or with a control character")
    return {column: value for column, value in fields.items() if value}


def _language(person: Person) -> str:
    if isinstance(person, Practitioner):
        return ""
    said = sorted(person.communication, key=lambda one: not one.preferred)
    words = (word for one in said for word in one.language.words())
    return next((word for word in words if LANGUAGE.fullmatch(word) and len(word) < 12), "")


def _pronoun(person: Person) -> str:
    for one in person.extension:
        if PRONOUN.fullmatch(one.url):
            return next((text for text in one.texts() if text), "")
    return ""


def _clinician(person: Person, held: Held) -> str:
    """The general practitioner; else the first practitioner of the person's own care team."""
    if not isinstance(person, Patient):
        return ""
    own = [team for team in held.of(CareTeam) if held.find(team.subject) is person]
    members = [one.member for team in own for one in team.participant]
    told = (_staff(one, held) for one in [*person.generalPractitioner, *members])
    return next(filter(None, told), "")


def _staff(reference: Reference, held: Held) -> str:
    found = held.find(reference)
    return person_id(found, held.system) if isinstance(found, Practitioner) else ""
