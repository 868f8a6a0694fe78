"""BigBlueButton's checksum and words, and what they become."""

import json
from urllib.parse import quote_plus

import pytest

from producers.gateway.errors import BadSignature, InvalidField, NotJson, Stale, UnknownRoom
from producers.gateway.platforms import bigbluebutton as bbb
from streams.events import MINUTE
from tests.producers.gateway.clinic import NOW, ROOM

SECRET = "mysharedsecret"
CALLBACK = "https://hooks.clinic.example/webhooks/bigbluebutton"
BODY = (
    b"domain=bbb.clinic.example&event=%5B%7B%22data%22%3A%7B%22id%22%3A%22pad-content%22%7D%7D%5D"
    b"&timestamp=1795436310000"
)
SHA1 = "b20a42afbb31e29e85daebce9da764d6c63dd2ea"
SHA256 = "cfb28d238527e9ab739074e47f15bd250271887fe2595fdce0781e75fb73fafc"


@pytest.fixture
def names(evenings):
    return evenings.names("bigbluebutton")


def event(kind: str = "user-joined", *, ts: int = NOW, room: str = ROOM, **user) -> dict:
    who = {
        "internal-user-id": "w_1fewpbchnudl",
        "external-user-id": "ana",
        "name": "Canary Name",
        "role": "VIEWER",
        "presenter": "false",
    }
    meeting = {"internal-meeting-id": "038b74cf-1696511528029", "external-meeting-id": room}
    about = {"meeting": meeting, **({"user": who | user} if kind.startswith("user-") else {})}
    return {"data": {"type": "event", "id": kind, "attributes": about, "event": {"ts": ts}}}


def sent(*events: object, raw: str | None = None) -> bytes:
    listed = json.dumps(list(events)) if raw is None else raw
    return f"domain=x&event={quote_plus(listed)}&timestamp={NOW}".encode()


def with_checksum(checksum: str, more: str = "?") -> str:
    return f"{CALLBACK}{more}checksum={checksum}"


def test_checksums_made_elsewhere_are_right():
    """Made with: printf 'CALLBACK' 'BODY' 'SECRET' | sha1sum, sha256sum"""
    for checksum in (SHA1, SHA256):
        url = with_checksum(checksum)
        assert bbb.verify({}, BODY, ["other", SECRET], NOW, url) == SECRET


def test_a_callback_url_may_have_a_query_of_its_own():
    url = bbb.sign(BODY, SECRET, NOW, CALLBACK + "?site=1").url
    assert "?site=1&checksum=" in url
    assert bbb.verify({}, BODY, [SECRET], NOW, url) == SECRET


def test_the_secret_may_come_as_a_bearer_token():
    for secret in (SECRET, "old"):
        headers = {"authorization": f"Bearer {secret}"}
        assert bbb.verify(headers, BODY, ["old", SECRET], NOW, CALLBACK) == secret
    for wrong in ("Bearer x", "Bearer ", f"Basic {SECRET}"):
        with pytest.raises(BadSignature):
            bbb.verify({"authorization": wrong}, BODY, [SECRET], NOW, CALLBACK)


@pytest.mark.parametrize(
    ("url", "body", "secrets"),
    [
        pytest.param(with_checksum(SHA1.upper()), BODY, [SECRET], id="hex in upper case"),
        pytest.param(with_checksum(SHA1[:-1]), BODY, [SECRET], id="cut"),
        pytest.param(with_checksum(""), BODY, [SECRET], id="empty"),
        pytest.param(CALLBACK, BODY, [SECRET], id="none"),
        pytest.param(with_checksum(SHA1).replace("https", "http"), BODY, [SECRET], id="scheme"),
        pytest.param(with_checksum(SHA1), BODY.replace(b"%5B", b"%5b"), [SECRET], id="re-encoded"),
        pytest.param(with_checksum(SHA1), BODY, ["other"], id="another secret"),
        pytest.param(with_checksum(SHA1), BODY, [], id="no secret"),
    ],
)
def test_wrong_checksums(url, body, secrets):
    with pytest.raises(BadSignature):
        bbb.verify({}, body, secrets, NOW, url)


@pytest.mark.parametrize("off", [-61 * MINUTE, 61 * MINUTE])
def test_a_right_checksum_too_far_from_now_is_stale(off):
    with pytest.raises(Stale):
        bbb.verify({}, BODY, [SECRET], NOW + off, with_checksum(SHA1))


@pytest.mark.parametrize(
    ("told", "role", "device"),
    [
        pytest.param({}, "participant", None, id="a patient"),
        pytest.param({"role": "MODERATOR"}, "participant", None, id="a patient as moderator"),
        pytest.param({"external-user-id": "dr-ortiz"}, "host", None, id="the host"),
        pytest.param(
            {"external-user-id": "cover", "role": "MODERATOR"}, "host", None, id="a substitute"
        ),
        pytest.param({"internal-user-id": "v_abc"}, "participant", "landline", id="a caller"),
        pytest.param(
            {"external-user-id": "n", "name": "Read.AI notes"}, "bot", None, id="a note-taker"
        ),
    ],
)
def test_a_join(names, told, role, device):
    [made] = bbb.translate(sent(event(**told)), names)
    assert (made.ts, made.role, made.device and made.device.kind) == (NOW, role, device)
    assert made.participant_id == names.participant(told.get("external-user-id", "ana"))
    assert "Canary" not in repr(made)


def test_who_comes_back_has_the_same_connection_and_another_event(names):
    [first] = bbb.translate(sent(event()), names)
    [gone] = bbb.translate(sent(event("user-left", ts=NOW + 1)), names)
    [back] = bbb.translate(sent(event(ts=NOW + 2)), names)
    assert first.connection_id == gone.connection_id == back.connection_id
    assert len({first.id, gone.id, back.id}) == 3
    assert gone.reason == "unknown"


def test_who_has_no_id_of_the_clinics_is_unmapped(names):
    [made] = bbb.translate(sent(event(**{"external-user-id": ""})), names)
    assert made.participant_id == names.participant("w_1fewpbchnudl")
    assert made.participant_id.startswith("unmapped:")


def test_a_bad_event_costs_its_neighbours_nothing(names):
    many = sent({}, event(), event(room="elsewhere"), "x", event("user-left"))
    kinds = [made.__struct_config__.tag for made in bbb.translate(many, names)]
    assert kinds == ["participant.joined", "participant.left"]


def test_what_is_not_needed_is_nothing(names):
    told = [event("user-audio-muted"), event("chat-group-message-sent"), event("rap-published")]
    assert bbb.translate(sent(*told), names) == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (sent(event(room="elsewhere")), UnknownRoom),
        (sent(event(room="")), InvalidField),
        (sent(event(ts=-1)), InvalidField),
        (sent(event(**{"internal-user-id": ""})), InvalidField),
        (sent(raw="{}"), InvalidField),
        (sent(raw="[{"), NotJson),
        (b"domain=x", InvalidField),
        (b"\xff", InvalidField),
    ],
)
def test_what_cannot_be_meant_is_refused(names, body, error):
    with pytest.raises(error):
        bbb.translate(body, names)
