"""A small clinic in FHIR R4, as an electronic health record would tell of it."""

from typing import Any

RECORD = "urn:clinic:record"
TYPE = "http://terminology.hl7.org/CodeSystem/v2-0203"
ROLE = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
VIRTUAL = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Appointment.virtualService"


def _identified(value: str, kind: str) -> list[dict[str, Any]]:
    return [
        {"system": "urn:national", "value": f"n-{value}"},
        {"type": {"coding": [{"system": TYPE, "code": kind}]}, "system": RECORD, "value": value},
    ]


def practitioner(id_: str, own: str, given: str, family: str, email: str) -> dict[str, Any]:
    return {
        "resourceType": "Practitioner",
        "id": id_,
        "identifier": _identified(own, "EI"),
        "name": [{"family": family, "given": [given]}],
        "telecom": [{"system": "email", "value": email}],
    }


def patient(id_: str, own: str, given: str, family: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": id_,
        "identifier": _identified(own, "MR"),
        "name": [{"use": "official", "family": family, "given": [given]}],
        "telecom": [
            {"system": "phone", "value": "+1 555 010 0199"},
            {"system": "email", "value": f"{given.lower()}@mail.example"},
        ],
        "communication": [
            {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "es"}]}},
        ],
        "generalPractitioner": [{"reference": "Practitioner/dr-1"}],
        **more,
    }


def group(id_: str, *members: str) -> dict[str, Any]:
    return {
        "resourceType": "Group",
        "id": id_,
        "type": "person",
        "actual": True,
        "member": [{"entity": {"reference": f"Patient/{one}"}} for one in members],
    }


def care_team(id_: str, subject: str, *members: str) -> dict[str, Any]:
    return {
        "resourceType": "CareTeam",
        "id": id_,
        "status": "active",
        "subject": {"reference": subject},
        "participant": [{"member": {"reference": one}} for one in members],
    }


def appointment(
    id_: str, start: str, end: str, *actors: str, program: str = "iop-evening", **more: Any
) -> dict[str, Any]:
    """The first actor leads."""
    leads = {"type": [{"coding": [{"system": ROLE, "code": "PPRF"}]}]}
    return {
        "resourceType": "Appointment",
        "id": id_,
        "identifier": [{"system": "urn:clinic:visit", "value": f"visit-{id_}"}],
        "status": "booked",
        "serviceType": [{"text": program}],
        "start": start,
        "end": end,
        "participant": [
            {"actor": {"reference": one}, "status": "accepted", **(leads if not number else {})}
            for number, one in enumerate(actors)
        ],
        **more,
    }


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in resources],
    }


CLINIC = (
    practitioner("dr-1", "e-1", "Wei", "Chen", "w.chen2@clinic.example"),
    practitioner("dr-2", "e-2", "Ida", "Moss", "i.moss@clinic.example"),
    patient("pa-1", "m-1", "Ana", "Rivera"),
    patient("pa-2", "m-2", "Luis", "Okafor"),
    patient("pa-3", "m-3", "Joy", "Tran"),
    group("gr-1", "pa-1", "pa-2"),
)
EVENING = appointment(
    "ap-1",
    "2026-11-24T18:00:00-05:00",
    "2026-11-24T21:00:00-05:00",
    "Practitioner/dr-1",
    supportingInformation=[{"reference": "Group/gr-1"}],
    comment="https://clinic.zoom.us/j/81234567890?pwd=x",
)
ALONE = appointment(
    "ap-2",
    "2026-11-25T15:00:00Z",
    "2026-11-25T15:50:00Z",
    "Practitioner/dr-2",
    "Patient/pa-3",
)
