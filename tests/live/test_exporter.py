"""The metrics of a live run are a valid text of Prometheus; the test skips where promtool is not installed."""

import shutil
import subprocess

import pytest

from icnsim.live import reporter
from icnsim.live.exporter import text
from icnsim.live.wire import packed
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Kind, Message
from tests.live.test_federation import made


@pytest.fixture
def federation():
    federation = made()
    request = Message(Kind.REQUEST, ActorId(0), AttemptId(0), ExecutorId(0), ExecutorId(1), signer=ExecutorId(0))
    federation.apply([[reporter.SENT, 1, 70, packed(request)]])
    return federation


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_finds_no_mistake_in_the_metrics(federation):
    checked = subprocess.run(["promtool", "check", "metrics"], input=text(federation), capture_output=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
