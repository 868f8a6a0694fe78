"""A program that lets nothing be inferred: the gateway keeps none of what inferring needs."""

from pathlib import Path

import pytest

from privacy.pseudonyms import Pseudonyms
from producers.gateway.consented import Consents
from streams.events import HOUR, EngagementObserved, MediaChanged, Sample
from streams.rules import load
from tests.producers.gateway.clinic import NOW, Booking, Clinic

SCOPES = frozenset({"quality", "engagement"})


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    folder = tmp_path_factory.mktemp("inference")
    return Clinic(folder, NOW, Booking("zoom", "1", NOW - HOUR, ["ana"], host="dr-chen"))


@pytest.mark.parametrize(
    ("rules", "scopes"),
    [
        ("", SCOPES),
        ('inference = "off"', {"quality"}),
        ('inference = "trial"', SCOPES),
        ('[program.{iop}]\ninference = "off"', {"quality"}),
        ('inference = "off"\n[program.{iop}]\ninference = "on"', SCOPES),
        ('[program.another]\ninference = "off"', SCOPES),
    ],
)
def test_what_is_off_is_dropped_whoever_allowed_it(
    clinic: Clinic, tmp_path: Path, rules: str, scopes: frozenset[str]
):
    made = Pseudonyms(clinic.key)
    file = tmp_path / "rules.toml"
    file.write_text(rules.replace("{iop}", made.program("iop")))
    consents = Consents(clinic.lookup, load(file))
    session = clinic.lookup.session("zoom", "1", NOW)
    about = {"session_id": session, "participant_id": made.participant("ana"), "ts": NOW}
    assert consents.of(session, about["participant_id"]) == scopes
    spoke = EngagementObserved(id="1", kind="spoke", ms=2_000, **about)
    camera = MediaChanged(id="2", camera="on", **about)
    sample = Sample(connection_id="c", rtt_ms=1, jitter_ms=1, loss=0, **about)
    kept = consents.kept([spoke, camera, sample])
    assert kept == [one for one in (spoke, camera, sample) if one is not spoke or len(scopes) == 2]


def test_of_a_session_that_nobody_knows_the_clinics_own_word_counts(clinic: Clinic, tmp_path: Path):
    who = Pseudonyms(clinic.key).participant("ana")
    (tmp_path / "off.toml").write_text('inference = "off"')
    assert Consents(clinic.lookup, load(tmp_path / "off.toml")).of("?", who) == {"quality"}
