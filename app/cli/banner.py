"""What a newcomer reads once the gateway serves: where it is, with which key, and a first question."""

import json
import shlex

from app.cli.operator_key import KEY_FILE, find_kept_platform_id, find_or_make_operator_key
from app.demo.parties import OPERATOR
from app.platforms import choose_platform, list_all_platforms
from app.store import Store
from ledger.journal.platforms import Platform

# From the operator down: what everybody together is owed, and who stands right below.
FIRST_QUERY = (
    "{{ platform {{ name asOf {{ sequence }} }} party(reference: {operator}) {{ name "
    "subtreeBalances {{ legalEntity {{ name }} balance {{ amount currency }} }} "
    "children(first: 5) {{ edges {{ node {{ reference kind name }} }} }} }} }}"
)


async def write_banner(store: Store, port: int, platform: str | None) -> str:
    """
    Write URL, key and query; the key is made here where there is none.

    Errors: PlatformNotChosen when `platform` is not there.
    """
    host = store.settings.host
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    return "\n".join(
        (
            f"\nSplitbook serves on {url} (GraphiQL in the browser, the API at {url}/graphql).",
            await _write_key(store, url, platform),
            "Ctrl-C stops everything, the database included.",
        )
    )


async def _write_key(store: Store, url: str, platform: str | None) -> str:
    chosen = await _choose(store, platform)
    if chosen is None:
        return "The store has no platform yet: import parties with an OPERATOR line, or run `splitbook demo`."
    key = await find_or_make_operator_key(store, chosen)
    if key is None:
        return (
            f"Platform {chosen.reference} has an operator key that is not kept here; "
            f"`splitbook key create --role operator --platform {shlex.quote(chosen.reference)}` makes another."
        )
    query = FIRST_QUERY.format(operator=json.dumps(chosen.reference, ensure_ascii=False))
    return (
        f"Operator key (also in {store.settings.home / KEY_FILE}):\n\n  {key}\n\n"
        f"A first query:\n\n  {query}\n\nor from a second terminal:\n\n  {_write_curl(url, key, query)}\n"
    )


async def _choose(store: Store, reference: str | None) -> Platform | None:
    if reference is not None:
        return await choose_platform(store.database, reference)
    platforms = await list_all_platforms(store.database)
    # The key that is shown is the one that is kept, and the query asks for what that key sees.
    kept = await find_kept_platform_id(store)
    known = next((each for each in platforms if each.platform_id == kept), None)
    # Whoever has more than the demo came for something else.
    others = (each for each in platforms if each.reference != OPERATOR)
    return known or next(others, platforms[0] if platforms else None)


def _write_curl(url: str, key: str, query: str) -> str:
    body = shlex.quote(json.dumps({"query": query}, ensure_ascii=False))
    return (
        f"curl -s {url}/graphql -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' --data-raw {body}"
    )
