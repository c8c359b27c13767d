"""A gateway that also does what is due by itself."""

import time
from pathlib import Path

import httpx

from tests.app.cli.commands import Commands, write_lines
from tests.journeys.gateways import run_gateway
from tests.journeys.small_market import PARTIES, later, paid
from tests.waiting import HANGS_S

QUERY = "{ jobs(first: 50) { nodes { kind status } } dueWork { kind } }"


def test_a_gateway_with_a_worker_inside_closes_sheets(fresh_database: str, tmp_path: Path):
    commands = Commands(fresh_database, tmp_path / "home")
    commands.environment |= {"SPLITBOOK_WORKER": "true", "SPLITBOOK_WORKER_PAUSE_SECONDS": "0.2"}
    plan = {
        "plan": "small",
        "validFrom": "2025-01-01",
        "commission": {"default": "0.08"},
        "distribution": {"rates": ["0.05"]},
        "channelFee": {"rate": "0.006"},
    }
    events = (paid("O1"), later("O1", "order.succeeded", "succeeded"))
    for kind, document in (("parties", PARTIES), ("fee-plan", [plan]), ("events", events)):
        assert commands.run("import", kind, write_lines(tmp_path / kind, *document)).exit_code == 0
    key = commands.ask("key", "create", "--role", "operator")["key"]

    with run_gateway(commands) as url:
        give_up_at = time.monotonic() + HANGS_S
        while True:
            asked = httpx.post(f"{url}/graphql", json={"query": QUERY}, headers={"Authorization": f"Bearer {key}"})
            data = asked.json()["data"]
            if data["jobs"]["nodes"] and not data["dueWork"]:
                break
            assert time.monotonic() < give_up_at, data
            time.sleep(0.2)

    kinds = {job["kind"]: job["status"] for job in data["jobs"]["nodes"]}
    assert kinds["sheets.open"] == kinds["sheets.close"] == "DONE"
