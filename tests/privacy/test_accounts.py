"""Accounts on a real database file: signing in, ending sessions, duty."""

import time

import pytest

from privacy.access import ROLES, Cover
from privacy.accounts import ABSOLUTE, IDLE, Accounts, BadAccount
from privacy.pseudonyms import Pseudonyms
from streams.events import HOUR, MINUTE, SECOND
from streams.now import Clock

PASSWORD = "correct horse battery"


@pytest.fixture
async def accounts(tmp_path, key):
    opened = await Accounts.open(f"sqlite+aiosqlite:///{tmp_path}/accounts.db", key)
    yield opened
    await opened.close()


async def ana(accounts, **more):
    given = {"roles": ["clinician"], "programs": ["Evening"], "staff_person_id": "S-1"} | more
    return await accounts.add("Ana@clinic.example", PASSWORD, "Ana Ruiz", **given)


async def test_whose_programs_a_role_covers(accounts, key):
    await ana(accounts)
    await accounts.add("b@x", PASSWORD, "B", ["outreach", "tech"], ["Evening", "Morning"])
    await accounts.add("c@x", PASSWORD, "C", ["outreach"], ["*"])
    named = Pseudonyms(key).program
    both = frozenset({named("Evening"), named("Morning")})
    assert set(await accounts.covered("outreach")) == {both, frozenset("*")}
    assert await accounts.covered("auditor") == ()


def later(accounts, ms):
    accounts.wall = Clock(
        start=time.time_ns() // 1_000_000 + ms, wall_at_start=time.time_ns() // 1_000_000
    )


async def test_a_user_signs_in_and_is_who_was_added(accounts, key):
    user_id = await ana(accounts)
    token, csrf = await accounts.sign_in("ana@CLINIC.example ", PASSWORD)
    viewer = await accounts.viewer(token)
    names = Pseudonyms(key)
    assert (viewer.user_id, viewer.name, viewer.roles) == (user_id, "Ana Ruiz", {"clinician"})
    assert viewer.staff_id == names.staff("S-1") == viewer.actor
    assert viewer.programs == {names.program("Evening")}
    assert csrf == accounts.csrf(token)
    assert await accounts.names([viewer.actor, "nobody"]) == {viewer.actor: "Ana Ruiz"}
    for role in ROLES:
        assert await accounts.actors(role) == (
            {viewer.actor, viewer.user_id} if role in viewer.roles else set()
        )
    assert [account.username for account in await accounts.list()] == ["ana@clinic.example"]


async def test_nothing_on_disk_is_a_password_a_token_or_a_name(accounts, tmp_path):
    await ana(accounts)
    token, _ = await accounts.sign_in("ana@clinic.example", PASSWORD)
    await accounts.close()
    held = b"".join(path.read_bytes() for path in tmp_path.glob("accounts.db*"))
    for secret in (PASSWORD, token, "Ana Ruiz"):
        assert secret.encode() not in held


@pytest.mark.parametrize(
    "wrong",
    [
        {"roles": ["nurse"]},
        {"roles": []},
        {"username": "  "},
        {"password": "short"},
    ],
)
async def test_a_wrong_account_is_refused_with_its_reason(accounts, wrong):
    given = {
        "username": "ana",
        "password": PASSWORD,
        "name": "A",
        "roles": ["tech"],
        "programs": [],
    }
    with pytest.raises(BadAccount):
        await accounts.add(**given | wrong)


async def test_two_accounts_of_one_name_are_refused(accounts):
    await ana(accounts)
    with pytest.raises(BadAccount):
        await ana(accounts)


async def test_wrong_passwords_and_unknown_names_get_nothing(accounts):
    await ana(accounts)
    assert await accounts.sign_in("ana@clinic.example", "wrong wrong wrong") is None
    assert await accounts.sign_in("nobody", PASSWORD) is None
    assert await accounts.viewer("made-up-token") is None


async def test_guessing_is_slowed_down_by_account_and_forgiven_later(accounts):
    await ana(accounts)
    for _ in range(6):
        assert await accounts.sign_in("ana@clinic.example", "wrong wrong wrong") is None
    assert await accounts.sign_in("ana@clinic.example", PASSWORD) is None
    later(accounts, 10 * SECOND)
    assert await accounts.sign_in("ana@clinic.example", PASSWORD) is not None


async def test_a_session_ends_when_idle_but_not_while_on_duty(accounts):
    await ana(accounts)
    token, _ = await accounts.sign_in("ana@clinic.example", PASSWORD)
    viewer = await accounts.viewer(token)
    await accounts.set_duty(viewer, viewer.programs, accounts.clock.now() + 4 * HOUR)
    later(accounts, IDLE + MINUTE)
    assert (await accounts.viewer(token)).on_duty == viewer.programs
    await accounts.set_duty(viewer, [], 0)
    later(accounts, 2 * IDLE + 3 * MINUTE)
    assert await accounts.viewer(token) is None
    later(accounts, 0)
    assert await accounts.viewer(token) is None  # ended, not asleep


async def test_hosting_counts_as_activity_and_an_ended_session_stays_ended(accounts):
    await ana(accounts)
    token, _ = await accounts.sign_in("ana@clinic.example", PASSWORD)
    staff = (await accounts.viewer(token)).staff_id
    for minute in range(10, 200, 10):
        later(accounts, minute * MINUTE)
        await accounts.keep_signed_in([staff])
    assert await accounts.viewer(token, touch=False) is not None
    later(accounts, 200 * MINUTE + IDLE)
    await accounts.keep_signed_in([staff])
    assert await accounts.viewer(token) is None


async def test_twelve_hours_end_a_session_in_any_case(accounts):
    await ana(accounts)
    token, _ = await accounts.sign_in("ana@clinic.example", PASSWORD)
    viewer = await accounts.viewer(token)
    await accounts.set_duty(viewer, viewer.programs, accounts.clock.now() + 24 * HOUR)
    later(accounts, ABSOLUTE + SECOND)
    assert await accounts.viewer(token) is None


async def test_signing_out_and_a_new_password_end_sessions(accounts):
    await ana(accounts)
    first, _ = await accounts.sign_in("ana@clinic.example", PASSWORD)
    second, _ = await accounts.sign_in("ana@clinic.example", PASSWORD)
    await accounts.sign_out(first)
    assert await accounts.viewer(first) is None
    assert await accounts.viewer(second) is not None
    await accounts.set_password("ana@clinic.example", "another good one")
    assert await accounts.viewer(second) is None
    assert await accounts.sign_in("ana@clinic.example", "another good one") is not None
    with pytest.raises(BadAccount):
        await accounts.set_password("nobody", "another good one")


async def test_everybody_knows_which_programs_are_covered_and_by_which_role(accounts, key):
    program = Pseudonyms(key).program("Evening")
    await ana(accounts)
    await accounts.add("rosa@x", PASSWORD, "Rosa", ["outreach"], ["Evening"])
    await accounts.add("max@x", PASSWORD, "Max", ["manager"], ["*"])
    tokens = {}
    for name in ("ana@clinic.example", "rosa@x", "max@x"):
        tokens[name], _ = await accounts.sign_in(name, PASSWORD)

    async def on_duty(name, until):
        viewer = await accounts.viewer(tokens[name])
        await accounts.set_duty(viewer, [program], until)

    async def cover():
        seen = {(await accounts.viewer(token)).cover for token in tokens.values()}
        assert len(seen) == 1  # the same for all
        return seen.pop()

    now = accounts.clock.now()
    assert await cover() == Cover()
    await on_duty("ana@clinic.example", now + HOUR)
    assert await cover() == Cover(clinicians=frozenset({program}))
    await on_duty("rosa@x", now + HOUR)
    assert await cover() == Cover(frozenset({program}), frozenset({program}))
    await on_duty("max@x", now + HOUR)
    await on_duty("rosa@x", now - 1)  # over
    assert await cover() == Cover(clinicians=frozenset({program}))


async def test_duty_is_counted_by_program_until_its_time(accounts, key):
    await ana(accounts)
    token, _ = await accounts.sign_in("ana@clinic.example", PASSWORD)
    viewer = await accounts.viewer(token)
    program = Pseudonyms(key).program("Evening")
    until = accounts.clock.now() + HOUR
    await accounts.set_duty(viewer, [program], until)
    assert await accounts.on_duty(program) == {viewer.actor: until}
    assert await accounts.duty_counts() == {program: 1}
    await accounts.set_duty(viewer, [program], accounts.clock.now() - 1)
    assert await accounts.duty_counts() == {}
    for other in ("another-program", "*"):
        with pytest.raises(BadAccount):
            await accounts.set_duty(viewer, [other], until)


async def test_it_works_the_same_on_postgresql(postgresql_url, key):
    accounts = await Accounts.open(postgresql_url, key)
    try:
        await ana(accounts)
        assert await accounts.sign_in("ana@clinic.example", "wrong wrong wrong") is None
        token, _ = await accounts.sign_in("ana@clinic.example", PASSWORD)
        viewer = await accounts.viewer(token)
        await accounts.set_duty(viewer, viewer.programs, accounts.clock.now() + HOUR)
        assert (await accounts.viewer(token)).on_duty == viewer.programs
        await accounts.keep_signed_in([viewer.staff_id])
        again = await Accounts.open(postgresql_url, key)
        assert [account.name for account in await again.list()] == ["Ana Ruiz"]
        await again.close()
    finally:
        await accounts.close()


async def test_who_has_left_is_nobody_any_more(accounts, key):
    user_id = await ana(accounts)
    token, _ = await accounts.sign_in("ana@clinic.example", PASSWORD)
    viewer = await accounts.viewer(token)
    await accounts.set_duty(viewer, viewer.programs, accounts.clock.now() + HOUR)
    await accounts.disable("Ana@clinic.example")
    assert await accounts.viewer(token) is None
    assert await accounts.sign_in("ana@clinic.example", PASSWORD) is None
    assert await accounts.duty_counts() == {}
    assert await accounts.covered("clinician") == ()
    assert await accounts.names([user_id]) == {user_id: "Ana Ruiz"}
    await accounts.change("ana@clinic.example", ["outreach"])
    await accounts.set_password("ana@clinic.example", PASSWORD)
    token, _ = await accounts.sign_in("ana@clinic.example", PASSWORD)
    assert (await accounts.viewer(token)).roles == {"outreach"}


async def test_other_programs_hold_from_now_on(accounts, key):
    await ana(accounts)
    token, _ = await accounts.sign_in("ana@clinic.example", PASSWORD)
    await accounts.change("ana@clinic.example", programs=["Morning"])
    assert await accounts.viewer(token) is None
    token, _ = await accounts.sign_in("ana@clinic.example", PASSWORD)
    viewer = await accounts.viewer(token)
    assert viewer.programs == {Pseudonyms(key).program("Morning")}
    assert (viewer.roles, viewer.language) == ({"clinician"}, "")
    with pytest.raises(BadAccount, match="unknown role: coordinator"):
        await accounts.change("ana@clinic.example", ["coordinator"])
    with pytest.raises(BadAccount, match="neither"):
        await accounts.change("ana@clinic.example")
    with pytest.raises(BadAccount, match="no account"):
        await accounts.disable("nobody")
