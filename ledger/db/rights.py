"""What a login must be allowed before it can migrate, and what a superuser runs where it is not."""

from typing import Any, NamedTuple

from ledger.db.examining import Asker
from ledger.errors import Remark, Words


class Lacking(Words):
    """Which right a login has not."""

    ROLES_NOT_THERE = "There are no roles splitbook_owner and splitbook_app, and it may not create them."
    ROLES_NOT_GRANTED = "It may not act as splitbook_owner and splitbook_app."
    SCHEMA_NOT_GRANTED = "It may not let them into the schema public."


class MissingRights(NamedTuple):
    """What `login` lacks, and the statements after which it does not."""

    login: str
    remarks: tuple[Remark, ...]
    statements: tuple[str, ...]


async def find_missing_rights(conn: Asker) -> MissingRights | None:
    """What the login of this connection lacks in its database to make and migrate the schema; None: nothing."""
    row = await conn.fetchrow(
        """
        SELECT quote_ident(u.rolname) AS login, u.rolsuper OR u.rolcreaterole AS may_create_roles,
            u.rolsuper OR pg_has_role(u.oid, n.nspowner, 'USAGE') AS owns_schema,
            array_agg(r.rolname::text) AS roles,
            coalesce(bool_and(
                pg_has_role(u.oid, r.oid, 'SET') OR pg_has_role(u.oid, r.oid, 'MEMBER WITH ADMIN OPTION')
            ), TRUE) AS may_act,
            coalesce(bool_and(has_schema_privilege(r.oid, n.oid, 'USAGE')
                AND (r.rolname = 'splitbook_app' OR has_schema_privilege(r.oid, n.oid, 'CREATE'))), FALSE) AS may_enter
        FROM pg_roles AS u
        INNER JOIN pg_namespace AS n ON n.nspname = 'public'
        LEFT JOIN pg_roles AS r ON r.rolname IN ('splitbook_owner', 'splitbook_app')
        WHERE u.rolname = current_user
        GROUP BY u.oid, u.rolname, u.rolsuper, u.rolcreaterole, n.nspowner
        """
    )
    return None if row is None else judge_rights(row)


def judge_rights(row: Any) -> MissingRights | None:
    """Say what is lacking of what was found."""
    login, missing = row["login"], {role for role in _ROLES if role not in row["roles"]}
    are_there = not missing
    lacking = set() if row["may_create_roles"] else missing
    # What it creates it may also act as.
    ungranted = lacking if row["may_act"] else {*_ROLES} - (missing - lacking)
    remarks: list[Remark] = []
    statements: list[str] = []
    if lacking:
        remarks.append(Remark(Lacking.ROLES_NOT_THERE))
        statements += [f"CREATE ROLE {role} NOLOGIN;" for role in _ROLES if role in lacking]
    if ungranted:
        remarks += [Remark(Lacking.ROLES_NOT_GRANTED)] if ungranted - lacking else []
        statements.append(f"GRANT {', '.join(role for role in _ROLES if role in ungranted)} TO {login};")
    if not row["owns_schema"] and not (are_there and row["may_enter"]):
        remarks.append(Remark(Lacking.SCHEMA_NOT_GRANTED))
        # Whoever may create roles need not have made them yet: then the schema is to be the login's to grant.
        statements += _ENTER if are_there or statements else [f"ALTER SCHEMA public OWNER TO {login};"]
    return MissingRights(login, tuple(remarks), tuple(statements)) if remarks else None


_ROLES = ("splitbook_owner", "splitbook_app")
_ENTER = (
    "GRANT USAGE, CREATE ON SCHEMA public TO splitbook_owner;",
    "GRANT USAGE ON SCHEMA public TO splitbook_app;",
)
