"""The events of every topic, as strict structs tagged by `type`.

The contract in words is `docs/contract.md`. Times are integer milliseconds since the Unix
epoch, UTC; identifiers are opaque pseudonyms.
"""

from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, Struct, field

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

Millis: TypeAlias = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]
"""Milliseconds since the Unix epoch, up to the year 9999."""
Duration: TypeAlias = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]
"""A length of time in milliseconds."""
# `(?![\s\S])` is the end of the text in Python's and in JSON Schema's regular expressions; `$`
# alone would let a trailing newline through.
Identifier: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:~-]{1,128}(?![\s\S])")]
"""An opaque pseudonym: 1 to 128 of A-Z a-z 0-9 . _ : ~ -"""
Label: TypeAlias = Annotated[str, Meta(max_length=64)]
"""A short word of a platform or a program; no prose."""
Code: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,64}(?![\s\S])")]
"""A code of a platform or a page: neither prose nor an address fits."""
Product: TypeAlias = Annotated[str, Meta(pattern=r"^[\w .+/&()'-]{1,48}(?![\s\S])")]
"""What a system, browser, carrier or region is called: 1 to 48 signs, and no address."""
EventId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=256)]
"""Makes an event idempotent: the same id twice has the effect of once."""

Role = Literal["participant", "host", "observer", "bot"]
LeaveReason = Literal["left", "connection_lost", "removed", "ended", "unknown"]
Kind = Literal["group", "individual", "family", "psychoeducation"]
Modality = Literal["virtual", "in_person", "hybrid"]
Member = Literal["patient", "family", "interpreter", "observer"]
ConnectionState = Literal["good", "fair", "poor", "lost"]
Cause = Literal["latency", "jitter", "loss", "bandwidth", "freeze"]
Path = Literal["direct", "relay", "tcp"]
LimitedBy = Literal["none", "cpu", "bandwidth"]
OnOff = Literal["on", "off"]
Severity = Literal["info", "warning", "high", "critical"]
Stage = Literal["page", "auth", "device", "network", "media", "other"]
Outcome = Literal[
    "attended",
    "partial",
    "missed",
    "could_not_connect",
    "excused",
    "in_person",
    "not_held",
    "unknown",
]
Told = Literal[
    "clinician", "host", "outreach", "on_duty", "tech", "supervisor", "care_team", "manager"
]
"""The roles that a signal may be meant for; `care_team` are all in care in its program, on duty or
not: whom a call for help reaches that nobody takes."""


def _tag(name: str) -> str:
    """`ParticipantJoined` -> `participant.joined`."""
    words: list[str] = []
    for letter in name.lstrip("_"):
        if letter.isupper():
            words.append(letter.lower())
        else:
            words[-1] += letter
    return words[0] + "." + "_".join(words[1:])


class Device(Struct, frozen=True, omit_defaults=True):
    kind: Literal["desktop", "tablet", "phone", "landline", "unknown"]
    os: Product | None = None
    browser: Product | None = None


class Network(Struct, frozen=True, omit_defaults=True):
    type: Literal["wifi", "cellular", "ethernet", "unknown"]
    carrier: Product | None = None
    region: Product | None = None


class RosterEntry(Struct, frozen=True, omit_defaults=True):
    participant_id: Identifier
    member: Member = "patient"
    language: Label | None = None
    clinician_id: Identifier | None = None
    modality: Modality | None = None
    prescribed_hours_per_week: Annotated[float, Meta(ge=0, le=168)] | None = None


class Break(Struct, frozen=True):
    starts_at: Millis
    ends_at: Millis


# --- connection-quality -------------------------------------------------------------------------


class Sample(Struct, frozen=True, omit_defaults=True):
    """One interval of one connection. Rates in kbit/s, times in ms, shares 0..1."""

    session_id: Identifier
    participant_id: Identifier
    connection_id: Identifier
    ts: Millis
    rtt_ms: Annotated[float, Meta(ge=0)]
    jitter_ms: Annotated[float, Meta(ge=0)]
    loss: Annotated[float, Meta(ge=0, le=1)]
    up_kbps: Annotated[float, Meta(ge=0)] | None = None
    down_kbps: Annotated[float, Meta(ge=0)] | None = None
    fps: Annotated[float, Meta(ge=0)] | None = None
    freeze_ms: Annotated[float, Meta(ge=0)] | None = None
    concealed: Annotated[float, Meta(ge=0, le=1)] | None = None
    audio_level: Annotated[float, Meta(ge=0, le=1)] | None = None
    path: Path | None = None
    limited_by: LimitedBy | None = None


class SampleBatch(Struct, frozen=True):
    samples: list[Sample]
    v: Literal[1] = 1


# --- session-events -----------------------------------------------------------------------------


class _Event(Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="type", tag=_tag):
    id: EventId
    ts: Millis
    received_at: Millis | None = None


class _SessionEvent(_Event, frozen=True, omit_defaults=True, kw_only=True):
    session_id: Identifier


class _PersonEvent(_SessionEvent, frozen=True, omit_defaults=True, kw_only=True):
    participant_id: Identifier


class SessionScheduled(_SessionEvent, frozen=True, omit_defaults=True, kw_only=True):
    """An upsert by `session_id`; the latest `ts` wins."""

    program_id: Identifier
    track: Label
    kind: Kind
    starts_at: Millis
    ends_at: Millis
    host_id: Identifier
    modality: Modality
    roster: list[RosterEntry]
    time_zone: Label = "UTC"
    platform: Label | None = None
    breaks: list[Break] = []


class SessionCancelled(_SessionEvent, frozen=True, omit_defaults=True, kw_only=True):
    reason: Label | None = None


class SessionStarted(_SessionEvent, frozen=True, omit_defaults=True, kw_only=True):
    pass


class SessionEnded(_SessionEvent, frozen=True, omit_defaults=True, kw_only=True):
    pass


class SessionBreak(_SessionEvent, frozen=True, omit_defaults=True, kw_only=True):
    state: Literal["started", "ended"]


class ParticipantJoined(_PersonEvent, frozen=True, omit_defaults=True, kw_only=True):
    role: Role
    connection_id: Identifier
    device: Device | None = None
    network: Network | None = None
    exclusive: bool = False


class ParticipantLeft(_PersonEvent, frozen=True, omit_defaults=True, kw_only=True):
    connection_id: Identifier
    reason: LeaveReason


class ParticipantWaiting(_PersonEvent, frozen=True, omit_defaults=True, kw_only=True):
    state: Literal["entered", "admitted", "left"]


class ParticipantJoinStarted(_PersonEvent, frozen=True, omit_defaults=True, kw_only=True):
    pass


class ParticipantJoinFailed(_PersonEvent, frozen=True, omit_defaults=True, kw_only=True):
    stage: Stage
    detail: Code | None = None
    device: Device | None = None
    network: Network | None = None


class ParticipantIdentified(_SessionEvent, frozen=True, omit_defaults=True, kw_only=True):
    """Staff said who an unmatched person is: a participant, or nobody's patient."""

    unmapped_id: Identifier
    participant_id: Identifier | None = None
    not_a_patient: bool = False


class ParticipantAttendedInPerson(_PersonEvent, frozen=True, omit_defaults=True, kw_only=True):
    how: Literal["in_person", "phone", "other_group"] = "in_person"


class ParticipantPresentWith(_PersonEvent, frozen=True, omit_defaults=True, kw_only=True):
    with_: Identifier = field(name="with")


class ParticipantExcused(_PersonEvent, frozen=True, omit_defaults=True, kw_only=True):
    kind: Literal["absent", "late", "leaves_early"] = "absent"


class MediaChanged(_PersonEvent, frozen=True, omit_defaults=True, kw_only=True):
    camera: OnOff | None = None
    microphone: OnOff | None = None


class EngagementObserved(_PersonEvent, frozen=True, omit_defaults=True, kw_only=True):
    kind: Literal["spoke", "chat", "reaction", "hand_raised", "poll_answered", "poll_missed"]
    ms: Duration | None = None


class ParticipantReported(_PersonEvent, frozen=True, omit_defaults=True, kw_only=True):
    kind: Literal["help", "crisis", "privacy", "fatigue", "technical"]
    score: Annotated[int, Meta(ge=0, le=4)] | None = None


class DeviceChecked(_PersonEvent, frozen=True, omit_defaults=True, kw_only=True):
    result: Literal["pass", "fail"]
    failures: list[Literal["camera", "microphone", "speaker", "network", "browser"]] = []
    device: Device | None = None
    network: Network | None = None


class ParticipantConsented(_PersonEvent, frozen=True, omit_defaults=True, kw_only=True):
    """The person's yes or no to a scope, told to each of their sessions that it may concern."""

    scope: Literal["quality", "engagement"]
    granted: bool


class UsualPart(Struct, frozen=True):
    """A person's own usual for one half hour of a session and one engagement part."""

    half_hour: Annotated[int, Meta(ge=0)]
    part: Label
    median: float
    mad: float
    count: Annotated[int, Meta(ge=0)]


class ParticipantProfiled(_PersonEvent, frozen=True, omit_defaults=True, kw_only=True):
    sessions: int
    missed_14d: int
    late_last_5: int
    privacy_30d: int
    minutes_week: float
    last_attended_at: Millis | None = None
    usual_minutes_week: float | None = None
    gap_p90_minutes: float | None = None
    usual: list[UsualPart] = []


class ConnectionChanged(_PersonEvent, frozen=True, omit_defaults=True, kw_only=True):
    """Written by the quality reducer only."""

    connection_id: Identifier
    state: ConnectionState
    since: Millis
    mos: float
    rtt_ms: float
    jitter_ms: float
    loss: float
    cause: Cause
    path: Path | None = None
    limited_by: LimitedBy | None = None


class MediaObserved(_PersonEvent, frozen=True, omit_defaults=True, kw_only=True):
    """Written by the quality reducer only."""

    connection_id: Identifier
    since: Millis
    audio: Literal["heard", "concealed"] | None = None
    video: Literal["flowing", "frozen"] | None = None


class IncidentOpened(_SessionEvent, frozen=True, omit_defaults=True, kw_only=True):
    alert_id: Identifier
    trait: Label


class IncidentClosed(_SessionEvent, frozen=True, omit_defaults=True, kw_only=True):
    alert_id: Identifier
    trait: Label


class FeedObserved(_Event, frozen=True, omit_defaults=True, kw_only=True):
    """By the gateway to every partition every 30 s: when each platform was last heard."""

    platform: Label
    last_event_at: Millis


class ClockTicked(_Event, frozen=True, omit_defaults=True, kw_only=True):
    """Time is on the log; the id is its second."""


SessionEvent: TypeAlias = (
    SessionScheduled
    | SessionCancelled
    | SessionStarted
    | SessionEnded
    | SessionBreak
    | ParticipantJoined
    | ParticipantLeft
    | ParticipantWaiting
    | ParticipantJoinStarted
    | ParticipantJoinFailed
    | ParticipantIdentified
    | ParticipantAttendedInPerson
    | ParticipantPresentWith
    | ParticipantExcused
    | MediaChanged
    | EngagementObserved
    | ParticipantReported
    | DeviceChecked
    | ParticipantConsented
    | ParticipantProfiled
    | ConnectionChanged
    | MediaObserved
    | IncidentOpened
    | IncidentClosed
    | FeedObserved
    | ClockTicked
)

# --- participant-events -------------------------------------------------------------------------


class _CareEvent(_Event, frozen=True, omit_defaults=True, kw_only=True):
    participant_id: Identifier


class SessionExpected(_CareEvent, frozen=True, omit_defaults=True, kw_only=True):
    session_id: Identifier
    program_id: Identifier
    kind: Kind
    starts_at: Millis
    ends_at: Millis
    time_zone: Label
    status: Literal["scheduled", "cancelled", "removed"]
    prescribed_hours_per_week: float | None = None
    clinician_id: Identifier | None = None
    language: Label | None = None


class SessionAttended(_CareEvent, frozen=True, omit_defaults=True, kw_only=True):
    """One rostered patient's outcome of one session; the highest revision wins."""

    session_id: Identifier
    program_id: Identifier
    kind: Kind
    revision: Annotated[int, Meta(ge=0)]
    scheduled_ms: Duration
    held_ms: Duration
    present_ms: Duration
    outcome: Outcome
    drops: int
    lost_ms: Duration
    poor_ms: Duration
    reconnects: int
    privacy_reports: int
    technical_reports: int
    crisis_reports: int
    time_zone: Label
    fault: Literal["room", "platform"] | None = None
    joined_late_ms: Duration | None = None
    left_early_ms: Duration | None = None
    waited_ms: Duration | None = None
    audio_only_ms: Duration | None = None
    device: Device | None = None
    network: Network | None = None
    parts: list[dict[str, float]] | None = None
    gap_minutes: list[float] | None = None
    fatigue_index: float | None = None
    prescribed_hours_per_week: float | None = None
    language: Label | None = None
    clinician_id: Identifier | None = None


class AttendanceCorrected(_CareEvent, frozen=True, omit_defaults=True, kw_only=True):
    session_id: Identifier
    outcome: Outcome
    reason_code: Label
    by: Identifier


class CareActed(_CareEvent, frozen=True, omit_defaults=True, kw_only=True):
    kind: Literal["outreach", "help", "crisis", "review"]
    result: Label
    by: Identifier
    alert_id: Identifier | None = None
    session_id: Identifier | None = None


class EnrolmentChanged(_CareEvent, frozen=True, omit_defaults=True, kw_only=True):
    state: Literal["active", "on_leave", "discharged"]
    from_: Millis = field(name="from")


class ConsentChanged(_CareEvent, frozen=True, omit_defaults=True, kw_only=True):
    scope: Literal["quality", "engagement"]
    granted: bool
    notice_version: Label


ParticipantEvent: TypeAlias = (
    SessionExpected
    | SessionAttended
    | AttendanceCorrected
    | CareActed
    | EnrolmentChanged
    | ConsentChanged
    | ClockTicked
)

# --- signals ------------------------------------------------------------------------------------


class Traits(Struct, frozen=True, omit_defaults=True):
    platform: Label | None = None
    carrier: Product | None = None
    region: Product | None = None
    browser: Product | None = None
    device: Label | None = None


STATUS_ORDER: Final = {"raised": 0, "updated": 1, "cleared": 2}
"""In which order signals of one alert and instant follow."""


class Signal(Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="type", tag="signal"):
    """What a detector found. `evidence` holds figures, never prose."""

    id: Identifier
    alert_id: Identifier
    rule: Label
    status: Literal["raised", "updated", "cleared"]
    severity: Severity
    audience: dict[Told, Severity]
    ts: Millis
    raised_at: Millis
    evidence: dict[str, object]
    rules: Label
    program_id: Identifier | None = None
    session_id: Identifier | None = None
    participant_id: Identifier | None = None
    clinician_id: Identifier | None = None
    host_id: Identifier | None = None
    subject: Label | None = None
    kind: Kind | None = None
    track: Label | None = None
    starts_at: Millis | None = None
    ends_at: Millis | None = None
    traits: Traits | None = None
    explains: list[Identifier] | None = None
    trial: bool = False


class PresenceCounted(Struct, frozen=True, kw_only=True, tag_field="type", tag="presence.counted"):
    """One partition's people and how many are affected, by trait and value."""

    ts: Millis
    partition: int
    rooms: int
    people: int
    by: dict[str, dict[str, tuple[int, int, int]]]


SignalRecord: TypeAlias = Signal | PresenceCounted

# --- alert-feed and session-board ---------------------------------------------------------------

AlertState = Literal["open", "acknowledged", "resolved"]


class Act(Struct, frozen=True, omit_defaults=True):
    """Who did what with an alert, and when."""

    ts: Millis
    what: Label
    by: Identifier | None = None
    result: Label | None = None


class AlertChanged(
    Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="type", tag="alert"
):
    """An alert's whole current state; `seq` is the store's outbox number and only grows.

    `notified_at`: when outreach was told of it; with `digest`, not by a notice of its own but in
    the one line of what came since then. `widened`: how often its audience, in `signal`, has been
    widened since nobody took it. `told_at`: when the store wrote this state down, which may be long
    after the last signal or act (`changed_at`), as when nobody took it.
    """

    seq: int
    case_id: Identifier
    state: AlertState
    signal: Signal
    changed_at: Millis
    assignee: Identifier | None = None
    acts: list[Act] = []
    explained_by: Identifier | None = None
    notified_at: Millis | None = None
    digest: Millis | None = None
    widened: int = 0
    told_at: Millis | None = None


class DutyChanged(Struct, frozen=True, kw_only=True, tag_field="type", tag="duty"):
    program_id: Identifier
    people: int


FeedRecord: TypeAlias = AlertChanged | DutyChanged

BoardState = Literal[
    "expected", "waiting", "present", "away", "left", "excused", "in_person", "unmapped"
]


class BoardPerson(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One person's state now. `recent` has 30 points, a minute each, oldest first:
    "good", "fair", "poor", "lost", "here" (present, not measured), "away", "none" (before)."""

    participant_id: Identifier
    role: Role
    state: BoardState
    since: Millis
    present_ms: Duration
    connection: ConnectionState | None = None
    connection_since: Millis | None = None
    camera: OnOff | None = None
    trouble: Label | None = None
    marked: Literal["late", "leaves_early", "phone", "other_group", "present_with"] | None = None
    """What staff said of the person that the state alone does not tell."""
    marked_at: Millis | None = None
    recent: list[str] = []


class BoardChanged(
    Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="type", tag="board"
):
    session_id: Identifier
    program_id: Identifier
    ts: Millis
    starts_at: Millis
    ends_at: Millis
    state: Literal["before", "held", "break", "ended", "cancelled"]
    kind: Kind
    track: Label
    host_id: Identifier
    time_zone: Label
    people: list[BoardPerson]
    platform: Label | None = None
    heard_at: Millis | None = None
    opened_at: Millis | None = None
    break_since: Millis | None = None
    here: list[int] = []
    """People here, one figure for each minute since `starts_at`."""
