"""What a newcomer reads once the gateway serves: where it is, with which key, and a first question."""

import json
import shlex

from app.cli.errors import Said
from app.cli.language import tell
from app.cli.operator_key import KEY_FILE, find_kept_platform_id, find_or_make_operator_key
from app.demo.parties import OPERATOR
from app.platforms import choose_platform, list_all_platforms
from app.store import Store
from ledger.errors import Remark
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
            "\n" + tell(Remark(Said.SERVES_ON, url=url)),
            await _write_key(store, url, platform),
            tell(Said.CTRL_C),
        )
    )


async def _write_key(store: Store, url: str, platform: str | None) -> str:
    chosen = await _choose(store, platform)
    if chosen is None:
        return tell(Said.NOTHING_TO_SERVE)
    key = await find_or_make_operator_key(store, chosen)
    if key is None:
        quoted = shlex.quote(chosen.reference)
        return tell(Remark(Said.KEY_ELSEWHERE, platform=chosen.reference, quoted=quoted))
    query = FIRST_QUERY.format(operator=json.dumps(chosen.reference, ensure_ascii=False))
    file, call = store.settings.home / KEY_FILE, _write_curl(url, key, query)
    return tell(Remark(Said.KEY_AND_QUERY, file=file, key=key, query=query, call=call))


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
