"""Habits: how people come, stay and go. Each is a pure function of its scene and its seed.

Every habit keeps clear of the thresholds that it is not about, so that the truth is never a
matter of a second.
"""

from collections.abc import Callable
from random import Random

from producers.simulator.people import ANDROID, Person
from producers.simulator.presence import Gap, Presence, Scene, minutes, moment, presence, seconds
from producers.simulator.scene import Conduct, Report, Stay, Stretch, Try, Wait
from streams.events import MINUTE, SECOND, LeaveReason, Millis

Habit = Callable[[Scene, Person, Random], Conduct]


def _on_time(scene: Scene, random: Random) -> Millis:
    return scene.starts_at - seconds(random, 20, 290)


def _came(name: str, person: Person, there: Presence, **more: object) -> Conduct:
    fair = person.network.type == "cellular"
    made = {"fair": fair, "stays": there.stays, "waits": there.waits} | more
    return Conduct(person=person, habit=name, **made)  # type: ignore[arg-type]  # by keyword


def punctual(scene: Scene, person: Person, random: Random) -> Conduct:
    at = _on_time(scene, random)
    links = (at - 5 * SECOND,) if scene.waiting_room and random.random() < 0.5 else ()
    return _came("punctual", person, presence(scene, random, at), links=links)


def steady(scene: Scene, person: Person, random: Random) -> Conduct:
    """Punctual, straight to the meeting without the join link."""
    return _came("steady", person, presence(scene, random, _on_time(scene, random)))


def camera_off(scene: Scene, person: Person, random: Random) -> Conduct:
    at = _on_time(scene, random)
    there = presence(scene, random, at)
    return _came("camera_off", person, there, camera_off_at=at + 10 * SECOND)


def tiring(scene: Scene, person: Person, random: Random) -> Conduct:
    """Turns the camera off after a while; never a fault, never an alert."""
    there = presence(scene, random, _on_time(scene, random))
    off = scene.starts_at + minutes(random, 40, 90)
    return _came("tiring", person, there, camera_off_at=off)


def late_a_little(scene: Scene, person: Person, random: Random) -> Conduct:
    late = seconds(random, 60, 180) if scene.individual else minutes(random, 2, 7)
    return _came("late_a_little", person, presence(scene, random, scene.starts_at + late))


def very_late(scene: Scene, person: Person, random: Random) -> Conduct:
    late = minutes(random, 13, 24)
    return _came("very_late", person, presence(scene, random, scene.starts_at + late))


def absent(scene: Scene, person: Person, random: Random) -> Conduct:
    return Conduct(person=person, habit="absent")


def looked_in(scene: Scene, person: Person, random: Random) -> Conduct:
    """Tried the headset before the start, left on purpose, and never came."""
    at = scene.starts_at - minutes(random, 20, 40)
    stay = Stay(at, at + seconds(random, 45, 90), "left")
    return Conduct(person=person, habit="looked_in", stays=(stay,))


def headset_test(scene: Scene, person: Person, random: Random) -> Conduct:
    at = scene.starts_at - minutes(random, 20, 40)
    there = presence(scene, random, _on_time(scene, random))
    test = Stay(at, at + seconds(random, 12, 80), "left" if scene.reasons else "unknown")
    if not scene.reasons:  # an unknown end before the start would be a try
        return _came("headset_test", person, there)
    test = Stay(at, at + seconds(random, 12, 80), "left")
    return _came("headset_test", person, there, stays=(test, *there.stays))


def _tries(scene: Scene, random: Random) -> tuple[Try, Try]:
    first = scene.starts_at + seconds(random, -100, 60)
    return Try(first, told=not scene.waiting_room), Try(
        first + seconds(random, 75, 140), told=not scene.waiting_room
    )


def cannot_connect(scene: Scene, person: Person, random: Random) -> Conduct:
    tries = _tries(scene, random)
    more = Try(tries[-1].at + seconds(random, 75, 200), told=tries[-1].told)
    return Conduct(person=person, habit="cannot_connect", tries=(*tries, more))


def connects_at_last(scene: Scene, person: Person, random: Random) -> Conduct:
    tries = _tries(scene, random)
    there = presence(scene, random, tries[-1].at + seconds(random, 100, 160))
    return _came("connects_at_last", person, there, tries=tries)


def gives_up_after_one_try(scene: Scene, person: Person, random: Random) -> Conduct:
    at = scene.starts_at + seconds(random, 30, 150)
    return Conduct(person=person, habit="gives_up_after_one_try", tries=(Try(at, told=False),))


def _drop(
    name: str, scene: Scene, person: Person, random: Random, at: Millis, back: Millis | None
) -> Conduct:
    """Where the platform gives no reason, only the bad line before it shows that it broke."""
    ending: LeaveReason = "connection_lost" if scene.reasons else "unknown"
    there = presence(scene, random, _on_time(scene, random), [Gap(at, back, ending)])
    bad = () if scene.reasons else (Stretch(at - 5 * MINUTE, at),)
    return _came(name, person, there, bad=bad, fair=False)


def drops_and_returns(scene: Scene, person: Person, random: Random) -> Conduct:
    at = moment(scene, random, 0.1, 0.75)
    return _drop("drops_and_returns", scene, person, random, at, at + minutes(random, 4, 12))


def drops_for_good(scene: Scene, person: Person, random: Random) -> Conduct:
    at = moment(scene, random, 0.15, 0.7)
    return _drop("drops_for_good", scene, person, random, at, None)


def reconnects(scene: Scene, person: Person, random: Random) -> Conduct:
    """Back within the time that clients take by themselves; old `left`s may come after it."""
    at = moment(scene, random, 0.1, 0.8)
    gap = Gap(at, at + seconds(random, 20, 70), "connection_lost", 90 * SECOND)
    if not scene.reasons:
        gap = Gap(at, at + seconds(random, 10, 40), "unknown", 90 * SECOND)
    return _came("reconnects", person, presence(scene, random, _on_time(scene, random), [gap]))


def bad_wifi(scene: Scene, person: Person, random: Random) -> Conduct:
    """Bad stretches, and never a drop."""
    there = presence(scene, random, _on_time(scene, random))
    first = moment(scene, random, 0.05, 0.3)
    second = max(moment(scene, random, 0.5, 0.85), first + 25 * MINUTE)
    bad = tuple(Stretch(at, at + minutes(random, 4, 9)) for at in (first, second))
    return _came("bad_wifi", person, there, bad=bad, fair=False)


def bad_wifi_leaves(scene: Scene, person: Person, random: Random) -> Conduct:
    at = moment(scene, random, 0.2, 0.7)
    gap = Gap(at, None, "left" if scene.reasons else "unknown")
    there = presence(scene, random, _on_time(scene, random), [gap])
    bad = (Stretch(at - 6 * MINUTE, at),)
    return _came("bad_wifi_leaves", person, there, bad=bad, fair=False)


def measured_each_minute(scene: Scene, person: Person, random: Random) -> Conduct:
    """One sample a minute: a good line that must never look lost in between."""
    there = presence(scene, random, _on_time(scene, random))
    return _came("measured_each_minute", person, there, every_ms=MINUTE, fair=False)


def leaves_early(scene: Scene, person: Person, random: Random) -> Conduct:
    at = moment(scene, random, 0.3, 0.75)
    gap = Gap(at, None, "left" if scene.reasons else "unknown")
    there = presence(scene, random, _on_time(scene, random), [gap])
    return _came("leaves_early", person, there, fair=False)


def steps_out(scene: Scene, person: Person, random: Random) -> Conduct:
    at = moment(scene, random, 0.1, 0.8)
    gap = Gap(at, at + seconds(random, 60, 200), "left" if scene.reasons else "unknown")
    there = presence(scene, random, _on_time(scene, random), [gap])
    return _came("steps_out", person, there, fair=False)


def waits_long(scene: Scene, person: Person, random: Random) -> Conduct:
    """Nobody looks at the waiting room for a while; then admitted."""
    at = scene.starts_at - seconds(random, 30, 120)
    admitted = scene.starts_at + seconds(random, 240, 400)
    there = presence(scene, random, admitted - 2 * SECOND)
    waits = (Wait(at, there.stays[0].start), *there.waits[1:])
    return _came("waits_long", person, there, waits=waits)


def gives_up_waiting(scene: Scene, person: Person, random: Random) -> Conduct:
    at = scene.starts_at + seconds(random, 20, 90)
    wait = Wait(at, scene.starts_at + minutes(random, 13, 16), admitted=False)
    return Conduct(person=person, habit="gives_up_waiting", waits=(wait,))


def unmatched_then_matched(scene: Scene, person: Person, random: Random) -> Conduct:
    """On screen as "iPhone" until staff say who it is."""
    at = scene.starts_at + seconds(random, -60, 60)
    known = scene.starts_at + seconds(random, 300, 480)
    return _came(
        "unmatched_then_matched",
        person,
        presence(scene, random, at),
        unmatched=True,
        identified_at=known,
    )


def never_matched(scene: Scene, person: Person, random: Random) -> Conduct:
    at = scene.starts_at + seconds(random, -60, 60)
    return _came("never_matched", person, presence(scene, random, at), unmatched=True)


def _marked(name: str, scene: Scene, person: Person, random: Random, mark: str) -> Conduct:
    at = scene.starts_at - minutes(random, 5, 90)
    return Conduct(person=person, habit=name, mark=mark, marked_at=at)  # type: ignore[arg-type]


def excused(scene: Scene, person: Person, random: Random) -> Conduct:
    return _marked("excused", scene, person, random, "absent")


def excused_late(scene: Scene, person: Person, random: Random) -> Conduct:
    late = very_late(scene, person, random)
    mark = _marked("excused_late", scene, person, random, "late")
    return _came(
        "excused_late",
        person,
        Presence(late.stays, late.waits),
        mark=mark.mark,
        marked_at=mark.marked_at,
    )


def excused_early(scene: Scene, person: Person, random: Random) -> Conduct:
    gone = leaves_early(scene, person, random)
    mark = _marked("excused_early", scene, person, random, "leaves_early")
    return _came(
        "excused_early",
        person,
        Presence(gone.stays, gone.waits),
        mark=mark.mark,
        marked_at=mark.marked_at,
        fair=False,
    )


def in_person(scene: Scene, person: Person, random: Random) -> Conduct:
    """Sits in the clinic; the host taps it once the group has begun."""
    at = scene.starts_at + seconds(random, 60, 300)
    return Conduct(person=person, habit="in_person", mark="in_person", marked_at=at)


def phone_and_laptop(scene: Scene, person: Person, random: Random) -> Conduct:
    """A second device comes, the first goes and returns: present all along."""
    there = presence(scene, random, _on_time(scene, random))
    first = there.stays[0]
    gone = first.start + minutes(random, 30, 40)
    phone = Stay(gone - 10 * MINUTE, gone + 20 * MINUTE, "left", device=ANDROID)
    laptop = Stay(first.start, gone, "left")
    again = Stay(gone + 9 * MINUTE, first.end, first.ending)
    stays = (laptop, phone, again, *there.stays[1:])
    return _came("phone_and_laptop", person, there, stays=stays, fair=False)


def late_webhook(scene: Scene, person: Person, random: Random) -> Conduct:
    """In time, but the platform tells of it minutes later."""
    there = presence(scene, random, scene.starts_at - 60 * SECOND, told_late=4 * MINUTE)
    return _came("late_webhook", person, there)


def webhook_after_grace(scene: Scene, person: Person, random: Random) -> Conduct:
    """In time, but told of so late that an alert stands by then, which must be withdrawn."""
    at = scene.starts_at - 60 * SECOND
    there = presence(scene, random, at)
    first = there.stays[0]
    late = Stay(first.start, first.end, first.ending, told_late=13 * MINUTE)
    return _came("webhook_after_grace", person, there, stays=(late, *there.stays[1:]), waits=())


def _reporting(kind: str, scene: Scene, person: Person, random: Random) -> Conduct:
    there = presence(scene, random, _on_time(scene, random))
    report = Report(moment(scene, random, 0.02, 0.8, clear=1), kind)  # type: ignore[arg-type]
    return _came(kind, person, there, reports=(report,))


def asks_for_help(scene: Scene, person: Person, random: Random) -> Conduct:
    return _reporting("help", scene, person, random)


def in_crisis(scene: Scene, person: Person, random: Random) -> Conduct:
    return _reporting("crisis", scene, person, random)


EVERYDAY: tuple[tuple[Habit, float], ...] = (
    (absent, 17),
    (punctual, 34),
    (camera_off, 7),
    (tiring, 6),
    (late_a_little, 10),
    (very_late, 4),
    (cannot_connect, 2.5),
    (connects_at_last, 2),
    (drops_and_returns, 3),
    (drops_for_good, 1.5),
    (reconnects, 3),
    (bad_wifi, 4),
    (leaves_early, 2),
    (steps_out, 2),
    (excused, 2),
)
"""Weights in per cent: 17 % of telehealth visits missed (JAMA Netw Open), 20 % with some
trouble, 4-5 % unable to connect (mhealth.amegroups.com 51710); the split is chosen."""


def everyday(random: Random) -> Habit:
    """One habit at base rates."""
    return random.choices([h for h, _ in EVERYDAY], [weight for _, weight in EVERYDAY])[0]
