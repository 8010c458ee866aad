"""The audit trail, which the database itself keeps from being changed."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, SmallInteger, Text

revision = "0004"
down_revision = "0003"

SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")
TEXTS = ("event_id", "stripe_id", "subject", "plan", "settings", "code", "stripe_api", "act", "record_type", "external_id", "checksum")
LATER = ("outcome", "previous", "hash")
BEGINNING = f"""INSERT INTO audit_head ("only", seq, hash) VALUES (1, 0, '{"0" * 64}')"""  # noqa: S608 - a constant
REFUSED = "the audit trail is appended only"
ON_POSTGRES = (
    f"CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$",
    "CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept()",
    "CREATE TRIGGER audit_head_is_kept BEFORE DELETE OR TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept()",
    "REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM PUBLIC, CURRENT_USER",
)
ON_SQLITE = tuple(
    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
    for table, verb in (("audit", "UPDATE"), ("audit", "DELETE"), ("audit_head", "DELETE"))
)


def upgrade() -> None:
    on_postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "audit",
        Column("seq", SEQUENCE, primary_key=True, autoincrement=False if on_postgres else "auto"),
        Column("at", BigInteger, nullable=False),
        Column("sent_at", BigInteger, nullable=False),
        Column("account", Text, nullable=False),
        Column("request_id", Text, nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("token", BigInteger, nullable=False),
        *(Column(name, Text, nullable=False) for name in (*TEXTS, *LATER)),
    )
    op.create_index("audit_stripe_id", "audit", ["stripe_id"])
    op.create_table(
        "audit_head",
        Column("only", SmallInteger, primary_key=True, autoincrement=False if on_postgres else "auto"),
        Column("seq", BigInteger, nullable=False),
        Column("hash", Text, nullable=False),
    )
    op.execute(BEGINNING)
    for statement in ON_POSTGRES if on_postgres else ON_SQLITE:
        op.execute(statement)
