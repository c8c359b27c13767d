"""A claim of a deposit says for which order it is."""

from migrations.plain_sql import run_sql_beside

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    run_sql_beside(__file__)
