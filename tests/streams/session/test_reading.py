"""The fast reader gives what the contract's own codec gives, and refuses for the same reason."""

import msgspec
import pytest

from streams import codec
from streams.codec import Unreadable
from streams.events import ClockTicked, EngagementObserved
from streams.session import reading
from streams.session.reading import Reader

SIGN = EngagementObserved(
    id="e1", ts=1_760_000_000_000, session_id="s1", participant_id="p1", kind="spoke", ms=4_000
)


def sign(**changes):
    """Begins as `codec.encode` begins one."""
    return msgspec.json.encode(msgspec.json.decode(codec.encode(SIGN)) | changes)


def same(raw, reader):
    read, expected = reader.decode(raw), codec.session_events.decode(raw)
    return msgspec.to_builtins(read) == msgspec.to_builtins(expected) and isinstance(
        read, type(expected)
    )


def test_events_read_as_the_codec_reads_them():
    reader = Reader()
    for raw in (
        sign(),
        sign(),
        sign(id="e2", received_at=1_760_000_000_500),
        sign(participant_id="p2"),
        sign(kind="chat", ms=None, more="of tomorrow"),
        b'{"kind":"chat","id":"e3","ts":5,"participant_id":"p1","session_id":"s1",'
        b'"type":"engagement.observed"}',
        codec.encode(ClockTicked(id="1", ts=1_000)),
    ):
        assert same(raw, reader)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(None, id="tombstone"),
        pytest.param(b"", id="empty"),
        pytest.param(sign()[:-1], id="cut off"),
        pytest.param(reading.SIGN + b'"id":"\xff"}', id="not UTF-8"),
        pytest.param(reading.SIGN + b'"more":' + b"[" * 100_000, id="deep"),
        pytest.param(reading.SIGN + b'"id":"e"}', id="half of it"),
        pytest.param(sign(ts="now"), id="wrong type"),
        pytest.param(sign(ts=-1), id="before the epoch"),
        pytest.param(sign(id=""), id="no id"),
        pytest.param(sign(kind="yawned"), id="unknown kind"),
        pytest.param(sign(session_id="a name"), id="a name for a session"),
        pytest.param(sign(participant_id="x" * 129), id="too long"),
        pytest.param(sign(participant_id=""), id="empty identifier"),
        pytest.param(sign(type="of.tomorrow"), id="unknown type"),
    ],
)
def test_what_the_codec_refuses_is_refused(raw):
    with pytest.raises(Unreadable) as theirs:
        codec.session_events.decode(raw)
    reader = Reader()
    reader.decode(sign())
    for _ in range(2):  # a refused identifier is not remembered as met
        with pytest.raises(Unreadable) as ours:
            reader.decode(raw)
        assert (type(ours.value), ours.value.reason) == (type(theirs.value), theirs.value.reason)


def test_of_many_people_not_all_are_remembered(monkeypatch):
    monkeypatch.setattr(reading, "MET", 4)
    reader = Reader()
    for number in range(20):
        raw = sign(participant_id=f"p{number % 7}")
        assert same(raw, reader)
        with pytest.raises(Unreadable):
            reader.decode(sign(participant_id=f"p {number}"))
        assert len(reader._met) <= 5
