"""Put load on a server of this machine, and print what it took as JSON.

    python load.py PORT PATH BODIES CONNECTIONS SECONDS

BODIES is a file with one JSON body a line. Each connection sends the next one as soon as it has
the answer to its last, for the given time.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import uvloop


async def ask(port: int, requests: Iterator[bytes], end: float, waits: list[float]) -> int:
    """Send a request after the other; return how many had another answer than a 200.

    Args:
        port: The server's.
        requests: What to send next.
        end: When to stop.
        waits: Gets the seconds that each answer took.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    failures = 0
    while (start := time.perf_counter()) < end:
        writer.write(next(requests))
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        waits.append(time.perf_counter() - start)
        failures += not head.startswith(b"http/1.1 200 ")
    writer.close()
    return failures


async def main() -> None:
    """Read the command line, put the load on, print requests a second and milliseconds."""
    port, path, file, connections, seconds = sys.argv[1:]
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n".encode()
    requests = cycle(
        head + b"content-length: %d\r\n\r\n" % len(body) + body
        for body in Path(file).read_bytes().splitlines()
    )
    waits: list[float] = []
    end = time.perf_counter() + float(seconds)
    clients = [ask(int(port), requests, end, waits) for _ in range(int(connections))]
    failures = sum(await asyncio.gather(*clients))
    waits.sort()
    measured = {
        "rate": len(waits) / float(seconds),
        "p50": waits[len(waits) // 2] * 1e3,
        "p99": waits[len(waits) * 99 // 100] * 1e3,
        "longest": waits[-1] * 1e3,
        "failures": failures,
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    uvloop.run(main())
