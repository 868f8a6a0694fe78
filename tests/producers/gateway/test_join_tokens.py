"""What a join link carries."""

import pytest

from privacy.sealing import MasterKey
from producers.gateway.join_tokens import BadLink, Invitation, Invitations


def test_a_link_names_nobody_and_is_nobody_elses():
    ours, theirs = Invitations(MasterKey(b"k" * 32)), Invitations(MasterKey(b"o" * 32))
    invitation = Invitation("abcdefghijklmnopqrstuvwxyz", 2_000, "session-of-theirs")
    token = ours.token(invitation)
    assert ours.open(token, 1_999) == invitation
    assert len(token) < 130
    flipped = ("B" if token[40] == "A" else "A").join((token[:40], token[41:]))
    for bad, now in [(token, 2_000), (flipped, 1), (token[:-2], 1), ("", 1), ("ñ/", 1)]:
        with pytest.raises(BadLink):
            ours.open(bad, now)
    with pytest.raises(BadLink):
        theirs.open(token, 1)
