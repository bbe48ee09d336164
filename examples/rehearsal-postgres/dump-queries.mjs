// Each query gives lines that name one thing of the database and say what it is like. Things that are the same before
// and after give the same lines; the order of columns does not count.
const OWN = "n.nspname !~ '^(pg_|information_schema)'";

export const DUMP_QUERIES = [
  `select format('schema %I %s', n.nspname, n.nspacl) as line from pg_namespace n where ${OWN}`,
  "select format('extension %I %s', extname, extversion) as line from pg_extension",
  "select format('role %I %s %s', rolname, rolsuper, rolcanlogin) as line from pg_roles where rolname !~ '^pg_'",
  `select format('relation %I.%I %s %s rls=%s %s', n.nspname, c.relname, c.relkind, c.relacl, c.relrowsecurity, c.reloptions) as line
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${OWN} and c.relkind <> 'i'`,
  `select format('column %I.%I.%I %s not-null=%s identity=%s generated=%s default=%s', n.nspname, c.relname, a.attname,
       format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid)) as line
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where ${OWN} and c.relkind in ('r', 'p', 'v', 'm', 'f', 'c') and a.attnum > 0 and not a.attisdropped`,
  `select format('constraint %s %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid)) as line
     from pg_constraint k join pg_namespace n on n.oid = k.connamespace where ${OWN}`,
  `select format('index %s', indexdef) as line from pg_indexes where schemaname !~ '^(pg_|information_schema)'`,
  `select format('view %I.%I %s', n.nspname, c.relname, pg_get_viewdef(c.oid)) as line
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${OWN} and c.relkind in ('v', 'm')`,
  `select format('function %s %s', pg_get_functiondef(p.oid), p.proacl) as line
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${OWN} and p.prokind in ('f', 'p')`,
  "select format('trigger %s', pg_get_triggerdef(oid)) as line from pg_trigger where not tgisinternal",
  `select format('policy %I.%I %I %s %s %s %s %s', schemaname, tablename, policyname, permissive, roles, cmd, qual, with_check) as line
     from pg_policies`,
  `select format('enum %I.%I %s', n.nspname, t.typname, string_agg(e.enumlabel, ',' order by e.enumsortorder)) as line
     from pg_type t join pg_namespace n on n.oid = t.typnamespace join pg_enum e on e.enumtypid = t.oid
     where ${OWN} group by n.nspname, t.typname`,
];
