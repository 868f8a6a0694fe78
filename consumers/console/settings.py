"""The console's settings; `sessionwatch/settings.py` reads them."""

from msgspec import Struct

LOOPBACK = ("127.0.0.1", "localhost")


class ConsoleSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the pages and the hub listen, and how the pages reach them.

    `origins` are the exact addresses that people type (`https://watch.clinic.example`); empty:
    the loopback address alone. `hub_address` is what pages connect to, such as
    `wss://watch.clinic.example/live` behind a proxy; empty: the hub itself, on loopback.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    hub_host: str = "127.0.0.1"
    hub_port: int = 8002
    hub_address: str = ""
    origins: list[str] = []
    secure: bool = True
    max_pages: int = 1_000
    beat_seconds: float = 2.0
    recheck_seconds: float = 3.0
    ping_seconds: float = 20.0
    send_seconds: float = 10.0
    duty_hours: float = 12.0

    @property
    def page_origins(self) -> list[str]:
        return self.origins or [f"http://{host}:{self.port}" for host in LOOPBACK]

    @property
    def hub_urls(self) -> list[str]:
        """Without a `hub_address` one for each name of this machine: a page's cookie goes to the
        name at which it was opened, and to no other."""
        return [self.hub_address or f"ws://{host}:{self.hub_port}/live" for host in LOOPBACK]

    def hub_url(self, opened_at: str | None = None) -> str:
        """Where a page that was opened at this host finds the hub."""
        return self.hub_urls[opened_at == LOOPBACK[1]]
