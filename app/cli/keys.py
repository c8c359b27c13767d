"""splitbook key create | list | revoke."""

from enum import StrEnum
from typing import Annotated

import typer

from app.cli.errors import Said
from app.cli.language import tell
from app.cli.options import JsonOption, PlatformOption
from app.cli.output import print_json, print_line, print_rows, say
from app.cli.running import command_actor, run_on_store
from app.clock import read_utc
from app.platforms import choose_platform
from app.store import Store
from ledger.access import keys
from ledger.access.errors import ActorTaken
from ledger.access.model import IssuedKey, ListedKey, Role
from ledger.approvals.escalating import escalate
from ledger.errors import Remark
from ledger.parties.finding import get_party

commands = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)

_MOST_NAMES = 100


class RoleName(StrEnum):
    """A role as it is typed."""

    OPERATOR = "operator"
    AUDITOR = "auditor"
    PARTNER = "partner"
    PARTY = "party"


@commands.command("create")
def create_key(
    role: Annotated[RoleName, typer.Option("--role", help="What the key is for.")],
    party: Annotated[
        str | None, typer.Option("--party", metavar="REF", help="The party whose subtree the key sees.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="ACTOR", help="Who acts with it: a person, or a program.")
    ] = None,
    platform: PlatformOption = None,
    as_json: JsonOption = False,
) -> None:
    """
    Make an API key and print it, alone, on stdout. It is shown this once and stored nowhere.

    Keys of one person carry that person's --name, whatever their role. Without a name, role and party make one.
    """

    async def work(store: Store) -> IssuedKey:
        chosen = await choose_platform(store.database, platform)
        named = [name] if name is not None else _default_names(role, party)
        return await _create(store, chosen.platform_id, Role[role.name], party, named)

    issued = run_on_store(work)
    principal = issued.principal
    if as_json:
        print_json({"key": issued.text, "id": principal.key_id, "role": principal.role, "actor": principal.actor.name})
        return
    say(tell(Remark(Said.KEY_MADE, key=principal.key_id, actor=principal.actor.name)))
    print_line(issued.text)


@commands.command("list")
def list_keys(platform: PlatformOption = None, as_json: JsonOption = False) -> None:
    """List the keys of a platform, revoked ones included; their text is not kept anywhere."""

    async def work(store: Store) -> list[ListedKey]:
        chosen = await choose_platform(store.database, platform)
        async with store.database.read(chosen.platform_id) as conn:
            return await keys.list_keys(conn)

    columns = ("id", "role", "actor", "party", "created_at", "expires_at", "revoked_at")
    print_rows([each._asdict() for each in run_on_store(work)], as_json=as_json, columns=columns)


@commands.command("revoke")
def revoke_key(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `key list` shows it.")],
    platform: PlatformOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a key for good. Running servers stop taking it within seconds; what waits for its owner is passed on."""

    async def work(store: Store) -> None:
        chosen = await choose_platform(store.database, platform)
        now = read_utc()
        async with store.database.write(chosen.platform_id) as conn:
            await keys.revoke_key(conn, key_id=key_id, actor=command_actor(), now=now)
        after: int | None = 0
        while after is not None:
            async with store.database.write(chosen.platform_id) as conn:
                after = await escalate(conn, actor=command_actor(), now=now, after=after)

    run_on_store(work)
    if as_json:
        print_json({"id": key_id, "revoked": True})
    else:
        say(tell(Remark(Said.KEY_REVOKED, key=key_id)))


def _default_names(role: RoleName, party: str | None) -> list[str]:
    first = f"{role}:{party}" if party is not None else str(role)
    return [first, *(f"{first}-{number}" for number in range(2, _MOST_NAMES + 1))]


async def _create(store: Store, platform_id: int, role: Role, party: str | None, names: list[str]) -> IssuedKey:
    async with store.database.write(platform_id) as conn:
        party_id = None if party is None else (await get_party(conn, reference=party, field="party")).party_id
        for name in names:
            try:
                return await keys.create_key(
                    conn, role=role, name=name, pepper=store.read_pepper(), now=read_utc(), party_id=party_id
                )
            except ActorTaken as error:
                taken = error
        raise taken
