"""Erasing a person from the archive: their rows, and their pseudonym wherever else it stands.

Files are rewritten one by one under the same names, so that where the log is read on does not
change. Who was erased, and when, is kept (`erased.json`): what was said of them up to then is not
written again, be it still in the writer's hands or read anew from the log.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from consumers.archive.files import File, listed, locked, read, settle, state_of, table_of, write
from streams.events import Millis

ERASED = "~erased"
"""What stands where a record about others named the person."""
ABOUT = ("participant_id", "unmapped_id", "with")
"""A record with one of them here is about the person, and goes whole."""
LIST = "erased.json"


class Report(Struct):
    """What was done. `pseudonyms`: the person's own, and those from before they were matched."""

    pseudonyms: list[str]
    files: int = 0
    rows: int = 0
    changed: int = 0

    def __str__(self) -> str:
        return (
            f"archive: {self.rows} records removed and {self.changed} changed "
            f"in {self.files} files; {len(self.pseudonyms)} pseudonyms"
        )


def erased(root: Path) -> dict[str, Millis]:
    """By pseudonym, the instant up to which nothing of the person is kept."""
    try:
        return msgspec.json.decode((root / LIST).read_bytes(), type=dict[str, Millis])
    except FileNotFoundError:
        return {}


def erase(root: Path, participant_id: str, now: Millis) -> Report:
    """Takes all of a person up to `now` out of the archive; doing it again changes nothing."""
    with locked(root):
        files = listed(root)
        report = Report([participant_id, *sorted(_before_matched(files, participant_id))])
        known = erased(root) | dict.fromkeys(report.pseudonyms, now)
        _keep(root, known)
        mine = dict.fromkeys(report.pseudonyms, now)
        for file in files:
            before = read(file)
            after, changed = without(before, mine)
            rows = before.num_rows - after.num_rows
            if rows or changed:
                write(file, after, state_of(file))
                report.files += 1
                report.rows += rows
                report.changed += changed
    return report


def without(table: pa.Table, erased: Mapping[str, Millis]) -> tuple[pa.Table, int]:
    """The rows less what was said of the erased, and in how many of those left they were named."""
    if not erased:
        return table, 0
    hit: Any = False
    for name in erased:
        named = pc.or_kleene(
            pc.match_substring(table["value"], name.encode()),
            pc.fill_null(pc.equal(table["key"], name), False),
        )
        hit = pc.or_(hit, named)
    if not pc.any(hit).as_py():
        return table, 0
    rows = []
    changed = 0
    for row, is_hit in zip(table.to_pylist(), hit.to_pylist(), strict=True):
        if is_hit:
            value = _cleaned(row["key"], row["value"], erased)
            if value is None:
                continue
            changed += value != row["value"]
            row["value"] = value
        rows.append(row)
    return table_of({name: [row[name] for row in rows] for name in table.column_names}), changed


def _cleaned(key: str | None, value: bytes, erased: Mapping[str, Millis]) -> bytes | None:
    """None where the record is about an erased person."""
    record = msgspec.json.decode(value)
    ts = record.get("ts", 0)
    names = {name for name, at in erased.items() if ts <= at}
    if not names:
        return value
    if key in names or any(record.get(field) in names for field in ABOUT):
        return None
    cleaned = _unnamed(record, names)
    return value if cleaned == record else msgspec.json.encode(cleaned)


def _unnamed(node: Any, names: set[str]) -> Any:
    if isinstance(node, dict):
        return {key: _unnamed(value, names) for key, value in node.items()}
    if isinstance(node, list):
        return [_unnamed(one, names) for one in node if not _about(one, names)]
    return ERASED if isinstance(node, str) and node in names else node


def _about(node: Any, names: set[str]) -> bool:
    """A roster's entry, or a list's item, that is the person."""
    if isinstance(node, dict):
        return any(node.get(field) in names for field in ABOUT)
    return isinstance(node, str) and node in names


def _before_matched(files: Iterable[File], participant_id: str) -> Iterator[str]:
    """The `unmapped:` pseudonyms that staff said are this person."""
    found = set()
    for file in files:
        table = read(file)
        rows = table.filter(pc.equal(table["type"], "participant.identified"))
        for value in rows["value"].to_pylist():
            record = msgspec.json.decode(value)
            if record.get("participant_id") == participant_id:
                found.add(record["unmapped_id"])
    return iter(found)


def _keep(root: Path, known: Mapping[str, Millis]) -> None:
    """Kept before anything is rewritten, whole or not at all."""
    unfinished = root / f"{LIST}.unfinished"
    with unfinished.open("wb") as out:
        out.write(msgspec.json.encode(dict(known)))
        out.flush()
        os.fsync(out.fileno())
    unfinished.rename(root / LIST)
    settle(root)
