"""For operations: does the pipeline keep up, and where does it not?"""

from deploy.grafana.panels import Dashboard, Panel, Row, or_zero, quantile, rate

SYMPTOMS = (
    Panel(
        "Processes up",
        "Processes that Prometheus reaches, of those it knows.",
        "short",
        {"up": "sum(up{$on})", "known": "count(up{$on})"},
        "stat",
        6,
    ),
    Panel(
        "Since the last progress, by part",
        "Time since each part finished a step. A part that hangs or died shows as a rising line.",
        "s",
        {"{{part}}": "time() - max by (part) (sessionwatch_last_progress_timestamp_seconds{$on})"},
        width=9,
        warn_above=60,
    ),
    Panel(
        "Delay of alerts",
        "From the instant that made an alert to its being in the store.",
        "s",
        {
            f"p{share * 100:g}": quantile(share, "sessionwatch_alert_delay_seconds")
            for share in (0.5, 0.95, 0.99)
        },
        width=9,
        warn_above=60,
    ),
    Panel(
        "Dead letters",
        "Records that could not be read or applied, by part and reason.",
        "eps",
        {"{{part}} {{reason}}": or_zero(rate("sessionwatch_dead_letters_total", "part, reason"))},
        warn_above=0,
    ),
    Panel(
        "Consumer lag",
        "Records that a consumer group has not committed, measured from outside.",
        "short",
        {"{{group}}": "sum by (group) (sessionwatch_consumer_lag_records{$on})"},
    ),
    Panel(
        "Age of each partition's newest count",
        "Every 10 s a partition counts its people; the oldest count holds back incidents.",
        "s",
        {"{{partition}}": "max by (partition) (sessionwatch_counted_age_seconds{$on})"},
        warn_above=60,
    ),
    Panel(
        "Deadlines overdue, sessions and people parked",
        "Deadlines that no step has judged, and steps that failed; all should be 0.",
        "short",
        {
            "overdue": "sum(sessionwatch_overdue_deadlines{$on})",
            "sessions parked": "sum(sessionwatch_sessions_parked_total{$on})",
            "people parked": "sum(sessionwatch_participants_parked_total{$on})",
        },
        warn_above=0,
    ),
)
INGEST = (
    Panel(
        "Requests accepted",
        "Requests taken in and written to Kafka, by source.",
        "reqps",
        {"{{source}}": rate("sessionwatch_ingest_accepted_total", "source")},
    ),
    Panel(
        "Requests refused",
        "Requests refused, by source and reason.",
        "reqps",
        {
            "{{source}} {{reason}}": or_zero(
                rate("sessionwatch_ingest_refused_total", "source, reason")
            )
        },
    ),
    Panel(
        "Answer time, 99 of 100",
        "From a request's arrival to its answer, the broker's acknowledgement included.",
        "s",
        {"{{source}}": quantile(0.99, "sessionwatch_ingest_seconds", "source")},
    ),
    Panel(
        "Connection samples",
        "Connection samples taken in from beacons, and scored by the quality reducer; and signs of"
        " taking part that came too late to count.",
        "eps",
        {
            "accepted": rate("sessionwatch_samples_accepted_total"),
            "scored": rate("sessionwatch_samples_read_total"),
            "late signs": rate("sessionwatch_late_signs_total"),
        },
    ),
    Panel(
        "Events of people not matched",
        "Events about a person whom nobody has matched yet, by source.",
        "eps",
        {"{{source}}": rate("sessionwatch_ingest_unmapped_total", "source")},
    ),
    Panel(
        "Since each platform was heard",
        "Time since the last event of each video platform.",
        "s",
        {
            "{{platform}}": "time() - max by (platform)"
            " (sessionwatch_feed_last_heard_timestamp_seconds{$on})"
        },
        warn_above=600,
    ),
    Panel(
        "Found by asking",
        "Joins and leaves that webhooks lost and the platform told when asked.",
        "eps",
        {"{{platform}}": or_zero(rate("sessionwatch_reconciled_total", "platform"))},
    ),
    Panel(
        "Since each schedule's feed was read",
        "Time since a calendar or FHIR search was last read, or found unchanged.",
        "s",
        {
            "{{feed}}": "time() - max by (feed)"
            " (sessionwatch_schedule_feed_last_read_timestamp_seconds{$on})"
        },
        warn_above=7200,
    ),
    Panel(
        "Schedules not taken over",
        "Feeds that failed or were not believed, so that the schedule stayed as it was.",
        "eps",
        {
            "{{feed}} {{reason}}": or_zero(
                rate("sessionwatch_schedule_feed_failures_total", "feed, reason")
            )
        },
        warn_above=0,
    ),
)
STREAMS = (
    Panel(
        "Records read",
        "Records read and applied, by part and topic.",
        "eps",
        {"{{part}} {{topic}}": rate("sessionwatch_events_read_total", "part, topic")},
    ),
    Panel(
        "Records written",
        "Records written and acknowledged, by part and topic.",
        "eps",
        {"{{part}} {{topic}}": rate("sessionwatch_events_written_total", "part, topic")},
    ),
    Panel(
        "Growth of topics",
        "Growth of each topic's end offsets, as the broker counts them.",
        "eps",
        {
            "{{topic}}": "sum by (topic)"
            " (deriv(sessionwatch_topic_end_offset_records{$on}[$__rate_interval]))"
        },
    ),
    Panel(
        "Age of the log's clock",
        "How far the last tick lay behind the clock when a part applied it.",
        "s",
        {"{{part}}": "max by (part) (sessionwatch_clock_age_seconds{$on})"},
        warn_above=10,
    ),
    Panel(
        "Signals",
        "Signals written by the detectors, by status; those of rules on trial or in shadow.",
        "eps",
        {
            "{{status}}": rate("sessionwatch_signals_total", "status"),
            "on trial": or_zero(rate("sessionwatch_trial_signals_total")),
            "in shadow": or_zero(rate("sessionwatch_shadow_signals_total")),
        },
    ),
    Panel(
        "Changes of connections",
        "Changes that the quality reducer wrote, by the new state.",
        "eps",
        {"{{state}}": rate("sessionwatch_connection_changes_total", "state")},
    ),
    Panel(
        "Held in state",
        "Sessions and people whose state the monitors hold.",
        "short",
        {
            "sessions": "sum(sessionwatch_sessions_open{$on})",
            "people": "sum(sessionwatch_participants_watched{$on})",
        },
    ),
    Panel(
        "Archived",
        "Records written to the archive, by topic.",
        "eps",
        {"{{topic}}": rate("sessionwatch_archived_total", "topic")},
    ),
    Panel(
        "Partitions and rebalances",
        "Partitions that each part holds, and assignments so far.",
        "short",
        {
            "{{part}} partitions": "sum by (part) (sessionwatch_partitions_assigned{$on})",
            "{{part}} assignments": "sum by (part) (sessionwatch_rebalances_total{$on})",
        },
    ),
    Panel(
        "Skipped",
        "Records skipped: already in the state after a redelivery, or of a type not known.",
        "eps",
        {
            "{{part}} redelivered": or_zero(rate("sessionwatch_redelivered_total", "part")),
            "{{part}} unknown type": rate("sessionwatch_unknown_types_total", "part"),
        },
    ),
)
ALERTS = (
    Panel(
        "Commit time, 99 of 100",
        "One write transaction of each store.",
        "s",
        {"{{store}}": quantile(0.99, "sessionwatch_db_commit_seconds", "store")},
        width=6,
    ),
    Panel(
        "Outbox",
        "Records committed to a store and not yet on Kafka.",
        "short",
        {"{{store}}": "sum by (store) (sessionwatch_outbox_records{$on})"},
        width=6,
    ),
    Panel(
        "Oldest record of the outbox",
        "How long the oldest record of the outbox has waited.",
        "s",
        {"{{store}}": "max by (store) (sessionwatch_outbox_oldest_age_seconds{$on})"},
        width=6,
        warn_above=30,
    ),
    Panel(
        "Acts of people",
        "Changes of alerts by people, by the new state, over all staff.",
        "eps",
        {"{{state}}": or_zero(rate("sessionwatch_alert_acts_total", "state"))},
        width=6,
    ),
)
CONSOLE = (
    Panel(
        "Consoles connected",
        "Consoles connected now.",
        "short",
        {"consoles": "sum(sessionwatch_ws_clients{$on})"},
        width=6,
    ),
    Panel(
        "Delay of pushes",
        "From a change of an alert in the store to its push to the consoles.",
        "s",
        {
            f"p{share * 100:g}": quantile(share, "sessionwatch_push_delay_seconds")
            for share in (0.5, 0.99)
        },
        width=6,
    ),
    Panel(
        "Send time, 99 of 100",
        "One message to one console, from its turn in the queue to the socket.",
        "s",
        {"send": quantile(0.99, "sessionwatch_ws_send_seconds")},
        width=6,
    ),
    Panel(
        "Messages replaced, consoles dropped",
        "Messages that a later one replaced unsent, and consoles disconnected, by reason.",
        "eps",
        {
            "replaced": rate("sessionwatch_ws_queue_drops_total"),
            "dropped {{reason}}": or_zero(rate("sessionwatch_ws_dropped_total", "reason")),
        },
        width=6,
    ),
)
PROCESSES = (
    Panel(
        "Processor time",
        "Share of one processor that each process uses.",
        "percentunit",
        {
            "{{instance}}": "sum by (instance)"
            " (rate(process_cpu_seconds_total{$on}[$__rate_interval]))"
        },
        width=6,
    ),
    Panel(
        "Memory",
        "Resident memory of each process.",
        "bytes",
        {"{{instance}}": "max by (instance) (process_resident_memory_bytes{$on})"},
        width=6,
    ),
    Panel(
        "Open files",
        "Open file descriptors of each process.",
        "short",
        {"{{instance}}": "max by (instance) (process_open_fds{$on})"},
        width=6,
    ),
    Panel(
        "Versions",
        "How many processes run each version; two only while one is being rolled out.",
        "short",
        {"{{version}}": "count by (version) (sessionwatch_build_info{$on})"},
        "stat",
        6,
    ),
)

PIPELINE = Dashboard(
    "sessionwatch-pipeline",
    "Pipeline",
    "Whether events become alerts in time, and which part does not keep up.",
    (
        Row("Symptoms", SYMPTOMS),
        Row("Gateway", INGEST),
        Row("Streams", STREAMS),
        Row("Alerts and stores", ALERTS),
        Row("Console", CONSOLE),
        Row("Processes", PROCESSES),
    ),
    by_instance=True,
)
