"""What more rules about one session have as evidence, and how some of it reads."""

from tests.alerts.signals import at

REPORTED = ("crisis_reported", "help_requested", "tech_requested", "privacy_reported")
"""Told as they come: there is no limit to hold them to."""

EVIDENCE = {
    "unstable_connection": {
        "drops": 3,
        "first_at": at(10),
        "last_at": at(20),
        "at": [at(10), at(15), at(20)],
        "device": {"kind": "phone", "os": "Android"},
        "network": {"type": "cellular", "carrier": "Acme"},
        "drops_limit": 3,
        "window_minutes": 15,
    },
    "no_media": {
        "medium": "microphone",
        "since": at(5),
        "device": {"kind": "desktop"},
        "stretch_seconds": 45,
        "never_heard_minutes": 3,
    },
    "partial_attendance": {
        "minutes": 60,
        "held_minutes": 180,
        "held_minutes_without_breaks": 165,
        "share": 0.364,
        "reasons": ["left", "connection_lost"],
        "share_limit": 0.75,
    },
    "host_dropped": {"since": at(30), "waiting": 7, "return_minutes": 1},
    "session_short": {
        "ended_at": at(120),
        "minutes_short": 60,
        "minutes_held": 120,
        "tolerance_minutes": 15,
    },
    "not_on_roster": {"since": at(2), "role": "bot", "seconds": 60},
    "tech_requested": {
        "at": at(20),
        "connected": False,
        "device": {"kind": "tablet"},
        "network": {"type": "wifi"},
    },
    "left_after_crisis": {
        "kind": "crisis",
        "reported_at": at(76),
        "left_at": at(77),
        "left_reason": "connection_lost",
        "return_seconds": 15,
    },
    "privacy_reported": {"at": at(40), "reports_30d": 2},
    "device_check_failed": {
        "checked_at": at(-60),
        "failures": ["camera", "network"],
        "device": {"kind": "phone"},
        "lead_minutes": 30,
    },
    "session_incident": {
        "since": at(20),
        "affected": 4,
        "people": 10,
        "share": 0.4,
        "who": ["a", "b", "c", "d"],
        "platform": "zoom",
        "carrier": "Acme",
        "affected_limit": 3,
        "share_limit": 0.4,
        "onset_minutes": 2,
    },
    "break_due": {"since": at(0), "minutes": 75, "present": 8, "expected": 10},
}

READS = [
    ("unstable_connection", "en", "Line dropped 3 times since 10:10, last at 10:20; limit 3 in"),
    ("no_media", "en", "Microphone on since 10:05, never heard; limit 3 min."),
    ("no_media", "es", "Micrófono abierto desde las 10:05 y nunca se oyó; límite 3 min."),
    ("partial_attendance", "en", "There for 60 of 165 min, 36\u202f%; limit 75\u202f%."),
    (
        "host_dropped",
        "en",
        "Host's line dropped at 10:30, not back in 0 min; limit 1. 7 people wait.",
    ),
    ("session_short", "en", "Ended at 12:00, 60 min early; limit 15."),
    ("not_on_roster", "en", "A bot or recorder is in the room since 10:02; limit 60 s."),
    ("tech_requested", "en", "Is not in the room."),
    ("left_after_crisis", "en", "Gone at 11:17, after a call for help at 11:16; not back in 15 s."),
    ("left_after_crisis", "es", "Se fue a las 11:17, tras pedir ayuda a las 11:16"),
    ("privacy_reported", "en", "Please do not call now. Told 2 times in 30 days."),
    ("device_check_failed", "en", "Checked at 09:00: camera, network."),
    ("session_incident", "en", "4 of 10 people have trouble since 10:20; limit 3 in 2 min. All"),
    ("session_incident", "es", "Fallan 4 de 10 personas desde las 10:20; límite 3 en 2 min."),
    ("break_due", "en", "No break since 10:00, 10 min, limit 75; 8 of 10 are there."),
]
