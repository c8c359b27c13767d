"""A book is closed through days that are over."""

from migrations.plain_sql import run_sql_beside

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    run_sql_beside(__file__)
