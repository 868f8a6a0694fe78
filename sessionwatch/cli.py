"""The command line: `sessionwatch <command>`."""

import argparse
import errno
import logging
import math
import os
import select
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from sessionwatch import __version__
from sessionwatch.command_words import add_attendance, add_persons, add_users

FAILED = 1
WRONG_WORDS = 2
UNREAD = 141
"""As of a command that SIGPIPE ended."""
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
HIGHEST_PORT = 65_535
BUILT_IN = "built-in"
# Said here as well, so that a command's help does not wait for every part to be imported.
PARTS = (
    "gateway, clock, schedule, quality, session, participant, incidents, alerts, console, "
    "exporter, archive"
)


def main(argv: list[str] | None = None) -> int:
    """Returns the exit status: 0 done, 1 failed, 2 wrong words or settings, 141 nobody reads.

    A full disk is one sentence."""
    try:
        try:
            return _main(argv)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        gone = [number for number in (1, 2) if _is_unread(number)]
        if not gone:
            raise  # a peer's, not ours
        _to_nowhere(gone)
        return UNREAD
    except OSError as error:
        if error.filename is not None or error.errno not in FULL:
            raise
        try:
            sys.stdout.flush()
        except OSError:
            _to_nowhere([1])
        print(f"sessionwatch: cannot write: {error.strerror}", file=sys.stderr)
        return FAILED


def _to_nowhere(numbers: Iterable[int]) -> None:
    """What is left in these file descriptors; else Python complains when it flushes at its end."""
    with open(os.devnull, "w") as nowhere:
        for number in numbers:
            os.dup2(nowhere.fileno(), number)


def _is_unread(number: int) -> bool:
    """Whether what reads this file descriptor's pipe has gone."""
    poll = select.poll()
    poll.register(number, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def _main(argv: list[str] | None) -> int:
    # What a library warns of while a broker starts is no news: what fails is said in our words.
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    parser = _parser()
    words, rest = parser.parse_known_args(argv)
    if rest and not getattr(words, "passes_on", False):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    words.rest = rest
    command: Callable[[argparse.Namespace], int] = words.command
    return command(words)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sessionwatch",
        description="Watches virtual sessions: who is missing, who cannot get in, whom to tell.",
    )
    parser.add_argument("--version", action="version", version=f"sessionwatch {__version__}")
    parser.add_argument("--settings", type=Path, help="TOML file; else $SESSIONWATCH_SETTINGS")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    demo = commands.add_parser("demo", help="a whole simulated program day on this machine")
    demo.add_argument("--speed", type=_speed, default=20, help="simulated seconds a second (20)")
    demo.add_argument("--port", type=_port, default=8000, help="the console's (8000)")
    demo.add_argument("--folder", type=Path, default=Path("var/demo"), help="made anew (var/demo)")
    demo.set_defaults(command=_demo)

    run = commands.add_parser("run", help="one part, or several in one process")
    run.add_argument("names", nargs="+", metavar="NAME", help=PARTS)
    run.set_defaults(command=_run)

    replay = commands.add_parser("replay", help="a log through the same rules, without a broker")
    replay.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="JSON lines, an archive or Parquet files of it; - standard input",
    )
    replay.add_argument("--rules", type=Path, help="a rules file instead of the built-in one")
    replay.add_argument("--participant-events", action="store_true", help="print those, too")
    replay.add_argument("--dead-letters", type=Path, help="keep unreadable lines in this file")
    replay.add_argument(
        "--against",
        metavar="FILE",
        help="compare with these rules (built-in: those of the program)",
    )
    replay.add_argument("--json", type=Path, metavar="FILE", help="the comparison, in full")
    replay.set_defaults(command=_replay)

    evaluate = commands.add_parser(
        "evaluate", add_help=False, help="labelled scenarios against the rules"
    )
    evaluate.set_defaults(command=_evaluate, passes_on=True)

    rules = commands.add_parser("rules", help="the detectors' thresholds").add_subparsers(
        metavar="ACTION", required=True
    )
    show = rules.add_parser("show", help="each with its value, unit, meaning and source")
    show.add_argument("--rules", type=Path, help="a rules file instead of the one in the settings")
    show.add_argument("--program", default="", help="its id, as in the file")
    show.add_argument(
        "--kind", default="group", choices=("group", "individual", "family", "psychoeducation")
    )
    show.set_defaults(command=_show_rules)
    check = rules.add_parser("check", help="whether a rules file can be used")
    check.add_argument("file", type=Path, metavar="FILE")
    check.set_defaults(command=_check_rules)

    schedule = commands.add_parser("schedule", help="people and sessions").add_subparsers(
        metavar="ACTION", required=True
    )
    importing = schedule.add_parser(
        "import", help="CSV, iCalendar or FHIR, from a file or a URL; whole or not at all"
    )
    importing.add_argument("source", metavar="FILE|URL")
    importing.add_argument("--dry-run", action="store_true", help="print what would change")
    importing.add_argument("--token-file", default="", help="holds the URL's bearer token")
    importing.add_argument(
        "--identifier-system", default="", help="FHIR: whose identifiers are your own ids"
    )
    importing.set_defaults(command=_import)
    announcing = schedule.add_parser("announce", help="writes what is not over to the log again")
    announcing.set_defaults(command=_announce)
    schedule.add_parser("feeds", help="how the settings' feeds stand").set_defaults(command=_feeds)

    links = commands.add_parser("links", help="the join links of a session's people")
    links.add_argument("session", nargs="?", help="its id; none: lists the next 24 h")
    links.set_defaults(command=_links)

    add_attendance(
        commands.add_parser("attendance", help="a platform's files, and the clinic's own"),
        {"import": _attendance, "compare": _compare_attendance},
    )

    add_persons(
        commands.add_parser("person", help="one person: enrolment, export, erasure"), _person
    )

    add_users(commands.add_parser("users", help="local accounts"), _users)

    doctor = commands.add_parser("doctor", help="is all set up, and is each platform heard?")
    doctor.add_argument(
        "--rehearsal",
        nargs="?",
        const="all",
        default="",
        metavar="PLATFORM",
        help="also play a short session through this platform, or through all",
    )
    doctor.set_defaults(command=_doctor)

    keys = commands.add_parser("keys", help="the installation's master key").add_subparsers(
        metavar="ACTION", required=True
    )
    keys.add_parser("new", help="makes one, where there is none").set_defaults(command=_new_key)
    keys.add_parser("rotate", help="new people get pseudonyms of a new key").set_defaults(
        command=_rotate_key
    )

    topics = commands.add_parser("topics", help="on the broker").add_subparsers(
        metavar="ACTION", required=True
    )
    topics.add_parser("create", help="makes those that are missing").set_defaults(
        command=_create_topics
    )
    return parser


def _speed(word: str) -> float:
    try:
        speed = float(word)
    except ValueError:
        speed = 0
    if not 0 < speed < math.inf:
        raise argparse.ArgumentTypeError(f"{word} is not a number above 0")
    return speed


def _port(word: str) -> int:
    port = int(word) if word.isdecimal() else 0
    if not 0 < port <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{word} is not a number between 1 and {HIGHEST_PORT}")
    return port


def _with_settings(words: argparse.Namespace, act: Callable[..., int]) -> int:
    """Calls with the checked settings; what a person can mend is one line, not a traceback."""
    from privacy.database import NoDatabase
    from privacy.sealing import BadKeyFile
    from producers.gateway.settings import BadSecrets
    from sessionwatch.settings import BadSettings, load
    from streams.kafka import BadKafkaFile, TopicsDiffer
    from streams.rules import BadRules

    wrong = (BadSettings, BadSecrets, BadKeyFile, BadKafkaFile, BadRules, TopicsDiffer)
    try:
        return act(load(os.environ, words.settings))
    except wrong as error:
        print(f"sessionwatch: {error}", file=sys.stderr)
        return WRONG_WORDS
    except NoDatabase as error:
        print(f"sessionwatch: {error}", file=sys.stderr)
        return FAILED


def _demo(words: argparse.Namespace) -> int:
    from sessionwatch.demo import CannotStart, demo

    try:
        return demo(words.speed, words.port, words.folder)
    except CannotStart as error:
        print(f"sessionwatch: {error}", file=sys.stderr)
        return WRONG_WORDS


def _run(words: argparse.Namespace) -> int:
    from sessionwatch import logs
    from sessionwatch.processes import UnknownPart, run

    logs.set_up()
    try:
        return _with_settings(words, lambda settings: run(settings, words.names))
    except UnknownPart as error:
        print(f"sessionwatch: {error}", file=sys.stderr)
        return WRONG_WORDS


def _replay(words: argparse.Namespace) -> int:
    from sessionwatch import backtest
    from sessionwatch.replay import run
    from streams.rules import load

    if words.against:
        return _with_settings(
            words,
            lambda settings: backtest.run(
                words.files,
                load(words.rules or settings.rules_path),
                load(None if words.against == BUILT_IN else Path(words.against)),
                sys.stdout,
                sys.stderr,
                words.json,
            ),
        )
    return _with_settings(
        words,
        lambda settings: run(
            words.files,
            load(words.rules or settings.rules_path),
            sys.stdout.buffer,
            sys.stderr,
            words.participant_events,
            words.dead_letters,
        ),
    )


def _evaluate(words: argparse.Namespace) -> int:
    from sessionwatch.evaluating import main as evaluate

    return evaluate(words.rest)


def _show_rules(words: argparse.Namespace) -> int:
    from sessionwatch.rulebook import show
    from streams.rules import load

    return _with_settings(
        words,
        lambda settings: show(
            load(words.rules or settings.rules_path), sys.stdout, words.program, words.kind
        ),
    )


def _check_rules(words: argparse.Namespace) -> int:
    from sessionwatch.rulebook import check

    return check(words.file, sys.stdout, sys.stderr)


def _import(words: argparse.Namespace) -> int:
    from sessionwatch.schedules import import_schedule

    return _with_settings(
        words,
        lambda settings: import_schedule(
            settings, words.source, words.dry_run, words.token_file, words.identifier_system
        ),
    )


def _feeds(words: argparse.Namespace) -> int:
    from sessionwatch.schedules import list_feeds

    return _with_settings(words, list_feeds)


def _announce(words: argparse.Namespace) -> int:
    from sessionwatch.schedules import announce

    return _with_settings(words, announce)


def _links(words: argparse.Namespace) -> int:
    from sessionwatch.links import print_links

    return _with_settings(words, lambda settings: print_links(settings, words.session))


def _attendance(words: argparse.Namespace) -> int:
    from sessionwatch.attendance import import_attendance

    return _with_settings(words, lambda settings: import_attendance(settings, words))


def _compare_attendance(words: argparse.Namespace) -> int:
    from sessionwatch.attendance_compare import compare_attendance

    return _with_settings(words, lambda settings: compare_attendance(settings, words))


def _users(words: argparse.Namespace) -> int:
    from sessionwatch.administration import USERS

    return _with_settings(words, lambda settings: USERS[words.action](settings, words))


def _doctor(words: argparse.Namespace) -> int:
    from sessionwatch.doctor import command

    return _with_settings(words, lambda settings: command(settings, words.rehearsal))


def _new_key(words: argparse.Namespace) -> int:
    from sessionwatch.administration import new_key

    return _with_settings(words, new_key)


def _rotate_key(words: argparse.Namespace) -> int:
    from sessionwatch.administration import rotate_key

    return _with_settings(words, rotate_key)


def _person(words: argparse.Namespace) -> int:
    from sessionwatch.persons import act

    return _with_settings(words, lambda settings: act(settings, words))


def _create_topics(words: argparse.Namespace) -> int:
    from sessionwatch.administration import create_topics

    return _with_settings(words, create_topics)


if __name__ == "__main__":
    sys.exit(main())
