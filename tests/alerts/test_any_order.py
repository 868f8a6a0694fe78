"""Whatever the order, the doubling and the batches: the same rows."""

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.store.store import Store, Taken
from tests.alerts.signals import at, cleared, raised, updated


def story():
    """Two rooms: absences, one who tried after it, a line that drops twice, a report."""
    ana, ben = raised(person="ana"), raised(person="ben")
    tried = raised("could_not_connect", person="ben", minute=14)
    drop = raised("dropped_out", person="cam", minute=22, evidence={"at": at(20)})
    again = raised("dropped_out", person="cam", minute=34, evidence={"at": at(32)})
    late = raised("dropped_out", person="cam", minute=92, evidence={"at": at(90)})
    crisis = raised("crisis_reported", person="ana", room="room-2")
    return [
        ana,
        cleared(ana, minute=25),
        ben,
        tried,
        cleared(ben, minute=14, evidence={"reason": "could_not_connect"}),
        updated(tried, minute=16, severity="critical"),
        drop,
        cleared(drop, minute=26),
        again,
        cleared(again, minute=40),
        late,
        crisis,
        cleared(crisis, minute=40),
    ]


@st.composite
def deliveries(draw):
    """The story doubled here and there, shuffled, and cut into batches."""
    signals = story()
    doubled = signals + draw(st.lists(st.sampled_from(signals), max_size=8))
    order = draw(st.permutations(doubled))
    cuts = sorted(draw(st.sets(st.integers(1, len(order) - 1), max_size=6)))
    return [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True)]


async def rows_after(batches, path):
    store = await Store.open(f"sqlite+aiosqlite:///{path}")
    offset = 0
    for batch in batches:
        await store.take([Taken("t", 0, offset + n, s) for n, s in enumerate(batch)], at(60))
        offset += len(batch)
    listed = await store.listed()
    seqs = [one.seq for one in listed]
    queued, _ = await store.pending(at(60))
    await store.close()
    assert len(queued) == max(seqs)  # every number given out is in the outbox
    return {
        one.alert.signal.alert_id: (one.alert.case_id, one.alert.state, one.alert.signal)
        for one in listed
    }


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=deliveries())
def test_rows_do_not_depend_on_order_doubles_or_batches(batches, tmp_path_factory):
    folder = tmp_path_factory.mktemp("order")

    async def both():
        return (
            await rows_after([story()], folder / "plain.db"),
            await rows_after(batches, folder / "drawn.db"),
        )

    plain, drawn = asyncio.run(both())
    assert drawn == plain
