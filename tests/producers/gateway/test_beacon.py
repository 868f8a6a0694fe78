"""The token that a browser's beacons carry."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.sealing import MasterKey
from producers.gateway.beacon import LIFE, Tokens
from producers.gateway.errors import BadToken

NOW = 1_795_436_310_000
TOKENS = Tokens(MasterKey(b"k" * 32))
TOKEN = TOKENS.issue("session", "person", "https://care.example.org", NOW)


def test_it_names_session_person_and_origin_for_12_hours():
    for now in (NOW, NOW + LIFE - 1):
        bearer = TOKENS.check(TOKEN, now)
        assert (bearer.session_id, bearer.participant_id) == ("session", "person")
        assert bearer.origin == "https://care.example.org"


def test_it_is_refused_before_and_after_by_another_installation_and_when_changed():
    claims, _, signature = TOKEN.partition(".")
    more = base64.urlsafe_b64encode(b'["session","other","x",9]').decode().rstrip("=")
    for tokens, token, now in [
        (TOKENS, TOKEN, NOW + LIFE),
        (TOKENS, TOKEN, NOW - 1),
        (Tokens(MasterKey(b"o" * 32)), TOKEN, NOW),
        (TOKENS, f"{more}.{signature}", NOW),
        (TOKENS, f"{claims}.{signature[:-1]}", NOW),
        (TOKENS, claims, NOW),
        (TOKENS, "", NOW),
    ]:
        with pytest.raises(BadToken):
            tokens.check(token, now)


@given(st.text())
def test_no_text_is_a_token_by_chance(text):
    with pytest.raises(BadToken):
        TOKENS.check(text, NOW)
