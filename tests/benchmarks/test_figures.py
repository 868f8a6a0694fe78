import os
import subprocess
import sys

import pytest

from benchmarks import memory
from benchmarks.table import percentile, show


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (1, 100), (0.01, 1)])
def test_percentiles_are_by_nearest_rank(share, value):
    assert percentile([float(n) for n in range(100, 0, -1)], share) == value


def test_a_percentile_of_few_values_is_one_of_them():
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([7.0], 0.99) == 7.0


def test_a_table_has_a_row_a_line_and_columns_in_line(capsys):
    show("Streams", ("what", "a second"), [("quality: core", "1,000"), ("x", 5)])
    title, head, rule, first, second = capsys.readouterr().out.strip().splitlines()
    assert title.startswith("Streams (")
    assert len({len(line) for line in (head, rule, first, second)}) == 1


def test_memory_of_a_process_tree_counts_the_children(capsys):
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as parent:
        try:
            while len(list(memory.tree(parent.pid))) < 2:
                assert parent.poll() is None
            pids = list(memory.tree(parent.pid))
            assert pids[0] == parent.pid
            assert memory.main([str(parent.pid)]) == 0
        finally:
            parent.communicate(b"\n", timeout=20)
    lines = capsys.readouterr().out.splitlines()
    assert sum(str(pid) in line for line in lines for pid in pids) == 2
    assert lines[-1].split()[0] == "all"


def test_memory_of_a_process_that_is_gone_is_said(capsys):
    assert memory.main([str(2**22 - 1)]) == 2
    assert "cannot read process" in capsys.readouterr().err


def test_this_process_takes_memory():
    mine = memory.process(os.getpid())
    assert mine.rss >= mine.pss > 5_000
