"""Put load on a server of this machine, and print what it took as JSON.

    python load.py PORT PATH BODIES CONNECTIONS SECONDS

BODIES is a file with one JSON body a line. Each connection sends the next one as soon as it has
the answer to its last, for the given time.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import cast

import uvloop

LONGEST_SECONDS = 60.0
MOST_CONNECTIONS = 512


@dataclass
class Load:
    """What all connections share.

    Attributes:
        requests: The requests, again and again.
        end: When no more are sent.
        open_connections: How many have not ended.
        seconds: How long each answer took.
        failures: Answers of another status than 200, and connections that broke.
    """

    requests: "cycle[bytes]"
    end: float
    open_connections: int
    done: asyncio.Event = field(default_factory=asyncio.Event)
    seconds: list[float] = field(default_factory=list)
    failures: int = 0


class Connection(asyncio.Protocol):
    """One client that sends a request after the other."""

    transport: asyncio.Transport

    def __init__(self, load: Load) -> None:
        """Join the load."""
        self._load = load
        self._answer = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is none by its type
        self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self.transport.write(next(self._load.requests))

    def data_received(self, data: bytes) -> None:
        """Take a part of an answer; after the last one send the next request."""
        self._answer += data
        head, separator, body = self._answer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if len(body) < int(length):
            return
        now = time.perf_counter()
        self._load.seconds.append(now - self._sent)
        self._load.failures += b" 200 " not in head.partition(b"\r\n")[0]
        self._answer = b""
        if now < self._load.end:
            self._send()
        else:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the load."""
        self._load.failures += exc is not None
        self._load.open_connections -= 1
        if not self._load.open_connections:
            self._load.done.set()


async def run(port: int, path: str, bodies: list[bytes], connections: int, seconds: float) -> Load:
    """Put load on 127.0.0.1 until the time is over and all answers are there."""
    head = b"POST %s HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    requests = [
        (head + b"content-length: %d\r\n\r\n") % (path.encode(), len(body)) + body
        for body in bodies
    ]
    load = Load(cycle(requests), time.perf_counter() + seconds, connections)
    loop = asyncio.get_running_loop()
    for _ in range(connections):
        await loop.create_connection(lambda: Connection(load), "127.0.0.1", port)
    async with asyncio.timeout(seconds + LONGEST_SECONDS):
        await load.done.wait()
    return load


def main() -> None:
    """Read the command line, put the load on, print requests a second and milliseconds."""
    port, path, file, connections, seconds = sys.argv[1:]
    bodies = Path(file).read_bytes().splitlines()
    length, clients = min(float(seconds), LONGEST_SECONDS), min(int(connections), MOST_CONNECTIONS)
    load = uvloop.run(run(int(port), path, bodies, clients, length))
    times = sorted(load.seconds)
    measured = {
        "rate": len(times) / length,
        "p50": times[len(times) // 2] * 1e3,
        "p99": times[len(times) * 99 // 100] * 1e3,
        "longest": times[-1] * 1e3,
        "failures": load.failures,
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
