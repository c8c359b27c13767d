"""Refused lines of sources are tried again less and less often."""

from migrations.plain_sql import run_sql_beside

revision = "0055"
down_revision = "0054"


def upgrade() -> None:
    run_sql_beside(__file__)
