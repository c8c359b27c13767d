"""
The load generator: keep-alive connections that each send a request, wait for the answer, and send the next.

    python -m tests.bench.load < a job as JSON

In a process of its own and with no HTTP library, so that the little processor time it takes is not the server's.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from typing import Any, cast

import uvloop


def main() -> None:
    """Read the job from stdin, do it, write what came of it to stdout."""
    job = json.load(sys.stdin)
    print(json.dumps(uvloop.run(run(job))))


async def run(job: dict[str, Any]) -> dict[str, Any]:
    """`count` requests over `clients` connections; `warm_up` more before the clock starts."""
    loop = asyncio.get_running_loop()
    requests = list(_write_requests(job))
    clients = []
    for _ in range(job["clients"]):
        _, client = await loop.create_connection(lambda: Client(job["expect"].encode()), "127.0.0.1", job["port"])
        clients.append(client)
    for stretch in (requests[: job["warm_up"]], requests[job["warm_up"] :]):
        waiting = iter(stretch)
        for client in clients:
            client.latencies = []
        began = time.perf_counter()
        await asyncio.gather(*(client.send_all(waiting) for client in clients))
        seconds = time.perf_counter() - began
    latencies = sorted(latency for client in clients for latency in client.latencies)
    unexpected = [answer for client in clients for answer in client.unexpected]
    return {
        "seconds": seconds,
        "answers": len(latencies),
        "p50_ms": 1_000 * latencies[len(latencies) // 2],
        "p99_ms": 1_000 * latencies[min(len(latencies) - 1, int(len(latencies) * 0.99))],
        "unexpected": len(unexpected),
        "first_unexpected": unexpected[0][:2_000].decode(errors="replace") if unexpected else None,
        "cpu_s": time.process_time(),
    }


class Client(asyncio.Protocol):
    """One connection. An answer that lacks what is expected is kept."""

    def __init__(self, expected: bytes) -> None:
        self.latencies: list[float] = []
        self.unexpected: list[bytes] = []
        self._expected = expected
        self._received = b""
        self._requests: Iterator[bytes] = iter(())
        self._done: asyncio.Future[None] | None = None

    def send_all(self, requests: Iterator[bytes]) -> "asyncio.Future[None]":
        """Send from the iterator, which other clients share, until it is empty."""
        self._requests = requests
        self._done = asyncio.get_running_loop().create_future()
        self._send_next()
        return self._done

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance

    def data_received(self, data: bytes) -> None:
        received = self._received + data if self._received else data
        if _is_whole(received):
            self._received = b""
            self.latencies.append(time.perf_counter() - self._sent)
            if self._expected not in received or b'"errors"' in received:
                self.unexpected.append(received)
            self._send_next()
        else:
            self._received = received

    def connection_lost(self, error: Exception | None) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(error or ConnectionError("the server closed the connection"))

    def _send_next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            assert self._done is not None
            self._done.set_result(None)
            return
        self._sent = time.perf_counter()
        self._transport.write(request)


def _is_whole(received: bytes) -> bool:
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = received[:end].lower()
    start = head.index(b"content-length: ") + 16
    stop = head.find(b"\r\n", start)
    return len(received) >= end + 4 + int(head[start : stop if stop >= 0 else None])


def _write_requests(job: dict[str, Any]) -> Iterator[bytes]:
    """The bodies in turn; in each, @N@ becomes a number of its own and @F@ the next of the fills."""
    fills = job.get("fills") or [""]
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {job['key']}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    )
    for number in range(job["warm_up"] + job["count"]):
        body = job["body"].replace("@N@", f"{job['run']}-{number}").replace("@F@", fills[number % len(fills)]).encode()
        yield f"{head}{len(body)}\r\n\r\n".encode() + body


if __name__ == "__main__":
    main()
