"""Who cannot be credited is not, out of suspense either, and each opening of an item is released once."""

from migrations.plain_sql import run_sql_beside

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    run_sql_beside(__file__)
