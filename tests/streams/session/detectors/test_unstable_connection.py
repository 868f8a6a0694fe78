"""Unstable connection: three drops in a quarter of an hour, until a quarter of an hour without."""

from tests.story import at, cleared, group, raised


def shaky(*drops: str):
    """Reconnects ten seconds after each drop."""
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59")
    for when in drops:
        story.drops("p1", f"{when}:00").joins("p1", f"{when}:10")
    return story


def test_the_third_drop_within_a_quarter_of_an_hour():
    assert shaky("10:10", "10:16", "10:24").of("unstable_connection") == [
        raised(
            "unstable_connection",
            "p1",
            when="10:24",
            drops=3,
            at=[at("10:10"), at("10:16"), at("10:24")],
        ),
        cleared("unstable_connection", "p1", when="10:39"),
    ]


def test_each_further_drop_keeps_it_open():
    assert shaky("10:10", "10:12", "10:14", "10:20").of("unstable_connection") == [
        raised("unstable_connection", "p1", when="10:14", drops=3),
        cleared("unstable_connection", "p1", when="10:35"),
    ]


def test_two_or_far_apart_are_not_unstable():
    assert shaky("10:10", "10:12").of("unstable_connection") == []
    assert shaky("10:10", "10:20", "10:26", "10:40").of("unstable_connection") == []


def test_leaving_on_purpose_is_no_drop():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59")
    for minute in (10, 12, 14):
        story.leaves("p1", f"10:{minute}").joins("p1", f"10:{minute}:10")
    assert story.signals == []


def test_a_late_drop_makes_three_of_two():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59", on="a")
    story.drops("p1", "10:10", on="a").joins("p1", "10:10:10", on="b")
    story.drops("p1", "10:13", on="b", late="10:20").joins("p1", "10:13:10", on="c", late="10:20")
    story.drops("p1", "10:16", on="c").joins("p1", "10:16:10", on="d")
    assert story.of("unstable_connection")[0] == raised("unstable_connection", "p1", when="10:16")


def test_drops_before_a_session_was_cancelled_and_reinstated_do_not_count():
    story = group(["p1"]).joins("h1", "09:58")
    for minute in (5, 7, 25):
        story.joins("p1", f"10:0{minute - 1}" if minute < 10 else f"10:{minute - 1}")
        story.drops("p1", f"10:0{minute}" if minute < 10 else f"10:{minute}")
    story.cancels("10:10").schedules(["p1"], when="10:20")
    assert story.of("unstable_connection") == []
