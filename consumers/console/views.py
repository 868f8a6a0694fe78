"""What a page is told of an alert, a board and a person: names resolved, texts in its language.

Pure. Built only after `privacy.access` has said yes; what the viewer may not know is left out
here, before anything is serialised.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from alerts.escalation import waits_since
from alerts.holding import notice_at
from alerts.lifecycle import is_closed
from alerts.render import looked_at, reason, result_label, title, words_to_say
from alerts.results import results
from privacy.access import Viewer
from privacy.people import Name
from streams.events import (
    AlertChanged,
    AlertState,
    BoardChanged,
    BoardPerson,
    BoardState,
    ConnectionState,
    Kind,
    Millis,
    OnOff,
    Role,
    Severity,
    Signal,
)

Language = Literal["en", "es"]
LANGUAGES: tuple[Language, ...] = ("en", "es")
NOT_CALLED = frozenset({"privacy_reported"})
"""Nobody phones: somebody may listen."""
NameOf: TypeAlias = Callable[[str], Name | None]
"""The name behind a pseudonym, as far as the directory knows it."""

MINUTE_CODES: Mapping[str, str] = {
    "good": "g",
    "fair": "f",
    "poor": "p",
    "lost": "l",
    "here": "h",
    "away": "a",
    "none": "n",
}
"""`recent` travels as one letter a minute."""


class Person(Struct, frozen=True, omit_defaults=True):
    """`first` is how people say it aloud; `name` tells two of the same first name apart."""

    id: str
    name: str
    first: str
    language: str | None = None
    pronoun: str | None = None


class Seat(Struct, frozen=True, omit_defaults=True):
    person: Person
    role: Role
    state: BoardState
    since: Millis
    present_ms: int
    connection: ConnectionState | None = None
    connection_since: Millis | None = None
    camera: OnOff | None = None
    trouble: str | None = None
    marked: str | None = None
    marked_at: Millis | None = None
    recent: str = ""


class BoardTold(
    Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="type", tag="board"
):
    """A room: who hosts and how many are here; the people only where the viewer looks.

    `hosted`: whether a host is there. A manager gets numbers alone, and nobody's name.
    """

    seq: int
    session_id: str
    program_id: str
    ts: Millis
    starts_at: Millis
    ends_at: Millis
    state: Literal["before", "held", "break", "ended", "cancelled"]
    kind: Kind
    track: str
    time_zone: str
    host: str
    here: list[int]
    counts: dict[str, int]
    hosted: bool = False
    hosting: bool = False
    may_act: bool = False
    platform: str | None = None
    heard_at: Millis | None = None
    opened_at: Millis | None = None
    break_since: Millis | None = None
    people: list[Seat] | None = None


class AlertTold(
    Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="type", tag="alert"
):
    """An alert with its reason in words; `mine` says that the viewer has it.

    Minutes that go on stand in `reason` and `looked` as `alerts.phrasing.Running` has them.
    `by_tech` says that tech support has it.
    `results` are the codes that close it with their labels; `words`, for who has it, what one
    may say to the person, in both languages. One that an incident explains (`explained_by`) is not
    shown while it does. Nobody is notified before `notice_at`, nor at all of what is `quiet`; one
    line tells how much is in the `digest` since that instant. A call for help that nobody took has
    been `widened` so often; nobody has had it since `waits_since`. `program` is the name of a
    program, for who knows of it only that it waits there.
    """

    seq: int
    alert_id: str
    case_id: str
    state: AlertState
    status: Literal["raised", "updated", "cleared"]
    rule: str
    severity: Severity
    raised_at: Millis
    changed_at: Millis
    title: str
    reason: str
    evidence: dict[str, object]
    looked: list[tuple[str, str, str]]
    session_id: str | None = None
    program_id: str | None = None
    person: Person | None = None
    kind: Kind | None = None
    track: str | None = None
    starts_at: Millis | None = None
    ends_at: Millis | None = None
    time_zone: str = "UTC"
    assignee: str | None = None
    mine: bool = False
    by_tech: bool = False
    may_act: bool = False
    results: list[tuple[str, str]] = []
    words: dict[Language, list[tuple[str, str]]] = {}
    result: str | None = None
    explained_by: str | None = None
    notice_at: Millis = 0
    quiet: bool = False
    digest: Millis | None = None
    widened: int = 0
    waits_since: Millis | None = None
    program: str | None = None


def person(participant_id: str, name: Name | None, first_only: bool = False) -> Person:
    if name is None:
        return Person(participant_id, "", "")
    shown = name.preferred if first_only else name.short
    return Person(participant_id, shown, name.preferred, name.language, name.pronoun)


def seat(who: BoardPerson, name: Name | None, first_only: bool) -> Seat:
    return Seat(
        person(who.participant_id, name, first_only),
        who.role,
        who.state,
        who.since,
        who.present_ms,
        who.connection,
        who.connection_since,
        who.camera,
        who.trouble,
        who.marked,
        who.marked_at,
        "".join(MINUTE_CODES.get(point, "n") for point in who.recent),
    )


def counts(board: BoardChanged) -> dict[str, int]:
    """How many patients are in which state; `unmapped` counts everybody not matched."""
    return dict(Counter(p.state for p in board.people if is_shown(p)))


def is_shown(who: BoardPerson) -> bool:
    """Those in care, and whoever is in the room unmatched; an unmatched one who left is gone."""
    if who.participant_id.startswith("unmapped:"):
        return who.state == "unmapped"
    return who.role == "participant"


def board_told(
    board: BoardChanged,
    seq: int,
    name_of: NameOf,
    *,
    hosting: bool,
    may_act: bool,
    with_people: bool,
    first_only: bool,
) -> BoardTold:
    host = name_of(board.host_id)
    return BoardTold(
        seq=seq,
        session_id=board.session_id,
        program_id="" if first_only else board.program_id,
        ts=board.ts,
        starts_at=board.starts_at,
        ends_at=board.ends_at,
        state=board.state,
        kind=board.kind,
        track=board.track,
        time_zone=board.time_zone,
        host=person(board.host_id, host).name,
        here=board.here,
        counts=counts(board),
        hosted=is_hosted(board),
        hosting=hosting,
        may_act=may_act,
        platform=board.platform,
        heard_at=board.heard_at,
        opened_at=board.opened_at,
        break_since=board.break_since,
        people=[seat(p, name_of(p.participant_id), first_only) for p in board.people if is_shown(p)]
        if with_people
        else None,
    )


def counted(board: BoardChanged, seq: int) -> BoardTold:
    """A room as a manager sees it: how many, whether a host is there, and nobody."""
    return board_told(
        board,
        seq,
        lambda _: None,
        hosting=False,
        may_act=False,
        with_people=False,
        first_only=True,
    )


def is_hosted(board: BoardChanged) -> bool:
    """Whether a host is in the room now."""
    return any(
        one.state == "present" and (one.role == "host" or one.participant_id == board.host_id)
        for one in board.people
    )


def alert_told(
    alert: AlertChanged,
    signal: Signal,
    seq: int,
    name_of: NameOf,
    language: Language,
    *,
    time_zone: str,
    viewer: Viewer,
    severity: Severity,
    may_act: bool,
    quiet: bool,
    digest: Millis | None,
    by_tech: bool,
    now: Millis,
    program: str | None,
) -> AlertTold:
    """`signal` is the alert's as the viewer may see it."""
    who = signal.participant_id and person(
        signal.participant_id, name_of(signal.participant_id), viewer.first_names_only
    )
    running = alert.state != "resolved"
    mine = alert.assignee is not None and alert.assignee in (viewer.actor, viewer.user_id)
    return AlertTold(
        seq=seq,
        alert_id=signal.alert_id,
        case_id=alert.case_id,
        state=alert.state,
        status=signal.status,
        rule=signal.rule,
        severity=severity,
        raised_at=signal.raised_at,
        changed_at=alert.changed_at,
        title=title(signal, language, closed=is_closed(signal, now)),
        reason=reason(signal, language, time_zone, running=running),
        evidence=signal.evidence,
        looked=looked_at(signal, language, time_zone, running=running),
        session_id=signal.session_id,
        program_id=None if viewer.first_names_only else signal.program_id,
        person=who or None,
        kind=signal.kind,
        track=signal.track,
        starts_at=signal.starts_at,
        ends_at=signal.ends_at,
        time_zone=time_zone,
        assignee=holder(alert.assignee, name_of),
        mine=mine,
        by_tech=by_tech,
        may_act=may_act,
        words=say(signal.rule, who, viewer)
        if mine and who and signal.rule not in NOT_CALLED
        else {},
        results=[
            (code, result_label(code, language))
            for code in results(signal.rule, repairs=viewer.first_names_only)
        ]
        if may_act
        else [],
        result=next((result_label(a.result, language) for a in alert.acts if a.result), None)
        if program is None
        else None,
        explained_by=alert.explained_by,
        notice_at=notice_at(alert.signal),
        quiet=quiet,
        digest=digest,
        widened=alert.widened,
        waits_since=waits_since(alert) if alert.widened else None,
        program=program,
    )


def say(rule: str, who: Person, viewer: Viewer) -> dict[Language, list[tuple[str, str]]]:
    caller = viewer.name.split()[0] if viewer.name else ""
    return {spoken: words_to_say(rule, spoken, who.first, caller) for spoken in LANGUAGES}


def holder(assignee: str | None, name_of: NameOf) -> str | None:
    """Who has an open case: the only thing a staff name is shown for besides hosting."""
    if assignee is None:
        return None
    name = name_of(assignee)
    return name.short if name else ""
