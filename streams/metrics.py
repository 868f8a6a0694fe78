"""Every metric, with its meaning and its closed set of labels.

No label ever holds anything that identifies a person or a session.
"""

from prometheus_client import REGISTRY, Counter, Gauge

EVENT_DELAY_BUCKETS = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300)
WEBHOOK_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)

registry = REGISTRY

EVENTS_READ = Counter(
    "sessionwatch_events_read_total",
    "Records read from a topic and applied",
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
SIGNALS = Counter(
    "sessionwatch_signals_total", "Signals written by the detectors", ["rule", "status"]
)
LAST_PROGRESS = Gauge(
    "sessionwatch_last_progress_timestamp_seconds",
    "When this part last finished a step",
    ["part"],
)
