"""What payment channels say of their days is kept, and compared with what is booked here."""

from migrations.plain_sql import run_sql_beside

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    run_sql_beside(__file__)
