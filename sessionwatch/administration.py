"""What an administrator does at the command line: keys, topics, accounts, schedules."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Callable, Coroutine

from aiokafka.errors import KafkaError

from privacy.accounts import Accounts, BadAccount
from privacy.sealing import MasterKey
from sessionwatch.settings import Settings
from streams import kafka

DONE, FAILED = 0, 1


def new_key(settings: Settings) -> int:
    """Makes the master key, where there is none."""
    path = settings.key_path
    try:
        MasterKey.make(path)
    except FileExistsError:
        return _refused(f"{path} exists already; everything stored is tied to it, so it stays")
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
    """Makes the topics that are missing."""
    try:
        made = asyncio.run(kafka.create_topics(settings.kafka))
    except KafkaError as error:
        return _refused(
            f"no broker answers at {settings.kafka.bootstrap} ({type(error).__name__}); "
            "set kafka.bootstrap or SESSIONWATCH_KAFKA"
        )
    print("\n".join(f"made {name}" for name in made) or "all topics stand already")
    return DONE


def add_user(settings: Settings, words: argparse.Namespace) -> int:
    """Adds an account."""
    password = _password()

    async def work(accounts: Accounts) -> None:
        await accounts.add(
            words.username,
            password,
            words.name,
            words.roles,
            words.programs or ["*"],
            words.staff,
        )

    return _with_accounts(settings, work, f"{words.username} can sign in")


def list_users(settings: Settings) -> int:
    """One line an account."""

    async def work(accounts: Accounts) -> None:
        for account in await accounts.list():
            print(f"{account.username}\t{account.name}\t{', '.join(account.roles)}")

    return _with_accounts(settings, work, "")


def set_password(settings: Settings, username: str) -> int:
    """Sets a new password; sessions that run end."""
    password = _password()
    return _with_accounts(
        settings,
        lambda accounts: accounts.set_password(username, password),
        f"{username} has a new password",
    )


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
        return _refused(str(error))
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


def _refused(why: str) -> int:
    print(f"sessionwatch: {why}", file=sys.stderr)
    return FAILED
