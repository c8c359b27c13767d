"""A loss is settled, too, once what is owed from its sheet was paid whole, agreed by its party or not."""

from migrations.plain_sql import run_sql_beside

revision = "0058"
down_revision = "0057"


def upgrade() -> None:
    run_sql_beside(__file__)
