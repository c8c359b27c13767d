"""A test that waits for what will not come is ended."""

import asyncio
import os
import signal

import pytest


async def test_what_a_signal_raises_ends_a_test_that_waits() -> None:
    def end(*_: object) -> None:
        pytest.fail("took too long")

    before = signal.signal(signal.SIGUSR1, end)
    test = asyncio.current_task()
    assert test is not None
    asyncio.get_running_loop().call_later(0, os.kill, os.getpid(), signal.SIGUSR1)

    try:
        with pytest.raises(asyncio.CancelledError, match="took too long"):
            await asyncio.sleep(60)
    finally:
        test.uncancel()
        signal.signal(signal.SIGUSR1, before)
