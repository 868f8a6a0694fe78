"""Every rule in both languages: figure and limit, one or many, and whatever is missing."""

import itertools
import json
import re

import pytest
from msgspec.structs import fields

from alerts.phrasing import LANGUAGES, loaded
from alerts.render import absences, looked_at, reason, result_label, title, words_to_say
from alerts.results import CRISIS, HELP, OUTREACH, PLACE, REPAIR, REVIEW, SEEN
from streams.episodes import Evidence
from streams.metrics import RULES
from streams.session.detectors import DETECTORS
from tests.alerts import in_sessions, over_weeks
from tests.alerts.signals import at, cleared, raised

EVIDENCE = {
    "missed_session": {
        "opened_at": at(0),
        "minutes": 12,
        "grace_minutes": 10,
        "notify_after_minutes": 5,
        "looked_in_at": at(-5),
        "unmatched": 2,
        "last_attended_at": at(-2880),
        "missed_14d": 1,
    },
    "could_not_connect": {
        "tries": 3,
        "tries_limit": 2,
        "window_minutes": 5,
        "first_at": at(1),
        "last_at": at(4),
        "stages": ["device", "network"],
        "device": {"kind": "phone", "os": "Android", "browser": "Chrome"},
        "network": {"type": "cellular", "carrier": "Acme"},
        "device_check": "fail",
        "stuck_minutes": 3,
    },
    "waiting_to_be_admitted": {"since": at(2), "minutes": 2, "tech_minutes": 5},
    "unrecognised_people": {"since": at(1), "people": 2, "absent": 3, "seconds": 60},
    "dropped_out": {
        "at": at(8),
        "left_reason": "connection_lost",
        "line_before": "poor",
        "minutes_left": 163,
        "return_minutes": 2,
        "ending_minutes": 10,
    },
    "poor_connection": {
        "since": at(3),
        "state": "poor",
        "mos": 2.43,
        "rtt_ms": 433.2,
        "jitter_ms": 30.7,
        "loss": 0.072,
        "cause": "loss",
        "path": "relay",
        "held_seconds": 60,
        "high_after_minutes": 5,
    },
    "joined_late": {"at": at(17), "minutes_late": 17, "tolerance_minutes": 10, "late_last_5": 2},
    "left_early": {
        "at": at(100),
        "minutes_left": 80,
        "minutes_present": 100,
        "left_reason": "unknown",
        "line_before": "good",
        "return_minutes": 5,
        "tolerance_minutes": 15,
    },
    "host_missing": {"since": at(0), "waiting": 7, "delay_minutes": 5},
    "empty_room": {"since": at(0), "last_event_at": at(9), "delay_minutes": 10},
    "feed_silent": {
        "platform": "zoom",
        "last_event_at": at(-60),
        "since": at(0),
        "delay_minutes": 5,
    },
    "platform_incident": {
        "trait": "carrier",
        "value": "Acme",
        "people": 15,
        "affected": 12,
        "rooms": 4,
        "control_people": 60,
        "control_affected": 2,
        "share": 0.8,
        "tried": 9,
        "risk_ratio": 24.0,
        "p": 3.2e-11,
        "share_limit": 0.5,
        "risk_ratio_limit": 3.0,
        "p_limit": 0.00111,
        "rooms_limit": 3,
        "people_limit": 5,
    },
    "crisis_reported": {"at": at(76), "connected": False, "left_at": at(77), "host_present": True},
    "help_requested": {"at": at(76), "connected": True, "host_present": False},
    **in_sessions.EVIDENCE,
    **over_weeks.EVIDENCE,
}

READS = [
    ("missed_session", "en", "12 min since opening; limit 10. Looked in at 09:55."),
    ("missed_session", "es", "12 min desde la apertura; límite 10. Se asomó a las 09:55."),
    ("could_not_connect", "en", "3 tries in 3 min, last at the network; limit 2 in 5 min."),
    ("could_not_connect", "es", "3 intentos en 3 min, el último en la red; límite 2 en 5 min."),
    ("waiting_to_be_admitted", "en", "In the waiting room for 8 min, since 10:02; limit 5."),
    ("unrecognised_people", "en", "2 people not matched since 10:01. 3 expected people are not"),
    ("unrecognised_people", "es", "2 personas sin identificar desde las 10:01."),
    ("dropped_out", "en", "Line dropped at 10:08, not back in 2 min; limit 2. 163 min remain."),
    ("dropped_out", "es", "Se cortó a las 10:08; 2 min sin volver, límite 2. Quedan 163 min."),
    ("poor_connection", "en", "Poor line for 7 min: 7\u202f% lost, round trip 433 ms; limit 60 s."),
    ("joined_late", "en", "Joined at 10:17, 17 min late; limit 10."),
    ("joined_late", "es", "Entró a las 10:17, 17 min tarde; límite 10."),
    ("left_early", "en", "80 min remained; limit 15. Line good before."),
    ("host_missing", "en", "No host since 10:00; limit 5 min. 7 people wait."),
    ("empty_room", "en", "Nobody has come since 10:00; limit 10 min."),
    ("feed_silent", "en", "Nothing heard from Zoom since 09:00; limit 5 min after the start."),
    ("platform_incident", "en", "Network provider Acme: 12 of 15 people have trouble, in 4 rooms."),
    ("platform_incident", "en", "Elsewhere 2 of 60; limit 3 times as many."),
    ("platform_incident", "es", "Operador de red Acme: fallan 12 de 15 personas, en 4 salas."),
    ("crisis_reported", "en", "“I need help now”, pressed at 11:16. Not connected since 11:17."),
    ("crisis_reported", "es", "«Necesito ayuda ahora», a las 11:16. Sin conexión desde las 11:17."),
    ("help_requested", "en", "Still connected. No host in the room."),
    *in_sessions.READS,
    *over_weeks.READS,
]
LEFT_OVER = re.compile(r"[{}]|None(?! seen)|\bTrue\b|\bFalse\b|_")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_reads_whole_in_every_language(rule, language):
    signal = raised(rule, evidence=EVIDENCE[rule])
    rows = looked_at(signal, language, "UTC")
    said = [title(signal, language), reason(signal, language, "UTC"), *itertools.chain(*rows)]
    assert title(signal, language) != loaded(language)["rules"]["other"]["title"]
    assert len(rows) >= 2
    assert all(label and seen for label, seen, _ in rows)
    assert any(limit for _, _, limit in rows) or rule in in_sessions.REPORTED
    assert not [text for text in said if LEFT_OVER.search(text)]


@pytest.mark.parametrize(("rule", "language", "words"), READS)
def test_the_reason_has_its_figure_and_its_limit(rule, language, words):
    assert words in reason(raised(rule, evidence=EVIDENCE[rule]), language, "UTC")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", RULES)
def test_missing_or_strange_evidence_never_fails(rule, language):
    whole = EVIDENCE[rule]
    lacking = [{k: v for k, v in whole.items() if k != key} for key in whole]
    strange = [whole | {key: odd} for key in whole for odd in ("x", [], {}, -1, 1.5, True, None)]
    for evidence in [{}, *lacking, *strange]:
        signal = raised(rule, evidence=evidence)
        told = [reason(signal, language, "No/Where"), *sum(looked_at(signal, language, ""), ())]
        assert title(signal, language)
        assert not [text for text in told if re.search(r"[{}]|None(?! seen)", text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_and_many(language):
    def reads(rule, **more):
        return reason(raised(rule, evidence=EVIDENCE[rule] | more), language, "UTC")

    one = {"en": "1 person waits.", "es": "1 persona espera."}
    assert one[language] in reads("host_missing", waiting=1)
    assert "0 " not in reads("host_missing", waiting=0)
    once = {
        "en": "1 try, the last at 10:04 (the network); not in since 10:04, limit 3 min",
        "es": "1 intento, el último a las 10:04 (la red); sin entrar desde las 10:04, límite 3",
    }
    assert reads("could_not_connect", tries=1, stuck_since_at=at(4)).startswith(once[language])


@pytest.mark.parametrize(
    ("rule", "more", "words"),
    [
        ("missed_session", {"unmatched_extra_minutes": 5}, "limit 10, and 5 more for people not"),
        (
            "missed_session",
            {"added_at": at(2)},
            "12 min since opening, expected since 10:02; limit",
        ),
        (
            "device_check_failed",
            {"sessions": 1, "sessions_limit": 3},
            "first 3 sessions; 1 so far.",
        ),
    ],
)
def test_what_made_the_limit_another_one_is_said(rule, more, words):
    assert words in reason(raised(rule, evidence=EVIDENCE[rule] | more), "en", "UTC")


@pytest.mark.parametrize("module", DETECTORS, ids=lambda one: one.__name__.rpartition(".")[2])
def test_the_texts_are_tried_with_the_evidence_that_the_rules_write(module):
    """Else a text could ask for what no rule says, or leave out what one does."""
    rule = module.__name__.rpartition(".")[2]
    written = {
        field.name: field
        for name, kind in vars(module).items()
        if isinstance(kind, type)
        and issubclass(kind, Evidence)
        and kind.__module__ == module.__name__
        for field in fields(kind)
    }
    tried = EVIDENCE[rule]
    if not written:  # as crisis_reported's
        return
    assert tried.keys() <= written.keys()
    needed = {name for name, field in written.items() if not _optional(field.type)}
    assert needed <= tried.keys() | NOT_SHOWN


NOT_SHOWN = {"who", "report", "notify_after_minutes", "weights", "at", "platform", "kind", "tried"}
"""Ids, what another part asks for, and what other words say."""


@pytest.mark.parametrize("rule", sorted(EVIDENCE.keys() - over_weeks.EVIDENCE.keys()))
def test_every_figure_of_the_evidence_can_be_read(rule):
    texts = loaded("en")["rules"][rule]
    places = set(re.findall(r"\{(\w+)", json.dumps(texts)))
    flags = set(re.findall(r'"when": "(?:no_)?(\w+?)"', json.dumps(texts)))
    derived = {"minutes_left": "still_left", "at": "gone", "since": "waited"}
    for key in EVIDENCE[rule]:
        shown = key in places or derived.get(key) in places or any(f.startswith(key) for f in flags)
        assert shown or key in NOT_SHOWN, key


def _optional(kind) -> bool:
    return type(None) in getattr(kind, "__args__", ())


def test_times_are_the_sessions():
    signal = raised("dropped_out", evidence=EVIDENCE["dropped_out"])
    assert "05:08" in reason(signal, "en", "America/New_York")
    assert "10:08" in reason(signal, "en", "Not/AZone")


def test_days_over_weeks_are_those_of_the_person():
    """Ten in the evening there is the next day here."""
    evidence = EVIDENCE["not_seen"] | {"last_attended_at": at(-600), "time_zone": "Asia/Tokyo"}
    assert "Last here on Thu 1 Jan;" in reason(raised("not_seen", evidence=evidence), "en", "UTC")
    evidence["time_zone"] = "America/Los_Angeles"
    assert "Last here on Wed 31 Dec;" in reason(raised("not_seen", evidence=evidence), "en", "UTC")


def test_what_is_over_says_why():
    missed = raised(evidence=EVIDENCE["missed_session"])
    because = EVIDENCE["missed_session"] | {"reason": "excused"}
    assert reason(cleared(missed, minute=20, evidence=because), "en", "UTC").endswith(
        "Over: excused."
    )
    assert reason(cleared(missed, minute=20), "es", "UTC").endswith("Terminado a las 10:20.")


def test_missed_is_said_only_once_the_session_is_over():
    assert title(raised(), "en") == "Not here yet"
    assert title(raised(), "es", closed=True) == "Faltó"
    assert absences(3, 10, "en") == "3 of 10 not here yet"
    assert absences(3, 10, "es", closed=True) == "3 de 10 faltaron"


def test_a_rule_of_tomorrow_still_reads():
    signal = raised("rule_of_tomorrow", evidence={"x": 1})
    assert title(signal, "en") == "Needs a look"
    assert reason(signal, "de", "UTC") == "Seen at 10:10."
    assert looked_at(signal, "es", "UTC") == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", RULES)
def test_words_to_say_name_neither_clinic_nor_group_nor_treatment(rule, language):
    said = words_to_say(rule, language, "Rocío", "Rosa")
    assert len(said) == 5
    for _, words in said:
        assert not LEFT_OVER.search(words)
        for never in ("clinic", "clínic", "group", "grupo", "treat", "tratam", "terap", "therap"):
            assert never not in words.lower()
        for never in ("session", "sesión", "program", "addict", "adicc", "recover", "health"):
            assert never not in words.lower()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_result_has_its_words(language):
    for result in (*OUTREACH, *CRISIS, *HELP, *REPAIR, *SEEN, *PLACE, *REVIEW):
        assert result in loaded(language)["results"]
    assert result_label("of_tomorrow", language) == "of tomorrow"


def test_both_languages_have_the_same_texts():
    def shape(node):
        if isinstance(node, dict):
            return {key: shape(value) for key, value in node.items() if key != "text"}
        if isinstance(node, list):
            return [shape(one) for one in node]
        return sorted(re.findall(r"\{[^}]*\}", node)) if isinstance(node, str) else node

    english, spanish = (shape(loaded(language)) for language in LANGUAGES)
    assert english == spanish


@pytest.mark.parametrize("language", LANGUAGES)
def test_minutes_that_go_on_are_left_to_who_shows_them(language):
    opened, gone, ends = f"{{{at(0)}}} min", f"{{{at(8)}}} min", f"{{-{at(180)}}} min"
    missed = raised("missed_session", evidence=EVIDENCE["missed_session"])
    dropped = raised("dropped_out", evidence=EVIDENCE["dropped_out"], ends_at=at(180))
    assert opened in reason(missed, language, "UTC", running=True)
    assert opened in [seen for _, seen, _ in looked_at(missed, language, "UTC", running=True)]
    said = reason(dropped, language, "UTC", running=True)
    assert gone in said
    assert ends in said
    over = cleared(dropped, minute=20)
    assert not re.search(r"[{}]", reason(over, language, "UTC", running=True))
    assert "12 min" in reason(over, language, "UTC", running=True)


def test_a_platform_that_was_never_heard_has_no_hour():
    never = EVIDENCE["feed_silent"] | {"last_event_at": 0}
    signal = raised("feed_silent", evidence=never)
    assert "Nothing heard from Zoom; limit" in reason(signal, "en", "America/New_York")
    assert ("Last heard", "Never", "") in [
        (label, seen, limit or "") for label, seen, limit in looked_at(signal, "en", "UTC")
    ]
