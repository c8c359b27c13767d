"""Settlement sheets, the lines they claim, and what becomes of their totals."""

from migrations.plain_sql import run_sql_beside

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run_sql_beside(__file__)
