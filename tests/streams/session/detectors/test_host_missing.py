"""Host missing: five minutes after the start without one."""

from tests.story import at, cleared, group, raised


def test_no_host_after_five_minutes_until_one_is_there():
    story = group(["p1", "p2"]).joins("p1", "09:59").waits("p2", "10:00").joins("h1", "10:08")
    assert story.of("host_missing") == [
        raised(
            "host_missing",
            when="10:05",
            since=at("10:00"),
            waiting=2,
            delay_minutes=5,
            told={"on_duty": "high", "manager": "high"},
        ),
        cleared("host_missing", when="10:08:30"),
    ]


def test_another_host_is_one_too():
    story = group(["p1"]).joins("p1", "09:59").joins("h2", "10:02", role="host")
    assert story.of("host_missing") == []


def test_a_host_on_the_way_is_waited_for():
    story = group(["p1"]).joins("p1", "09:59").joins("h1", "10:04:45")
    assert story.of("host_missing") == []


def test_a_host_who_looked_in_before_the_start_is_still_missing():
    story = group(["p1"]).joins("p1", "09:59").joins("h1", "09:45").leaves("h1", "09:50")
    assert story.of("host_missing")[0] == raised("host_missing", when="10:05")


def test_not_where_people_meet_in_person_nor_when_cancelled():
    assert group(["p1"], modality="in_person").signals == []
    assert group(["p1"]).cancels("09:30").signals == []


def test_cancelled_later_it_ends():
    assert group(["p1"]).joins("p1", "09:59").cancels("10:07").of("host_missing") == [
        raised("host_missing", when="10:05"),
        cleared("host_missing", when="10:07", reason="cancelled"),
    ]


def test_it_ends_with_the_session():
    assert group(["p1"]).joins("p1", "09:59").of("host_missing")[-1] == cleared(
        "host_missing", when="11:15", reason="closed"
    )


def test_a_session_reinstated_after_its_start_gives_the_host_the_time_anew():
    story = group(["p1"]).joins("p1", "09:59").cancels("10:02").schedules(["p1"], when="10:20")
    assert story.of("host_missing")[0] == raised("host_missing", when="10:25", waiting=1)
