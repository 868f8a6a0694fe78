"""What is read back from the changelog, whoever wrote it, and in whatever state of compaction."""

from streams.engine.saved import PARTITION_KEY, Saved, key_of, value_of


def heard(*records, partition=1):
    saved = Saved()
    for key, value in records:
        saved.hear(partition, key_of(key, partition), value)
    return saved


def test_the_newest_state_of_each_key_stands():
    saved = heard(
        ("s1", value_of(3, b"old")),
        (PARTITION_KEY, value_of(3, b"clock")),
        ("s1", value_of(7, b"new")),
        (PARTITION_KEY, value_of(7, b"later")),
    )
    assert saved.states(1) == {"s1": b"new", PARTITION_KEY: b"later"}
    assert saved.applied(1) == 7


def test_nothing_is_known_of_a_partition_never_heard_of():
    assert (Saved().states(0), Saved().applied(0)) == ({}, None)


def test_a_crash_before_the_partitions_own_record_leaves_its_offset_behind():
    saved = heard((PARTITION_KEY, value_of(3, b"clock")), ("s1", value_of(9, b"ahead")))
    assert saved.states(1)["s1"] == b"ahead"
    assert saved.applied(1) == 3


def test_a_deleted_session_is_gone():
    saved = heard(("s1", value_of(3, b"old")), ("s1", None), ("never", None))
    assert saved.states(1) == {}


def test_what_a_stopped_worker_writes_late_is_passed_over():
    saved = heard(
        ("s1", value_of(12, b"new owner")),
        ("s2", value_of(12, b"closed soon")),
        (PARTITION_KEY, value_of(12, b"clock")),
        ("s2", None),
        ("s1", value_of(8, b"old owner")),
        ("s2", value_of(8, b"old owner")),
        (PARTITION_KEY, value_of(8, b"old owner")),
    )
    assert saved.states(1) == {"s1": b"new owner", PARTITION_KEY: b"clock"}
    assert saved.applied(1) == 12


def test_partitions_given_away_are_forgotten():
    saved = heard(("s1", value_of(3, b"state")), (PARTITION_KEY, value_of(3, b"clock")))
    saved.keep_only({0})
    assert (saved.states(1), saved.applied(1)) == ({}, None)
