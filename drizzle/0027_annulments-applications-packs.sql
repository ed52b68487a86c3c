CREATE TABLE "admission_applications" (
	"id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid NOT NULL,
	"applied_on" date NOT NULL,
	"words" text NOT NULL,
	"document" text,
	"closed_on" date,
	"outcome" text,
	"ground" text,
	"closed_at" timestamp (3) with time zone,
	"closed_by" text,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "admission_applications_outcome" CHECK ("admission_applications"."outcome" in ('admitted', 'refused', 'withdrawn')),
	CONSTRAINT "admission_applications_closed_whole" CHECK (num_nonnulls("admission_applications"."closed_on", "admission_applications"."outcome", "admission_applications"."ground", "admission_applications"."closed_at", "admission_applications"."closed_by") in (0, 5)),
	CONSTRAINT "admission_applications_in_order" CHECK ("admission_applications"."closed_on" >= "admission_applications"."applied_on")
);
--> statement-breakpoint
CREATE TABLE "evidence_packs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid NOT NULL,
	"about" text NOT NULL,
	"pack" jsonb NOT NULL,
	"sha256" text NOT NULL,
	"made_on" date NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "evidence_packs_about" CHECK ("evidence_packs"."about" in ('obligation', 'finding', 'period'))
);
--> statement-breakpoint
ALTER TABLE "measure_steps" DROP CONSTRAINT "measure_steps_step";--> statement-breakpoint
ALTER TABLE "complaints" ALTER COLUMN "member_named" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "member_mergers" DROP CONSTRAINT "member_mergers_pkey";--> statement-breakpoint
ALTER TABLE "case_attachments" ADD COLUMN "erased_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "conduct_cases" ADD COLUMN "annulled_on" date;--> statement-breakpoint
ALTER TABLE "conduct_cases" ADD COLUMN "annulled_ground" text;--> statement-breakpoint
ALTER TABLE "findings" ADD COLUMN "annulled_on" date;--> statement-breakpoint
ALTER TABLE "findings" ADD COLUMN "annulled_ground" text;--> statement-breakpoint
ALTER TABLE "dispositions" ADD COLUMN "reason" text;--> statement-breakpoint
ALTER TABLE "member_mergers" ADD COLUMN "id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL;--> statement-breakpoint
ALTER TABLE "member_mergers" ADD COLUMN "annulled_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "member_mergers" ADD COLUMN "annulled_ground" text;--> statement-breakpoint
ALTER TABLE "referrals" ADD COLUMN "finding_id" uuid;--> statement-breakpoint
ALTER TABLE "referrals" ADD COLUMN "from_on" date;--> statement-breakpoint
ALTER TABLE "referrals" ADD COLUMN "until_on" date;--> statement-breakpoint
ALTER TABLE "admission_applications" ADD CONSTRAINT "admission_applications_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "evidence_packs" ADD CONSTRAINT "evidence_packs_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "admission_applications_one" ON "admission_applications" USING btree ("member_id") WHERE "admission_applications"."closed_at" is null;--> statement-breakpoint
CREATE INDEX "admission_applications_by_day" ON "admission_applications" USING btree ("applied_on","id");--> statement-breakpoint
CREATE INDEX "admission_applications_by_member" ON "admission_applications" USING btree ("member_id","applied_on","id");--> statement-breakpoint
CREATE INDEX "evidence_packs_by_day" ON "evidence_packs" USING btree ("made_on","id");--> statement-breakpoint
CREATE INDEX "evidence_packs_by_member" ON "evidence_packs" USING btree ("member_id","made_on","id");--> statement-breakpoint
CREATE INDEX "evidence_packs_by_hash" ON "evidence_packs" USING btree ("sha256");--> statement-breakpoint
ALTER TABLE "referrals" ADD CONSTRAINT "referrals_finding_id_findings_id_fk" FOREIGN KEY ("finding_id") REFERENCES "public"."findings"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "member_mergers_one" ON "member_mergers" USING btree ("member_id") WHERE "member_mergers"."annulled_at" is null;--> statement-breakpoint
ALTER TABLE "conduct_cases" ADD CONSTRAINT "conduct_cases_annulled" CHECK (("conduct_cases"."annulled_on" is null) = ("conduct_cases"."annulled_ground" is null) and ("conduct_cases"."annulled_on" is null or "conduct_cases"."outcome" is not distinct from 'substantiated'));--> statement-breakpoint
ALTER TABLE "findings" ADD CONSTRAINT "findings_annulled_whole" CHECK (("findings"."annulled_on" is null) = ("findings"."annulled_ground" is null));--> statement-breakpoint
ALTER TABLE "dispositions" ADD CONSTRAINT "dispositions_reason" CHECK ("dispositions"."reason" in ('member_left', 'approval_revoked', 'holder_choice'));--> statement-breakpoint
ALTER TABLE "measure_steps" ADD CONSTRAINT "measure_steps_step" CHECK ("measure_steps"."step" in ('reply', 'decision', 'plan', 'report', 'appeal', 'appeal_decision', 'conclusion'));--> statement-breakpoint
ALTER TABLE "member_mergers" ADD CONSTRAINT "member_mergers_annulled_whole" CHECK (("member_mergers"."annulled_at" is null) = ("member_mergers"."annulled_ground" is null));--> statement-breakpoint
ALTER TABLE "referrals" ADD CONSTRAINT "referrals_about_one" CHECK (num_nonnulls("referrals"."obligation_id", "referrals"."finding_id", "referrals"."from_on") = 1);--> statement-breakpoint
ALTER TABLE "referrals" ADD CONSTRAINT "referrals_period_whole" CHECK (("referrals"."from_on" is null) = ("referrals"."until_on" is null));
--> statement-breakpoint
CREATE TRIGGER evidence_packs_no_change BEFORE UPDATE OR DELETE ON evidence_packs FOR EACH ROW EXECUTE FUNCTION rows_only_grow();
--> statement-breakpoint
-- What is attached stays as it is, but that its bytes and its name may be erased, once and for all (R6).
CREATE FUNCTION attachments_only_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.content = ''::bytea AND NEW.file_name = ''
    AND to_jsonb(NEW) - '{erased_at,content,file_name}'::text[] = to_jsonb(OLD) - '{erased_at,content,file_name}'::text[] THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
--> statement-breakpoint
DROP TRIGGER case_attachments_no_change ON case_attachments;
--> statement-breakpoint
CREATE TRIGGER case_attachments_no_change BEFORE UPDATE OR DELETE ON case_attachments FOR EACH ROW EXECUTE FUNCTION attachments_only_erased();
