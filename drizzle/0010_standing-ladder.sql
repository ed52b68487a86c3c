CREATE TABLE "admission_checks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid NOT NULL,
	"check" text NOT NULL,
	"outcome" text NOT NULL,
	"note" text NOT NULL,
	"order" bigint GENERATED ALWAYS AS IDENTITY (sequence name "admission_checks_order_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"on_day" date NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "admission_checks_check" CHECK ("admission_checks"."check" in ('approval', 'scopes', 'legal_person', 'staff')),
	CONSTRAINT "admission_checks_outcome" CHECK ("admission_checks"."outcome" in ('passed', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "approval_revocations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid NOT NULL,
	"revoked_on" date NOT NULL,
	"ground" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	"lifted_at" timestamp (3) with time zone,
	"lifted_by" text,
	"lifted_ground" text,
	CONSTRAINT "approval_revocations_lifted_whole" CHECK (("approval_revocations"."lifted_at" is null) = ("approval_revocations"."lifted_by" is null) and ("approval_revocations"."lifted_at" is null) = ("approval_revocations"."lifted_ground" is null))
);
--> statement-breakpoint
CREATE TABLE "ladder_rules" (
	"version" integer PRIMARY KEY NOT NULL,
	"effective_on" date NOT NULL,
	"reply_working_days" integer NOT NULL,
	"appeal_working_days" integer NOT NULL,
	"clause" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "measure_steps" (
	"id" uuid PRIMARY KEY NOT NULL,
	"measure_id" uuid NOT NULL,
	"step" text NOT NULL,
	"on_day" date NOT NULL,
	"outcome" text,
	"mitigated_to" text,
	"plan_due_on" date,
	"appeal_until_on" date,
	"words" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	"recorded_by_name" text NOT NULL,
	CONSTRAINT "measure_steps_once" UNIQUE("measure_id","step"),
	CONSTRAINT "measure_steps_step" CHECK ("measure_steps"."step" in ('reply', 'decision', 'appeal', 'appeal_decision', 'conclusion')),
	CONSTRAINT "measure_steps_outcome_known" CHECK ("measure_steps"."outcome" in ('confirmed', 'mitigated', 'withdrawn', 'upheld', 'reversed', 'passed', 'failed', 'lifted')),
	CONSTRAINT "measure_steps_mitigated_to" CHECK ("measure_steps"."mitigated_to" in ('reminder', 'notice', 'warning', 'rectification', 'suspension', 'removal')),
	CONSTRAINT "measure_steps_outcome" CHECK (case "measure_steps"."step" when 'decision' then coalesce("measure_steps"."outcome" in ('confirmed', 'mitigated', 'withdrawn'), false)
        when 'appeal_decision' then coalesce("measure_steps"."outcome" in ('upheld', 'reversed'), false)
        when 'conclusion' then coalesce("measure_steps"."outcome" in ('passed', 'failed', 'lifted'), false)
        else "measure_steps"."outcome" is null end),
	CONSTRAINT "measure_steps_mitigated" CHECK (("measure_steps"."outcome" is not distinct from 'mitigated') = ("measure_steps"."mitigated_to" is not null)),
	CONSTRAINT "measure_steps_appeal" CHECK (("measure_steps"."step" = 'decision') = ("measure_steps"."appeal_until_on" is not null))
);
--> statement-breakpoint
CREATE TABLE "measures" (
	"id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"ground" text NOT NULL,
	"reasons" text NOT NULL,
	"follows_id" uuid,
	"facts" jsonb NOT NULL,
	"facts_sha256" text NOT NULL,
	"known_at" timestamp (3) with time zone NOT NULL,
	"proposed_on" date NOT NULL,
	"reply_until_on" date NOT NULL,
	"plan_due_on" date,
	"rule_version" integer NOT NULL,
	"calendar_version" integer NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	"recorded_by_name" text NOT NULL,
	CONSTRAINT "measures_kind" CHECK ("measures"."kind" in ('reminder', 'notice', 'warning', 'rectification', 'suspension', 'removal')),
	CONSTRAINT "measures_ground" CHECK ("measures"."ground" in ('conduct', 'inactivity', 'failed_rectification', 'approval_revoked', 'false_result', 'own_request')),
	CONSTRAINT "measures_removal_has_its_ground" CHECK ("measures"."kind" <> 'removal' or "measures"."ground" in ('failed_rectification', 'approval_revoked', 'false_result', 'own_request')),
	CONSTRAINT "measures_follows" CHECK (("measures"."ground" = 'failed_rectification') = ("measures"."follows_id" is not null)),
	CONSTRAINT "measures_plan" CHECK (("measures"."kind" = 'rectification') = ("measures"."plan_due_on" is not null)),
	CONSTRAINT "measures_in_order" CHECK ("measures"."reply_until_on" >= "measures"."proposed_on")
);
--> statement-breakpoint
ALTER TABLE "notices" DROP CONSTRAINT "notices_kind";--> statement-breakpoint
ALTER TABLE "member_standings" ADD COLUMN "measure_id" uuid;--> statement-breakpoint
ALTER TABLE "admission_checks" ADD CONSTRAINT "admission_checks_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "approval_revocations" ADD CONSTRAINT "approval_revocations_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "measure_steps" ADD CONSTRAINT "measure_steps_measure_id_measures_id_fk" FOREIGN KEY ("measure_id") REFERENCES "public"."measures"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "measures" ADD CONSTRAINT "measures_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "measures" ADD CONSTRAINT "measures_follows_id_measures_id_fk" FOREIGN KEY ("follows_id") REFERENCES "public"."measures"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "measures" ADD CONSTRAINT "measures_rule_version_ladder_rules_version_fk" FOREIGN KEY ("rule_version") REFERENCES "public"."ladder_rules"("version") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "admission_checks_by_member" ON "admission_checks" USING btree ("member_id","order");--> statement-breakpoint
CREATE UNIQUE INDEX "approval_revocations_one" ON "approval_revocations" USING btree ("member_id") WHERE "approval_revocations"."lifted_at" is null;--> statement-breakpoint
CREATE INDEX "measures_by_day" ON "measures" USING btree ("proposed_on","id");--> statement-breakpoint
CREATE INDEX "measures_by_member" ON "measures" USING btree ("member_id","proposed_on","id");--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_kind" CHECK ("notices"."kind" in ('obligation', 'due_day_moved', 'explanation', 'certificate_expiry', 'scope_lapse', 'approval_lapse', 'suspension_past_end', 'measure', 'approval_revoked'));
--> statement-breakpoint
ALTER TABLE "member_standings" ADD CONSTRAINT "member_standings_measure_id_measures_id_fk" FOREIGN KEY ("measure_id") REFERENCES "public"."measures"("id");
--> statement-breakpoint
-- What was judged is not written over, not even by the role that owns the tables (R8).
CREATE FUNCTION measures_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'measures and their steps are append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
--> statement-breakpoint
CREATE TRIGGER measures_no_change BEFORE UPDATE OR DELETE ON measures FOR EACH ROW EXECUTE FUNCTION measures_only_grow();
--> statement-breakpoint
CREATE TRIGGER measure_steps_no_change BEFORE UPDATE OR DELETE ON measure_steps FOR EACH ROW EXECUTE FUNCTION measures_only_grow();
--> statement-breakpoint
-- A removal takes two people, and an appeal one who neither proposed nor decided (R8): also where a rule in code is wrong.
CREATE FUNCTION measure_step_by_another() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  proposer text;
  rung text;
BEGIN
  SELECT recorded_by, kind INTO proposer, rung FROM measures WHERE id = NEW.measure_id;
  IF NEW.step = 'decision' AND NEW.outcome <> 'withdrawn' AND rung = 'removal' AND NEW.recorded_by = proposer THEN
    RAISE EXCEPTION 'a removal takes two people' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.step = 'appeal_decision' AND (NEW.recorded_by = proposer OR EXISTS (
    SELECT FROM measure_steps s WHERE s.measure_id = NEW.measure_id AND s.step = 'decision' AND s.recorded_by = NEW.recorded_by)) THEN
    RAISE EXCEPTION 'an appeal is decided by another person' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER measure_steps_by_another BEFORE INSERT ON measure_steps FOR EACH ROW EXECUTE FUNCTION measure_step_by_another();
