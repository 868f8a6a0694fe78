"""Who may see what, and act on what. Pure functions; whatever no line allows is denied.

A signal is meant for roles (its `audience`); a viewer stands in one of them by a relation:
the person's own clinician, the host of that session, outreach or tech of that program, on duty
in it now. Where no coordinator is on duty, the clinician on duty stands in for outreach, else the
host. Tech sees connection trouble and never a clinical signal; managers see what counts rooms,
never a person, and of a call for help that nobody takes only that it waits, and in which program;
administrators and auditors see no alerts at all.
"""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from streams.events import HOUR, MINUTE, AlertChanged, BoardChanged, Severity, Signal, Told

Role = Literal["clinician", "outreach", "tech", "supervisor", "manager", "administrator", "auditor"]
ROLES: tuple[Role, ...] = (
    "clinician",
    "outreach",
    "tech",
    "supervisor",
    "manager",
    "administrator",
    "auditor",
)
EVERY_PROGRAM = "*"

CONNECTION_RULES = frozenset(
    {
        "could_not_connect",
        "waiting_to_be_admitted",
        "unrecognised_people",
        "dropped_out",
        "unstable_connection",
        "poor_connection",
        "no_media",
        "host_dropped",
        "feed_silent",
        "session_incident",
        "platform_incident",
        "tech_requested",
        "device_check_failed",
        "technology_in_the_way",
    }
)
"""What tech support may see; every other rule says something about care."""

CALLS = frozenset({"crisis_reported", "help_requested", "left_after_crisis"})
"""A person's calls for help: when nobody takes one, even a manager is told that there is one."""

CARE_ROLES: frozenset[Role] = frozenset({"clinician", "outreach", "supervisor"})
"""Who may be told of a person's care at all."""

BEFORE, AFTER = 30 * MINUTE, 24 * HOUR
"""A host sees the roster's names from so long before the start to so long after the end."""

_GRAVITY: dict[Severity, int] = {"info": 0, "warning": 1, "high": 2, "critical": 3}


class Cover(Struct, frozen=True):
    """The programs in which a coordinator of outreach, or a clinician, is on duty now."""

    coordinators: frozenset[str] = frozenset()
    clinicians: frozenset[str] = frozenset()


class Viewer(Struct, frozen=True):
    """Who is signed in. `programs` may hold "*" (all); `on_duty` are programs, now; `cover` tells
    who else is."""

    user_id: str
    staff_id: str | None
    name: str
    roles: frozenset[Role]
    programs: frozenset[str]
    language: str = "en"
    on_duty: frozenset[str] = frozenset()
    cover: Cover = Cover()

    @property
    def actor(self) -> str:
        """Who an act is written down as: the staff pseudonym, else the account."""
        return self.staff_id or self.user_id

    @property
    def first_names_only(self) -> bool:
        """Whether names are to be cut to the first: who has no role in care."""
        return not self.roles & CARE_ROLES

    def in_program(self, program_id: str | None) -> bool:
        """What belongs to no program (a platform's silence) is no program's secret."""
        return program_id is None or EVERY_PROGRAM in self.programs or program_id in self.programs


NOBODY_HOSTS: frozenset[str] = frozenset()


def standing(viewer: Viewer, signal: Signal, hosting: frozenset[str] = NOBODY_HOSTS) -> set[Told]:
    """The roles of the signal's audience in which this viewer stands to it.

    `hosting` are the ids of the sessions that the viewer hosts now, as boards say.
    """
    return {told for told in signal.audience if _stands(told, viewer, signal, hosting)}


def _stands(told: Told, viewer: Viewer, signal: Signal, hosting: frozenset[str]) -> bool:
    roles, within = viewer.roles, viewer.in_program(signal.program_id)
    match told:
        case "clinician":
            return "clinician" in roles and _own(viewer, signal, within)
        case "host":
            return bool(roles & CARE_ROLES) and _hosts(viewer, signal, hosting)
        case "outreach":
            return ("outreach" in roles and within) or _stands_in(viewer, signal, hosting)
        case "on_duty":
            return bool(roles & CARE_ROLES) and within and _on_duty(viewer, signal)
        case "tech":
            return "tech" in roles and within and signal.rule in CONNECTION_RULES
        case "supervisor":
            return "supervisor" in roles and within
        case "care_team":
            return bool(roles & CARE_ROLES) and within
        case "manager":
            counts = signal.participant_id is None or signal.rule in CALLS
            return "manager" in roles and within and counts


def _stands_in(viewer: Viewer, signal: Signal, hosting: frozenset[str]) -> bool:
    """For outreach, where no coordinator is on duty: the clinician on duty; without one the host,
    for the break."""
    program_id = signal.program_id
    if program_id is None or program_id in viewer.cover.coordinators:
        return False
    if program_id in viewer.cover.clinicians:
        return "clinician" in viewer.roles and program_id in viewer.on_duty
    return bool(viewer.roles & CARE_ROLES) and _hosts(viewer, signal, hosting)


def _own(viewer: Viewer, signal: Signal, within: bool) -> bool:
    """Of the viewer's caseload; what concerns no person, of their programs."""
    if signal.participant_id is None:
        return within
    return viewer.staff_id is not None and signal.clinician_id == viewer.staff_id


def _on_duty(viewer: Viewer, signal: Signal) -> bool:
    """In its program; for what belongs to none, in any."""
    if signal.program_id is None:
        return bool(viewer.on_duty)
    return signal.program_id in viewer.on_duty


def _hosts(viewer: Viewer, signal: Signal, hosting: frozenset[str]) -> bool:
    if signal.session_id is not None and signal.session_id in hosting:
        return True
    return viewer.staff_id is not None and signal.host_id == viewer.staff_id


def may_see_alert(viewer: Viewer, signal: Signal, hosting: frozenset[str] = NOBODY_HOSTS) -> bool:
    """Whether this alert may be sent to this viewer at all."""
    return bool(standing(viewer, signal, hosting)) or _oversees(viewer, signal)


def may_act_on_alert(
    viewer: Viewer, signal: Signal, hosting: frozenset[str] = NOBODY_HOSTS
) -> bool:
    """Who may take, acknowledge, close: who is told of it for care or repair, not for counts."""
    return bool(standing(viewer, signal, hosting) - {"manager"}) or _oversees(viewer, signal)


def _oversees(viewer: Viewer, signal: Signal) -> bool:
    """A supervisor covers every alert about care in their programs that nobody takes."""
    cared_for = set(signal.audience) - {"tech", "manager"}
    return "supervisor" in viewer.roles and bool(cared_for) and viewer.in_program(signal.program_id)


def may_release_alert(viewer: Viewer, signal: Signal) -> bool:
    """Whether this viewer may give back what somebody else took and left."""
    return _oversees(viewer, signal)


class Case(Struct, frozen=True):
    """The alert for which somebody may know a person who is not theirs: `for_care`, or to help with
    the line."""

    alert_id: str
    for_care: bool = False


def open_case(
    viewer: Viewer,
    alerts: Iterable[AlertChanged],
    participant_id: str,
    hosting: frozenset[str] = NOBODY_HOSTS,
) -> Case | None:
    """What is not over of this person: for somebody in care what they have taken, be it on duty,
    for outreach or as a call that nobody took; for tech support a line. They know nobody before,
    and nobody after."""
    line = None
    for alert in alerts:
        signal = alert.signal
        if signal.participant_id != participant_id or alert.state == "resolved":
            continue
        told = standing(viewer, signal, hosting)
        if alert.assignee == viewer.actor and told - {"tech", "manager"}:
            return Case(signal.alert_id, for_care=True)
        if "tech" in told and line is None:
            line = Case(signal.alert_id)
    return line


def severity_for(
    viewer: Viewer, signal: Signal, hosting: frozenset[str] = NOBODY_HOSTS
) -> Severity | None:
    """How grave it is for this viewer: the gravest of the roles they stand in."""
    told = standing(viewer, signal, hosting)
    if not told:
        return signal.severity if _oversees(viewer, signal) else None
    return max((signal.audience[role] for role in told), key=_GRAVITY.__getitem__)


def knows_only_that_it_waits(
    viewer: Viewer, signal: Signal, hosting: frozenset[str] = NOBODY_HOSTS
) -> bool:
    """Whether it is a person's and the viewer is told of it as a manager alone."""
    return (
        signal.participant_id is not None
        and not _oversees(viewer, signal)
        and standing(viewer, signal, hosting) == {"manager"}
    )


def seen_by(viewer: Viewer, signal: Signal, hosting: frozenset[str] = NOBODY_HOSTS) -> Signal:
    """The signal as it may be sent to a viewer who may see it.

    Without a role in care: not who treats or leads, nor from the person's weeks. To a manager, of
    a person's: the rule, the program and since when.
    """
    if knows_only_that_it_waits(viewer, signal, hosting):
        return Signal(
            id=signal.id,
            alert_id=signal.alert_id,
            rule=signal.rule,
            status=signal.status,
            severity=signal.severity,
            audience=signal.audience,
            ts=signal.ts,
            raised_at=signal.raised_at,
            evidence={},
            rules=signal.rules,
            program_id=signal.program_id,
        )
    if viewer.roles & CARE_ROLES:
        return signal
    evidence = {
        key: value
        for key, value in signal.evidence.items()
        if key not in ("last_attended_at", "missed_14d", "late_last_5")
    }
    return replace(signal, evidence=evidence, clinician_id=None, host_id=None)


def may_see_board(viewer: Viewer, board: BoardChanged) -> bool:
    """A session's people and their state: its hosts, and who works in its program."""
    if "clinician" in viewer.roles and hosts_board(viewer, board):
        return True
    return bool(viewer.roles & {"outreach", "tech", "supervisor"}) and viewer.in_program(
        board.program_id
    )


def may_count_board(viewer: Viewer, board: BoardChanged) -> bool:
    """Rooms without names, for managers: how many are here or wait, and whether a host is there."""
    return "manager" in viewer.roles and viewer.in_program(board.program_id)


def may_see_names(viewer: Viewer, board: BoardChanged, now: int) -> bool:
    """Names for a board that may be seen; a host's end a day after the session (`now` in ms)."""
    if not may_see_board(viewer, board):
        return False
    if viewer.roles & {"outreach", "tech", "supervisor"} and viewer.in_program(board.program_id):
        return True
    return board.starts_at - BEFORE <= now <= board.ends_at + AFTER


def may_act_on_session(
    viewer: Viewer, host_id: str, program_id: str, *, hosting: bool = False
) -> bool:
    """Excuse, mark in person, match, break: its host, and care staff of its program.

    `hosting`: whether a board says that the viewer hosts it now (a substitute does).
    """
    scheduled = viewer.staff_id is not None and viewer.staff_id == host_id
    if "clinician" in viewer.roles and (scheduled or hosting):
        return True
    return bool(viewer.roles & {"outreach", "supervisor"}) and viewer.in_program(program_id)


def hosts_board(viewer: Viewer, board: BoardChanged) -> bool:
    """Whether the viewer is the scheduled host, or is there as one."""
    if viewer.staff_id is None:
        return False
    return viewer.staff_id == board.host_id or is_hosting(viewer, board)


def is_hosting(viewer: Viewer, board: BoardChanged) -> bool:
    """Whether the viewer is present as host now: no sound, push or notice then."""
    return any(
        person.participant_id == viewer.staff_id
        and person.state == "present"
        and (person.role == "host" or person.participant_id == board.host_id)
        for person in board.people
    )
