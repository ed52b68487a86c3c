CREATE TABLE "announcement_matches" (
	"announcement_id" uuid NOT NULL,
	"place" integer NOT NULL,
	"certificate_id" uuid NOT NULL,
	"reason" text,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "announcement_matches_announcement_id_place_pk" PRIMARY KEY("announcement_id","place"),
	CONSTRAINT "announcement_matches_once" UNIQUE("announcement_id","certificate_id")
);
--> statement-breakpoint
ALTER TABLE "announcements" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "register_snapshots" ADD COLUMN "csv_packed_sha256" text;--> statement-breakpoint
ALTER TABLE "register_snapshots" ADD COLUMN "json_packed_sha256" text;--> statement-breakpoint
ALTER TABLE "announcement_matches" ADD CONSTRAINT "announcement_matches_certificate_id_certificates_id_fk" FOREIGN KEY ("certificate_id") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "announcement_matches" ADD CONSTRAINT "announcement_matches_line" FOREIGN KEY ("announcement_id","place") REFERENCES "public"."announcement_lines"("announcement_id","place") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "announcement_matches_by_certificate" ON "announcement_matches" USING btree ("certificate_id");--> statement-breakpoint
CREATE INDEX "announcement_lines_unmatched" ON "announcement_lines" USING btree ("announcement_id","place") WHERE "announcement_lines"."certificate_id" is null;--> statement-breakpoint
-- A match says of a published line without a certificate which one it means (N8): once, and for ever.
CREATE FUNCTION match_is_of_a_published_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM announcement_publications p WHERE p.announcement_id = NEW.announcement_id)
    OR EXISTS (SELECT 1 FROM announcement_lines l
      WHERE l.announcement_id = NEW.announcement_id AND l.place = NEW.place AND l.certificate_id IS NOT NULL) THEN
    RAISE EXCEPTION 'line % of announcement % takes no match', NEW.place, NEW.announcement_id USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER announcement_matches_fit BEFORE INSERT ON announcement_matches FOR EACH ROW EXECUTE FUNCTION match_is_of_a_published_line();
--> statement-breakpoint
CREATE TRIGGER announcement_matches_no_change BEFORE UPDATE OR DELETE ON announcement_matches FOR EACH ROW EXECUTE FUNCTION rows_only_grow();
