"""Cases: what is worked on as one, whatever the order in which it was heard."""

import itertools

from alerts.grouping import cases
from tests.alerts.signals import at, cleared, raised


def case_of(signal, *others):
    together = [signal, *others]
    found = {tuple(sorted(cases(order).items())) for order in itertools.permutations(together)}
    assert len(found) == 1  # the order does not matter
    return dict(found.pop())[signal.alert_id]


def test_absences_are_one_case_a_room():
    ana, ben = raised(person="ana"), raised(person="ben")
    assert case_of(ana) == case_of(ben) != ana.alert_id
    assert case_of(raised(person="ana", room="room-2")) != case_of(ana)


def test_who_could_not_connect_after_being_missed_stays_in_the_rooms_case():
    missed, tried = raised(minute=10), raised("could_not_connect", minute=14)
    assert case_of(tried, missed) == case_of(missed)
    assert case_of(tried) == tried.alert_id


def test_a_line_that_drops_again_within_ten_minutes_is_the_same_case():
    def drop(minute):
        return raised("dropped_out", minute=minute + 2, evidence={"at": at(minute)})

    first, soon, late = drop(20), drop(33), drop(60)
    back, back_again = cleared(first, minute=24), cleared(soon, minute=40)
    assert case_of(soon, back) == first.alert_id
    assert case_of(late, back, back_again) == late.alert_id
    assert case_of(back_again, back, late) == first.alert_id


def test_every_other_alert_is_its_own_case():
    line = raised("poor_connection")
    assert case_of(line, raised()) == line.alert_id
