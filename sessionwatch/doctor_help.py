"""Whether who presses "I need help now" on the join page would reach anybody."""

from sqlalchemy.exc import SQLAlchemyError

from privacy.accounts import Accounts
from privacy.sealing import MasterKey
from producers.directory.lookup import Lookup
from sessionwatch.findings import Finding, note, ok
from sessionwatch.settings import Settings

WHAT = "help button"


async def examine(settings: Settings, key: MasterKey, lookup: Lookup) -> list[Finding]:
    """Of the programs that have a session about now; the page itself tells people the truth."""
    found = []
    join = settings.gateway.join
    if not (join.phone or join.phones):
        told = "the join page shows no number of the clinic"
        found.append(note(WHAT, told, "Set phone in [gateway.join]."))
    programs = {one.program_id for one in lookup.around(settings.time.now())}
    try:
        on_duty = await _on_duty(settings, key)
    except (SQLAlchemyError, OSError):
        return [*found, note(WHAT, "who is on duty could not be read")]
    alone = programs - on_duty
    if alone:
        told = f"nobody is on duty in {len(alone)} of {len(programs)} programs in session"
        do = 'Somebody goes on duty in the console ("Go on duty"); until then the page says so.'
        found.append(note(WHAT, told, do))
    elif programs:
        found.append(ok(WHAT, "somebody is on duty in every program in session"))
    return found


async def _on_duty(settings: Settings, key: MasterKey) -> set[str]:
    """The programs in which somebody is."""
    accounts = await Accounts.open(settings.database("accounts"), key, settings.time)
    try:
        return {program for program, people in (await accounts.duty_counts()).items() if people}
    finally:
        await accounts.close()
