"""The words of the commands about people: those in care, who came, and those who sign in."""

import argparse
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

Command = Callable[[argparse.Namespace], int]

ROLES = "clinician, outreach, tech, supervisor, manager, administrator, auditor"
"""As `privacy.access` has them; said here, so that a help does not wait for its imports."""


def add_attendance(attendance: argparse.ArgumentParser, commands: Mapping[str, Command]) -> None:
    """`attendance import FILE` and `attendance compare FILE...`."""
    actions = attendance.add_subparsers(metavar="ACTION", required=True, dest="action")
    taken = actions.add_parser("import", help="prints their events, for a replay")
    taken.add_argument("file", metavar="FILE", help="as the platform exports it")
    taken.add_argument("--platform", required=True, choices=("zoom", "teams"))
    taken.add_argument("--session", required=True, metavar="UID", help="its UID in the schedule")
    taken.add_argument("--time-zone", default="", metavar="TZ", help="of the file's times")
    taken.add_argument("--totals", action="store_true", help="take a form with minutes alone")
    taken.add_argument("--yes", action="store_true", help="the zone is right, odd as it looks")
    taken.add_argument("--publish", action="store_true", help="put them on the log instead")
    taken.set_defaults(command=commands["import"])
    compared = actions.add_parser("compare", help="the clinic's own against what was recorded")
    compared.add_argument("files", nargs="+", metavar="FILE", help="the clinic's own, as CSV")
    compared.add_argument("--from", type=_day, dest="since", metavar="DAY", help="the first day")
    compared.add_argument("--to", type=_day, dest="until", metavar="DAY", help="the last day")
    compared.add_argument(
        "--outcomes",
        default="",
        metavar="FILE|FOLDER",
        help="another archive, or what replay --participant-events printed",
    )
    compared.add_argument("--page", type=Path, metavar="FILE", help="write the page there, too")
    compared.add_argument("--json", type=Path, metavar="FILE", help="the same, for a program")
    compared.set_defaults(command=commands["compare"])


def _day(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word} is not a day; write it like 2026-11-24") from None


def add_persons(person: argparse.ArgumentParser, command: Command) -> None:
    """`person ACTION ID`."""
    actions = person.add_subparsers(metavar="ACTION", required=True, dest="action")
    told = {
        "enrol": "active from now on",
        "leave": "on leave from now on",
        "discharge": "discharged now",
        "export": "everything known of them, in clear; written down as a disclosure",
        "disclosures": "to whom what was given",
        "erase": "destroys their key: nothing kept of them can be read again",
    }
    made = {name: actions.add_parser(name, help=what) for name, what in told.items()}
    for action in made.values():
        action.add_argument("id", metavar="ID", help="your own id of the person, or the pseudonym")
        action.set_defaults(command=command)
    export = made["export"]
    export.add_argument("--to", required=True, dest="recipient", help="who receives it")
    export.add_argument("--purpose", required=True, help="what for")
    export.add_argument("--basis", default="", help="the consent, or the rule that needs none")
    made["erase"].add_argument("--sure", action="store_true", help="it cannot be taken back")


def add_users(users: argparse.ArgumentParser, command: Command) -> None:
    """`users ACTION`."""
    actions = users.add_subparsers(metavar="ACTION", required=True, dest="action")
    told = {
        "add": "asks for the password, or reads it from standard input",
        "change": "gives other roles or programs instead",
        "disable": "for who has left: nobody signs in by it any more",
        "list": "user name, name and roles",
        "password": "sets a new one, read as for add",
    }
    made = {name: actions.add_parser(name, help=what) for name, what in told.items()}
    for name, action in made.items():
        action.set_defaults(command=command)
        if name != "list":
            action.add_argument("username")
    add, change = made["add"], made["change"]
    add.add_argument("--name", required=True, help="as colleagues know them")
    for action in (add, change):
        action.add_argument(
            "--role",
            action="append",
            dest="roles",
            metavar="ROLE",
            required=action is add,
            help=f"{ROLES}; may be said more than once",
        )
        action.add_argument(
            "--program",
            action="append",
            dest="programs",
            metavar="CODE",
            help="one of theirs; * all, as is none in add",
        )
    add.add_argument("--staff", help="the clinic's own id of this person, as in the schedule")
    add.add_argument("--language", choices=("en", "es"), help="else the browser's")
