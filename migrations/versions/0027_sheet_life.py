"""A sheet goes the ways of its life, and past an approval only with one."""

from migrations.plain_sql import run_sql_beside

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    run_sql_beside(__file__)
