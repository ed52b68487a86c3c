-- Counts kept by triggers, once for each statement, whatever writes it and however many rows it has. The functions run
-- with the rights of the owner: nobody else writes the counts (the migration takes that right from the service's role).

-- Room for the changed row on the page where it lies: the number of a count is in no index.
ALTER TABLE certificate_counts SET (fillfactor = 70);
--> statement-breakpoint
ALTER TABLE obligation_counts SET (fillfactor = 70);
--> statement-breakpoint
ALTER TABLE result_counts SET (fillfactor = 70);
--> statement-breakpoint
-- The lowest slot that no other transaction holds, held until this one ends: two writers never meet on a row of counts,
-- so that none waits for another and no two lock each other out.
CREATE FUNCTION kept_count_slot() RETURNS smallint LANGUAGE plpgsql AS $$
DECLARE
  slot int := 0;
BEGIN
  WHILE NOT pg_try_advisory_xact_lock(4019212, slot) LOOP slot := slot + 1; END LOOP;
  RETURN slot;
END
$$;
--> statement-breakpoint
CREATE FUNCTION first_of_month(day date) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN date_trunc('month', day::timestamp)::date;
--> statement-breakpoint
-- Rows are written in the order of the key, so that what is read together lies together.
-- Rows that come or go are `changed_rows`; a certificate that comes or goes has no suspension, as that refers to it.
CREATE FUNCTION keep_certificate_counts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  sign int := CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END;
BEGIN
  IF TG_OP <> 'UPDATE' THEN
    INSERT INTO certificate_counts AS kept
    SELECT r.member_id, s.span, s.ends_on, (SELECT kept_count_slot()), sign * count(*), 0
    FROM changed_rows r, LATERAL (VALUES ('day', r.valid_until), ('month', first_of_month(r.valid_until))) s(span, ends_on)
    WHERE r.ended_on IS NULL
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
    ON CONFLICT (member_id, span, ends_on, slot) DO UPDATE SET certificates = kept.certificates + excluded.certificates;
  ELSE
    INSERT INTO certificate_counts AS kept
    SELECT r.member_id, s.span, s.ends_on, (SELECT kept_count_slot()), sum(r.n), sum(CASE WHEN u.id IS NULL THEN 0 ELSE r.n END)
    FROM (SELECT id, member_id, valid_until, 1 AS n FROM new_rows WHERE ended_on IS NULL
          UNION ALL SELECT id, member_id, valid_until, -1 FROM old_rows WHERE ended_on IS NULL) r
    LEFT JOIN suspensions u ON u.certificate_id = r.id AND u.lifted_on IS NULL,
    LATERAL (VALUES ('day', r.valid_until), ('month', first_of_month(r.valid_until))) s(span, ends_on)
    GROUP BY 1, 2, 3
    HAVING sum(r.n) <> 0 OR sum(CASE WHEN u.id IS NULL THEN 0 ELSE r.n END) <> 0
    ORDER BY 1, 2, 3
    ON CONFLICT (member_id, span, ends_on, slot) DO UPDATE
      SET certificates = kept.certificates + excluded.certificates, suspended = kept.suspended + excluded.suspended;
  END IF;
  RETURN NULL;
END
$$;
--> statement-breakpoint
-- The certificate is held meanwhile: its last day and its ending must not change under the suspension that is counted.
CREATE FUNCTION keep_suspension_counts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  sign int := CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END;
BEGIN
  IF TG_OP <> 'UPDATE' THEN
    INSERT INTO certificate_counts AS kept
    WITH held AS (SELECT c.member_id, c.valid_until, sign AS n FROM changed_rows r JOIN certificates c ON c.id = r.certificate_id
                  WHERE r.lifted_on IS NULL AND c.ended_on IS NULL FOR SHARE OF c)
    SELECT r.member_id, s.span, s.ends_on, (SELECT kept_count_slot()), 0, sum(r.n)
    FROM held r, LATERAL (VALUES ('day', r.valid_until), ('month', first_of_month(r.valid_until))) s(span, ends_on)
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
    ON CONFLICT (member_id, span, ends_on, slot) DO UPDATE SET suspended = kept.suspended + excluded.suspended;
  ELSE
    INSERT INTO certificate_counts AS kept
    WITH held AS (SELECT c.member_id, c.valid_until, r.n
                  FROM (SELECT certificate_id, 1 AS n FROM new_rows WHERE lifted_on IS NULL
                        UNION ALL SELECT certificate_id, -1 FROM old_rows WHERE lifted_on IS NULL) r
                  JOIN certificates c ON c.id = r.certificate_id
                  WHERE c.ended_on IS NULL FOR SHARE OF c)
    SELECT r.member_id, s.span, s.ends_on, (SELECT kept_count_slot()), 0, sum(r.n)
    FROM held r, LATERAL (VALUES ('day', r.valid_until), ('month', first_of_month(r.valid_until))) s(span, ends_on)
    GROUP BY 1, 2, 3
    HAVING sum(r.n) <> 0
    ORDER BY 1, 2, 3
    ON CONFLICT (member_id, span, ends_on, slot) DO UPDATE SET suspended = kept.suspended + excluded.suspended;
  END IF;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE FUNCTION keep_obligation_counts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  sign int := CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END;
BEGIN
  IF TG_OP <> 'UPDATE' THEN
    INSERT INTO obligation_counts AS kept
    SELECT r.member_id, s.span, s.due_on, r.duty, r.rule_version, (SELECT kept_count_slot()), sign * count(*),
           sign * count(*) FILTER (WHERE r.met_on <= r.due_on), sign * count(*) FILTER (WHERE r.met_on > r.due_on),
           sign * count(r.waived_on), sign * count(*) FILTER (WHERE r.contested)
    FROM changed_rows r, LATERAL (VALUES ('day', r.due_on), ('month', first_of_month(r.due_on))) s(span, due_on)
    GROUP BY 1, 2, 3, 4, 5
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (member_id, span, due_on, duty, rule_version, slot) DO UPDATE
      SET due = kept.due + excluded.due, met_on_time = kept.met_on_time + excluded.met_on_time,
          met_late = kept.met_late + excluded.met_late, waived = kept.waived + excluded.waived,
          contested = kept.contested + excluded.contested;
  ELSE
    INSERT INTO obligation_counts AS kept
    SELECT * FROM (
      SELECT r.member_id, s.span, s.due_on, r.duty, r.rule_version, (SELECT kept_count_slot()), sum(r.n) AS due,
             sum(CASE WHEN r.met_on <= r.due_on THEN r.n ELSE 0 END) AS met_on_time,
             sum(CASE WHEN r.met_on > r.due_on THEN r.n ELSE 0 END) AS met_late,
             sum(CASE WHEN r.waived_on IS NULL THEN 0 ELSE r.n END) AS waived,
             sum(CASE WHEN r.contested THEN r.n ELSE 0 END) AS contested
      FROM (SELECT member_id, duty, rule_version, due_on, met_on, waived_on, contested, 1 AS n FROM new_rows
            UNION ALL SELECT member_id, duty, rule_version, due_on, met_on, waived_on, contested, -1 FROM old_rows) r,
      LATERAL (VALUES ('day', r.due_on), ('month', first_of_month(r.due_on))) s(span, due_on)
      GROUP BY 1, 2, 3, 4, 5) d
    WHERE (d.due, d.met_on_time, d.met_late, d.waived, d.contested) <> (0, 0, 0, 0, 0)
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (member_id, span, due_on, duty, rule_version, slot) DO UPDATE
      SET due = kept.due + excluded.due, met_on_time = kept.met_on_time + excluded.met_on_time,
          met_late = kept.met_late + excluded.met_late, waived = kept.waived + excluded.waived,
          contested = kept.contested + excluded.contested;
  END IF;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE FUNCTION keep_result_counts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  sign int := CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END;
BEGIN
  IF TG_OP <> 'UPDATE' THEN
    INSERT INTO result_counts AS kept
    SELECT r.member_id, first_of_month(r.effective_decided_on), (SELECT kept_count_slot()), sign * count(*)
    FROM changed_rows r
    WHERE r.superseded_at IS NULL
    GROUP BY 1, 2
    ORDER BY 1, 2
    ON CONFLICT (member_id, decided_month, slot) DO UPDATE SET results = kept.results + excluded.results;
  ELSE
    INSERT INTO result_counts AS kept
    SELECT r.member_id, first_of_month(r.effective_decided_on), (SELECT kept_count_slot()), sum(r.n)
    FROM (SELECT member_id, effective_decided_on, 1 AS n FROM new_rows WHERE superseded_at IS NULL
          UNION ALL SELECT member_id, effective_decided_on, -1 FROM old_rows WHERE superseded_at IS NULL) r
    GROUP BY 1, 2
    HAVING sum(r.n) <> 0
    ORDER BY 1, 2
    ON CONFLICT (member_id, decided_month, slot) DO UPDATE SET results = kept.results + excluded.results;
  END IF;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE FUNCTION keep_no_counts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  CASE TG_TABLE_NAME
    WHEN 'certificates' THEN DELETE FROM certificate_counts;
    WHEN 'suspensions' THEN UPDATE certificate_counts SET suspended = 0;
    WHEN 'obligations' THEN DELETE FROM obligation_counts;
    WHEN 'results' THEN DELETE FROM result_counts;
  END CASE;
  RETURN NULL;
END
$$;
--> statement-breakpoint
DO $$
DECLARE
  counted record;
BEGIN
  FOR counted IN SELECT * FROM (VALUES ('certificates', 'keep_certificate_counts'), ('suspensions', 'keep_suspension_counts'),
                                       ('obligations', 'keep_obligation_counts'), ('results', 'keep_result_counts')) c(facts, keep)
  LOOP
    EXECUTE format('CREATE TRIGGER %1$s_counted_new AFTER INSERT ON %1$I REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION %2$I()', counted.facts, counted.keep);
    EXECUTE format('CREATE TRIGGER %1$s_counted_changed AFTER UPDATE ON %1$I REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION %2$I()', counted.facts, counted.keep);
    EXECUTE format('CREATE TRIGGER %1$s_counted_gone AFTER DELETE ON %1$I REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION %2$I()', counted.facts, counted.keep);
    EXECUTE format('CREATE TRIGGER %1$s_counted_none AFTER TRUNCATE ON %1$I FOR EACH STATEMENT EXECUTE FUNCTION keep_no_counts()', counted.facts);
  END LOOP;
END
$$;
--> statement-breakpoint
-- The same counts from the facts themselves, by day first. `counted` names the table of facts, `what` is the key in words.
CREATE FUNCTION counts_of_facts(counted text) RETURNS TABLE (member_id uuid, what jsonb, numbers bigint[])
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT c.member_id, jsonb_build_array(s.span, s.ends_on), ARRAY[sum(c.certificates), sum(c.suspended)]
  FROM (SELECT c.member_id, c.valid_until, count(*) AS certificates, count(u.id) AS suspended
        FROM certificates c LEFT JOIN suspensions u ON u.certificate_id = c.id AND u.lifted_on IS NULL
        WHERE counted = 'certificates' AND c.ended_on IS NULL
        GROUP BY c.member_id, c.valid_until) c,
  LATERAL (VALUES ('day', c.valid_until), ('month', first_of_month(c.valid_until))) s(span, ends_on)
  GROUP BY c.member_id, s.span, s.ends_on
  UNION ALL
  SELECT o.member_id, jsonb_build_array(s.span, s.due_on, o.duty, o.rule_version),
         ARRAY[sum(o.due), sum(o.met_on_time), sum(o.met_late), sum(o.waived), sum(o.contested)]
  FROM (SELECT o.member_id, o.due_on, o.duty, o.rule_version, count(*) AS due,
               count(*) FILTER (WHERE o.met_on <= o.due_on) AS met_on_time, count(*) FILTER (WHERE o.met_on > o.due_on) AS met_late,
               count(o.waived_on) AS waived, count(*) FILTER (WHERE o.contested) AS contested
        FROM obligations o
        WHERE counted = 'obligations'
        GROUP BY o.member_id, o.due_on, o.duty, o.rule_version) o,
  LATERAL (VALUES ('day', o.due_on), ('month', first_of_month(o.due_on))) s(span, due_on)
  GROUP BY o.member_id, s.span, s.due_on, o.duty, o.rule_version
  UNION ALL
  SELECT r.member_id, jsonb_build_array(first_of_month(r.effective_decided_on)), ARRAY[count(*)]
  FROM results r
  WHERE counted = 'results' AND r.superseded_at IS NULL
  GROUP BY r.member_id, first_of_month(r.effective_decided_on)
$$;
--> statement-breakpoint
CREATE FUNCTION counts_as_kept(counted text) RETURNS TABLE (member_id uuid, what jsonb, numbers bigint[])
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT k.member_id, jsonb_build_array(k.span, k.ends_on), ARRAY[sum(k.certificates), sum(k.suspended)]
  FROM certificate_counts k WHERE counted = 'certificates' GROUP BY k.member_id, k.span, k.ends_on
  UNION ALL
  SELECT k.member_id, jsonb_build_array(k.span, k.due_on, k.duty, k.rule_version),
         ARRAY[sum(k.due), sum(k.met_on_time), sum(k.met_late), sum(k.waived), sum(k.contested)]
  FROM obligation_counts k WHERE counted = 'obligations' GROUP BY k.member_id, k.span, k.due_on, k.duty, k.rule_version
  UNION ALL
  SELECT k.member_id, jsonb_build_array(k.decided_month), ARRAY[sum(k.results)]
  FROM result_counts k WHERE counted = 'results' GROUP BY k.member_id, k.decided_month
$$;
--> statement-breakpoint
-- Where the two differ, in one snapshot, and by how much the counts fall short; a count of nought is the same as none.
CREATE FUNCTION count_differences(counted text) RETURNS TABLE (member_id uuid, what jsonb, kept bigint[], facts bigint[], missing bigint[])
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT member_id, what, k.numbers, f.numbers,
         ARRAY(SELECT coalesce(n.fact, 0) - coalesce(n.kept, 0) FROM unnest(f.numbers, k.numbers) WITH ORDINALITY n(fact, kept, at) ORDER BY n.at)
  FROM (SELECT * FROM counts_as_kept(counted) WHERE numbers <> array_fill(0::bigint, ARRAY[cardinality(numbers)])) k
  FULL JOIN counts_of_facts(counted) f USING (member_id, what)
  WHERE k.numbers IS DISTINCT FROM f.numbers
$$;
--> statement-breakpoint
-- Puts the counts right while nobody writes what is counted, and answers what differed.
CREATE FUNCTION recount_facts(counted text) RETURNS TABLE (member_id uuid, what jsonb, kept bigint[], facts bigint[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  CASE counted
    WHEN 'certificates' THEN
      LOCK TABLE suspensions, certificates IN SHARE ROW EXCLUSIVE MODE;
      RETURN QUERY WITH d AS MATERIALIZED (SELECT * FROM count_differences(counted)), put AS (
        INSERT INTO certificate_counts AS k
        SELECT d.member_id, d.what->>0, (d.what->>1)::date, 0, d.missing[1], d.missing[2] FROM d ORDER BY 1, 2, 3
        ON CONFLICT (member_id, span, ends_on, slot) DO UPDATE
          SET certificates = k.certificates + excluded.certificates, suspended = k.suspended + excluded.suspended)
      SELECT d.member_id, d.what, d.kept, d.facts FROM d;
    WHEN 'obligations' THEN
      LOCK TABLE obligations IN SHARE ROW EXCLUSIVE MODE;
      RETURN QUERY WITH d AS MATERIALIZED (SELECT * FROM count_differences(counted)), put AS (
        INSERT INTO obligation_counts AS k
        SELECT d.member_id, d.what->>0, (d.what->>1)::date, d.what->>2, (d.what->>3)::int, 0,
               d.missing[1], d.missing[2], d.missing[3], d.missing[4], d.missing[5] FROM d ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (member_id, span, due_on, duty, rule_version, slot) DO UPDATE
          SET due = k.due + excluded.due, met_on_time = k.met_on_time + excluded.met_on_time,
              met_late = k.met_late + excluded.met_late, waived = k.waived + excluded.waived,
              contested = k.contested + excluded.contested)
      SELECT d.member_id, d.what, d.kept, d.facts FROM d;
    WHEN 'results' THEN
      LOCK TABLE results IN SHARE ROW EXCLUSIVE MODE;
      RETURN QUERY WITH d AS MATERIALIZED (SELECT * FROM count_differences(counted)), put AS (
        INSERT INTO result_counts AS k
        SELECT d.member_id, (d.what->>0)::date, 0, d.missing[1] FROM d ORDER BY 1, 2
        ON CONFLICT (member_id, decided_month, slot) DO UPDATE SET results = k.results + excluded.results)
      SELECT d.member_id, d.what, d.kept, d.facts FROM d;
  END CASE;
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION recount_facts(text), count_differences(text), counts_as_kept(text), counts_of_facts(text) FROM PUBLIC;
--> statement-breakpoint
-- What is there already. The triggers above hold back every writer until this migration is whole.
DO $$
BEGIN
  PERFORM recount_facts('certificates');
  PERFORM recount_facts('obligations');
  PERFORM recount_facts('results');
END
$$;
