"""Held back in the store, on SQLite and on PostgreSQL: whichever of the two comes first."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.store.store import Store, Taken
from streams import codec
from streams.events import MINUTE
from tests.alerts.signals import at, cleared, incident, raised, updated

NOW = at(24)
ANA = raised("dropped_out", "ana", minute=22)
BEN = raised("dropped_out", "ben", minute=22.5, room="room-2")
CAM = raised("poor_connection", "cam", minute=23, room="room-2")
DOT = raised("missed_session", "dot", minute=23.5)
FAY = raised("dropped_out", "fay", minute=21)
EVE = raised("crisis_reported", "eve", minute=22)
ONE = incident(minute=22, explains=[ANA.alert_id, EVE.alert_id])
MORE = updated(ONE, minute=23, explains=[ANA.alert_id, BEN.alert_id, EVE.alert_id])


def anyone(_signal):
    return True


async def take(store, *signals, now=NOW):
    held = (await store.offsets("signals")).get(0, 0)
    await store.take([Taken("signals", 0, held + n, s) for n, s in enumerate(signals)], now)


async def held(store):
    """Who is held back, by whom."""
    return {
        one.alert.signal.participant_id: one.alert.explained_by
        for one in await store.listed()
        if one.alert.explained_by
    }


async def feed(store):
    queued, _ = await store.pending(NOW + 60 * MINUTE)
    return [codec.feed.decode(one.value) for one in queued]


@pytest.mark.parametrize("order", [(ONE, ANA), (ANA, ONE)], ids=["named first", "alert first"])
async def test_the_edge_is_kept_whichever_comes_first(store, order):
    for signal in order:
        await take(store, signal)
    assert await held(store) == {"ana": ONE.alert_id}
    newest = {change.signal.alert_id: change for change in await feed(store)}
    assert newest[ANA.alert_id].explained_by == ONE.alert_id
    assert newest[ONE.alert_id].explained_by is None


async def test_what_is_named_later_and_what_comes_in_its_rooms_is_held_and_a_crisis_never(store):
    await take(store, CAM, ONE, ANA, BEN, EVE)
    assert await held(store) == {"ana": ONE.alert_id}
    await take(store, MORE)  # names ben, and so touches his room
    assert await held(store) == dict.fromkeys(("ana", "ben", "cam"), ONE.alert_id)


@pytest.mark.parametrize("how", ["cleared", "resolved", "undone"])
async def test_when_the_incident_is_over_they_come_back(store, how):
    await take(store, MORE, ANA, BEN)
    before = len(await feed(store))
    if how == "cleared":
        await take(store, cleared(ONE, minute=24, explains=MORE.explains))
    else:
        await store.act(ONE.alert_id, "resolve", "tess", NOW, anyone, result="fixed")
    assert await held(store) == {}
    told = (await feed(store))[before:]
    assert {change.signal.participant_id for change in told} == {None, "ana", "ben"}
    assert [change.explained_by for change in told] == [None, None, None]
    if how == "undone":
        await store.undo(ONE.alert_id, "tess", NOW + 1, anyone)
        assert await held(store) == {"ana": ONE.alert_id, "ben": ONE.alert_id}


async def test_after_fifteen_minutes_they_come_back_though_it_stands(store):
    await take(store, MORE, ANA, BEN)
    assert await store.release(at(36.9)) == 0
    assert await store.release(at(37)) == 1
    assert await held(store) == {"ben": ONE.alert_id}
    assert await store.release(at(37.5)) == 1
    assert await store.release(at(60)) == 0
    await take(store, updated(ONE, minute=38, explains=MORE.explains), now=at(38))
    assert await held(store) == {}
    assert [change.explained_by for change in (await feed(store))[-3:-1]] == [None, None]


async def test_the_rules_may_hold_shorter(store_url):
    store = await Store.open(store_url, max_hold=5 * MINUTE)
    await take(store, ONE, ANA)
    assert await store.release(at(26.9)) == 0
    assert await store.release(at(27)) == 1
    await store.close()


async def test_what_somebody_takes_is_shown_again(store):
    await take(store, ONE, ANA)
    changed = await store.act(ANA.alert_id, "take", "rosa", NOW, anyone)
    assert changed.explained_by is None
    assert await held(store) == {}
    await store.act(ANA.alert_id, "give-back", "rosa", NOW, anyone)
    assert await held(store) == {"ana": ONE.alert_id}


async def test_what_is_over_by_itself_is_no_longer_held(store):
    await take(store, ONE, ANA, cleared(ANA, minute=23))
    assert await held(store) == {}


async def test_an_incident_that_names_nothing_any_more_lets_go(store):
    await take(store, ONE, ANA, updated(ONE, minute=23, explains=[]))
    assert await held(store) == {}
    await take(store, updated(ONE, minute=22.5, explains=MORE.explains))  # older: heard, no news
    assert await held(store) == {}


# --- whatever the order -------------------------------------------------------------------------

STORY = [
    ANA,
    BEN,
    cleared(BEN, minute=23),
    CAM,
    EVE,
    ONE,
    MORE,
    DOT,
    FAY,
    incident(minute=21, rule="session_incident", room="room-1", explains=[ANA.alert_id]),
]


@st.composite
def deliveries(draw):
    """The story doubled here and there, shuffled, and cut into batches."""
    order = draw(st.permutations(STORY + draw(st.lists(st.sampled_from(STORY), max_size=6))))
    cuts = sorted(draw(st.sets(st.integers(1, len(order) - 1), max_size=6)))
    return [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True)]


async def after(batches, path):
    store = await Store.open(f"sqlite+aiosqlite:///{path}")
    for batch in batches:
        await take(store, *batch)
    found = {
        one.alert.signal.alert_id: (one.alert.state, one.alert.explained_by)
        for one in await store.listed()
    }
    await store.close()
    return found


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=deliveries())
def test_who_is_held_does_not_depend_on_order_doubles_or_batches(batches, tmp_path_factory):
    folder = tmp_path_factory.mktemp("holding")

    async def both():
        return await after([STORY], folder / "plain.db"), await after(batches, folder / "drawn.db")

    plain, drawn = asyncio.run(both())
    assert drawn == plain
    held_back = {alert_id for alert_id, (_, by) in plain.items() if by}
    assert held_back == {ANA.alert_id, CAM.alert_id, DOT.alert_id, FAY.alert_id}
