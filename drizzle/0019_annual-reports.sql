CREATE TABLE "annual_reports" (
	"id" uuid PRIMARY KEY NOT NULL,
	"scheme_code" text NOT NULL,
	"year" integer NOT NULL,
	"from_on" date NOT NULL,
	"cut_off_on" date NOT NULL,
	"opened_on" date NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "annual_reports_year" UNIQUE("scheme_code","year"),
	CONSTRAINT "annual_reports_span" CHECK ("annual_reports"."from_on" <= "annual_reports"."cut_off_on"),
	CONSTRAINT "annual_reports_cut_off" CHECK (extract(year from "annual_reports"."cut_off_on") = "annual_reports"."year")
);
--> statement-breakpoint
CREATE TABLE "report_answers" (
	"submission_id" uuid PRIMARY KEY NOT NULL,
	"verdict" text NOT NULL,
	"words" text NOT NULL,
	"answered_on" date NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "report_answers_verdict" CHECK ("report_answers"."verdict" in ('acknowledged', 'returned'))
);
--> statement-breakpoint
CREATE TABLE "report_freezes" (
	"report_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"frozen_on" date NOT NULL,
	"known_at" timestamp (3) with time zone NOT NULL,
	"content" text NOT NULL,
	"sha256" text NOT NULL,
	"document" "bytea" NOT NULL,
	"document_sha256" text NOT NULL,
	"annex" "bytea" NOT NULL,
	"annex_sha256" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "report_freezes_report_id_number_pk" PRIMARY KEY("report_id","number")
);
--> statement-breakpoint
CREATE TABLE "report_paragraphs" (
	"report_id" uuid NOT NULL,
	"section" text NOT NULL,
	"place" integer NOT NULL,
	"version" integer NOT NULL,
	"text" text,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "report_paragraphs_report_id_section_place_version_pk" PRIMARY KEY("report_id","section","place","version"),
	CONSTRAINT "report_paragraphs_section" CHECK ("report_paragraphs"."section" in ('main_work', 'problems', 'next_steps')),
	CONSTRAINT "report_paragraphs_place" CHECK ("report_paragraphs"."place" between 1 and 200 and "report_paragraphs"."version" >= 1)
);
--> statement-breakpoint
CREATE TABLE "report_settings" (
	"scheme_code" text NOT NULL,
	"version" integer NOT NULL,
	"settings" jsonb NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "report_settings_scheme_code_version_pk" PRIMARY KEY("scheme_code","version")
);
--> statement-breakpoint
CREATE TABLE "report_submissions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"report_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"freeze_number" integer NOT NULL,
	"document_sha256" text NOT NULL,
	"submitted_on" date NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "report_submissions_number" UNIQUE("report_id","number")
);
--> statement-breakpoint
ALTER TABLE "notices" DROP CONSTRAINT "notices_kind";--> statement-breakpoint
ALTER TABLE "annual_reports" ADD CONSTRAINT "annual_reports_scheme_code_schemes_code_fk" FOREIGN KEY ("scheme_code") REFERENCES "public"."schemes"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "report_answers" ADD CONSTRAINT "report_answers_submission_id_report_submissions_id_fk" FOREIGN KEY ("submission_id") REFERENCES "public"."report_submissions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "report_freezes" ADD CONSTRAINT "report_freezes_report_id_annual_reports_id_fk" FOREIGN KEY ("report_id") REFERENCES "public"."annual_reports"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "report_paragraphs" ADD CONSTRAINT "report_paragraphs_report_id_annual_reports_id_fk" FOREIGN KEY ("report_id") REFERENCES "public"."annual_reports"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "report_settings" ADD CONSTRAINT "report_settings_scheme_code_schemes_code_fk" FOREIGN KEY ("scheme_code") REFERENCES "public"."schemes"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "report_submissions" ADD CONSTRAINT "report_submissions_report_id_annual_reports_id_fk" FOREIGN KEY ("report_id") REFERENCES "public"."annual_reports"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "report_submissions" ADD CONSTRAINT "report_submissions_freeze" FOREIGN KEY ("report_id","freeze_number") REFERENCES "public"."report_freezes"("report_id","number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "report_submissions_by_day" ON "report_submissions" USING btree ("submitted_on");--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_kind" CHECK ("notices"."kind" in ('obligation', 'due_day_moved', 'explanation', 'certificate_expiry', 'scope_lapse', 'approval_lapse', 'suspension_past_end', 'measure', 'approval_revoked', 'transfer', 'conduct_case', 'bulletin', 'annual_report'));--> statement-breakpoint
-- What was written, frozen, handed in and answered is not written over, not even by the role that owns the tables (R4a).
CREATE TRIGGER annual_reports_no_change BEFORE UPDATE OR DELETE ON annual_reports FOR EACH ROW EXECUTE FUNCTION rows_only_grow();
--> statement-breakpoint
CREATE TRIGGER report_settings_no_change BEFORE UPDATE OR DELETE ON report_settings FOR EACH ROW EXECUTE FUNCTION rows_only_grow();
--> statement-breakpoint
CREATE TRIGGER report_paragraphs_no_change BEFORE UPDATE OR DELETE ON report_paragraphs FOR EACH ROW EXECUTE FUNCTION rows_only_grow();
--> statement-breakpoint
CREATE TRIGGER report_freezes_no_change BEFORE UPDATE OR DELETE ON report_freezes FOR EACH ROW EXECUTE FUNCTION rows_only_grow();
--> statement-breakpoint
CREATE TRIGGER report_submissions_no_change BEFORE UPDATE OR DELETE ON report_submissions FOR EACH ROW EXECUTE FUNCTION rows_only_grow();
--> statement-breakpoint
CREATE TRIGGER report_answers_no_change BEFORE UPDATE OR DELETE ON report_answers FOR EACH ROW EXECUTE FUNCTION rows_only_grow();
