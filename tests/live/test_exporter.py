"""The metrics of a live run are a valid text of Prometheus; the test skips where promtool is not installed."""

import asyncio
import shutil
import subprocess

import pytest

from icnsim.live import reporter
from icnsim.live.exporter import serve, text
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


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET /metrics HTTP/1.1", "200 OK"),
        ("GET /metrics?module=icnsim HTTP/1.1", "200 OK"),
        ("GET /other HTTP/1.1", "404 Not Found"),
        ("POST /metrics HTTP/1.1", "404 Not Found"),
        ("\ud800", "404 Not Found"),
        ("", "404 Not Found"),
    ],
)
def test_only_a_get_of_the_metrics_is_answered_with_them(federation, line, status):
    async def asked():
        server = await serve(federation, 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(line.encode(errors="surrogatepass") + b"\r\n\r\n")
        answer = await reader.read()
        writer.close()
        server.close()
        return answer

    assert asyncio.run(asked()).startswith(f"HTTP/1.1 {status}\r\n".encode())
