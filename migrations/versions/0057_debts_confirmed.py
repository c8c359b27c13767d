"""A debt that was netted ends once its party has agreed to it: until then it may dispute it."""

from migrations.plain_sql import run_sql_beside

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    run_sql_beside(__file__)
