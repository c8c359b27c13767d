"""What the tests of the gateway share."""

import io

import pytest

from app.http.logs import configure_logs


@pytest.fixture(autouse=True, scope="session")
def quiet_logs() -> None:
    """Logs as the program writes them, kept out of the terminal. Tests that read logs capture them by structlog."""
    configure_logs("INFO", io.StringIO())
