"""Which feeds the schedule is read from; `sessionwatch/settings.py` reads them."""

from msgspec import Struct


class Feed(Struct, frozen=True, forbid_unknown_fields=True):
    """A calendar or a FHIR search at `url`; `name` is what it is called everywhere else. In the
    address, `{today}` stands for the day, as `2026-11-24`.

    `token_file` holds the bearer token; `identifier_system` says which FHIR identifiers are the
    clinic's own ids.
    """

    name: str
    url: str
    token_file: str = ""
    identifier_system: str = ""
    every_minutes: int = 15


class ScheduleSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where schedules are fetched from, beside what is imported by hand."""

    feeds: list[Feed] = []
