"""Terms know no smallest amount."""

from migrations.plain_sql import run_sql_beside

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    run_sql_beside(__file__)
