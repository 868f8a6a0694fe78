"""What is not to run side by side is there, and stays in one process."""

import pytest

from tests.in_parallel import ONE_AT_A_TIME, scope
from tests.kafka_cluster import ROOT


@pytest.mark.parametrize("start", ONE_AT_A_TIME)
def test_what_is_listed_exists(start):
    assert (ROOT / start).exists()


def test_a_module_stays_whole_and_those_that_share_a_thing_stay_together():
    assert scope("tests/alerts/test_app.py::test_a[x::y]") == "tests/alerts/test_app.py"
    assert scope("tests/faults/test_s1_poison.py::test_a") == scope("tests/fhir/test_server.py::b")
