"""`sessionwatch attendance import`: events on standard output, what was found on standard error."""

import argparse
import asyncio
import sys
from pathlib import Path

from privacy.sealing import MasterKey
from producers.attendance.importing import Attendance, Refused, publish, read
from producers.directory.records import BadFile
from producers.directory.store import Directory
from sessionwatch.settings import Settings
from streams.codec import encode

DONE, FAILED = 0, 1


def import_attendance(settings: Settings, words: argparse.Namespace) -> int:
    """Prints the events, or with `--publish` puts them on the log."""

    async def work() -> Attendance:
        key = MasterKey.read(settings.key_path)
        directory = await Directory.open(settings.database("directory"), key)
        try:
            found = await read(
                directory,
                Path(words.file),
                words.platform,
                words.session,
                words.time_zone,
                totals=words.totals,
                sure=words.yes,
            )
            if words.publish:
                await publish(directory, found, settings.time.now())
            return found
        finally:
            await directory.close()

    try:
        found = asyncio.run(work())
    except (BadFile, Refused) as error:
        print(f"sessionwatch: {error}", file=sys.stderr)
        return FAILED
    if not words.publish:
        for event in found.tape():
            sys.stdout.buffer.write(encode(event) + b"\n")
    print(found, file=sys.stderr)
    return DONE
