import msgspec

from consumers.console.feed import KEEP_BOARD, Feed
from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from streams.events import DutyChanged
from tests.consumers.console import world
from tests.consumers.console.world import Ids

IDS = Ids(Pseudonyms(MasterKey(b"k" * 32)))
ABSENT = world.signal(IDS, "missed_session", "p-01", 10)
DROPPED = world.signal(IDS, "dropped_out", "p-07", 71)


def test_a_page_gets_each_changed_thing_once_in_the_order_of_its_last_change():
    feed = Feed(first_seq=100)
    feed.hear(world.alert(ABSENT, 1))
    feed.hear(world.evening(IDS))
    heard = feed.seq
    feed.hear(world.alert(DROPPED, 2))
    feed.hear(world.evening(IDS, world.NOW + 1_000))
    feed.hear(world.alert(DROPPED, 3, state="acknowledged"))
    assert feed.since(heard) == [("board", IDS.session()), ("alert", DROPPED.alert_id)]
    assert feed.since(feed.seq) == []
    assert feed.alerts[DROPPED.alert_id].state == "acknowledged"


def test_what_is_older_or_the_same_changes_nothing():
    feed = Feed(first_seq=1)
    newer = world.alert(ABSENT, 7, state="acknowledged")
    assert feed.hear(newer) is not None
    assert feed.hear(world.alert(ABSENT, 6)) is None
    assert feed.hear(newer) is None
    board = world.evening(IDS)
    assert feed.hear(board) is not None
    assert feed.hear(world.evening(IDS)) is None
    assert feed.hear(world.evening(IDS, world.NOW - 1)) is None
    assert feed.seq == 3


def test_a_seq_of_an_earlier_run_or_of_the_future_starts_over():
    feed = Feed(first_seq=1_000)
    feed.hear(world.alert(ABSENT, 1))
    assert not feed.holds(999)
    assert feed.holds(1_000)
    assert feed.holds(feed.seq)
    assert not feed.holds(feed.seq + 1)


def test_a_changed_circle_starts_every_page_over():
    feed = Feed(first_seq=1)
    feed.hear(world.alert(ABSENT, 1))
    heard = feed.seq
    narrowed = world.signal(IDS, "missed_session", "p-01", 10, audience={"outreach": "high"})
    feed.hear(world.alert(narrowed, 2))
    assert not feed.holds(heard)


def test_a_changed_host_starts_every_page_over():
    feed = Feed(first_seq=1)
    feed.hear(world.evening(IDS))
    heard = feed.seq
    feed.hear(world.evening(IDS, world.NOW + 1, host_id=IDS.person("st-iris")))
    assert not feed.holds(heard)


def test_what_is_over_for_good_is_forgotten_and_pages_start_over():
    feed = Feed(first_seq=1)
    feed.hear(world.evening(IDS))
    feed.hear(world.alert(ABSENT, 1))
    feed.hear(world.alert(DROPPED, 2, state="resolved"))
    heard = feed.seq
    assert feed.forget(world.NOW) == []
    forgotten = feed.forget(world.END + KEEP_BOARD + 1)
    assert set(forgotten) == {("board", IDS.session()), ("alert", DROPPED.alert_id)}
    assert list(feed.alerts) == [ABSENT.alert_id]  # open: kept for as long as it takes
    assert not feed.holds(heard)


def test_duty_and_silent_platforms_are_known():
    feed = Feed(first_seq=1)
    assert feed.hear(DutyChanged(program_id=IDS.program, people=2)) is None
    assert feed.duty == {IDS.program: 2}
    silent = world.signal(IDS, "feed_silent", None, 5)
    feed.hear(world.alert(silent, 1))
    assert feed.silent_platforms() == {"zoom": silent.evidence["last_event_at"]}
    never = msgspec.structs.replace(silent, evidence=silent.evidence | {"last_event_at": 0})
    feed.hear(world.alert(never, 2))
    assert feed.silent_platforms() == {"zoom": silent.evidence["since"]}  # since the start
    over = world.signal(IDS, "feed_silent", None, 5, status="cleared")
    feed.hear(world.alert(over, 3, state="resolved"))
    assert feed.silent_platforms() == {}
