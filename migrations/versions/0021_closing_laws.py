"""Laws of closing, asked a statement at a time."""

from migrations.plain_sql import run_sql_beside

revision = "0021"
down_revision = "0019"


def upgrade() -> None:
    run_sql_beside(__file__)
