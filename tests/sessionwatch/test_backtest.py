"""Two sets of rules over one log: what is gained, lost, unchanged and moved; who is interrupted."""

import io
import json
import re

import pytest

from sessionwatch import playing
from sessionwatch.backtest import backtest, compared, run
from streams.rules import load
from tests.alerts.signals import raised
from tests.faults import load as example
from tests.sessionwatch.test_replay_archive import archive, archive_of_people, as_jsonl
from tests.streams.participant import test_worker as people

OLD = load()


def rules(tmp_path, text):
    file = tmp_path / "new.toml"
    file.write_text(text)
    return load(file)


@pytest.fixture
def log(tmp_path):
    return as_jsonl(tmp_path / "log.jsonl", example.log())


def counts(change):
    return (
        change.before,
        change.after,
        change.unchanged,
        len(change.gained),
        len(change.lost),
        len(change.moved),
    )


def ids(pairs):
    return {(old.alert_id, new.alert_id) for old, new in pairs}


def test_a_longer_grace_moves_absences_and_loses_who_comes_meanwhile(tmp_path, log):
    new = rules(tmp_path, "[rule.missed_session]\ngrace_minutes = 14\n")
    result = backtest([str(log)], new, OLD, io.StringIO())
    missed = result.changes["missed_session"]
    assert counts(missed) == (16, 14, 0, 0, 2, 14)
    assert {after.raised_at - before.raised_at for before, after in missed.moved} == {240_000}
    others = {rule: change for rule, change in result.changes.items() if rule != "missed_session"}
    for change in others.values():
        assert change.unchanged == change.before == change.after
    (load_,) = result.programs.values()
    assert (load_.hours, load_.before - load_.after > 0) == (1, True)


def test_the_other_way_round_gains_what_was_lost(tmp_path, log):
    new = rules(tmp_path, "[rule.missed_session]\ngrace_minutes = 14\n")
    there = backtest([str(log)], new, OLD, io.StringIO()).changes["missed_session"]
    back = backtest([str(log)], OLD, new, io.StringIO()).changes["missed_session"]
    assert back.gained == there.lost
    assert ids((new, old) for old, new in back.moved) == ids(there.moved)


def test_the_same_rules_change_nothing(log):
    result = backtest([str(log)], OLD, OLD, io.StringIO())
    assert all(
        change.unchanged == change.before == change.after > 0 for change in result.changes.values()
    )


def test_each_alert_is_paired_with_the_nearest(tmp_path):
    before = [raised("dropped_out", minute=minute) for minute in (20, 60)]
    after = [raised("dropped_out", minute=minute) for minute in (62, 100, 21)]
    change = compared(before, after)["dropped_out"]
    assert [(a.raised_at, b.raised_at) for a, b in change.moved] == [
        (before[0].raised_at, after[2].raised_at),
        (before[1].raised_at, after[0].raised_at),
    ]
    assert change.gained == [after[1]]


def report(files, tmp_path, new, err=None):
    out = io.StringIO()
    written = tmp_path / "result.json"
    code = run([str(one) for one in files], new, OLD, out, err or io.StringIO(), written)
    return code, out.getvalue(), json.loads(written.read_text()) if written.exists() else None


def test_it_prints_tables_and_examples_and_writes_them_as_json(tmp_path, log):
    new = rules(tmp_path, "[rule.missed_session]\ngrace_minutes = 14\n")
    code, text, told = report([log], tmp_path, new)
    assert code == 0
    assert re.search(r"^missed_session +16 +14 +0 +0 +2 +14 +\+4.0 to \+4.0 min$", text, re.M)
    assert re.search(r"^iop +1 +\d+ +\d+ +\d+\.\d\d +\d+\.\d\d +\d+ +\d+$", text, re.M)
    assert "missed_session, lost:\n  2025-10-09T10:10:00Z  session group" in text
    assert "and 11 more" in text
    assert told["rules"] == {"before": OLD.hash, "after": new.hash}
    assert told["alerts"]["missed_session"]["moved"] == 14
    assert told["alerts"]["missed_session"]["examples"]["moved"][0]["moved_to"].endswith(
        "10:14:00Z"
    )
    assert (
        sum(one["after"] for one in told["notifications"]["iop"]["by_hour"].values())
        == (told["notifications"]["iop"]["after"])
    )


def test_an_archive_and_several_processes_say_the_same(tmp_path, log, monkeypatch):
    new = rules(tmp_path, "[rule.missed_session]\ngrace_minutes = 14\n")
    root = archive(tmp_path / "archive", example.log())
    monkeypatch.setattr(playing, "WORTH_A_PROCESS", 0)
    of_archive = backtest([str(root)], new, OLD, io.StringIO())
    of_file = backtest([str(log)], new, OLD, io.StringIO())
    assert {rule: counts(one) for rule, one in of_archive.changes.items()} == {
        rule: counts(one) for rule, one in of_file.changes.items()
    }
    assert of_archive.programs == of_file.programs


def test_rules_over_weeks_are_compared_on_what_the_archive_recorded(tmp_path):
    root = archive_of_people(tmp_path / "archive", people.weeks(), partitions=2)
    new = rules(tmp_path, "[rule.missed_in_a_row]\nmisses = 3\n[rule.not_seen]\nstate = 'off'\n")
    changes = backtest([str(root)], new, OLD, io.StringIO()).changes
    missed, unseen = changes["missed_in_a_row"], changes["not_seen"]
    assert missed.before > missed.after > 0
    assert len(missed.lost) == missed.before - missed.after
    assert (unseen.before > 0, unseen.after, len(unseen.lost)) == (True, 0, unseen.before)
    for rule in changes.keys() - {"missed_in_a_row", "not_seen", "care_fit_review"}:
        assert changes[rule].unchanged == changes[rule].before == changes[rule].after
    back = backtest([str(root)], OLD, new, io.StringIO()).changes
    assert back["not_seen"].gained == unseen.lost


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_a_bar_says_how_much_was_read(tmp_path, log, monkeypatch):
    monkeypatch.setattr(playing, "WORTH_A_PROCESS", 0)
    err = Terminal()
    assert report([log], tmp_path, OLD, err)[0] == 0
    assert "MB" in err.getvalue()
    assert err.getvalue().endswith("\r\x1b[K")
    quiet = io.StringIO()
    report([log], tmp_path, OLD, quiet)
    assert quiet.getvalue() == ""


@pytest.mark.parametrize("name", ["-", "none.jsonl"])
def test_what_cannot_be_read_twice_or_at_all_is_said(tmp_path, name):
    err = io.StringIO()
    assert report([name], tmp_path, OLD, err)[0] == 2
    assert err.getvalue().startswith(name)
