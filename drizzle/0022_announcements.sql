CREATE TABLE "announcement_lines" (
	"announcement_id" uuid NOT NULL,
	"place" integer NOT NULL,
	"effect" text NOT NULL,
	"enterprise_name" text NOT NULL,
	"product_name" text NOT NULL,
	"family" text,
	"member_name" text,
	"certificate_number" text,
	"certificate_id" uuid,
	CONSTRAINT "announcement_lines_announcement_id_place_pk" PRIMARY KEY("announcement_id","place"),
	CONSTRAINT "announcement_lines_effect" CHECK ("announcement_lines"."effect" in ('listed', 'struck')),
	CONSTRAINT "announcement_lines_place" CHECK ("announcement_lines"."place" >= 1)
);
--> statement-breakpoint
CREATE TABLE "announcement_publications" (
	"announcement_id" uuid PRIMARY KEY NOT NULL,
	"published_on" date NOT NULL,
	"lines" integer NOT NULL,
	"sha256" text NOT NULL,
	"unmatched_reason" text,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "announcements" (
	"id" uuid PRIMARY KEY NOT NULL,
	"scheme_code" text NOT NULL,
	"number" text NOT NULL,
	"title" text NOT NULL,
	"issuing_offices" text[] NOT NULL,
	"batch_year" integer NOT NULL,
	"announced_on" date NOT NULL,
	"corrects_id" uuid,
	"dropped_at" timestamp (3) with time zone,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "announcements_batch_year" CHECK ("announcements"."batch_year" between 2000 and 2999),
	CONSTRAINT "announcements_offices" CHECK (cardinality("announcements"."issuing_offices") > 0)
);
--> statement-breakpoint
CREATE TABLE "register_snapshot_pieces" (
	"month" date NOT NULL,
	"file" text NOT NULL,
	"place" integer NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "register_snapshot_pieces_month_file_place_pk" PRIMARY KEY("month","file","place"),
	CONSTRAINT "register_snapshot_pieces_file" CHECK ("register_snapshot_pieces"."file" in ('csv', 'json'))
);
--> statement-breakpoint
CREATE TABLE "register_snapshots" (
	"month" date PRIMARY KEY NOT NULL,
	"on_day" date NOT NULL,
	"known_at" timestamp (3) with time zone NOT NULL,
	"format" integer NOT NULL,
	"rows" integer NOT NULL,
	"csv_sha256" text NOT NULL,
	"csv_bytes" integer NOT NULL,
	"json_sha256" text NOT NULL,
	"json_bytes" integer NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "announcement_lines" ADD CONSTRAINT "announcement_lines_announcement_id_announcements_id_fk" FOREIGN KEY ("announcement_id") REFERENCES "public"."announcements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "announcement_lines" ADD CONSTRAINT "announcement_lines_certificate_id_certificates_id_fk" FOREIGN KEY ("certificate_id") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "announcement_publications" ADD CONSTRAINT "announcement_publications_announcement_id_announcements_id_fk" FOREIGN KEY ("announcement_id") REFERENCES "public"."announcements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "announcements" ADD CONSTRAINT "announcements_scheme_code_schemes_code_fk" FOREIGN KEY ("scheme_code") REFERENCES "public"."schemes"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "announcements" ADD CONSTRAINT "announcements_corrects_id_announcements_id_fk" FOREIGN KEY ("corrects_id") REFERENCES "public"."announcements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "register_snapshot_pieces" ADD CONSTRAINT "register_snapshot_pieces_month_register_snapshots_month_fk" FOREIGN KEY ("month") REFERENCES "public"."register_snapshots"("month") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "announcement_lines_once" ON "announcement_lines" USING btree ("announcement_id","certificate_id") WHERE "announcement_lines"."certificate_id" is not null;--> statement-breakpoint
CREATE INDEX "announcement_lines_by_certificate" ON "announcement_lines" USING btree ("certificate_id") WHERE "announcement_lines"."certificate_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "announcements_number" ON "announcements" USING btree ("scheme_code","number") WHERE "announcements"."dropped_at" is null;--> statement-breakpoint
CREATE INDEX "announcements_by_day" ON "announcements" USING btree ("announced_on","id");--> statement-breakpoint
-- What was published is the official list (N8): its head and its lines stand, whoever writes.
CREATE FUNCTION published_announcement_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  named uuid;
BEGIN
  IF TG_TABLE_NAME = 'announcements' THEN named := OLD.id;
  ELSIF TG_OP = 'INSERT' THEN named := NEW.announcement_id;
  ELSE named := OLD.announcement_id;
  END IF;
  IF EXISTS (SELECT 1 FROM announcement_publications p WHERE p.announcement_id = named) THEN
    RAISE EXCEPTION 'announcement % is published', named USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
--> statement-breakpoint
CREATE TRIGGER announcements_stand BEFORE UPDATE OR DELETE ON announcements FOR EACH ROW EXECUTE FUNCTION published_announcement_stands();
--> statement-breakpoint
CREATE TRIGGER announcement_lines_stand BEFORE INSERT OR UPDATE OR DELETE ON announcement_lines FOR EACH ROW EXECUTE FUNCTION published_announcement_stands();
--> statement-breakpoint
CREATE TRIGGER announcement_publications_no_change BEFORE UPDATE OR DELETE ON announcement_publications FOR EACH ROW EXECUTE FUNCTION rows_only_grow();
--> statement-breakpoint
CREATE TRIGGER register_snapshots_no_change BEFORE UPDATE OR DELETE ON register_snapshots FOR EACH ROW EXECUTE FUNCTION rows_only_grow();
--> statement-breakpoint
CREATE TRIGGER register_snapshot_pieces_no_change BEFORE UPDATE OR DELETE ON register_snapshot_pieces FOR EACH ROW EXECUTE FUNCTION rows_only_grow();
