"""What the gateway remembers of who joined."""

from producers.gateway.occupancy import Occupancy
from streams.events import ParticipantJoined, ParticipantLeft


def joined(session: str, person: str, connection: str, ts: int = 1) -> ParticipantJoined:
    return ParticipantJoined(
        id="x",
        ts=ts,
        session_id=session,
        participant_id=person,
        role="participant",
        connection_id=connection,
    )


def left(session: str, person: str, connection: str) -> ParticipantLeft:
    return ParticipantLeft(
        id="y",
        ts=9,
        session_id=session,
        participant_id=person,
        connection_id=connection,
        reason="left",
    )


def test_who_joined_is_remembered_and_who_left_is_no_longer_in():
    memory = Occupancy()
    memory.note([joined("s", "p", "c1", 1), joined("s", "q", "c2", 5)])
    assert memory.open_before("s", 5) == [("c1", "p")]
    memory.note([left("s", "p", "c1")])
    assert memory.open_before("s", 9) == [("c2", "q")]
    assert memory.joined("s", "p")
    assert not memory.joined("t", "p")
    assert (memory.session_of("c1"), memory.session_of("c2")) == (None, "s")


def test_the_session_longest_without_a_join_is_forgotten():
    memory = Occupancy(sessions=2)
    memory.note([joined("a", "p", "c1"), joined("b", "p", "c2"), joined("a", "q", "c3")])
    memory.note([joined("c", "p", "c4")])
    assert memory.joined("a", "q")
    assert not memory.joined("b", "p")
    assert memory.session_of("c2") is None
    assert memory.session_of("c1") == "a"
