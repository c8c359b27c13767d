"""The journal: platforms, chart, accounts, log, derived rows, and the laws over them."""

from migrations.plain_sql import run_sql_beside

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_sql_beside(__file__)
