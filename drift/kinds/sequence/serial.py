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
             SELECT (pg_catalog.pg_identify_object(w.refclassid, w.refobjid, w.refobjsubid))
                    .identity
             FROM pg_catalog.pg_depend w
             WHERE w.classid = 'pg_catalog.pg_class'::regclass AND w.objid = q.oid
               AND w.refclassid = 'pg_catalog.pg_class'::regclass AND w.deptype IN ('a', 'i')
               AND (w.refobjid <> r.oid OR w.refobjsubid <> a.attnum)))
  FROM pg_catalog.pg_depend u, pg_catalog.pg_class q, pg_catalog.pg_namespace n,
       pg_catalog.pg_sequence s
  WHERE q.oid = u.refobjid AND q.relkind = 'S' AND n.oid = q.relnamespace AND s.seqrelid = q.oid
    AND u.classid = 'pg_catalog.pg_attrdef'::regclass AND u.objid = d.oid
    AND u.refclassid = 'pg_catalog.pg_class'::regclass
  LIMIT 1
"""
"""SQL for the sequence of column `a` of relation `r`, whose default `d` is a plain nextval()."""
