"""Keys are made, listed and revoked; a new key is alone on stdout."""

import asyncio
import json
import re
from datetime import UTC, datetime

import pytest

from ledger.actor import Actor
from ledger.approvals.defining import FlowDraft, define_flow
from ledger.approvals.model import ApprovalRequest, Kind, Step
from ledger.approvals.requesting import request_approvals
from ledger.db.connecting import Database
from ledger.journal.platforms import list_platforms
from tests.app.cli.commands import Commands

WHOLE = "for the whole platform; name no party."
KEY = re.compile(r"sb_1_([0-9a-f]{16})_[0-9a-f]{64}\n")


def test_a_key_is_alone_on_stdout_and_listed_without_its_text(market: Commands) -> None:
    operator = market.run("key", "create", "--role", "operator", "--name", "Ada")
    party = market.run("key", "create", "--role", "party", "--party", "M")

    ids = [KEY.fullmatch(made.stdout)[1] for made in (operator, party)]  # type: ignore[index]
    assert [made.exit_code for made in (operator, party)] == [0, 0]
    listed = market.ask("key", "list")
    assert [(key["id"], key["role"], key["actor"], key["party"]) for key in listed] == [
        (ids[0], "OPERATOR", "Ada", None),
        (ids[1], "PARTY", "party:M", "M"),
    ]
    assert operator.stdout.strip() not in market.run("key", "list").stdout


def test_keys_without_a_name_get_one_each_and_a_name_is_given_once(market: Commands) -> None:
    for _ in range(3):
        assert market.run("key", "create", "--role", "auditor").exit_code == 0
    assert market.run("key", "create", "--role", "operator", "--name", "Ada").exit_code == 0

    again = market.run("key", "create", "--role", "auditor", "--name", "Ada")

    assert [key["actor"] for key in market.ask("key", "list")] == ["auditor", "auditor-2", "auditor-3", "Ada"]
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr == "Another key acts as Ada; choose another name, or revoke that key first.\n"


def test_a_revoked_key_stays_in_the_list_and_gives_its_name_back(market: Commands) -> None:
    made = market.ask("key", "create", "--role", "operator", "--name", "Ada")

    revoked = market.run("key", "revoke", made["id"])
    again = market.ask("key", "revoke", made["id"])
    unknown = market.run("key", "revoke", "0" * 16)

    assert (revoked.exit_code, unknown.exit_code) == (0, 1)
    assert (revoked.stdout, revoked.stderr) == ("", f"Key {made['id']} is revoked.\n")
    assert again == {"id": made["id"], "revoked": True}
    assert market.ask("key", "list")[0]["revoked_at"] is not None
    assert market.run("key", "create", "--role", "operator", "--name", "Ada").exit_code == 0


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--role", "party"), 1, "A key of the role PARTY is for one party; name it."),
        (("--role", "party", "--party", "nobody"), 1, "There is no party nobody."),
        (
            ("--role", "operator", "--party", "M"),
            1,
            f"A key of the role OPERATOR is {WHOLE}",
        ),
        (("--role", "operator", "--name", " "), 1, "A name has 1 to 100 printable characters and no spaces around it."),
        (("--role", "operator", "--platform", "X"), 2, "There is no platform X, choose one with --platform: OP."),
    ],
)
def test_a_key_that_cannot_be_is_refused_in_one_sentence(
    market: Commands, words: tuple[str, ...], code: int, sentence: str
) -> None:
    refused = market.run("key", "create", *words)

    assert (refused.exit_code, refused.stdout, refused.stderr) == (code, "", sentence + "\n")
    assert market.ask("key", "list") == []


def test_the_secret_of_keys_is_a_file_for_this_user_alone_unless_the_environment_has_one(market: Commands) -> None:
    market.run("key", "create", "--role", "operator")
    made = (market.home / "secret").read_bytes()
    market.run("key", "create", "--role", "operator")

    assert len(made) == 64
    assert (market.home / "secret").read_bytes() == made
    assert (market.home / "secret").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in market.home.iterdir()] == ["secret"]

    market.environment |= {"SPLITBOOK_SECRET": "ours", "SPLITBOOK_HOME": str(market.home / "other")}
    assert market.run("key", "create", "--role", "operator").exit_code == 0
    assert not (market.home / "other").exists()


async def test_what_waits_for_the_owner_of_a_revoked_key_is_passed_on_and_told(market: Commands) -> None:
    for name in ("ann", "bob"):
        await asyncio.to_thread(market.ask, "key", "create", "--role", "operator", "--name", name)
    database = await Database.connect(market.environment["SPLITBOOK_DATABASE_URL"], writers=1, readers=1)
    try:
        async with database.read(None) as conn:
            (platform,) = await list_platforms(conn)
        now = datetime.now(UTC)
        async with database.write(platform.platform_id) as conn:
            flow = FlowDraft(Kind.PAYOUT, "payouts", (Step(("bob",)),))
            await define_flow(conn, draft=flow, actor=Actor("ann"), now=now)
            request = ApprovalRequest(Kind.PAYOUT, "payout/1", bytes(32), 1, "CNY", None, None, "Pay")
            await request_approvals(conn, requests=[request], maker=Actor("ann"), now=now)

        listed = await asyncio.to_thread(market.ask, "key", "list")
        (of_bob,) = [key["id"] for key in listed if key["actor"] == "bob"]
        assert (await asyncio.to_thread(market.run, "key", "revoke", of_bob)).exit_code == 0

        async with database.read(platform.platform_id) as conn:
            row = await conn.fetchrow("SELECT actor, payload FROM log_event WHERE kind = 'approval.escalated'")
    finally:
        await database.close()
    assert row is not None
    assert row["actor"].startswith("cli:")
    assert json.loads(row["payload"])["awaited"] == ["role:operator"]
