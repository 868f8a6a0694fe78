"""The gateway's secrets: from settings and from files, all of them active, none empty."""

import pytest

from producers.gateway.settings import EmptySecret, GatewaySettings
from sessionwatch.cli import main


def test_all_secrets_of_settings_and_files_are_active(tmp_path):
    (tmp_path / "livekit").write_text("new:secret\n\nold:secret \n")
    (tmp_path / "tokens").write_text("two\n")
    settings = GatewaySettings(
        secrets={"zoom": ["z"]},
        secret_files={"livekit": str(tmp_path / "livekit")},
        event_tokens=["one"],
        event_tokens_file=str(tmp_path / "tokens"),
    )
    assert settings.all_secrets() == {"zoom": ["z"], "livekit": ["new:secret", "old:secret"]}
    assert settings.all_event_tokens() == ["one", "two"]


@pytest.mark.parametrize(
    "settings",
    [
        GatewaySettings(secrets={"zoom": [""]}),
        GatewaySettings(secrets={"livekit": ["key:"]}),
        GatewaySettings(secrets={"zoom": ["z"]}, event_tokens=[""]),
    ],
)
def test_with_an_empty_secret_anybody_could_sign(settings):
    with pytest.raises(EmptySecret):
        settings.all_secrets() and settings.all_event_tokens()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ('secrets = {zoom = [""]}', "gateway: a secret of zoom is empty"),
        ('secret_files = {zoom = "/nowhere"}', "gateway: cannot read /nowhere: No such file"),
        ('apis = {zoom = {key_file = "/nowhere"}}', "gateway: cannot read /nowhere: No such file"),
    ],
)
def test_at_the_start_it_is_one_plain_line(tmp_path, capsys, told, said):
    file = tmp_path / "sessionwatch.toml"
    file.write_text(f"[gateway]\n{told}\n")
    assert main(["--settings", str(file), "run", "gateway"]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(f"sessionwatch: {said}")
    assert (printed.out, printed.err.count("\n")) == ("", 1)
