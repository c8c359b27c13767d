"""Another account takes the place of the one that a legal entity pays from."""

from migrations.plain_sql import run_sql_beside

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    run_sql_beside(__file__)
