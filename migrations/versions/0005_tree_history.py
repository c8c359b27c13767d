"""Tree history: who stood under whom on a past day, and whose totals a move has touched."""

from migrations.plain_sql import run_sql_beside

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_sql_beside(__file__)
