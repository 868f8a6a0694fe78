"""Rules files: defaults, overrides, and errors that name the table and the key."""

from pathlib import Path

import pytest

from streams.rules import THRESHOLDS, BadRules, load


def rules(tmp_path: Path, text: str):
    path = tmp_path / "own.toml"
    path.write_text(text)
    return load(path)


def test_the_defaults_are_those_in_the_code():
    known = load()
    for rule, thresholds in THRESHOLDS.items():
        assert known.limits(rule, "any", "group") == thresholds()
    assert known.limits("missed_session", "any", "individual").grace_minutes == 5
    assert known.general.allowed_lateness_seconds == 5


def test_every_threshold_stands_in_the_file():
    import tomllib

    tables = tomllib.loads(Path("streams/rules.toml").read_text())["rule"]
    for rule, thresholds in THRESHOLDS.items():
        assert set(tables[rule]) == set(thresholds.__struct_fields__)


def test_the_nearest_override_wins(tmp_path: Path):
    known = rules(
        tmp_path,
        """
        [rule.missed_session]
        grace_minutes = 12
        [program.night.rule.missed_session]
        grace_minutes = 20
        [program.night.kind.individual.rule.missed_session]
        grace_minutes = 7
        """,
    )
    grace = {
        (program, kind): known.limits("missed_session", program, kind).grace_minutes
        for program in ("day", "night")
        for kind in ("group", "individual")
    }
    assert grace == {
        ("day", "group"): 12,
        ("day", "individual"): 5,
        ("night", "group"): 20,
        ("night", "individual"): 7,
    }


def test_the_hash_changes_with_the_figures_not_with_the_layout(tmp_path: Path):
    default = load().hash
    assert len(default) == 12
    assert rules(tmp_path, "# nothing\n").hash == default
    assert rules(tmp_path, "[rule.dropped_out]\nreturn_minutes = 2\n").hash == default
    assert rules(tmp_path, "[rule.dropped_out]\nreturn_minutes = 3\n").hash != default


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[rule.missed_sesion]", "[rule.missed_sesion]: no such rule"),
        ("[rule.dropped_out]\nminutes = 2", "[rule.dropped_out] minutes: no such key"),
        (
            '[rule.dropped_out]\nreturn_minutes = "2"',
            "[rule.dropped_out] return_minutes: expected `int`, got `str`",
        ),
        ("[rule.dropped_out]\nreturn_minutes = -1", "must not be negative"),
        ("[rule.dropped_out]\nreturn_minutes = 9000000000000000", "at most 10000000"),
        ("[rule.session_incident]\nshare = nan", "share: must be at least 0"),
        (
            "[rule.could_not_connect]\ntries = 0",
            "[rule.could_not_connect] tries: must be at least 1",
        ),
        ("[general]\nkeep_events = 0", "[general] keep_events: must be at least 1"),
        ("[general]\nmax_hold_minutes = 16", "[general] max_hold_minutes: must be at most 15"),
        ("[rule.fatigue_trend]\nlast_sessions = 1", "last_sessions: must be at least 4"),
        ("[rule.drifting_away]\nparts = 5", "parts: must be at most 4"),
        (
            "[rule.screen_fatigue]\ncleared_index = 0.8",
            "[rule.screen_fatigue] cleared_index: 0.8 is more than index, 0.7",
        ),
        ("[rule.often_late]\nlate_sessions = 7", "late_sessions: 7 is more than last_sessions, 6"),
        ("[rule.technology_in_the_way]\nlast_sessions = 2", "bad_sessions: 3 is more than"),
        ("[rule.no_private_place]\nreported_sessions = 7", "reported_sessions: 7 is more than"),
        ("[rule.falling_attendance]\nback_within = 0.5", "back_within: 0.5 is more than gap, 0.4"),
        ("[rule.falling_attendance]\nbefore_sessions = 5", "before_at_least: 6 is more than"),
        ("[rule.not_seen]\ndays = 20", "days: 20 is more than high_days, 14"),
        ("[rule.missed_in_a_row]\nhigh_misses = 1", "misses: 2 is more than high_misses, 1"),
        ("[rule.waiting_to_be_admitted]\nminutes = 6", "minutes: 6 is more than tech_minutes, 5"),
        ("[general]\nescalate_seconds = 400", "escalate_seconds: 400 is more than"),
        (
            "[rule.screen_fatigue]\nindex = 0.6\n[program.a.rule.screen_fatigue]\n"
            "cleared_index = 0.65",
            "[program.a.rule.screen_fatigue] cleared_index: 0.65 is more than index, 0.6",
        ),
        (
            "[kind.family.rule.waiting_to_be_admitted]\ntech_minutes = 1",
            "[kind.family.rule.waiting_to_be_admitted] minutes: 2 is more than tech_minutes, 1",
        ),
        ("[rule.screen_fatigue]\nchat_floor = 0", "chat_floor: must be more than 0"),
        ("[rule.platform_incident]\np = 0.0", "p: must be more than 0"),
        ("[rule.session_incident]\nshare = 40", "share: must be at most 1"),
        ("[rule.platform_incident]\nrisk_ratio = inf", "risk_ratio: must be at most"),
        ("[program.a]\npresets = [[1]]", "presets: must be a list of presets"),
        ("[general]\nlateness = 5", "[general] lateness: no such key"),
        ("[kind.grupo.rule.dropped_out]", "[kind.grupo]: no such kind of session"),
        ("[rules.dropped_out]", "[rules]: not known"),
        ("[program.p.rules.x]", "[program.p] rules: not known"),
        (
            "[program.p.rule.dropped_out]\nreturn = 1",
            "[program.p.rule.dropped_out] return: no such key",
        ),
        (
            "[program.p.rule.platform_incident]\nrooms = 2",
            "[program.p.rule.platform_incident]: looks at all rooms together",
        ),
        (
            '[kind.group.rule.platform_incident]\nstate = "off"',
            "[kind.group.rule.platform_incident]: looks at all rooms together",
        ),
        (
            "[preset.own.rule.platform_incident]\nrooms = 2",
            "set it in [rule.platform_incident]",
        ),
        (
            "[program.p.kind.individual.rule.often_late]\nlate_minutes = 5",
            "[program.p.kind.individual.rule.often_late]: looks at a person's weeks",
        ),
        ("rule = 3", "[rule]: must be a table"),
        ("[rule", "not TOML"),
    ],
)
def test_errors_name_the_place(tmp_path: Path, text: str, error: str):
    with pytest.raises(BadRules) as caught:
        rules(tmp_path, text)
    assert error in str(caught.value)


def test_figures_are_compared_as_they_hold_together(tmp_path: Path):
    text = "[rule.not_seen]\ndays = 20\nhigh_days = 30\n[program.a.rule.not_seen]\ndays = 25"
    assert rules(tmp_path, text).limits("not_seen", "a", "group").days == 25


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(BadRules, match=r"absent\.toml: No such file"):
        load(tmp_path / "absent.toml")
