"""The words of the commands about people: those in care, and those who sign in."""

import argparse
from collections.abc import Callable

Command = Callable[[argparse.Namespace], int]

ROLES = "clinician, outreach, tech, supervisor, manager, administrator, auditor"
"""As `privacy.access` has them; said here, so that a help does not wait for its imports."""


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
