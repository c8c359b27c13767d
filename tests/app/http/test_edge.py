"""Request ids, headers, log lines, health and pages."""

import asyncio
import io
import json
import logging
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog
from starlette.staticfiles import StaticFiles

from app.http.edge import SECURITY_HEADERS
from app.http.logs import configure_logs
from ledger.access.model import Role
from ledger.db.examining import Found
from ledger.errors import Remark
from tests.app.world import World, make_world


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.mark.parametrize("given", ["abc-123", "A" * 64, "0af7651916cd43dd8448eb211c80319c"])
async def test_a_clients_request_id_comes_back(world, given):
    async with world.client(X_Request_ID=given) as client:
        response = await client.get("/healthz")

    assert response.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "A" * 65, "a b", 'a"b', "a{b}", "a/b"])
async def test_a_request_id_that_does_not_belong_into_a_log_is_replaced(world, given):
    async with world.client(X_Request_ID=given) as client:
        first, second = await client.get("/healthz"), await client.get("/healthz")

    assert given not in (first.headers["x-request-id"], second.headers["x-request-id"])
    assert len(first.headers["x-request-id"]) == 24
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/", "/healthz", "/nothing", "/graphql", "/assets/nothing.js", "/metrics"])
async def test_every_answer_carries_the_security_headers(world, path):
    async with world.client() as client:
        response = await client.get(path)

    for name, value in SECURITY_HEADERS.items():
        assert response.headers[name] == value
    assert "server" not in response.headers
    assert "access-control-allow-origin" not in response.headers


async def test_scripts_may_come_from_this_server_only():
    policy = dict(part.split(" ", 1) for part in SECURITY_HEADERS["Content-Security-Policy"].split("; "))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert "http" not in SECURITY_HEADERS["Content-Security-Policy"]


async def test_a_request_is_one_line_with_who_and_what_and_nothing_the_caller_sent(world):
    with structlog.testing.capture_logs() as logs:
        async with world.client(X_Request_ID="r-7") as client:
            await client.post(
                "/graphql?secret-in-address",
                json={
                    "query": 'query SecretName { echo(text: "secret-literal") }',
                    "variables": {"v": "secret-variable"},
                },
            )

    (line,) = [line for line in logs if line["event"] == "request"]
    assert "ecret" not in json.dumps(line)
    assert (line["platform"], line["actor"], line["role"]) == (1, "ann", "OPERATOR")
    assert (line["method"], line["path"], line["status"], line["operation"]) == ("POST", "/graphql", 200, "query")
    assert len(line["document"]) == len(line["name"]) == 12


async def test_a_bug_outside_of_graphql_is_masked_logged_once_and_leaves_the_server_alive(world):
    async def explode(*_: object) -> None:
        raise RuntimeError("password=hunter2")

    broken = replace(world.gateway, authenticator=type("Broken", (), {"authenticate": explode})())
    world.gateway = broken
    with structlog.testing.capture_logs() as logs:
        async with world.client() as client:
            response = await client.post("/graphql", json={"query": "{ number }"})
            alive = await client.get("/healthz")

    assert response.status_code == 500
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert response.headers["x-request-id"] in response.json()["errors"][0]["message"]
    assert "hunter2" not in response.text
    assert [line["event"] for line in logs] == ["request.failed", "request", "request"]
    assert alive.status_code == 200


def test_logs_are_one_json_object_a_line_without_the_values_of_variables():
    stream = io.StringIO()
    configure_logs("INFO", stream)
    try:
        try:
            hidden = "hunter2"
            raise ValueError("told")
        except ValueError:
            structlog.get_logger().exception("ours", text="商", hidden_length=len(hidden))
        logging.getLogger("library").warning("theirs %s", 1)
        structlog.get_logger().debug("too quiet")
    finally:
        configure_logs("INFO", io.StringIO())

    ours, theirs = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (ours["event"], ours["level"], ours["text"]) == ("ours", "error", "商")
    assert ours["exception"][0]["exc_value"] == "told"
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("theirs 1", "warning", "library")
    assert "hunter2" not in stream.getvalue()


async def test_the_process_is_alive_whatever_the_store_does(world):
    world.store.away = True

    async with world.client(key=None) as client:
        response = await client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"alive": True})


async def test_readiness_names_each_check_and_the_reason_of_those_that_fail(world):
    async def fine() -> None:
        return None

    async def behind() -> Remark:
        return Remark(Found.SCHEMA_BEHIND, revision="0001", needed="0002")

    async def hangs() -> None:
        await asyncio.sleep(60)

    async def breaks() -> None:
        raise RuntimeError("password=hunter2")

    ready = replace(world.gateway, checks={"database": fine})
    unready = replace(world.gateway, checks={"database": fine, "schema": behind, "sealer": hangs, "safety": breaks})

    answers = []
    for gateway in (ready, unready):
        async with replace(world, gateway=gateway).client(key=None) as client:
            answers.append(await client.get("/readyz"))
            told = await client.get("/readyz", headers={"Accept-Language": "zh-CN"})

    assert (answers[0].status_code, answers[0].json()) == (
        200,
        {"ready": True, "checks": {"database": {"ok": True, "reason": None}}},
    )
    assert answers[1].status_code == 503
    assert {name: check["reason"] for name, check in answers[1].json()["checks"].items()} == {
        "database": None,
        "schema": "The schema is at revision 0001, the program needs 0002; run `splitbook migrate`.",
        "sealer": "No answer within 2 seconds.",
        "safety": "The check itself failed; see the log.",
    }
    assert {name: check["reason"] for name, check in told.json()["checks"].items()} == {
        "database": None,
        "schema": "数据库结构的版本为 0001，本程序需要 0002；请执行 `splitbook migrate`。",
        "sealer": "2 秒内没有结果。",
        "safety": "检查本身出错；请查日志。",
    }
    assert told.headers["Vary"] == "Accept-Language"


async def test_a_storm_of_readiness_questions_asks_the_store_once_a_second(world, monkeypatch):
    asked, instant = 0, 1_000.0
    monkeypatch.setattr("app.http.health.time", SimpleNamespace(monotonic=lambda: instant))

    async def count() -> None:
        nonlocal asked
        asked += 1

    world.gateway = replace(world.gateway, checks={"database": count})
    async with world.client(key=None) as client:
        await asyncio.gather(*(client.get("/readyz") for _ in range(50)))
        instant += 1.0
        await client.get("/readyz")
        assert asked == 1

        instant += 0.1
        await client.get("/readyz")
        assert asked == 2


async def test_a_stopping_process_says_so_before_it_stops(world):
    world.gateway.begin_drain()

    async with world.client(key=None) as client:
        response = await client.get("/readyz")
        still = await client.get("/healthz")

    assert (response.status_code, response.json()["checks"]["process"]["reason"]) == (503, "The server is stopping.")
    assert still.status_code == 200


async def test_numbers_are_for_operators_and_auditors(world):
    answers = {}
    for number, role in enumerate(Role, start=10):
        key = world.store.add_key(number, role, party_id=9 if role is Role.PARTY else None)
        async with world.client(key=key) as client:
            answers[role] = (await client.get("/metrics")).status_code
    async with world.client() as client:
        text = (await client.get("/metrics")).text
    async with world.client(key=None) as client:
        anonymous = await client.get("/metrics")

    assert answers == {Role.OPERATOR: 200, Role.AUDITOR: 200, Role.PARTNER: 403, Role.PARTY: 403}
    assert "splitbook_lane_wait_seconds" in text
    assert (anonymous.status_code, anonymous.headers["www-authenticate"]) == (401, "Bearer")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>GraphiQL</title>")
    (tmp_path / "docs.html").write_text("<title>Docs</title>")
    (tmp_path / "assets" / "index-abc.js").write_text("run()")
    (tmp_path.parent / "outside.txt").write_text("secret")
    return tmp_path


async def test_built_pages_are_served_and_their_hashed_assets_kept_for_good(world, built):
    world.gateway = replace(world.gateway, pages=built)

    async with world.client(key=None) as client:
        index, docs, script = [await client.get(path) for path in ("/", "/docs.html", "/assets/index-abc.js")]

    assert (index.text, index.headers["cache-control"]) == ("<title>GraphiQL</title>", "no-cache")
    assert docs.text == "<title>Docs</title>"
    assert (script.text, script.headers["cache-control"]) == ("run()", "public, max-age=31536000, immutable")
    assert script.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path", ["/assets/../../outside.txt", "/assets/%2e%2e/%2e%2e/outside.txt", "/outside.txt", "/assets/"]
)
async def test_nothing_but_the_pages_is_served(world, built, path):
    world.gateway = replace(world.gateway, pages=built)

    async with world.client(key=None) as client:
        response = await client.get(path)

    assert response.status_code == 404
    assert response.json()["errors"][0]["extensions"]["reason"] == "NOT_FOUND"


async def test_a_page_that_this_program_may_not_read_is_its_own_fault_and_no_matter_of_keys(world, built, monkeypatch):
    def forbid(*_: object) -> None:
        raise PermissionError

    # To the user who may read all, the file system refuses nothing.
    monkeypatch.setattr(StaticFiles, "lookup_path", forbid)
    world.gateway = replace(world.gateway, pages=built)

    async with world.client(key=None) as client:
        with structlog.testing.capture_logs() as logs:
            response = await client.get("/assets/index-abc.js")

    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (500, "INTERNAL_SERVER_ERROR")
    assert [line["event"] for line in logs] == ["request.failed", "request"]


async def test_without_built_pages_the_api_runs_and_the_page_says_how_to_build_them(world, tmp_path):
    world.gateway = replace(world.gateway, pages=tmp_path / "dist")

    async with world.client() as client:
        page = await client.get("/")
        answer = await client.post("/graphql", json={"query": "{ number }"})

    assert (page.status_code, "make install" in page.text) == (200, True)
    assert answer.json() == {"data": {"number": "1"}}
