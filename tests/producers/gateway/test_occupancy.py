"""What the gateway remembers of who joined."""

from producers.gateway.occupancy import Occupancy
from streams.events import ParticipantJoined, ParticipantLeft, SessionEnded


def joined(session: str, person: str, connection: str, ts: int = 1) -> ParticipantJoined:
    return ParticipantJoined(
        id="x",
        ts=ts,
        session_id=session,
        participant_id=person,
        role="participant",
        connection_id=connection,
    )


def left(session: str, person: str, connection: str, ts: int = 9) -> ParticipantLeft:
    return ParticipantLeft(
        id="y",
        ts=ts,
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


def test_a_connection_is_somebodys_until_it_ends():
    memory = Occupancy()
    memory.note([joined("s", "p", "c1", 1)])
    assert memory.joined_as("c1") == ("s", "p")
    assert memory.open_in("s") == {"c1": ("p", 1)}
    assert memory.sessions() == ["s"]
    assert memory.left_at("c1") is None
    memory.note([left("s", "p", "c1")])
    assert memory.joined_as("c1") is None
    assert (memory.open_in("s"), memory.sessions(), memory.left_at("c1")) == ({}, [], 9)
    memory.note([joined("s", "p", "c1", 12)])
    assert memory.left_at("c1") is None


def test_who_was_in_when_the_room_was_said_to_be_empty_does_not_stay():
    """Their leave was lost; whoever came later is there."""
    memory = Occupancy()
    memory.note([joined("s", "p", "c1", 1), joined("s", "q", "c2", 7)])
    memory.note([SessionEnded(id="e", ts=5, session_id="s")])
    assert memory.staying("s") == {"c2": ("q", 7)}
    assert memory.open_in("s").keys() == {"c1", "c2"}
    assert memory.staying("elsewhere") == {}


def test_a_connection_that_moves_on_is_in_the_next_session():
    memory = Occupancy()
    memory.note([joined("s", "p", "c1", 1), left("s", "p", "c1"), joined("t", "p", "c1", 9)])
    assert memory.session_of("c1") == "t"
    assert memory.sessions() == ["t"]


def test_a_join_that_is_told_after_its_leave_leaves_nobody_in():
    memory = Occupancy()
    memory.note([left("one", "ana", "link", ts=20), joined("one", "ana", "link", ts=10)])
    memory.note([left("one", "luis", "short", ts=10), joined("one", "luis", "short", ts=10)])
    assert memory.staying("one") == {}
    assert memory.joined("one", "ana")  # they did come
    memory.note([joined("one", "ana", "link", ts=30)])  # and come again
    assert memory.open_in("one") == {"link": ("ana", 30)}


def test_a_leave_that_is_told_after_the_next_join_ends_only_the_stay_before():
    memory = Occupancy()
    memory.note([joined("one", "ana", "link", ts=10), joined("one", "ana", "link", ts=30)])
    memory.note([left("one", "ana", "link", ts=20)])
    assert memory.open_in("one") == {"link": ("ana", 30)}
    assert memory.session_of("link") == "one"


def test_a_join_told_again_takes_nobody_back_from_where_they_went_on_to():
    memory = Occupancy()
    memory.note([joined("one", "ana", "link", ts=10)])
    memory.note([left("one", "ana", "link", ts=40), joined("two", "ana", "link", ts=40)])
    memory.note([joined("one", "ana", "link", ts=10), left("one", "ana", "link", ts=40)])
    assert memory.session_of("link") == "two"
    assert memory.open_in("one") == {}
