"""Which sheets were dated anew since a page of a list that is ordered by due dates."""

from migrations.plain_sql import run_sql_beside

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    run_sql_beside(__file__)
