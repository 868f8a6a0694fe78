"""The fast reader refuses what the contract's own codec refuses, for the same reason."""

import msgspec
import pytest

from streams import codec
from streams.codec import Unreadable
from streams.events import Sample, SampleBatch
from streams.quality.reading import Reader

SAMPLE = {
    "session_id": "s1",
    "participant_id": "p1",
    "connection_id": "c1",
    "ts": 1_760_000_000_000,
    "rtt_ms": 40,
    "jitter_ms": 5.5,
    "loss": 0.01,
    "path": "relay",
}


def batch(**changes):
    return msgspec.json.encode({"v": 1, "samples": [SAMPLE | changes]})


def test_a_batch_reads_as_the_codec_reads_it():
    read, expected = Reader().decode(batch()), codec.samples.decode(batch())
    assert msgspec.to_builtins(read.samples[0]) == msgspec.structs.asdict(expected.samples[0])
    assert isinstance(expected, SampleBatch)
    assert isinstance(expected.samples[0], Sample)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(None, id="tombstone"),
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="half"),
        pytest.param(b"\xff\xfe", id="not UTF-8"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"samples": null}', id="no list"),
        pytest.param(b'{"v": 2, "samples": []}', id="another version"),
        pytest.param(batch(ts="now"), id="wrong type"),
        pytest.param(batch(ts=-1), id="before the epoch"),
        pytest.param(batch(loss=1.5), id="more than all lost"),
        pytest.param(batch(session_id="a name"), id="a name for an identifier"),
        pytest.param(batch(participant_id="x" * 129), id="too long"),
        pytest.param(batch(connection_id=""), id="empty identifier"),
        pytest.param(batch(path="pigeon"), id="unknown path"),
    ],
)
def test_what_the_codec_refuses_is_refused(raw):
    with pytest.raises(Unreadable) as theirs:
        codec.samples.decode(raw)
    reader = Reader()
    for _ in range(2):  # a refused identifier is not remembered as met
        with pytest.raises(Unreadable) as ours:
            reader.decode(raw)
        assert ours.value.reason == theirs.value.reason
