"""Orders are found by when they were paid, and what was submitted to be compared by order and by time."""

from migrations.plain_sql import run_sql_beside

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    run_sql_beside(__file__)
