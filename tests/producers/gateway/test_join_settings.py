"""Where meetings are entered."""

import pytest

from producers.gateway.join_settings import BadMeetingUrl, JoinSettings


def test_a_meeting_address_that_cannot_be_meant_is_refused_at_start():
    for template in ("zoom.us/j/{room}", "javascript:alert(1)", "https://z.example/{name}"):
        with pytest.raises(BadMeetingUrl, match="zoom"):
            JoinSettings(meeting_urls={"zoom": template}).check()


def test_a_room_cannot_change_the_address():
    settings = JoinSettings(meeting_urls={"zoom": "https://z.example/j/{room}?l=en"})
    assert (
        settings.meeting("zoom", {"room": "a/../?#x"})
        == "https://z.example/j/a%2F..%2F%3F%23x?l=en"
    )
