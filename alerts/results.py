"""How a person may close an alert: coded results, by what the alert is about."""

from typing import Final, Literal

OUTREACH: Final = (
    "joining",
    "excused",
    "technical",
    "wants_in_person",
    "left_message",
    "no_answer",
    "wrong_number",
    "declined",
    "worried_about_safety",
)
CRISIS: Final = (
    "no_crisis",
    "safe_now",
    "with_clinician",
    "emergency_called",
    "higher_care",
    "not_reached",
)
HELP: Final = ("helped", "not_needed", "became_crisis", "not_reached")
REPAIR: Final = ("fixed", "link_sent", "dialled_in", "not_fixed", "not_needed")
SEEN: Final = ("done", "not_needed")
PLACE: Final = ("helped", "wants_in_person", "declined", "not_needed")
REVIEW: Final = ("plan_kept", "plan_changed", "not_needed")

RESULTS: Final[dict[str, tuple[str, ...]]] = {
    "missed_session": OUTREACH,
    "could_not_connect": OUTREACH,
    "dropped_out": OUTREACH,
    "left_early": OUTREACH,
    "crisis_reported": CRISIS,
    "help_requested": HELP,
    "left_after_crisis": CRISIS,
    "unstable_connection": REPAIR,
    "poor_connection": REPAIR,
    "no_media": REPAIR,
    "host_dropped": REPAIR,
    "tech_requested": REPAIR,
    "device_check_failed": REPAIR,
    "feed_silent": REPAIR,
    "session_incident": REPAIR,
    "platform_incident": REPAIR,
    "waiting_to_be_admitted": REPAIR,
    "missed_in_a_row": OUTREACH,
    "not_seen": OUTREACH,
    "technology_in_the_way": REPAIR,
    "no_private_place": PLACE,
    "care_fit_review": REVIEW,
}
"""Rules that are not here are closed as seen."""
REPAIRED: Final = frozenset({"could_not_connect", "dropped_out"})
"""Rules that outreach and tech work on both, each with results of its own."""

HELPING: Final = frozenset({"help_requested", "technology_in_the_way", "no_private_place"})
"""Rules whose results are help given to the person."""

CareKind = Literal["outreach", "help", "crisis", "review"]


def results(rule: str, *, repairs: bool = False) -> tuple[str, ...]:
    """The codes that close an alert of this rule, in the order shown; `repairs`: to tech."""
    if repairs and rule in REPAIRED:
        return REPAIR
    return RESULTS.get(rule, SEEN)


def allowed(rule: str, result: str | None) -> bool:
    return result in results(rule) or result in results(rule, repairs=True)


def care_kind(rule: str, result: str) -> CareKind | None:
    """What the person's own story keeps of it; None for repairs and what was only seen."""
    if rule == "crisis_reported":
        return "crisis"
    if rule in HELPING:
        return "help"
    if rule == "care_fit_review":
        return "review"
    return "outreach" if result in OUTREACH and result in results(rule) else None
