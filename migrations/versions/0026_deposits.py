"""A bill of a deposit ends with what it secures, and a claim that was asked for before its party closed is decided."""

from migrations.plain_sql import run_sql_beside

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    run_sql_beside(__file__)
