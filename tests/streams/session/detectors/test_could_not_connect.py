"""Could not connect: tries, being stuck, waiting in between, and who is told when."""

from streams.events import Device, Network
from tests.story import Story, at, cleared, group, raised, updated

PHONE = Device(kind="phone", os="android")


def held(*roster: str) -> Story:
    return group(roster).joins("h1", "09:58").leaves("h1", "11:00", "ended")


def test_the_second_try_within_five_minutes_is_told_at_once():
    story = held("p1").fails("p1", "10:01", "device").fails("p1", "10:03", "network")
    assert story.of("could_not_connect")[:1] == [
        raised(
            "could_not_connect",
            "p1",
            when="10:03",
            tries=2,
            first_at=at("10:01"),
            last_at=at("10:03"),
            stages=["device", "network"],
            window_minutes=5,
            stuck_minutes=3,
            told={"tech": "high"},
        )
    ]


def test_before_the_start_too_so_that_tech_can_help_in_time():
    story = held("p1").fails("p1", "09:50").fails("p1", "09:52").joins("p1", "09:55")
    assert story.signals == [
        raised("could_not_connect", "p1", when="09:52"),
        cleared("could_not_connect", "p1", when="09:56"),
    ]


def test_tries_earlier_than_a_quarter_of_an_hour_before_do_not_count():
    story = held("p1").fails("p1", "09:40").fails("p1", "09:43").joins("p1", "09:58")
    assert story.signals == []


def test_one_try_that_leads_nowhere_is_told_after_three_minutes():
    story = held("p1").fails("p1", "10:01")
    assert story.of("could_not_connect")[0] == raised("could_not_connect", "p1", when="10:04")


def test_one_try_before_the_start_is_told_three_minutes_after_it():
    story = held("p1").fails("p1", "09:50")
    assert story.of("could_not_connect")[0] == raised("could_not_connect", "p1", when="10:03")


def test_outreach_and_clinician_are_told_when_the_grace_is_over():
    story = held("p1").fails("p1", "10:01")
    assert story.signals == [
        raised("could_not_connect", "p1", when="10:04", told={"tech": "high"}),
        updated(
            "could_not_connect",
            "p1",
            when="10:10",
            told={"tech": "high", "outreach": "high", "clinician": "high"},
        ),
    ]
    assert story.outcomes == {"p1": "could_not_connect"}


def test_a_first_try_after_the_alarm_about_absence_takes_its_place():
    story = held("p1").fails("p1", "10:12").fails("p1", "10:13")
    assert story.signals == [
        raised("missed_session", "p1", when="10:10"),
        cleared("missed_session", "p1", when="10:13"),
        raised(
            "could_not_connect",
            "p1",
            when="10:13",
            told={"tech": "high", "outreach": "high", "clinician": "high"},
        ),
    ]


def test_presence_of_a_minute_clears_it_less_does_not():
    story = held("p1").fails("p1", "10:01").fails("p1", "10:02")
    story.joins("p1", "10:03").drops("p1", "10:03:40").joins("p1", "10:05")
    assert story.of("could_not_connect") == [
        raised("could_not_connect", "p1", when="10:02"),
        cleared("could_not_connect", "p1", when="10:06"),
    ]


def test_a_link_without_a_connection_is_a_try_at_its_sixtieth_second():
    story = held("p1").opens_link("p1", "10:01").opens_link("p1", "10:03")
    assert story.of("could_not_connect")[0] == raised(
        "could_not_connect", "p1", when="10:04", first_at=at("10:02"), last_at=at("10:04")
    )


def test_a_link_that_leads_in_is_none():
    story = held("p1").opens_link("p1", "09:58").joins("p1", "09:58:40")
    assert story.signals == []


def test_a_link_into_the_waiting_room_is_none():
    story = held("p1").opens_link("p1", "09:58").waits("p1", "09:58:20")
    story.joins("p1", "10:01")
    assert story.signals == []


def test_connections_that_break_at_once_are_tries():
    story = held("p1").joins("p1", "10:00").drops("p1", "10:00:05")
    story.joins("p1", "10:01").leaves("p1", "10:01:08", "unknown")
    assert story.of("could_not_connect")[0] == raised("could_not_connect", "p1", when="10:01:08")


def test_a_short_connection_beside_an_open_one_is_none():
    story = held("p1").joins("p1", "09:59", on="laptop")
    story.joins("p1", "10:05", on="phone").drops("p1", "10:05:10", on="phone")
    story.joins("p1", "10:06", on="phone2").drops("p1", "10:06:10", on="phone2")
    assert story.signals == []


def test_a_stay_that_broke_before_the_start_is_a_try():
    story = held("p1").joins("p1", "09:50").drops("p1", "09:58")
    assert story.of("could_not_connect")[0] == raised("could_not_connect", "p1", when="10:03")


def test_waiting_postpones_it():
    story = held("p1").fails("p1", "09:59").waits("p1", "10:01").waits("p1", "10:20", state="left")
    assert story.of("could_not_connect")[0] == raised("could_not_connect", "p1", when="10:20")


def test_a_failed_device_check_after_the_start_is_a_try_unless_passed_later():
    failed = held("p1").checks("p1", "10:01")
    assert failed.of("could_not_connect")[0] == raised(
        "could_not_connect", "p1", when="10:04", device_check="fail"
    )
    passed = held("p1").checks("p1", "10:01").checks("p1", "10:02", "pass")
    assert passed.of("could_not_connect") == []


def test_a_try_after_a_drop_is_told_to_tech_alone():
    story = held("p1").joins("p1", "09:59").drops("p1", "10:30")
    story.fails("p1", "10:31").fails("p1", "10:32")
    assert story.of("could_not_connect") == [
        raised("could_not_connect", "p1", when="10:32", told={"tech": "high"})
    ]


def test_device_and_network_are_in_the_evidence():
    story = held("p1").joins(
        "p1", "10:00", device=PHONE, network=Network(type="cellular", carrier="acme")
    )
    story.drops("p1", "10:00:10").fails("p1", "10:01")
    first = story.of("could_not_connect")[0]
    assert first.evidence["device"] == {"kind": "phone", "os": "android"}
    assert first.evidence["network"] == {"type": "cellular", "carrier": "acme"}
    assert first.traits.carrier == "acme"


def test_nothing_after_the_real_end():
    story = group(["p1"]).joins("h1", "09:58").leaves("h1", "10:40").ends("10:40")
    story.fails("p1", "10:41").fails("p1", "10:42")
    assert story.of("could_not_connect") == []


def test_who_waits_is_not_trying():
    story = group(["p1"]).waits("p1", "09:55").joins("h1", "10:01").joins("p1", "10:02")
    assert story.of("could_not_connect") == []


def test_tries_at_a_room_that_was_only_said_to_be_over_count_once_it_goes_on():
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "09:59").joins("p2", "09:59")
    story.ends("10:20").leaves("h1", "10:20", "ended").leaves("p1", "10:20", "ended")
    story.leaves("p2", "10:20", "ended").fails("p2", "10:21").fails("p2", "10:22")
    story.joins("h1", "10:24").joins("p1", "10:24")
    assert story.of("could_not_connect") == [
        raised("could_not_connect", "p2", when="10:27", tries=2)
    ]


def test_tries_at_a_cancelled_session_are_forgotten_when_it_is_reinstated():
    story = group(["p1"]).joins("h1", "09:58").fails("p1", "10:01").fails("p1", "10:02")
    story.cancels("10:05").schedules(["p1"], when="10:20").fails("p1", "10:25")
    assert story.of("could_not_connect")[1:] == [
        cleared("could_not_connect", "p1", when="10:05", reason="cancelled"),
        raised("could_not_connect", "p1", when="10:28", tries=1),
        updated("could_not_connect", "p1", when="10:30"),
    ]


def test_the_evidence_says_which_limit_was_reached():
    stuck = held("p1").fails("p1", "09:50").fails("p1", "09:59")
    assert stuck.of("could_not_connect")[0] == raised(
        "could_not_connect", "p1", when="10:03", tries=2, tries_limit=2, stuck_since_at=at("10:00")
    )
    again = held("p1").fails("p1", "10:01").fails("p1", "10:02").of("could_not_connect")[0]
    assert again == raised("could_not_connect", "p1", when="10:02", stuck_since_at=None)


def test_who_is_in_the_waiting_room_by_then_is_not_told_as_absent():
    story = held("p1").fails("p1", "09:50").fails("p1", "09:52").waits("p1", "10:08")
    let_in = story.waits("p1", "10:20", state="admitted")
    assert let_in.joins("p1", "10:20:05").of("could_not_connect") == [
        raised("could_not_connect", "p1", when="09:52"),
        cleared("could_not_connect", "p1", when="10:21:05"),
    ]
    gone = held("p1").fails("p1", "09:50").fails("p1", "09:52").waits("p1", "10:08")
    gone.waits("p1", "10:20", state="left")
    assert gone.of("could_not_connect")[1:] == [updated("could_not_connect", "p1", when="10:20")]


def test_somebody_unmatched_in_the_room_makes_the_grace_longer_here_too():
    story = held("p1").fails("p1", "10:01").joins("unmapped:x", "10:02")
    assert story.of("could_not_connect")[1:] == [
        updated("could_not_connect", "p1", when="10:15"),
    ]
