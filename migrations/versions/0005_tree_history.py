"""Tree history: who stood under whom on a past day, and whose totals a move has touched."""

from pathlib import Path

from migrations.plain_sql import run_sql_beside

revision = "0005"
down_revision = max(each.stem[:4] for each in Path(__file__).parent.glob("0*.py") if each.stem[:4] < revision)


def upgrade() -> None:
    run_sql_beside(__file__)
