CREATE TABLE "past_rows" (
	"of_table" text NOT NULL,
	"row_id" uuid NOT NULL,
	"known_from" timestamp (3) with time zone NOT NULL,
	"known_until" timestamp (3) with time zone NOT NULL,
	"was" jsonb NOT NULL,
	CONSTRAINT "past_rows_of_table_row_id_known_until_pk" PRIMARY KEY("of_table","row_id","known_until"),
	CONSTRAINT "past_rows_span" CHECK ("past_rows"."known_until" > "past_rows"."known_from")
);
--> statement-breakpoint
ALTER TABLE "assignments" ADD COLUMN "changed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "certificates" ADD COLUMN "changed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "suspensions" ADD COLUMN "changed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "obligations" ADD COLUMN "changed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "results" ADD COLUMN "changed_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "past_rows_by_end" ON "past_rows" USING btree ("of_table","known_until");--> statement-breakpoint
-- What a row said is kept when it is changed in place (R4a), whatever changes it. What its own transaction wrote nobody
-- knew, so that is not kept. No two states share an instant: a writer whose clock is behind comes after the one before.
-- An argument names a column that is kept elsewhere.
CREATE FUNCTION keep_past_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  known timestamptz := coalesce(OLD.changed_at, OLD.recorded_at);
  is_own boolean := OLD.xmin = pg_current_xact_id()::xid;
BEGIN
  IF NEW IS NOT DISTINCT FROM OLD THEN RETURN NEW; END IF;
  IF is_own THEN
    NEW.changed_at := greatest(NEW.changed_at, OLD.changed_at);
    RETURN NEW;
  END IF;
  -- Code that does not know the column yet leaves it as it was.
  IF NEW.changed_at IS NOT DISTINCT FROM OLD.changed_at THEN NEW.changed_at := clock_timestamp(); END IF;
  NEW.changed_at := greatest(NEW.changed_at, known + interval '1 millisecond');
  INSERT INTO past_rows (of_table, row_id, known_from, known_until, was)
  VALUES (TG_TABLE_NAME, OLD.id, known, NEW.changed_at, to_jsonb(OLD) - coalesce(TG_ARGV, '{}')::text[]);
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER keep_past BEFORE UPDATE ON assignments FOR EACH ROW EXECUTE FUNCTION keep_past_row();
--> statement-breakpoint
CREATE TRIGGER keep_past BEFORE UPDATE ON certificates FOR EACH ROW EXECUTE FUNCTION keep_past_row('content');
--> statement-breakpoint
CREATE TRIGGER keep_past BEFORE UPDATE ON suspensions FOR EACH ROW EXECUTE FUNCTION keep_past_row();
--> statement-breakpoint
CREATE TRIGGER keep_past BEFORE UPDATE ON obligations FOR EACH ROW EXECUTE FUNCTION keep_past_row();
--> statement-breakpoint
CREATE TRIGGER keep_past BEFORE UPDATE ON results FOR EACH ROW EXECUTE FUNCTION keep_past_row();
