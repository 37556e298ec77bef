"""Types as models and databases spell them; a severity where the two differ."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from tests.sources.database.test_extensions import Named
from tests.spellings.row import Row

TYPES = {
    "interval day to second(6)": Row(
        lambda: pg.INTERVAL(fields="day to second"), "interval day to second(6)"
    ),
    "interval declared fields + 6": Row(
        lambda: pg.INTERVAL(fields="day to second", precision=6), "interval day to second"
    ),
    "interval upper fields": Row(
        lambda: pg.INTERVAL(fields="YEAR TO MONTH"), "interval year to month"
    ),
    "interval fields differ": Row(
        lambda: pg.INTERVAL(fields="YEAR"), "interval year to month", "error"
    ),
    "array ts6 declared": Row(lambda: sa.ARRAY(pg.TIMESTAMP(precision=6)), "timestamp[]"),
    "timestamptz6 declared": Row(lambda: pg.TIMESTAMP(precision=6, timezone=True), "timestamptz"),
    "time(5)": Row(sa.Time, "time(5)", "error"),
    "sa.Interval(second_precision=6)": Row(lambda: sa.Interval(second_precision=6), "interval"),
    "sa.Interval(second_precision=3)": Row(lambda: sa.Interval(second_precision=3), "interval(3)"),
    "sa.Interval(second_precision=3) drift": Row(
        lambda: sa.Interval(second_precision=3), "interval", "warning"
    ),
    "spec timestamp(6)": Row(lambda: Named("timestamp(6) without time zone"), "timestamp"),
    "spec timestamptz(6)": Row(lambda: Named("timestamptz(6)"), "timestamptz"),
    "numeric(10)": Row(lambda: sa.Numeric(10), "numeric(10,0)"),
    "numeric(10,0)": Row(lambda: sa.Numeric(10, 0), "numeric(10)"),
    "decimal": Row(lambda: sa.DECIMAL(12, 4), "numeric(12,4)"),
    "numeric none": Row(sa.Numeric, "decimal"),
    "numeric neg scale": Row(lambda: Named("numeric(3,-2)"), "numeric(3,-2)", server=15),
    "numeric neg scale drift": Row(
        lambda: Named("numeric(3,-2)"), "numeric(3,2)", "error", server=15
    ),
    "float53": Row(lambda: sa.Float(53), "double precision"),
    "float24": Row(lambda: sa.Float(24), "real"),
    "float": Row(sa.Float, "float8"),
    "double": Row(lambda: sa.Double(53), "double precision"),
    "REAL": Row(sa.REAL, "float4"),
    "float25": Row(lambda: sa.Float(25), "real", "error"),
    "bit1": Row(pg.BIT, "bit"),
    "bit(1)": Row(lambda: pg.BIT(1), "bit(1)"),
    "bit(8)": Row(lambda: pg.BIT(8), "bit(8)"),
    "bit(8) drift": Row(lambda: pg.BIT(8), "bit(9)", "error"),
    "varbit": Row(lambda: pg.BIT(varying=True), "varbit"),
    "varbit(5)": Row(lambda: pg.BIT(5, varying=True), "bit varying(5)"),
    "char": Row(sa.CHAR, "char"),
    "char(1)": Row(lambda: sa.CHAR(1), "character(1)"),
    "nchar": Row(lambda: sa.NCHAR(3), "char(3)"),
    "unicode": Row(lambda: sa.Unicode(30), "varchar(30)"),
    "largebinary": Row(sa.LargeBinary, "bytea"),
    "largebinary(n)": Row(lambda: sa.LargeBinary(200), "bytea"),
    "pickle": Row(sa.PickleType, "bytea"),
    "json": Row(sa.JSON, "json"),
    "json/jsonb": Row(sa.JSON, "jsonb", "error"),
    "jsonb astext": Row(lambda: pg.JSONB(none_as_null=True), "jsonb"),
    "json variant": Row(lambda: sa.JSON().with_variant(pg.JSONB(), "postgresql"), "jsonb"),
    "uuid": Row(lambda: sa.Uuid(as_uuid=True), "uuid"),
    "pg uuid": Row(lambda: pg.UUID(as_uuid=True), "uuid"),
    "boolean": Row(sa.Boolean, "bool"),
    "smallint": Row(sa.SmallInteger, "int2"),
    "oid": Row(pg.OID, "oid"),
    "regclass": Row(pg.REGCLASS, "regclass"),
    "money": Row(pg.MONEY, "money"),
    "inet arr": Row(lambda: sa.ARRAY(pg.INET), "inet[]"),
    "array 2d": Row(lambda: sa.ARRAY(sa.Integer, dimensions=2), "int[]"),
    "array bounds": Row(lambda: sa.ARRAY(sa.Integer), "int[3]"),
    "array of varchar": Row(lambda: sa.ARRAY(sa.String(20)), "varchar(20)[]"),
    "array len drift": Row(lambda: sa.ARRAY(sa.String(20)), "varchar(10)[]", "error"),
    "array varchar/text": Row(lambda: sa.ARRAY(sa.Text), "varchar[]", "warning"),
    "array text/varchar": Row(lambda: sa.ARRAY(sa.String), "text[]", "warning"),
    "array varchar(9)/text": Row(lambda: sa.ARRAY(sa.Text), "varchar(9)[]", "error"),
    "array int/bigint": Row(lambda: sa.ARRAY(sa.Integer), "bigint[]", "warning"),
    "varchar20/text": Row(lambda: sa.String(20), "text", "warning"),
    "int/bigint": Row(sa.Integer, "bigint", "warning"),
    "bigint/int": Row(sa.BigInteger, "integer", "error"),
    "int/numeric": Row(sa.Integer, "numeric", "warning"),
    "int/numeric(5,2)": Row(sa.Integer, "numeric(5,2)", "error"),
    "bigint/numeric(19,0)": Row(sa.BigInteger, "numeric(19,0)", "warning"),
    "numeric fits": Row(lambda: sa.Numeric(10, 2), "numeric(12,4)", "warning"),
    "numeric narrower": Row(lambda: sa.Numeric(10, 2), "numeric(10,1)", "error"),
    "real/double": Row(sa.REAL, "double precision", "warning"),
    "char/varchar": Row(lambda: sa.CHAR(5), "varchar(5)", "error"),
    "bpchar": Row(lambda: Named("bpchar"), "bpchar"),
    "name": Row(lambda: Named("name"), "name"),
    '"char"': Row(lambda: Named('"char"'), '"char"'),
    "tsvector": Row(pg.TSVECTOR, "tsvector"),
    "range": Row(pg.INT4RANGE, "int4range"),
    "multirange": Row(lambda: pg.ARRAY(pg.INT4MULTIRANGE), "int4multirange[]"),
    "tstzrange arr": Row(lambda: sa.ARRAY(pg.TSTZRANGE), "tstzrange[]"),
    "macaddr8": Row(pg.MACADDR8, "macaddr8"),
    "xml": Row(lambda: Named("xml"), "xml"),
    "point": Row(lambda: Named("POINT"), "point"),
    "ts(3)": Row(lambda: pg.TIMESTAMP(precision=3), "timestamp(3)"),
    "ts(0)": Row(lambda: pg.TIMESTAMP(precision=0), "timestamp(0)"),
    "ts(0) drift": Row(lambda: pg.TIMESTAMP(precision=0), "timestamp", "warning"),
    "date/timestamp": Row(sa.Date, "timestamp", "error"),
    "varchar collate": Row(lambda: sa.String(10, collation="C"), 'varchar(10) COLLATE "C"'),
    "varchar collate lost": Row(
        lambda: sa.String(10, collation="C"), "varchar(10)", "warning collation"
    ),
    "varchar collate extra": Row(
        lambda: sa.String(10), 'varchar(10) COLLATE "C"', "warning collation"
    ),
    "array collate": Row(
        lambda: sa.ARRAY(sa.String(10, collation="C")), 'varchar(10)[] COLLATE "C"'
    ),
    "collate default": Row(lambda: sa.String(10), 'varchar(10) COLLATE "default"'),
    "collate default declared": Row(lambda: sa.String(10, collation="default"), "varchar(10)"),
    "collate pg_catalog": Row(
        lambda: Named('varchar COLLATE pg_catalog."C"'), 'varchar COLLATE "C"'
    ),
    "Text as varchar(9)": Row(lambda: sa.Text, "varchar(9)", "error"),
    "String as text": Row(lambda: sa.String, "text", "warning"),
    "String(5) as varchar(6)": Row(lambda: sa.String(5), "varchar(6)", "warning"),
    "String(6) as varchar(5)": Row(lambda: sa.String(6), "varchar(5)", "error"),
    "String(5) as char(5)": Row(lambda: sa.String(5), "char(5)", "error"),
    "Integer as smallint": Row(lambda: sa.Integer, "smallint", "error"),
    "SmallInteger as integer": Row(lambda: sa.SmallInteger, "integer", "warning"),
    "Float as real": Row(lambda: sa.Float, "real", "error"),
    "Numeric as integer": Row(lambda: sa.Numeric, "integer", "error"),
    "DateTime as timestamptz": Row(lambda: sa.DateTime, "timestamptz", "error"),
    "DateTime(timezone=True) as timestamp": Row(
        lambda: sa.DateTime(timezone=True), "timestamp", "error"
    ),
    "Boolean as integer": Row(lambda: sa.Boolean, "integer", "error"),
    "UUID as varchar": Row(lambda: pg.UUID, "varchar", "error"),
    "JSON as text": Row(lambda: sa.JSON, "text", "error"),
    "ARRAY(Text) as text": Row(lambda: sa.ARRAY(sa.Text), "text", "error"),
    "ARRAY(String(5)) as varchar(6)[]": Row(
        lambda: sa.ARRAY(sa.String(5)), "varchar(6)[]", "warning"
    ),
    "ARRAY(SmallInteger) as int[]": Row(lambda: sa.ARRAY(sa.SmallInteger), "int[]", "warning"),
    "TIMESTAMP(precision=3) as timestamp": Row(
        lambda: pg.TIMESTAMP(precision=3), "timestamp", "warning"
    ),
    "DateTime as timestamp(3)": Row(lambda: sa.DateTime, "timestamp(3)", "error"),
    "Numeric(10,2) as numeric": Row(lambda: sa.Numeric(10, 2), "numeric", "warning"),
    "Numeric as numeric(10,2)": Row(lambda: sa.Numeric, "numeric(10,2)", "error"),
    "Numeric(10,2) as numeric(10,3)": Row(lambda: sa.Numeric(10, 2), "numeric(10,3)", "error"),
    "Numeric(10,2) as numeric(11,3)": Row(lambda: sa.Numeric(10, 2), "numeric(11,3)", "warning"),
    "BIT(3,varying=True) as bit varying(4)": Row(
        lambda: pg.BIT(3, varying=True), "bit varying(4)", "warning"
    ),
    "CHAR(3) as char(4)": Row(lambda: sa.CHAR(3), "char(4)", "warning"),
    "INTERVAL(precision=3) as interval": Row(
        lambda: pg.INTERVAL(precision=3), "interval", "warning"
    ),
}
