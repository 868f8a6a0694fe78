"""The rights that an installation gives each part are those that its code needs."""

import re
from pathlib import Path

from alerts import worker as alerts
from consumers import exporter
from consumers.archive import worker as archive
from producers.directory import attended, unmatched
from streams.incidents import worker as incidents
from streams.metrics import READS, WRITES
from streams.participant import worker as participant
from streams.quality import worker as quality
from streams.session import worker as session
from streams.topics import INTERNAL

HERE = Path(__file__).parent
ROW = re.compile(r"^\| `(\w+)` \|([^|]*)\|([^|]*)\|([^|]*)\|$", re.MULTILINE)
GROUPS = {
    "schedule": [unmatched.GROUP, attended.GROUP],
    "quality": [quality.PART],
    "session": [session.APP],
    "participant": [participant.APP],
    "incidents": [incidents.PART],
    "alerts": [alerts.PART],
    "exporter": [exporter.PART],
    "archive": [archive.PART],
}
STATE = dict(zip(("session", "participant"), (topic.name for topic in INTERNAL), strict=True))


def test_the_table_of_rights_is_what_the_parts_use():
    page = (HERE.parent / "docs" / "installing.md").read_text(encoding="utf-8")
    told = {}
    for part, *cells in ROW.findall(page.partition("## Rights on the broker")[2]):
        told[part] = [re.findall(r"`([^`]+)`", cell) for cell in cells]
    assert told.keys() == {*READS, *WRITES}
    for part, (reads, writes, group) in told.items():
        state = [STATE[part]] if part in STATE else []
        assert reads == [topic.name for topic in READS.get(part, ())] + state
        assert writes == [topic.name for topic in WRITES.get(part, ())] + state
        assert group == GROUPS.get(part, [])


MODULES = {
    "gateway": ["producers/gateway/recalling.py", "producers/gateway/join_feed.py"],
    "schedule": ["producers/directory/unmatched.py", "producers/directory/attended.py"],
    "quality": ["streams/quality/worker.py"],
    "incidents": ["streams/incidents/worker.py"],
    "alerts": ["alerts/worker.py"],
    "console": ["consumers/console/worker.py"],
    "exporter": ["consumers/exporter.py"],
    "archive": ["consumers/archive/worker.py"],
}
"""Who makes a consumer (the session and participant workers' are Faust's)."""


def test_nobody_else_reads():
    making = re.compile(r"(?<!def )(?<![_\w])consumer\(")
    top = HERE.parent
    files = (
        file
        for folder in ("alerts", "consumers", "producers", "streams")
        for file in (top / folder).rglob("*.py")
    )
    found = {str(file.relative_to(top)) for file in files if making.search(file.read_text("utf-8"))}
    known = {one for files in MODULES.values() for one in files}
    assert found - known == {"streams/rewinding.py"}  # reads what its caller reads
    for part, names in MODULES.items():
        text = "".join((top / one).read_text("utf-8") for one in names)
        for topic in READS[part]:
            assert topic.name.replace("-", "_").upper() in text, (part, topic.name)
