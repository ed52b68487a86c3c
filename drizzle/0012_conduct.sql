CREATE TABLE "complainants" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"contact" text
);
--> statement-breakpoint
CREATE TABLE "complaints" (
	"id" uuid PRIMARY KEY NOT NULL,
	"receipt_sha256" text NOT NULL,
	"text" text NOT NULL,
	"member_named" text NOT NULL,
	"certificate_number" text,
	"complainant_id" uuid,
	"may_be_named" boolean NOT NULL,
	"received_on" date NOT NULL,
	"dismissed_on" date,
	"dismissed_ground" text,
	"erased_at" timestamp (3) with time zone,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "complaints_receipt_sha256_unique" UNIQUE("receipt_sha256"),
	CONSTRAINT "complaints_dismissed_on_a_ground" CHECK (("complaints"."dismissed_on" is null) = ("complaints"."dismissed_ground" is null)),
	CONSTRAINT "complaints_named_with_a_name" CHECK (not "complaints"."may_be_named" or "complaints"."complainant_id" is not null)
);
--> statement-breakpoint
CREATE TABLE "conduct_cases" (
	"id" uuid PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	"member_id" uuid NOT NULL,
	"certificate_id" uuid,
	"complaint_id" uuid,
	"words" text NOT NULL,
	"occurred_on" date NOT NULL,
	"passed" boolean,
	"document" text,
	"assigned_to" text,
	"opened_on" date NOT NULL,
	"reply_until_on" date NOT NULL,
	"replied_on" date,
	"reply" text,
	"concluded_on" date,
	"outcome" text,
	"conclusion" text,
	"changed_at" timestamp (3) with time zone,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "conduct_cases_complaint_id_unique" UNIQUE("complaint_id"),
	CONSTRAINT "conduct_cases_source" CHECK ("conduct_cases"."source" in ('spot_check', 'complaint', 'file_audit', 'penalty')),
	CONSTRAINT "conduct_cases_outcome" CHECK ("conduct_cases"."outcome" in ('substantiated', 'unsubstantiated', 'withdrawn')),
	CONSTRAINT "conduct_cases_complaint" CHECK (("conduct_cases"."source" = 'complaint') = ("conduct_cases"."complaint_id" is not null)),
	CONSTRAINT "conduct_cases_spot_check" CHECK (("conduct_cases"."source" = 'spot_check') = ("conduct_cases"."passed" is not null)),
	CONSTRAINT "conduct_cases_penalty" CHECK (("conduct_cases"."source" = 'penalty') = ("conduct_cases"."document" is not null)),
	CONSTRAINT "conduct_cases_replied_whole" CHECK (("conduct_cases"."replied_on" is null) = ("conduct_cases"."reply" is null)),
	CONSTRAINT "conduct_cases_concluded_whole" CHECK (("conduct_cases"."concluded_on" is null) = ("conduct_cases"."outcome" is null) and ("conduct_cases"."outcome" is null) = ("conduct_cases"."conclusion" is null))
);
--> statement-breakpoint
CREATE TABLE "findings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"case_id" uuid NOT NULL,
	"member_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"grade" text NOT NULL,
	"words" text NOT NULL,
	"found_on" date NOT NULL,
	"correct_until_on" date,
	"corrected_on" date,
	"corrected_note" text,
	"changed_at" timestamp (3) with time zone,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "findings_once" UNIQUE("case_id","kind"),
	CONSTRAINT "findings_kind" CHECK ("findings"."kind" in ('bundling', 'paid_consulting', 'other_cost_raising', 'out_of_scope', 'procedure_added', 'procedure_reduced', 'procedure_skipped', 'false_result', 'data_concealed', 'data_omitted', 'data_late', 'data_false', 'follow_up_missing')),
	CONSTRAINT "findings_grade" CHECK ("findings"."grade" in ('serious', 'considerable', 'general')),
	CONSTRAINT "findings_corrected_whole" CHECK (("findings"."corrected_on" is null) = ("findings"."corrected_note" is null)),
	CONSTRAINT "findings_corrected_when_due" CHECK ("findings"."corrected_on" is null or "findings"."correct_until_on" is not null)
);
--> statement-breakpoint
ALTER TABLE "notices" DROP CONSTRAINT "notices_kind";--> statement-breakpoint
ALTER TABLE "conduct_cases" ADD CONSTRAINT "conduct_cases_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conduct_cases" ADD CONSTRAINT "conduct_cases_certificate_id_certificates_id_fk" FOREIGN KEY ("certificate_id") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conduct_cases" ADD CONSTRAINT "conduct_cases_complaint_id_complaints_id_fk" FOREIGN KEY ("complaint_id") REFERENCES "public"."complaints"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "findings" ADD CONSTRAINT "findings_case_id_conduct_cases_id_fk" FOREIGN KEY ("case_id") REFERENCES "public"."conduct_cases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "findings" ADD CONSTRAINT "findings_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "complaints_by_day" ON "complaints" USING btree ("received_on","id");--> statement-breakpoint
CREATE INDEX "conduct_cases_by_day" ON "conduct_cases" USING btree ("opened_on","id");--> statement-breakpoint
CREATE INDEX "conduct_cases_by_member" ON "conduct_cases" USING btree ("member_id","opened_on","id");--> statement-breakpoint
CREATE INDEX "findings_by_day" ON "findings" USING btree ("found_on","id");--> statement-breakpoint
CREATE INDEX "findings_by_member" ON "findings" USING btree ("member_id","found_on","id");--> statement-breakpoint
CREATE UNIQUE INDEX "findings_false_result" ON "findings" USING btree ("member_id","id") WHERE "findings"."kind" = 'false_result';--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_kind" CHECK ("notices"."kind" in ('obligation', 'due_day_moved', 'explanation', 'certificate_expiry', 'scope_lapse', 'approval_lapse', 'suspension_past_end', 'measure', 'approval_revoked', 'transfer', 'conduct_case'));
--> statement-breakpoint
-- What a case and a finding said before is kept (R4a), as of the other rows that are changed in place.
CREATE TRIGGER keep_past BEFORE UPDATE ON conduct_cases FOR EACH ROW EXECUTE FUNCTION keep_past_row();
--> statement-breakpoint
CREATE TRIGGER keep_past BEFORE UPDATE ON findings FOR EACH ROW EXECUTE FUNCTION keep_past_row();
