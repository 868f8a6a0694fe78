"""For managers: how today's sessions go, over all programs. No person, no program, no staff."""

from deploy.grafana.panels import Dashboard, Panel, Row, or_zero, quantile, rate

CAME = 'outcome=~"attended|partial|in_person"'
HELD = 'outcome!~"not_held|unknown"'
IN_RANGE = "increase(sessionwatch_sessions_attended_total{%s}[$__range])"

NOW = (
    Panel(
        "Rooms open",
        "Sessions that are held or in a break now.",
        "short",
        {"rooms": 'sum(sessionwatch_rooms{$on, state=~"held|break"})'},
        "stat",
        4,
    ),
    Panel(
        "People present",
        "People in care who are in their session now.",
        "short",
        {"present": 'sum(sessionwatch_people{$on, state="present"})'},
        "stat",
        4,
    ),
    Panel(
        "Expected or away",
        "People in care who are expected, wait at the door or broke off, in sessions on the board.",
        "short",
        {"not here": 'sum(sessionwatch_people{$on, state=~"expected|waiting|away"})'},
        "stat",
        4,
    ),
    Panel(
        "Alerts nobody has taken",
        "Alerts that nobody has acknowledged yet.",
        "short",
        {"open": 'sum(sessionwatch_open_alerts{$on, state="open"})'},
        "stat",
        4,
        warn_above=10,
    ),
    Panel(
        "Bad connections",
        "Share of the measured connections that are poor or lost now; 0 when none is measured.",
        "percentunit",
        {
            "poor or lost": 'sum(sessionwatch_connections{$on, state=~"poor|lost"})'
            " / clamp_min(sum(sessionwatch_connections{$on}), 1)"
        },
        "stat",
        4,
        warn_above=0.1,
    ),
    Panel(
        "Attendance",
        "Share of the outcomes in the chosen time that are attended, partial or in person. "
        "Sessions that were not held, and outcomes that are not known, are left out of both.",
        "percentunit",
        {
            "attended": f"sum({IN_RANGE % f'$on, {CAME}'})"
            f" / clamp_min(sum({IN_RANGE % f'$on, {HELD}'}), 1)"
        },
        "stat",
        4,
    ),
)
COURSE = (
    Panel(
        "People by state",
        "People in care on the boards of today's sessions, by their state.",
        "short",
        {"{{state}}": "sum by (state) (sessionwatch_people{$on})"},
    ),
    Panel(
        "Connections by state",
        "People present whose connection is measured, by its state.",
        "short",
        {"{{state}}": "sum by (state) (sessionwatch_connections{$on})"},
    ),
    Panel(
        "Rooms by state",
        "Sessions on the board: before their start, held, or in a break.",
        "short",
        {"{{state}}": "sum by (state) (sessionwatch_rooms{$on})"},
    ),
)
ALERTS = (
    Panel(
        "Alerts waiting, by team",
        "Alerts that nobody has acknowledged, for each team that is told. One alert can wait for "
        "several teams.",
        "short",
        {"{{team}}": "sum by (team) (sessionwatch_team_alerts{$on})"},
        width=6,
    ),
    Panel(
        "Alerts not resolved, by rule",
        "Alerts that are open or acknowledged, by the rule that raised them.",
        "short",
        {"{{rule}}": "sum by (rule) (sessionwatch_open_alerts{$on})"},
        width=6,
    ),
    Panel(
        "Alerts raised an hour, by rule",
        "How often each rule raised an alert, scaled to an hour.",
        "short",
        {
            "{{rule}}": "3600 * sum by (rule)"
            ' (rate(sessionwatch_signals_total{$on, status="raised"}[$__rate_interval]))'
        },
        width=6,
    ),
    Panel(
        "Time to the first act, by team",
        "From an alert's raising to the first act on it, in the chosen time: half are faster. By "
        "the team that it was meant for, never by person.",
        "s",
        {
            "{{team}}": "histogram_quantile(0.5, sum by (le, team)"
            " (increase(sessionwatch_acknowledge_seconds_bucket{$on}[$__range])))"
        },
        "stat",
        6,
    ),
)
ATTENDANCE = (
    Panel(
        "Outcomes in the chosen time",
        "Outcomes of one person and session as first found at the session's close, over all "
        "programs.",
        "short",
        {"{{outcome}}": f"sum by (outcome) ({IN_RANGE % '$on'})"},
        "stat",
        16,
    ),
    Panel(
        "Outcomes revised",
        "Outcomes that late events changed in the chosen time, by the new outcome.",
        "short",
        {
            "{{outcome}}": "sum by (outcome)"
            " (increase(sessionwatch_attendance_revised_total{$on}[$__range]))"
        },
        "stat",
    ),
)
TRUST = (
    Panel(
        "Since each platform was heard",
        "Time since the last event of each video platform. While it is silent, absences of its "
        "sessions are held back.",
        "s",
        {
            "{{platform}}": "time() - max by (platform)"
            " (sessionwatch_feed_last_heard_timestamp_seconds{$on})"
        },
        warn_above=600,
    ),
    Panel(
        "Delay of alerts",
        "From the instant that made an alert to its being in the store: 95 of 100 are faster.",
        "s",
        {"95 of 100": quantile(0.95, "sessionwatch_alert_delay_seconds")},
        warn_above=60,
    ),
    Panel(
        "Requests refused",
        "Requests of platforms and browsers refused a second, by reason.",
        "reqps",
        {"{{reason}}": or_zero(rate("sessionwatch_ingest_refused_total", "reason"))},
    ),
)

SESSIONS = Dashboard(
    "sessionwatch-sessions",
    "Sessions",
    "How today's sessions go, over all programs.",
    (
        Row("Now", NOW),
        Row("Today's course", COURSE),
        Row("Alerts", ALERTS),
        Row("Attendance, over all programs", ATTENDANCE),
        Row("Can it be believed?", TRUST),
    ),
    by_instance=False,
)
