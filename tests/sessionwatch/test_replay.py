"""Replay: a file's signals, in order, the same each time; what cannot be read stops nothing."""

import io
from pathlib import Path

import msgspec
import pytest

from sessionwatch.replay import replay, run
from streams.codec import encode, signals
from streams.events import SECOND, ConnectionChanged, Sample, SampleBatch, Signal
from tests.story import RULES, Story, at, cleared, group, raised, tick


def story() -> Story:
    return (
        group(["p1", "p2"])
        .joins("h1", "09:58")
        .joins("p1", "09:59")
        .drops("p1", "10:20")
        .joins("p1", "10:31")
        .leaves("h1", "11:00", "ended")
    )


def replayed(lines: list[bytes]) -> list[Signal]:
    return [one for one in replay(lines, RULES) if isinstance(one, Signal)]


def printed(tmp_path: Path, lines: list[bytes], **how) -> tuple[bytes, str, int]:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"\n".join(lines))
    out, err = io.BytesIO(), io.StringIO()
    code = run([str(path)], RULES, out, err, **how)
    return out.getvalue(), err.getvalue(), code


def test_without_ticks_one_a_second_is_added():
    told = story()
    assert replayed([encode(event) for event in told.events]) == [
        raised("missed_session", "p2", when="10:10"),
        raised("dropped_out", "p1", when="10:22"),
        cleared("dropped_out", "p1", when="10:31:30"),
    ]


def test_with_ticks_the_file_alone_tells_the_time():
    told = story().events
    assert replayed([encode(event) for event in [tick(at("09:00")), *told]]) == []
    ticks = [tick(ts) for ts in range(at("09:00"), at("11:20"), 60 * SECOND)]
    log = sorted([*told, *ticks], key=lambda event: event.ts)
    assert [one.rule for one in replayed([encode(event) for event in log])] == [
        "missed_session",
        "dropped_out",
        "dropped_out",
    ]


def test_the_same_file_gives_the_same_bytes_in_order(tmp_path: Path):
    lines = [encode(event) for event in story().events]
    first, err, code = printed(tmp_path, lines)
    assert (err, code) == ("", 0)
    assert printed(tmp_path, lines)[0] == first
    told = [signals.decode(line) for line in first.splitlines()]
    assert [one.ts for one in told] == sorted(one.ts for one in told)
    assert all(isinstance(one, Signal) for one in told)


def test_order_is_by_time_alert_and_status(tmp_path: Path):
    people = [f"p{number}" for number in range(8)]
    log = group(people).joins("h1", "09:58")
    for who in people:
        log.joins(who, "10:04", late="10:30")
    events = sorted(log._arrivals, key=lambda one: one[0])
    ticks = [(ts, tick(ts)) for ts in range(at("09:00"), at("10:40"), SECOND)]
    lines = [encode(e) for _, e in sorted([*events, *ticks], key=lambda one: one[0])]
    told = [signals.decode(line) for line in printed(tmp_path, lines)[0].splitlines()]
    assert len(told) == 16
    assert [(one.ts, one.alert_id) for one in told] == sorted(
        (one.ts, one.alert_id) for one in told
    )


def test_attendance_on_request(tmp_path: Path):
    lines = [encode(event) for event in [*story().events, tick(at("11:20"))]]
    out, _, _ = printed(tmp_path, lines, participant_events=True)
    kinds = [msgspec.json.decode(line)["type"] for line in out.splitlines()]
    assert kinds.count("session.attended") == 2


def test_what_cannot_be_read_is_counted_and_kept(tmp_path: Path):
    good = [encode(event) for event in story().events]
    bad = [b"{", b'{"type":"clock.ticked"}', b'{"type":"of.tomorrow","id":"x"}', b"", b"\xff\xfe"]
    kept = tmp_path / "letters"
    out, err, code = printed(tmp_path, [*bad, *good], dead_letters=kept)
    assert out == printed(tmp_path, good)[0]
    assert code == 0
    assert err.splitlines() == [
        f"1 lines not used: invalid_field, the first at {tmp_path / 'log.jsonl'}, line 2",
        f"2 lines not used: not_json, the first at {tmp_path / 'log.jsonl'}, line 1",
        f"1 lines not used: unknown_type, the first at {tmp_path / 'log.jsonl'}, line 3",
    ]
    assert kept.read_bytes().splitlines() == [bad[0], bad[1], bad[2], bad[4]]


def test_a_file_that_is_not_there(tmp_path: Path):
    err = io.StringIO()
    assert run([str(tmp_path / "none")], RULES, io.BytesIO(), err) == 2
    assert "No such file" in err.getvalue()


@pytest.mark.parametrize("lines", [[b"\x89PNG", b"\x00\xff"], [b"name,start", b"1"]])
def test_a_file_that_is_no_log(tmp_path: Path, lines: list[bytes]):
    out, err, code = printed(tmp_path, lines)
    assert (out, code) == (b"", 2)
    assert err == f"{tmp_path / 'log.jsonl'}: is no log: not one of its lines is an event\n"


def test_a_file_whose_reading_fails_is_named():
    err = io.StringIO()
    assert run(["/proc/self/mem"], RULES, io.BytesIO(), err) == 2
    assert err.getvalue() == "/proc/self/mem: Input/output error\n"


def samples(first: str, seconds: int, loss: float) -> list[SampleBatch]:
    return [
        SampleBatch(
            samples=[
                Sample(
                    session_id="s1",
                    participant_id="p1",
                    connection_id="page",
                    ts=at(first) + second * SECOND,
                    rtt_ms=300,
                    jitter_ms=40,
                    loss=loss,
                )
            ]
        )
        for second in range(0, seconds, 2)
    ]


def test_samples_go_through_the_quality_core_into_the_room():
    told = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59")
    log = [*told.events, *samples("10:10", 180, 0.3)]
    found = replayed([encode(event) for event in log])
    assert [(one.rule, one.status) for one in found] == [("poor_connection", "raised")]
    assert found[0].evidence["cause"] == "loss"


@pytest.mark.parametrize("measured", [False, True])
def test_recorded_states_are_passed_over_once_there_are_samples(measured: bool):
    told = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59").line("p1", "10:10:01", "lost")
    told.line("p1", "10:12", "good", on="other")
    log = [*told.events[:3], *(samples("10:10", 2, 0.0) if measured else []), *told.events[3:]]
    assert isinstance(log[-1], ConnectionChanged)
    found = replayed([encode(event) for event in log])
    assert [one.rule for one in found] == ([] if measured else ["poor_connection"])
