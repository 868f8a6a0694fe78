"""What a page gets, by the viewer's rights; above all, that nothing else reaches it."""

from typing import get_args

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.console.conversation import (
    Conversation,
    Gone,
    Refused,
    Resume,
    StartOver,
    ToPage,
    UpTo,
    Watch,
    hosted,
)
from consumers.console.feed import Feed
from consumers.console.liveness import Live
from consumers.console.views import AlertTold, BoardTold
from privacy import access
from privacy.access import ROLES, Cover, Viewer
from privacy.people import Name
from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from streams.events import Act, AlertChanged, BoardChanged, Told
from tests.consumers.console import world
from tests.consumers.console.world import Ids

IDS = Ids(Pseudonyms(MasterKey(b"k" * 32)))
ABSENT = world.signal(IDS, "missed_session", "p-01", 10)


def named(id_: str) -> Name | None:
    return (
        None
        if id_.startswith("unmapped:")
        else Name("Ada", "Ada R.", "Ada Rourke", "en", "she", "patient")
    )


def viewer(*roles: str, staff: str | None = None, programs: frozenset[str] | None = None) -> Viewer:
    """While a coordinator is on duty."""
    return Viewer(
        user_id="user-1",
        staff_id=staff and IDS.person(staff),
        name="Dana Whitfield",
        roles=frozenset(roles),  # type: ignore[arg-type]
        programs=frozenset({IDS.program}) if programs is None else programs,
        cover=Cover(coordinators=frozenset({IDS.program})),
    )


def talk(who: Viewer, feed: Feed) -> Conversation:
    return Conversation(who, feed, named, lambda: world.NOW)


def heard(*records: AlertChanged | BoardChanged) -> Feed:
    feed = Feed(first_seq=1)
    for record in records:
        feed.hear(record)
    return feed


def test_a_new_page_gets_all_that_its_viewer_may_see():
    feed = heard(world.evening(IDS), world.second(IDS), world.alert(ABSENT, 1))
    [start] = talk(viewer("clinician", staff="st-dana"), feed).answer(Resume(last_seq=0))
    assert isinstance(start, StartOver)
    assert [board.session_id for board in start.boards] == [IDS.session()]
    assert [told.alert_id for told in start.alerts] == [ABSENT.alert_id]
    assert start.boards[0].hosting
    assert start.alerts[0].person.name == "Ada R."


def test_a_page_that_was_away_gets_what_it_missed_and_then_the_mark():
    feed = heard(world.evening(IDS))
    page = talk(viewer("clinician", staff="st-dana"), feed)
    page.answer(Resume())
    seq = feed.seq
    feed.hear(world.alert(ABSENT, 1))
    told, mark = talk(viewer("clinician", staff="st-dana"), feed).answer(Resume(last_seq=seq))
    assert isinstance(told, AlertTold)
    assert mark == UpTo(feed.seq)


def test_what_an_incident_explains_is_told_as_such_and_comes_back():
    incident = world.signal(IDS, "platform_incident", None, 72, program_id=None, session_id=None)
    drop = world.signal(IDS, "dropped_out", "p-07", 71)
    feed = heard(world.alert(incident, 1), world.alert(drop, 2, explained_by=incident.alert_id))
    page = talk(viewer("tech"), feed)
    [start] = page.answer(Resume())
    by = {told.alert_id: told.explained_by for told in start.alerts}
    assert by == {incident.alert_id: None, drop.alert_id: incident.alert_id}
    key = feed.hear(world.alert(drop, 3))
    [told] = page.tell(key)
    assert told.explained_by is None


def test_outreach_is_interrupted_within_the_budget_and_others_by_their_own_role():
    told, beyond = ({"notified_at": world.NOW, "digest": since} for since in (None, world.NOW - 5))
    crisis = world.signal(IDS, "crisis_reported", "p-07", 71)
    dropped = world.signal(IDS, "dropped_out", "p-02", 71)
    late = world.signal(IDS, "dropped_out", "p-03", 72)
    undecided = world.signal(IDS, "missed_session", "p-04", 72)
    feed = heard(
        world.alert(ABSENT, 1, **told),
        world.alert(dropped, 2, **beyond),
        world.alert(late, 3, **beyond),
        world.alert(undecided, 4),
        world.alert(crisis, 5),
    )
    for role, quiet, since in [("outreach", True, world.NOW - 5), ("tech", False, None)]:
        [start] = talk(viewer(role), feed).answer(Resume())
        shown = {one.alert_id: (one.quiet, one.digest) for one in start.alerts}
        assert shown[dropped.alert_id] == shown[late.alert_id] == (quiet, since)
    [start] = talk(viewer("outreach"), feed).answer(Resume())
    shown = {one.alert_id: (one.quiet, one.digest) for one in start.alerts}
    assert shown[ABSENT.alert_id] == (False, None)
    assert shown[undecided.alert_id] == (True, None)
    assert shown[crisis.alert_id] == (False, None)


def test_while_hosting_nothing_is_notified_but_a_crisis_of_the_own_room():
    crisis = world.signal(IDS, "crisis_reported", "p-07", 71)
    feed = heard(world.evening(IDS), world.alert(ABSENT, 1), world.alert(crisis, 2))
    page = talk(viewer("clinician", staff="st-dana"), feed)
    [start] = page.answer(Resume())
    quiet = {told.rule: told.quiet for told in start.alerts}
    assert quiet == {"missed_session": True, "crisis_reported": False}
    board = world.evening(IDS)
    gone = [
        msgspec.structs.replace(p, state="left") if p.role == "host" else p for p in board.people
    ]
    key = feed.hear(msgspec.structs.replace(board, ts=board.ts + 1, people=gone))
    [again] = page.tell(key)
    assert isinstance(again, StartOver)
    assert not any(told.quiet for told in again.alerts)


def test_a_technical_alert_is_shown_at_once_and_notified_later():
    drop = world.signal(IDS, "dropped_out", "p-07", 71)
    [start] = talk(viewer("tech"), heard(world.alert(drop, 1))).answer(Resume())
    assert start.alerts[0].notice_at == drop.raised_at + 15_000


def test_the_language_is_the_page_s():
    feed = heard(world.alert(ABSENT, 1))
    page = talk(viewer("outreach"), feed)
    [english] = page.answer(Resume(language="en"))
    [spanish] = page.answer(Resume(language="es"))
    assert english.alerts[0].title != spanish.alerts[0].title


def test_people_are_told_of_a_room_only_where_the_viewer_looks():
    feed = heard(world.evening(IDS))
    page = talk(viewer("supervisor"), feed)
    [start] = page.answer(Resume())
    assert start.boards[0].people is None
    assert start.boards[0].counts["present"] == 7
    [board] = page.answer(Watch([IDS.session()]))
    assert len(board.people) == 11  # ten and the one not matched; never the host
    [board] = page.tell(("board", IDS.session()))
    assert board.people


def test_rooms_that_are_not_there_and_not_the_viewer_s_are_refused_alike():
    feed = heard(world.evening(IDS))
    stranger = talk(viewer("outreach", programs=frozenset({"elsewhere"})), feed)
    assert stranger.answer(Watch([IDS.session()])) == [Refused("unknown_session")]
    assert stranger.answer(Watch(["no-such-room"])) == [Refused("unknown_session")]


def test_tech_gets_first_names_no_program_and_no_clinical_alert():
    feed = heard(
        world.evening(IDS),
        world.alert(ABSENT, 1),
        world.alert(world.signal(IDS, "dropped_out", "p-07", 71), 2),
    )
    [start] = talk(viewer("tech"), feed).answer(Resume(watch=[IDS.session()]))
    assert [told.rule for told in start.alerts] == ["dropped_out"]
    assert start.alerts[0].person.name == "Ada"
    assert {seat.person.name for seat in start.boards[0].people} <= {"Ada", ""}
    assert start.boards[0].program_id == ""
    assert "joining" not in [code for code, _ in start.alerts[0].results]


def test_a_manager_gets_counts_and_no_person():
    waiting = world.signal(IDS, "host_missing", None, 5)
    feed = heard(world.evening(IDS), world.alert(ABSENT, 1), world.alert(waiting, 2))
    [start] = talk(viewer("manager"), feed).answer(Resume(watch=[IDS.session()]))
    [board] = start.boards
    assert board.counts["present"] == 7
    assert board.hosted
    assert board.people is None
    assert "Ada" not in str(board)
    assert not board.may_act
    assert talk(viewer("manager", programs=frozenset()), feed).answer(Resume())[0].boards == []
    assert [told.rule for told in start.alerts] == ["host_missing"]
    assert start.alerts[0].person is None


WIDENED = {"care_team": "critical", "supervisor": "critical", "manager": "critical"}


def untaken(**changed: object) -> AlertChanged:
    """A call for help that nobody took, told to all."""
    call = world.signal(IDS, "crisis_reported", "p-07", 71)
    wide = msgspec.structs.replace(call, audience=call.audience | WIDENED)
    return world.alert(wide, 2, **{"widened": 2, **changed})


def test_a_manager_reads_of_an_untaken_call_only_that_it_waits_and_where():
    rosa = IDS.person("st-rosa")
    closed = Act(ts=world.NOW, what="resolve", by=rosa, result="emergency_called")
    call = world.signal(IDS, "crisis_reported", "p-07", 71)
    for alert in (
        untaken(),
        untaken(state="acknowledged", assignee=rosa, acts=[Act(world.NOW, "take", rosa)]),
        untaken(state="resolved", acts=[closed]),
    ):
        page = Conversation(
            viewer("manager"), heard(alert), named, lambda: world.NOW, program_name=str.upper
        )
        [start] = page.answer(Resume())
        [told] = start.alerts
        assert told.program == IDS.program.upper()
        assert not told.may_act
        assert bool(told.waits_since) is (alert.state == "open")
        [sent] = msgspec.json.decode(msgspec.json.encode(start))["alerts"]
        assert sent["evidence"] == {}
        assert not sent["reason"]
        assert sent.keys() <= {
            *("type", "seq", "alert_id", "case_id", "state", "status", "rule", "severity"),
            *("raised_at", "changed_at", "title", "reason", "evidence", "looked", "notice_at"),
            *("time_zone", "assignee", "program", "widened", "waits_since"),
        }
        assert sent.get("assignee", "") == ""
    assert talk(viewer("manager"), heard(world.alert(call, 3))).answer(Resume())[0].alerts == []
    elsewhere = viewer("manager", programs=frozenset({"other"}))
    assert talk(elsewhere, heard(untaken())).answer(Resume())[0].alerts == []


def test_since_when_nobody_has_it_is_said_once_it_was_told_further():
    raised_at, rosa = world.START + 71 * world.MINUTE, IDS.person("st-rosa")
    on_page = viewer("outreach")

    def since(alert: AlertChanged):
        return talk(on_page, heard(alert)).answer(Resume())[0].alerts[0].waits_since

    assert since(untaken(widened=0)) is None
    assert since(untaken()) == raised_at
    back = [Act(raised_at + 1, "take", rosa), Act(raised_at + 2, "give-back", rosa)]
    assert since(untaken(acts=back)) == raised_at + 2
    assert since(untaken(state="acknowledged", acts=[Act(raised_at, "acknowledge", rosa)]))
    assert since(untaken(state="acknowledged", acts=back[:1], assignee=rosa)) is None


def test_without_a_coordinator_the_clinician_on_duty_has_the_absences_and_then_the_host():
    mine = world.alert(world.signal(IDS, "missed_session", "p-01", 10, clinician_id="x"), 1)
    feed = heard(world.evening(IDS), mine)
    program = frozenset({IDS.program})
    host, other = viewer("clinician", staff="st-dana"), viewer("clinician", staff="st-iris")
    other = msgspec.structs.replace(other, on_duty=program)

    def shown(who: Viewer, cover: Cover) -> list[bool]:
        """Whether it is there, and whether it is quiet."""
        page = talk(msgspec.structs.replace(who, cover=cover), feed)
        return [told.quiet for told in page.answer(Resume())[0].alerts]

    for cover, told in (
        (Cover(program, program), ([], [])),
        (Cover(clinicians=program), ([], [True])),  # the budget has not decided yet
        (Cover(), ([True], [])),  # for the break: she is hosting
    ):
        assert (shown(host, cover), shown(other, cover)) == told


def test_of_the_silent_platforms_a_page_hears_those_of_its_rooms():
    facts = Live(now=world.NOW, speed=1.0, silent={"zoom": 1, "daily": 2}, shadow=True)
    feed = heard(world.evening(IDS), world.second(IDS, platform="daily"))
    for who, silent in (
        (viewer("clinician", staff="st-dana"), {"zoom": 1}),
        (viewer("clinician", staff="st-iris"), {"daily": 2}),
        (viewer("tech"), {"zoom": 1, "daily": 2}),
        (viewer("tech", programs=frozenset({"other"})), {}),
    ):
        page = talk(who, feed)
        page.answer(Resume())
        assert page.live(facts).silent == silent
        assert page.live(facts).shadow  # everybody is to know


def test_a_room_without_its_host_says_so():
    board = world.evening(IDS)
    board.people[:] = board.people[1:]
    [start] = talk(viewer("manager"), heard(board)).answer(Resume())
    assert not start.boards[0].hosted


def test_tech_is_said_to_help_only_where_tech_took_it():
    dropped = world.alert(world.signal(IDS, "dropped_out", "p-07", 71), 1, assignee="user-2")
    for holder in ("user-2", "user-3"):
        page = Conversation(
            viewer("supervisor"), heard(dropped), named, lambda: world.NOW, {holder}.__contains__
        )
        [start] = page.answer(Resume())
        assert start.alerts[0].by_tech is (holder == "user-2")


def test_nobody_is_given_words_to_call_who_is_not_alone():
    told = world.signal(IDS, "privacy_reported", "p-01", 10)
    feed = heard(world.alert(told, 1, assignee="user-1", state="acknowledged"))
    [start] = talk(viewer("clinician", staff="st-dana"), feed).answer(Resume())
    assert start.alerts[0].mine
    assert not start.alerts[0].words


def test_minutes_go_on_until_the_alert_is_closed():
    page = talk(viewer("outreach"), heard(world.alert(ABSENT, 1)))
    assert f"{{{world.START}}} min since opening" in page.answer(Resume())[0].alerts[0].reason
    page = talk(viewer("outreach"), heard(world.alert(ABSENT, 1, state="resolved")))
    assert "10 min since opening" in page.answer(Resume())[0].alerts[0].reason


def test_what_a_viewer_may_no_longer_see_goes_from_the_page():
    feed = heard(world.evening(IDS), world.alert(ABSENT, 1))
    page = talk(viewer("outreach"), feed)
    page.answer(Resume())
    narrowed = world.signal(IDS, "missed_session", "p-01", 10, audience={"clinician": "high"})
    feed.hear(world.alert(narrowed, 2))
    key = ("alert", ABSENT.alert_id)
    assert page.tell(key) == [Gone(feed.seq, *key)]
    assert page.tell(key) == []


def test_who_comes_to_host_starts_over_with_the_room():
    feed = heard(world.second(IDS))
    substitute = talk(viewer("clinician", staff="st-dana"), feed)
    [start] = substitute.answer(Resume())
    assert start.boards == []
    board = world.second(IDS, world.NOW + 1_000)
    people = [world.sits(IDS, "st-dana", role="host"), *board.people]
    feed.hear(BoardChanged(**_fields(board) | {"people": people}))
    [start] = substitute.tell(("board", IDS.session(2)))
    assert isinstance(start, StartOver)
    assert start.boards[0].hosting


def test_changed_rights_leave_nothing_of_before():
    feed = heard(world.evening(IDS), world.alert(ABSENT, 1))
    page = talk(viewer("outreach"), feed)
    page.answer(Resume())
    start = page.become(viewer("outreach", programs=frozenset()))
    assert start.alerts == []
    assert start.boards == []


def test_words_to_say_come_with_the_case_and_not_before():
    feed = heard(world.alert(ABSENT, 1))
    page = talk(viewer("outreach"), feed)
    [start] = page.answer(Resume())
    assert not start.alerts[0].words
    feed.hear(world.alert(ABSENT, 2, assignee="user-1", state="acknowledged"))
    [told] = page.tell(("alert", ABSENT.alert_id))
    assert told.mine
    assert set(told.words) == {"en", "es"}


def _fields(board: BoardChanged) -> dict[str, object]:
    return {name: getattr(board, name) for name in board.__struct_fields__}


# --- the property -------------------------------------------------------------------------------

staff = st.sampled_from(["st-dana", "st-iris", "st-rosa", None])
programs = st.sets(st.sampled_from([IDS.program, "other-program", "*"]), max_size=2)
viewers = st.builds(
    lambda roles, own, within, duty, coordinators, clinicians: Viewer(
        "user-1",
        own and IDS.person(own),
        "Someone",
        frozenset(roles),
        frozenset(within),
        on_duty=frozenset(duty),
        cover=Cover(frozenset(coordinators), frozenset(clinicians)),
    ),
    st.sets(st.sampled_from(ROLES), min_size=1, max_size=3),
    staff,
    programs,
    *(st.sets(st.sampled_from([IDS.program, "other-program"]), max_size=1) for _ in range(3)),
)
signals = st.builds(
    lambda rule, own, own_staff, program, audience: world.signal(
        IDS,
        rule,
        None if rule in ("host_missing", "feed_silent") else own,
        10,
        program_id=program,
        clinician_id=IDS.person(own_staff),
        audience=audience or world.AUDIENCES[rule],
    ),
    st.sampled_from(sorted(world.AUDIENCES)),
    st.sampled_from(["p-01", "p-02"]),
    st.sampled_from(["st-dana", "st-iris"]),
    st.sampled_from([IDS.program, "other-program"]),
    st.dictionaries(
        st.sampled_from(get_args(Told)),
        st.sampled_from(["info", "high"]),
        max_size=3,
    ),
)
boards = st.builds(
    lambda make, program, host: make(IDS, program_id=program, host_id=host and IDS.person(host)),
    st.sampled_from([world.evening]),
    st.sampled_from([IDS.program, "other-program"]),
    st.sampled_from(["st-dana", "st-iris"]),
)
steps = st.lists(
    st.one_of(
        signals,
        boards,
        viewers,
        st.sampled_from([Watch([IDS.session()]), Watch([]), "resume", "start"]),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(viewers, steps)
def test_no_message_reaches_a_socket_whose_policy_says_no(who: Viewer, moves: list[object]):
    feed = Feed(first_seq=1)
    page = talk(who, feed)
    check(page.answer(Resume()), page, feed)
    for number, move in enumerate(moves):
        match move:
            case Viewer():
                check([page.become(move)], page, feed)
            case Watch():
                check(page.answer(move), page, feed)
            case "resume":
                check(page.answer(Resume(last_seq=feed.seq)), page, feed)
            case "start":
                check(page.answer(Resume(last_seq=0)), page, feed)
            case BoardChanged():
                later = BoardChanged(**_fields(move) | {"ts": world.NOW + number})
                if key := feed.hear(later):
                    check(page.tell(key), page, feed)
            case _:
                if key := feed.hear(world.alert(move, number)):
                    check(page.tell(key), page, feed)


def check(messages: list[ToPage], page: Conversation, feed: Feed) -> None:
    who, hosting = page.viewer, hosted(feed, page.viewer)
    for message in messages:
        match message:
            case StartOver():
                check([*message.alerts, *message.boards], page, feed)
            case AlertTold():
                signal = feed.alerts[message.alert_id].signal
                assert access.may_see_alert(who, signal, hosting)
                if message.may_act:
                    assert access.may_act_on_alert(who, signal, hosting)
                if signal.participant_id and who.roles == {"manager"}:
                    assert (message.person, message.session_id, message.evidence) == (
                        None,
                        None,
                        {},
                    )
                if message.person and not who.roles & access.CARE_ROLES:
                    assert message.person.name == "Ada"  # the first name alone
            case BoardTold():
                board = feed.boards[message.session_id]
                sees = access.may_see_board(who, board)
                assert sees or access.may_count_board(who, board)
                assert sees or not (message.host or message.may_act or message.people)
                if message.people is not None:
                    assert access.may_see_names(who, board, world.NOW)
