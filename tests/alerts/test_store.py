"""The store's contract, the same on SQLite and on PostgreSQL."""

import asyncio

import msgspec
import pytest
from sqlalchemy import select, text

from alerts.lifecycle import UNDO_MS, Refused
from alerts.store.store import Store, Taken
from alerts.store.tables import AUDIT
from streams import codec
from streams.events import AlertChanged, CareActed, DutyChanged
from tests.alerts.signals import at, cleared, raised, updated

NOW = at(11)


def batch(*signals, first=0, partition=0):
    return [Taken("signals", partition, first + n, signal) for n, signal in enumerate(signals)]


def anyone(_signal):
    return True


async def feed(store, now=NOW):
    queued, _ = await store.pending(now)
    return [codec.feed.decode(one.value) for one in queued if one.topic == "alert-feed"]


async def held(store):
    return {one.alert.signal.alert_id: (one.alert, one.alert.state) for one in await store.listed()}


async def test_a_batch_is_taken_in_whole_with_its_offsets(store):
    ana, ben = raised(person="ana"), raised(person="ben")
    assert await store.take(batch(ana, ben, None), NOW) == [ana, ben]
    assert await store.offsets("signals") == {0: 3}
    changes = await feed(store)
    assert [type(change) for change in changes] == [AlertChanged] * 2
    assert [change.seq for change in changes] == [1, 2]
    assert changes[0].case_id == changes[1].case_id
    assert {change.state for change in changes} == {"open"}


async def test_the_same_batch_again_changes_nothing(store):
    first = raised()
    story = batch(first, cleared(first, minute=14))
    await store.take(story, NOW)
    before, said = await held(store), await feed(store)
    assert await store.take(story, NOW) == []
    again = batch(first, cleared(first, minute=14), first=100)  # redelivered at other offsets
    assert await store.take(again, NOW) == []
    assert (await held(store), await feed(store)) == (before, said)


async def test_a_failing_batch_leaves_nothing(store):
    broken = msgspec.structs.replace(raised(), rule="r" * 300 + "\0", evidence={"x": object()})
    with pytest.raises(Exception, match=r".*"):
        await store.take(batch(raised(person="ana"), broken), NOW)
    assert (await held(store), await store.offsets("signals")) == ({}, {})
    await store.take(batch(raised(person="ana")), NOW)
    assert [change.seq for change in await feed(store)] == [1]  # no number is left out


async def test_a_late_raised_does_not_reopen_and_joins_its_case(store):
    tried = raised("could_not_connect", minute=14)
    missed = raised(minute=10)
    await store.take(batch(tried), NOW)
    assert (await store.get(tried.alert_id)).alert.case_id == tried.alert_id
    await store.take(batch(cleared(missed, minute=14), missed, first=1), NOW)
    alerts = await held(store)
    assert alerts[missed.alert_id][1] == "resolved"
    assert alerts[tried.alert_id][0].case_id == alerts[missed.alert_id][0].case_id
    assert [change.signal.alert_id for change in await feed(store)].count(tried.alert_id) == 2


async def test_acts_are_kept_audited_and_told(store):
    first = raised()
    await store.take(batch(first), NOW)
    taken = await store.act(first.alert_id, "take", "ana", NOW, anyone)
    assert (taken.state, taken.assignee, taken.seq) == ("acknowledged", "ana", 2)
    with pytest.raises(Refused):
        await store.act(first.alert_id, "take", "ben", NOW, anyone)
    again = await store.act(first.alert_id, "take", "ana", NOW, anyone)
    assert again == taken
    async with store._database.reading() as connection:
        rows = (await connection.execute(text("SELECT who, what, object FROM audit"))).all()
    assert [tuple(row) for row in rows] == [("ana", "take", first.alert_id)]


async def test_who_may_not_is_told_that_there_is_no_such_alert(store):
    await store.take(batch(raised()), NOW)
    for alert_id, permit in ((raised().alert_id, lambda _: False), ("none", anyone)):
        with pytest.raises(Refused) as refused:
            await store.act(alert_id, "take", "ana", NOW, permit)
        assert refused.value.status == 404


async def test_one_of_two_at_once_gets_the_case(store):
    first = raised()
    await store.take(batch(first), NOW)
    answers = await asyncio.gather(
        *(store.act(first.alert_id, "take", who, NOW, anyone) for who in ("ana", "ben", "cam")),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, AlertChanged) for answer in answers) == 1
    assert sum(isinstance(answer, Refused) for answer in answers) == 2


async def test_a_result_reaches_the_persons_story_once_past_undoing(store):
    first = raised()
    await store.take(batch(first), NOW)
    await store.act(first.alert_id, "resolve", "ana", NOW, anyone, result="no_answer")

    async def care(now):
        queued, _ = await store.pending(now)
        return [
            codec.participant_events.decode(one.value)
            for one in queued
            if one.topic == "participant-events"
        ]

    assert await care(NOW + UNDO_MS) == []
    back = await store.undo(first.alert_id, "ana", NOW + 5_000, anyone)
    assert (back.state, back.acts) == ("open", [])
    assert await care(NOW + 60_000) == []
    await store.act(first.alert_id, "resolve", "ana", NOW + 6_000, anyone, result="left_message")
    (event,) = await care(NOW + 60_000)
    assert isinstance(event, CareActed)
    assert (event.kind, event.result, event.by) == ("outreach", "left_message", "ana")
    assert (event.participant_id, event.session_id) == ("pat-1", "room-1")


async def test_what_is_on_the_log_is_not_undone_though_the_clock_was_set_back(store):
    first = raised()
    await store.take(batch(first), NOW)
    await store.act(first.alert_id, "resolve", "ana", NOW, anyone, result="no_answer")
    queued, _ = await store.pending(NOW + 60_000)
    await store.published([one.number for one in queued])
    with pytest.raises(Refused, match="too_late_to_undo"):
        await store.undo(first.alert_id, "ana", NOW + 1, anyone)
    assert (await held(store))[first.alert_id][1] == "resolved"


@pytest.mark.parametrize("what", ["take", "act", "undo"])
async def test_broken_off_anywhere_it_is_done_whole_or_not_at_all(sqlite_store, what):
    """At each step of the event loop; the store goes on."""
    store = sqlite_store
    outcomes = set()
    for step in range(0, 60, 4):
        first = raised(person=f"p{step}")
        doing = {
            "take": lambda first=first, step=step: store.take(batch(first, first=step), NOW),
            "act": lambda id_=first.alert_id: store.act(id_, "take", "ana", NOW, anyone),
            "undo": lambda id_=first.alert_id: store.undo(id_, "ana", NOW, anyone),
        }
        for before in list(doing)[: list(doing).index(what)]:
            await doing[before]()
        task = asyncio.ensure_future(doing[what]())
        for _ in range(step):
            await asyncio.sleep(0.0002)
        task.cancel()
        await asyncio.wait([task])
        found = await store.get(first.alert_id)
        acts = [act.what for act in found.alert.acts] if found else None
        if what == "take":
            assert (acts is None) == ((await store.offsets("signals")).get(0, 0) <= step)
            outcomes.add(acts is not None)
            await doing["take"]()
        else:
            assert acts in ([], ["take"])
            outcomes.add(acts == [])
        changes = [one for one in await feed(store) if one.signal.alert_id == first.alert_id]
        stored = (await store.get(first.alert_id)).alert
        assert list(stored.acts) == changes[-1].acts
    assert outcomes == {True, False}


async def test_what_the_broker_holds_leaves_the_outbox(store):
    first = raised()
    await store.take(batch(first), NOW)
    queued, depth = await store.pending(NOW)
    assert (len(queued), depth) == (1, 1)
    await store.published([queued[0].number])
    assert await store.pending(NOW) == ([], 0)
    await store.take(batch(updated(first, minute=12), first=1), NOW)
    assert [change.seq for change in await feed(store)] == [2]


async def test_duty_is_said_when_it_changes(store):
    for counts in ({"p1": 2}, {"p1": 2}, {"p1": 2, "p2": 0}, {}):
        await store.say_duty(counts, NOW)
    assert await feed(store) == [
        DutyChanged(program_id="p1", people=2),
        DutyChanged(program_id="p1", people=0),
    ]


async def test_duty_is_said_again_though_nothing_changed(store):
    await store.say_duty({"p1": 2, "p2": 0}, NOW)
    await store.say_duty({"p1": 2, "p2": 0}, NOW, again=True)
    assert await feed(store) == [
        DutyChanged(program_id="p1", people=2),
        DutyChanged(program_id="p1", people=2),
        DutyChanged(program_id="p2", people=0),
    ]


async def test_a_list_goes_on_where_it_stopped(store):
    people = [raised(person=f"pat-{n}") for n in range(5)]
    await store.take(batch(*people), NOW)
    await store.act(people[0].alert_id, "acknowledge", "ana", NOW, anyone)
    first = await store.listed(limit=2)
    rest = await store.listed(before=first[-1].seq, limit=10)
    assert [one.seq for one in [*first, *rest]] == [6, 5, 4, 3, 2]
    assert len(await store.listed(states=["open"])) == 4
    assert await store.listed(session_id="room-2") == []


async def test_ids_of_signals_long_gone_are_forgotten(store):
    await store.take(batch(raised()), NOW)
    await store.forget_ids(NOW + 32 * 86_400_000)
    async with store._database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM inbox"))).scalar_one() == 0


async def test_opening_again_keeps_everything(store, store_url):
    await store.take(batch(raised()), NOW)
    again = await Store.open(store_url)
    assert await held(again) == await held(store)
    await again.close()


async def test_what_was_raised_about_a_person_is_looked_at_and_audited(store):
    early, late = raised(person="ana", minute=5), raised("left_early", person="ana", minute=30)
    await store.take(batch(early, late, raised(person="ben"), raised("host_missing", None)), NOW)
    await store.act(early.alert_id, "resolve", "rosa", NOW, anyone, result="left_message")
    found = await store.of_person("ana", at(0), "dana", at(40))
    assert [one.signal for one in found] == [late, early]
    assert found[1].closed.result == "left_message"
    assert [one.signal for one in await store.of_person("ana", at(5), "dana", at(40))] == [late]
    assert await store.of_person("nobody", at(0), "dana", at(40)) == []
    async with store._database.reading() as connection:
        query = select(AUDIT.c.who, AUDIT.c.object).where(AUDIT.c.what == "alerts.viewed")
        looks = (await connection.execute(query)).all()
    assert looks == [("dana", "ana"), ("dana", "ana"), ("dana", "nobody")]
