"""What an administrator does at the command line: keys, topics, accounts, schedules."""

import argparse
import asyncio
import getpass
import os
import sys
from collections.abc import Callable, Coroutine, Sequence

from aiokafka.errors import KafkaError
from sqlalchemy import select

from privacy.access import EVERY_PROGRAM
from privacy.accounts import Accounts, BadAccount
from privacy.sealing import MasterKey
from producers.directory.store import Directory
from producers.directory.tables import PROGRAMS
from sessionwatch.refusing import DONE, no_broker, refused
from sessionwatch.schedules import announced_anew
from sessionwatch.settings import Settings
from streams import kafka
from streams.topics import PARTICIPANT_EVENTS, SESSION_EVENTS


def new_key(settings: Settings) -> int:
    """Makes the master key, where there is none."""
    path = settings.key_path
    try:
        MasterKey.make(path)
    except OSError as error:
        if os.path.lexists(path):
            return refused(f"{path} exists already; everything stored is tied to it, so it stays")
        return refused(f"cannot make {path}: {error.strerror}")
    print(f"Made {path}. Keep a copy where the databases' copies are not: without it they")
    print("cannot be read, and nobody can be matched to what the log says of them.")
    return DONE


def rotate_key(settings: Settings) -> int:
    """Adds a newer secret for the pseudonyms of people; those known keep theirs."""
    version = MasterKey.rotate(settings.key_path).versions
    print(f"New people get pseudonyms that begin with v{version}. once every process is restarted;")
    print("do it while no session is open. Copy the key file again: the older secrets stay needed.")
    return DONE


def create_topics(settings: Settings) -> int:
    """Makes the topics that are missing. A log that is new knows nothing of the schedule: where
    there is one, what is not over is announced again."""
    try:
        made = asyncio.run(kafka.create_topics(settings.kafka))
    except KafkaError as error:
        return refused(no_broker(settings, error))
    print("\n".join(f"made {name}" for name in made) or "all topics stand already")
    logs = {settings.kafka.topic(topic) for topic in (SESSION_EVENTS, PARTICIPANT_EVENTS)}
    known = logs & set(made) and settings.key_path.exists()
    if known and (many := asyncio.run(announced_anew(settings))):
        print(f"announced again on the new log: {many} sessions that are not over")
    return DONE


def add_user(settings: Settings, words: argparse.Namespace) -> int:
    """Adds an account; warns of a staff id or a program that the directory does not know (yet):
    until they are imported, the account sees nothing by them."""
    password = _password()

    async def work(accounts: Accounts) -> None:
        await accounts.add(
            words.username,
            password,
            words.name,
            words.roles,
            words.programs or ["*"],
            words.staff,
            words.language or "",
        )
        for unknown in await _unknown(settings, words.staff, words.programs or ()):
            print(f"sessionwatch: warning: {unknown}", file=sys.stderr)

    return _with_accounts(settings, work, f"{words.username} can sign in")


async def _unknown(settings: Settings, staff: str | None, programs: Sequence[str]) -> list[str]:
    """A line for each of these that no import has brought."""
    directory = await Directory.open(settings.database("directory"), _key(settings))
    try:
        known = await directory.people.names([directory.pseudonyms.staff(staff)] if staff else [])
        async with directory.reading() as connection:
            held = set((await connection.execute(select(PROGRAMS.c.code))).scalars())
    finally:
        await directory.close()
    lines = []
    if staff and not known:
        lines.append(
            f"nobody of the staff has the id {staff}: no session or case of theirs is shown "
            "until people with it are imported (sessionwatch schedule import)"
        )
    lines += [
        f"no program has the code {program}: nothing of it is shown until a file with it is "
        f"imported (known: {', '.join(sorted(held)) or 'none yet'})"
        for program in programs
        if program not in (*held, EVERY_PROGRAM)
    ]
    return lines


def change_user(settings: Settings, words: argparse.Namespace) -> int:
    """Other roles or programs; warns of a program that the directory does not know (yet)."""

    async def work(accounts: Accounts) -> None:
        await accounts.change(words.username, words.roles or (), words.programs or ())
        for unknown in await _unknown(settings, None, words.programs or ()):
            print(f"sessionwatch: warning: {unknown}", file=sys.stderr)

    return _with_accounts(settings, work, f"{words.username} is changed, and signs in anew")


def disable_user(settings: Settings, words: argparse.Namespace) -> int:
    """For who has left; `users change --role` and `users password` give the account back."""
    return _with_accounts(
        settings,
        lambda accounts: accounts.disable(words.username),
        f"{words.username} can no longer sign in; what they did keeps their name",
    )


def list_users(settings: Settings, _words: argparse.Namespace) -> int:
    """One line an account."""

    async def work(accounts: Accounts) -> None:
        found = await accounts.list()
        if not found:
            print("no account yet; add one: sessionwatch users add NAME --role ROLE")
        for account in found:
            roles = ", ".join(account.roles) or "disabled"
            print(f"{account.username}\t{account.name}\t{roles}")

    return _with_accounts(settings, work, "")


def set_password(settings: Settings, words: argparse.Namespace) -> int:
    """Sets a new password; sessions that run end."""
    password = _password()
    return _with_accounts(
        settings,
        lambda accounts: accounts.set_password(words.username, password),
        f"{words.username} has a new password",
    )


USERS: dict[str, Callable[[Settings, argparse.Namespace], int]] = {
    "add": add_user,
    "change": change_user,
    "disable": disable_user,
    "list": list_users,
    "password": set_password,
}
"""What `sessionwatch users ACTION` does."""


def _with_accounts(
    settings: Settings, work: Callable[[Accounts], Coroutine[None, None, None]], said: str
) -> int:
    async def open_and_work() -> None:
        accounts = await Accounts.open(settings.database("accounts"), _key(settings))
        try:
            await work(accounts)
        finally:
            await accounts.close()

    try:
        asyncio.run(open_and_work())
    except BadAccount as error:
        return refused(str(error))
    if said:
        print(said)
    return DONE


def _key(settings: Settings) -> MasterKey:
    return MasterKey.read(settings.key_path)


def _password() -> str:
    """Asked for twice at a terminal; else the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    while True:
        first = getpass.getpass("Password: ")
        if first == getpass.getpass("Again: "):
            return first
        print("These two differ.")
