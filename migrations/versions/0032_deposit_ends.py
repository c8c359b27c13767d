"""Deposit agreements end, by whom and why; nothing begins under them after that, nor for a party that has closed."""

from migrations.plain_sql import run_sql_beside

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    run_sql_beside(__file__)
