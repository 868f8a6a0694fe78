"""Every metric, with its meaning and its closed set of labels; `docs/metrics.md` is made from it.

No label ever holds anything that identifies a person or a session, and nothing is measured per
member of staff. Durations are wall seconds also in a simulation (`Clock.seconds`).
"""

from importlib.metadata import version
from typing import Final, get_args

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.metrics import MetricWrapperBase

from streams import topics
from streams.events import Told

EVENT_DELAY_BUCKETS = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300)
ACKNOWLEDGE_BUCKETS = (10, 30, 60, 120, 300, 600, 1800, 3600)
WEBHOOK_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)

registry = REGISTRY
# Else each counter and histogram has a second series. The library leaves the call untyped.
disable_created_metrics()  # type: ignore[no-untyped-call]

# --- closed sets of label values ----------------------------------------------------------------

PARTS: Final = (
    "gateway",
    "schedule",
    "clock",
    "quality",
    "session",
    "participant",
    "incidents",
    "alerts",
    "console",
)
VIDEO: Final = ("zoom", "livekit", "daily", "twilio", "jitsi", "bigbluebutton")
SOURCES: Final = (*VIDEO, "beacon", "events")
STORES: Final = ("alerts", "directory")
RULES: Final = (
    "missed_session",
    "could_not_connect",
    "waiting_to_be_admitted",
    "unrecognised_people",
    "dropped_out",
    "unstable_connection",
    "poor_connection",
    "no_media",
    "joined_late",
    "left_early",
    "partial_attendance",
    "host_missing",
    "host_dropped",
    "session_short",
    "empty_room",
    "feed_silent",
    "crisis_reported",
    "help_requested",
    "tech_requested",
    "left_after_crisis",
    "privacy_reported",
    "not_on_roster",
    "device_check_failed",
    "break_due",
    "screen_fatigue",
    "group_tiring",
    "withdrawn",
    "session_incident",
    "platform_incident",
    "missed_in_a_row",
    "not_seen",
    "falling_attendance",
    "often_late",
    "technology_in_the_way",
    "no_private_place",
    "dose_shortfall",
    "short_day",
    "fatigue_trend",
    "drifting_away",
    "welcome_back",
    "care_fit_review",
)
LABELS: Final = {
    "part": "the process's part: " + ", ".join((*PARTS, "exporter", "archive")),
    "topic": "a topic's name without the installation's prefix",
    "source": "where a request came from: " + ", ".join(SOURCES) + "; unknown: nobody we know",
    "reason": "a reason code from the program's text",
    "rule": "a detector's name",
    "status": "raised, updated or cleared",
    "store": "which database: " + ", ".join(STORES),
    "state": "a state of the contract, or of an alert",
    "team": "the role that is told: clinician, host, outreach, on_duty, tech, supervisor, "
    "care_team, manager",
    "outcome": "an attendance outcome of the contract",
    "group": "a consumer group's name without the installation's prefix",
    "platform": "a video platform in the program's list of platforms",
    "feed": "a schedule's feed, as the settings call it (never a person)",
    "version": "the program's version",
    "partition": "a partition's number",
}

# --- every process ------------------------------------------------------------------------------

BUILD_INFO = Gauge("sessionwatch_build_info", "Always 1; the version is its label", ["version"])
LAST_PROGRESS = Gauge(
    "sessionwatch_last_progress_timestamp_seconds",
    "When this part last finished a step (wall clock)",
    ["part"],
)
EVENTS_READ = Counter(
    "sessionwatch_events_read_total",
    "Records read from a topic and applied",
    ["part", "topic"],
)
EVENTS_WRITTEN = Counter(
    "sessionwatch_events_written_total",
    "Records written to a topic and acknowledged by the broker",
    ["part", "topic"],
)
UNKNOWN_TYPES = Counter(
    "sessionwatch_unknown_types_total",
    "Records of a type this version does not know, skipped",
    ["part"],
)
DEAD_LETTERS = Counter(
    "sessionwatch_dead_letters_total",
    "Records that could not be read or applied, by reason code",
    ["part", "reason"],
)
REBALANCES = Counter(
    "sessionwatch_rebalances_total", "Assignments of partitions to this worker", ["part"]
)
PARTITIONS_ASSIGNED = Gauge(
    "sessionwatch_partitions_assigned", "Partitions that this worker holds now", ["part"]
)
DB_COMMIT_SECONDS = Histogram(
    "sessionwatch_db_commit_seconds",
    "One write transaction, from its begin to its commit",
    ["store"],
    buckets=WEBHOOK_BUCKETS,
)
OUTBOX_DEPTH = Gauge(
    "sessionwatch_outbox_records", "Records committed to a store and not yet on Kafka", ["store"]
)
OUTBOX_OLDEST = Gauge(
    "sessionwatch_outbox_oldest_age_seconds",
    "How long the oldest record of the outbox has waited; 0 when it is empty",
    ["store"],
)

# --- schedule -----------------------------------------------------------------------------------

SCHEDULE_FEED_LAST_READ = Gauge(
    "sessionwatch_schedule_feed_last_read_timestamp_seconds",
    "When a schedule's feed was last asked and read, or found unchanged",
    ["feed"],
)
SCHEDULE_FEED_FAILURES = Counter(
    "sessionwatch_schedule_feed_failures_total",
    "Times that a schedule's feed was not taken over, so that the schedule stayed as it was",
    ["feed", "reason"],
)

# --- gateway ------------------------------------------------------------------------------------

INGEST_ACCEPTED = Counter(
    "sessionwatch_ingest_accepted_total", "Requests taken in and answered with 2xx", ["source"]
)
INGEST_REFUSED = Counter(
    "sessionwatch_ingest_refused_total",
    "Requests refused, by reason code",
    ["source", "reason"],
)
INGEST_SECONDS = Histogram(
    "sessionwatch_ingest_seconds",
    "One request, from its arrival to its answer, the broker's acknowledgement included",
    ["source"],
    buckets=WEBHOOK_BUCKETS,
)
INGEST_UNMAPPED = Counter(
    "sessionwatch_ingest_unmapped_total",
    "Events about a person whom nobody has matched yet",
    ["source"],
)
SAMPLES_ACCEPTED = Counter(
    "sessionwatch_samples_accepted_total", "Connection samples taken in from beacons"
)
RECONCILED = Counter(
    "sessionwatch_reconciled_total",
    "Joins and leaves that webhooks lost, found by asking the platform or at a group's start",
    ["platform"],
)
FEED_LAST_HEARD = Gauge(
    "sessionwatch_feed_last_heard_timestamp_seconds",
    "When the gateway last heard from a video platform (wall clock)",
    ["platform"],
)

# --- detection ----------------------------------------------------------------------------------

SAMPLES_READ = Counter(
    "sessionwatch_samples_read_total",
    "Connection samples scored by the quality reducer, those to warm up included",
)
CONNECTION_CHANGES = Counter(
    "sessionwatch_connection_changes_total", "Changes of a connection's state", ["state"]
)
SIGNALS = Counter(
    "sessionwatch_signals_total", "Signals written by the detectors", ["rule", "status"]
)
SESSIONS_OPEN = Gauge("sessionwatch_sessions_open", "Sessions whose state this worker holds")
SESSIONS_PARKED = Counter(
    "sessionwatch_sessions_parked_total", "Steps of a session that failed and parked it"
)
PARTICIPANTS_WATCHED = Gauge(
    "sessionwatch_participants_watched", "People whose weeks this worker holds"
)
PARTICIPANTS_PARKED = Counter(
    "sessionwatch_participants_parked_total",
    "Steps of a person's weeks that failed and parked them",
)
REDELIVERED = Counter(
    "sessionwatch_redelivered_total",
    "Records at or below the offset kept in the state, skipped",
    ["part"],
)
OVERDUE_DEADLINES = Gauge(
    "sessionwatch_overdue_deadlines",
    "Deadlines before the last tick that no step has judged; should be 0",
)
LATE_SIGNS = Counter(
    "sessionwatch_late_signs_total",
    "Signs of taking part that came more than two minutes late, and were not counted",
)
COUNTED_AGE = Gauge(
    "sessionwatch_counted_age_seconds",
    "How old a partition's newest count of people is; the oldest holds back incidents over rooms",
    ["partition"],
)
CLOCK_AGE = Gauge(
    "sessionwatch_clock_age_seconds",
    "How far the last tick applied lay behind the clock when it was applied",
    ["part"],
)

# --- alerts and console -------------------------------------------------------------------------

ALERT_DELAY = Histogram(
    "sessionwatch_alert_delay_seconds",
    "From the instant that made a raised signal (its ts) to the alert in the store; of sessions",
    ["rule"],
    buckets=EVENT_DELAY_BUCKETS,
)
ALERT_ACTS = Counter(
    "sessionwatch_alert_acts_total", "Changes of alerts by people, over all staff", ["state"]
)
ACKNOWLEDGE_SECONDS = Histogram(
    "sessionwatch_acknowledge_seconds",
    "From an alert's raising to the first act on it, by the team that it was meant for",
    ["team"],
    buckets=ACKNOWLEDGE_BUCKETS,
)
TRIAL_SIGNALS = Counter(
    "sessionwatch_trial_signals_total",
    "Signals of rules on trial: counted, shown to nobody",
    ["rule"],
)
SHADOW_SIGNALS = Counter(
    "sessionwatch_shadow_signals_total",
    "Signals in shadow mode that are no person's own word: recorded, told to nobody",
    ["rule"],
)
WS_CLIENTS = Gauge("sessionwatch_ws_clients", "Consoles connected now")
WS_DROPPED = Counter(
    "sessionwatch_ws_dropped_total",
    "Consoles disconnected because they read too slowly or may no longer see, by reason code",
    ["reason"],
)
WS_QUEUE_DROPS = Counter(
    "sessionwatch_ws_queue_drops_total",
    "Messages that a later one of the same thing replaced before they were sent",
)
WS_SEND_SECONDS = Histogram(
    "sessionwatch_ws_send_seconds",
    "One message to one console, from its turn in the queue to the socket",
    buckets=WEBHOOK_BUCKETS,
)
PUSH_DELAY = Histogram(
    "sessionwatch_push_delay_seconds",
    "From a change of an alert in the store to its push to the consoles",
    buckets=EVENT_DELAY_BUCKETS,
)

# --- exporter: measured from outside, over all programs -------------------------------------------

ARCHIVED = Counter(
    "sessionwatch_archived_total",
    "Records written into the archive's files",
    ["topic"],
)
CONSUMER_LAG = Gauge(
    "sessionwatch_consumer_lag_records",
    "Records of a topic that a consumer group has not committed yet",
    ["group", "topic"],
)
TOPIC_RECORDS = Gauge(
    "sessionwatch_topic_end_offset_records",
    "End offsets of a topic's partitions, summed",
    ["topic"],
)
PEOPLE = Gauge(
    "sessionwatch_people",
    "People in care on the boards of open sessions, by state, over all programs",
    ["state"],
)
ROOMS = Gauge("sessionwatch_rooms", "Sessions on the board, by state, over all programs", ["state"])
CONNECTIONS = Gauge(
    "sessionwatch_connections",
    "People present whose connection is measured, by its state, over all programs",
    ["state"],
)
OPEN_ALERTS = Gauge(
    "sessionwatch_open_alerts", "Alerts not resolved, by rule and state", ["rule", "state"]
)
TEAM_ALERTS = Gauge(
    "sessionwatch_team_alerts",
    "Alerts that nobody has acknowledged, for each team that is told of them",
    ["team"],
)
SESSIONS_ATTENDED = Counter(
    "sessionwatch_sessions_attended_total",
    "Outcomes of one person and session as first found at its close, over all programs",
    ["outcome"],
)
ATTENDANCE_REVISED = Counter(
    "sessionwatch_attendance_revised_total",
    "Later revisions of such an outcome, by the outcome they give",
    ["outcome"],
)

READS: Final = {
    "gateway": (topics.SESSION_EVENTS, topics.ALERT_FEED),
    "schedule": (topics.SESSION_EVENTS, topics.PARTICIPANT_EVENTS),
    "quality": (topics.CONNECTION_QUALITY,),
    "session": (topics.SESSION_EVENTS,),
    "participant": (topics.PARTICIPANT_EVENTS,),
    "incidents": (topics.SIGNALS,),
    "alerts": (topics.SIGNALS,),
    "console": (topics.ALERT_FEED, topics.SESSION_BOARD, topics.SIGNALS),
    "exporter": (topics.ALERT_FEED, topics.SESSION_BOARD, topics.PARTICIPANT_EVENTS),
    "archive": (topics.SESSION_EVENTS, topics.PARTICIPANT_EVENTS, topics.SIGNALS),
}
"""What each part reads."""
WRITES: Final = {
    "gateway": (topics.SESSION_EVENTS, topics.CONNECTION_QUALITY),
    "schedule": (topics.SESSION_EVENTS, topics.PARTICIPANT_EVENTS),
    "clock": (topics.SESSION_EVENTS, topics.PARTICIPANT_EVENTS),
    "quality": (topics.SESSION_EVENTS,),
    "session": (topics.SIGNALS, topics.PARTICIPANT_EVENTS, topics.SESSION_BOARD),
    "participant": (topics.SIGNALS, topics.SESSION_EVENTS),
    "incidents": (topics.SIGNALS, topics.SESSION_EVENTS),
    "alerts": (topics.ALERT_FEED, topics.PARTICIPANT_EVENTS),
}
"""What each part writes; `dead-letters` is every part's."""

_AT_ZERO: Final[dict[str, tuple[tuple[MetricWrapperBase, tuple[str, ...]], ...]]] = {
    "gateway": (
        (INGEST_ACCEPTED, SOURCES),
        (INGEST_SECONDS, SOURCES),
        (INGEST_UNMAPPED, SOURCES),
    ),
    "schedule": tuple((m, ("directory",)) for m in (OUTBOX_DEPTH, OUTBOX_OLDEST)),
    "quality": ((CONNECTION_CHANGES, ("good", "fair", "poor", "lost")),),
    "archive": ((ARCHIVED, tuple(topic.name for topic in READS["archive"])),),
    "alerts": (
        (ALERT_DELAY, RULES),
        (ACKNOWLEDGE_SECONDS, get_args(Told)),
        *((m, ("alerts",)) for m in (DB_COMMIT_SECONDS, OUTBOX_DEPTH, OUTBOX_OLDEST)),
    ),
}


def start_at_zero(part: str) -> None:
    """Makes the part's series whose labels are known beforehand, so that rates start at 0."""
    BUILD_INFO.labels(version=version("sessionwatch")).set(1)
    UNKNOWN_TYPES.labels(part=part)
    for topic in READS.get(part, ()):
        EVENTS_READ.labels(part=part, topic=topic.name)
    for topic in WRITES.get(part, ()):
        EVENTS_WRITTEN.labels(part=part, topic=topic.name)
    for metric, values in _AT_ZERO.get(part, ()):
        for value in values:
            metric.labels(value)
    if part in ("session", "participant"):
        for rule in RULES:
            for status in ("raised", "updated", "cleared"):
                SIGNALS.labels(rule=rule, status=status)
