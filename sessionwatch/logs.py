"""Log lines: one JSON object each, on standard error, for a collector.

Parts log codes and counts alone; what an exception says is not printed, since a library's own
words may hold a value: its type and where it was raised are.
"""

import logging
import sys
import traceback
from datetime import UTC, datetime

import msgspec


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "part": record.name,
            "said": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])[-3:]
            line["where"] = " < ".join(f"{f.filename}:{f.lineno}" for f in reversed(frames))
        return msgspec.json.encode(line).decode()


def set_up(level: str = "INFO") -> None:
    """Call once, before anything runs."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("aiokafka", "httpx", "httpcore", "websockets", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
