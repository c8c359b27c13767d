"""A login that may not migrate is told which right it lacks, and what a superuser runs to give it that."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from ledger.db.revisions import needed_revision
from ledger.db.rights import judge_rights
from tests.app.cli.commands import Commands
from tests.store import Server


@pytest.fixture
async def bare(server: Server) -> AsyncIterator[str]:
    """An empty database of a server that has the program's roles."""
    async with server.lend_database() as migrated, server.lend_database(template="template0") as dsn:
        assert migrated
        yield dsn


@pytest.fixture
async def newcomer(server: Server, bare: str) -> AsyncIterator[str]:
    """The name of a login that may do nothing but connect."""
    name = f"newcomer-{urlsplit(bare).path.removeprefix('/')}"
    await server.execute(f'CREATE ROLE "{name}" LOGIN')
    try:
        yield name
    finally:
        await execute(bare, f'DROP OWNED BY "{name}"; DROP ROLE "{name}"')


async def execute(dsn: str, statements: str) -> None:
    superuser = await asyncpg.connect(dsn)
    await superuser.execute(statements)
    await superuser.close()


def test_a_login_without_rights_is_told_what_to_grant_and_migrates_then(
    bare: str, newcomer: str, tmp_path: Path
) -> None:
    parts = urlsplit(bare)
    commands = Commands(parts._replace(netloc=f"{newcomer}@{parts.netloc.rpartition('@')[2]}").geturl(), tmp_path)

    refused = commands.run("migrate")

    head, _, statements = refused.stderr.partition("\n\n")
    assert (refused.exit_code, refused.stdout) == (3, "")
    assert head.startswith(f'The login "{newcomer}" may not migrate the database at ')
    assert head.endswith(
        ". It may not act as splitbook_owner and splitbook_app. It may not let them into the schema public."
        " Let a superuser run this there, and then `splitbook migrate` again:"
    )
    assert statements.splitlines() == [
        f'  GRANT splitbook_owner, splitbook_app TO "{newcomer}";',
        "  GRANT USAGE, CREATE ON SCHEMA public TO splitbook_owner;",
        "  GRANT USAGE ON SCHEMA public TO splitbook_app;",
    ]

    commands.environment["SPLITBOOK_LANGUAGE"] = "zh"
    told = commands.run("migrate")
    assert told.stderr.startswith(f'登录用户 "{newcomer}" 无权迁移数据库')
    assert told.stderr.partition("\n\n")[2] == statements

    asyncio.run(execute(bare, statements))
    assert commands.ask("migrate") == {"before": None, "after": needed_revision()}


SOUND: dict[str, Any] = {
    "login": "me",
    "roles": ["splitbook_owner", "splitbook_app"],
    "may_create_roles": False,
    "owns_schema": False,
    "may_act": True,
    "may_enter": True,
}
CREATE = ("CREATE ROLE splitbook_owner NOLOGIN;", "CREATE ROLE splitbook_app NOLOGIN;")
GRANT = ("GRANT splitbook_owner, splitbook_app TO me;",)
ENTER = (
    "GRANT USAGE, CREATE ON SCHEMA public TO splitbook_owner;",
    "GRANT USAGE ON SCHEMA public TO splitbook_app;",
)


@pytest.mark.parametrize(
    ("found", "statements"),
    [
        ({}, ()),
        ({"may_act": False}, GRANT),
        ({"may_enter": False}, ENTER),
        ({"may_enter": False, "owns_schema": True}, ()),
        ({"roles": [None], "may_enter": False}, (*CREATE, *GRANT, *ENTER)),
        ({"roles": [None], "may_enter": False, "owns_schema": True}, (*CREATE, *GRANT)),
        ({"roles": ["splitbook_owner"], "may_act": False, "owns_schema": True}, (CREATE[1], *GRANT)),
        ({"roles": ["splitbook_owner"], "owns_schema": True}, (CREATE[1], "GRANT splitbook_app TO me;")),
        (
            {"roles": ["splitbook_owner"], "may_act": False, "may_create_roles": True, "owns_schema": True},
            ("GRANT splitbook_owner TO me;",),
        ),
        ({"roles": [None], "may_create_roles": True, "owns_schema": True}, ()),
        (
            {"roles": [None], "may_create_roles": True, "may_enter": False},
            ("ALTER SCHEMA public OWNER TO me;",),
        ),
    ],
)
def test_what_is_lacking_is_named_with_what_gives_it(found: dict[str, Any], statements: tuple[str, ...]) -> None:
    missing = judge_rights({**SOUND, **found})

    assert (() if missing is None else missing.statements) == statements
    assert missing is None or str(missing.remarks[0])
