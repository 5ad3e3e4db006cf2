"""Prometheus reads the metrics of a live run; tests skip where it is not installed."""

import asyncio
import json
import shutil
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest

from icnsim.live import reporter
from icnsim.live.exporter import serve, text
from icnsim.live.wire import packed
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Kind, Message
from tests.command import PATIENCE_S
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


def answer_of(port, query):
    """The value of a query of Prometheus; None until its first scrape."""
    address = f"http://127.0.0.1:{port}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
            found = json.load(answer)["data"]["result"]
    except (urllib.error.URLError, ConnectionError):
        return None  # it has not started
    return float(found[0]["value"][1]) if found else None


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as held:
        return held.getsockname()[1]


@pytest.mark.slow  # Prometheus waits for 5 s before its first scrape
@pytest.mark.skipif(shutil.which("prometheus") is None, reason="prometheus is not installed")
def test_prometheus_scrapes_the_metrics(federation, tmp_path):
    async def scraped():
        server, own = await serve(federation, 0), free_port()
        target = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        (tmp_path / "prometheus.yml").write_text(
            "scrape_configs: [{job_name: icnsim, scrape_interval: 100ms, scrape_timeout: 100ms, "
            f'static_configs: [{{targets: ["{target}"]}}]}}]'
        )
        process = await asyncio.create_subprocess_exec(
            "prometheus", f"--config.file={tmp_path / 'prometheus.yml'}", f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{own}", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(PATIENCE_S):
                while (found := await asyncio.to_thread(answer_of, own, "icn_compute_actors_running")) is None:
                    assert process.returncode is None
                    await asyncio.sleep(0.1)
        finally:
            process.kill()
            await process.wait()
            server.close()
        return found

    assert asyncio.run(scraped()) == 9
