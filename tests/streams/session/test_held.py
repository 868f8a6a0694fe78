"""How long a session was held, and a person there."""

import pytest

from streams.events import MINUTE
from tests.story import group


@pytest.mark.parametrize("left", ["11:15", "11:40", None])
def test_a_page_that_is_still_open_at_the_closing_adds_nothing_whenever_it_is_shut(left):
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "10:00")
    story.leaves("h1", "10:50", "ended").ends("10:50")
    if left:
        story.leaves("p1", left)
    story.tell("12:00")
    assert [(one.held_ms, one.present_ms) for one in story.attended] == [(50 * MINUTE, 50 * MINUTE)]
