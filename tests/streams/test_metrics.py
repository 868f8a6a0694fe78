"""The closed sets of labels agree with the code that they are about."""

from prometheus_client.metrics import MetricWrapperBase

from sessionwatch.processes import PARTS
from streams import metrics
from streams.incidents.detectors import DETECTORS as ABOUT_ALL_ROOMS
from streams.participant.detectors import DETECTORS as OVER_WEEKS
from streams.session.detectors import DETECTORS
from streams.topics import TOPICS


def test_rules_are_the_detectors():
    modules = (*DETECTORS, *ABOUT_ALL_ROOMS, *OVER_WEEKS)
    assert set(metrics.RULES) == {rule.__name__.rpartition(".")[2] for rule in modules}


def test_parts_are_the_processes():
    assert {*metrics.PARTS, "exporter", "archive"} == set(PARTS)
    assert {*metrics.READS, *metrics.WRITES} == set(PARTS)


def test_every_topic_is_written_by_some_part():
    written = {topic for topics in metrics.WRITES.values() for topic in topics}
    assert {topic.name for topic in TOPICS if topic not in written} == {"dead-letters"}


def test_names_and_labels_follow_the_rules():
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            assert metric._name.startswith("sessionwatch_")
            assert metric._documentation[0].isupper()
            assert set(metric._labelnames) <= set(metrics.LABELS)


def test_a_part_starts_with_its_series_at_zero():
    metrics.start_at_zero("session")
    [family] = metrics.SIGNALS.collect()
    assert {sample.labels["rule"] for sample in family.samples} == set(metrics.RULES)
