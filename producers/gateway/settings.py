"""The gateway's settings."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from producers.gateway.join_settings import JoinSettings

BOT_NAMES = (
    "*notetaker*",
    "*note taker*",
    "*otter.ai*",
    "*fireflies.ai*",
    "*read.ai*",
    "*tl;dv*",
)


class BadSecrets(ValueError):
    """The secrets cannot be used as they stand."""


class EmptySecret(BadSecrets):
    """With it, anybody could sign."""


class Api(Struct, frozen=True, forbid_unknown_fields=True):
    """A platform's API, asked for what its webhooks lost. The key lies in a file (or is given):
    LiveKit `API key:API secret`, Zoom `account:client:secret`, Daily its API key, BigBlueButton
    its shared secret. LiveKit's and BigBlueButton's are their webhooks' own where none is given.
    """

    url: str = ""
    key: str = ""
    key_file: str = ""
    token_url: str = ""
    """Where Zoom gives out its tokens, if not at zoom.us."""


class GatewaySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Secrets lie in files (`secret_files`: platform -> file, one secret a line, all of them
    active so that they can be rotated; LiveKit's are `API key:API secret`). Those given in
    `secrets` count too. `event_tokens` (and its file) are the bearer tokens of `POST /events`.
    """

    host: str = "127.0.0.1"
    port: int = 8090
    public_url: str = ""
    """Where the outside reaches the gateway, without a path of ours (`https://hooks.clinic.org`):
    some platforms sign it. Empty: the address of the request."""
    directory: str = ""
    """The directory's database URL."""
    secrets: dict[str, list[str]] = {}
    secret_files: dict[str, str] = {}
    apis: dict[str, Api] = {}
    """By platform; without one, what webhooks lost stays lost."""
    reconcile_seconds: float = 60
    settled_seconds: float = 30
    """A join or a leave younger than this may be missing in an API's answer."""
    event_tokens: list[str] = []
    event_tokens_file: str = ""
    max_body_bytes: int = 256 * 1024
    read_seconds: float = 10
    write_seconds: float = 2
    """How long Kafka has to acknowledge, before the sender is told to come again."""
    max_in_flight: int = 512
    gather_ms: int = 250
    webhooks_a_minute: int = 6_000
    """Of one platform from one sender; more is asked to come again."""
    bot_names: list[str] = field(default_factory=lambda: [*BOT_NAMES])
    """Shown names of programs that join like people; patterns as of a shell, in any case."""
    samples_a_minute: int = 600
    events_a_minute: int = 120
    """Of one beacon token."""
    feed_seconds: float = 30
    rules: str = ""
    """The rules file (else `rules_file`): what a program lets nobody infer is not taken in."""
    join: JoinSettings = JoinSettings()

    def all_secrets(self) -> Mapping[str, Sequence[str]]:
        """Every active secret by platform. Raises `OSError` for a file that cannot be read,
        `EmptySecret`."""
        found = {
            platform: [*self.secrets.get(platform, ()), *_lines(self.secret_files.get(platform))]
            for platform in {*self.secrets, *self.secret_files}
        }
        for platform, secrets in found.items():
            if any(not secret or secret.endswith(":") for secret in secrets):
                raise EmptySecret(f"gateway: a secret of {platform} is empty")
        return found

    def check(self) -> None:
        """Reads every file of secrets. Raises `BadSecrets`, in a line that holds none of them."""
        try:
            self.all_secrets()
            self.all_event_tokens()
            for platform in self.apis:
                self.api_key(platform)
        except OSError as error:
            raise BadSecrets(f"gateway: cannot read {error.filename}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise BadSecrets("gateway: a file of secrets is no UTF-8 text") from None

    def api_key(self, platform: str) -> str:
        """Empty where there is none. Raises `OSError`."""
        api = self.apis.get(platform, Api())
        given = [api.key, *_lines(api.key_file), *self.all_secrets().get(platform, ())]
        return next(filter(None, given), "")

    def all_event_tokens(self) -> Sequence[str]:
        """Raises `OSError`, `EmptySecret`."""
        tokens = [*self.event_tokens, *_lines(self.event_tokens_file)]
        if not all(tokens):
            raise EmptySecret("gateway: an event token is empty")
        return tokens


def _lines(file: str | None) -> list[str]:
    if not file:
        return []
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip()]
