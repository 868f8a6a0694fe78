"""Which format a schedule file is in: by what it says, and where that is unclear by its name.

Each format then complains of its own faults; a page of an error or a spreadsheet is named here.
"""

from typing import Final, Literal

from producers.directory.records import BadFile, Problem

Format = Literal["csv", "ical", "fhir"]

SUFFIXES: Final[dict[str, Format]] = {
    **dict.fromkeys((".ics", ".ical", ".ifb", ".icalendar"), "ical"),
    **dict.fromkeys((".json", ".ndjson", ".fhir"), "fhir"),
    ".csv": "csv",
}
BEGINNINGS: Final[tuple[tuple[bytes, Format], ...]] = (
    *((begin, "fhir") for begin in (b"{", b"[")),
    *((begin, "ical") for begin in (b"BEGIN:", b"PRODID:", b"VERSION:")),
)
OTHERS: Final = (
    (b"PK\x03\x04", "a spreadsheet or an archive; save it as CSV UTF-8"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet of an old kind; save it as CSV UTF-8"),
    (b"%PDF", "a PDF; export CSV, iCalendar or FHIR in JSON"),
    (b"<", "a page of HTML or XML; export CSV, iCalendar or FHIR in JSON"),
    (b"\xff\xfe", "UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "UTF-16; save it as UTF-8"),
)


def format_of(raw: bytes, name: str = "") -> Format:
    """`name` is the file's, for its ending. Raises `BadFile` for what is none of them."""
    text = raw.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise BadFile([Problem(1, "file", "is empty", "line")])
    for begin, told in OTHERS:
        if raw.startswith(begin) or text.startswith(begin):
            raise BadFile([Problem(1, "file", told, "line")])
    for begin, format_ in BEGINNINGS:
        if text[: len(begin)].upper() == begin:
            return format_
    suffix = next((end for end in SUFFIXES if name.lower().endswith(end)), "")
    return SUFFIXES.get(suffix, "csv")
