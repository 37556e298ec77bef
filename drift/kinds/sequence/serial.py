"""The sequences behind SERIAL columns: each has its own, with the options that SERIAL gives it."""

from __future__ import annotations

import msgspec

from drift.kinds.sequence.options import OPTIONS_SQL, Options


class Counter(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The sequence that a live column's default takes its numbers from.

    `owner` is the other column that owns it; None if this column or none does.
    """

    schema: str
    name: str
    type: str
    options: Options
    owner: str | None = None


NEXTVAL = r"""LIKE 'nextval(%' AND d.text ~ '^nextval[(]''([^'']|'''')*''::regclass[)]$'"""
"""SQL after `d.text`, for a plain nextval(). LIKE spares most defaults the regular expression."""

COUNTER_SQL = f"""
  SELECT pg_catalog.json_build_object(
           'schema', n.nspname, 'name', q.relname,
           'type', pg_catalog.format_type(s.seqtypid, NULL), 'options', {OPTIONS_SQL},
           'owner', (
             SELECT pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(o.relname)
                    || '.' || pg_catalog.quote_ident(b.attname)
             FROM pg_catalog.pg_depend w
             JOIN pg_catalog.pg_class o ON o.oid = w.refobjid
             JOIN pg_catalog.pg_namespace m ON m.oid = o.relnamespace
             JOIN pg_catalog.pg_attribute b ON b.attrelid = o.oid AND b.attnum = w.refobjsubid
             WHERE w.classid = 'pg_catalog.pg_class'::regclass AND w.objid = q.oid
               AND w.refclassid = 'pg_catalog.pg_class'::regclass AND w.deptype IN ('a', 'i')
               AND (w.refobjid <> r.oid OR w.refobjsubid <> a.attnum)))
  FROM pg_catalog.pg_depend u
  JOIN pg_catalog.pg_class q ON q.oid = u.refobjid AND q.relkind = 'S'
  JOIN pg_catalog.pg_namespace n ON n.oid = q.relnamespace
  JOIN pg_catalog.pg_sequence s ON s.seqrelid = q.oid
  WHERE u.classid = 'pg_catalog.pg_attrdef'::regclass AND u.objid = d.oid
    AND u.refclassid = 'pg_catalog.pg_class'::regclass
  LIMIT 1
"""
"""SQL for the sequence of column `a` of relation `r`, whose default `d` is a plain nextval()."""
