"""The log is its entries and its events; no row beside them says so again."""

from migrations.plain_sql import run_sql_beside

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    run_sql_beside(__file__)
