"""The versions of a platform's fee plans. None ever changes, so a process reads each once."""

import json
from collections.abc import Sequence

from ledger.charging import plan_sql
from ledger.charging.frozen import PublishedPlan
from ledger.charging.plan import parse_plan
from ledger.db.transacting import Connection


async def load_plans(conn: Connection) -> Sequence[PublishedPlan]:
    """Every version, in the order of publication; one statement that returns only what is new to this process."""
    remembered: tuple[PublishedPlan, ...] = conn.memory.get("plans", ())
    rows = await plan_sql.find_plans(conn, after=remembered[-1].version if remembered else 0)
    if not rows:
        return remembered
    plans = (*remembered, *(PublishedPlan(row["version"], parse_plan(json.loads(row["content"]))) for row in rows))
    conn.after_commit(lambda: conn.memory.update(plans=plans))
    return plans
