CREATE TABLE "certificate_counts" (
	"member_id" uuid NOT NULL,
	"span" text NOT NULL,
	"ends_on" date NOT NULL,
	"slot" smallint NOT NULL,
	"certificates" integer NOT NULL,
	"suspended" integer NOT NULL,
	CONSTRAINT "certificate_counts_key" PRIMARY KEY("member_id","span","ends_on","slot"),
	CONSTRAINT "certificate_counts_span" CHECK ("certificate_counts"."span" in ('day', 'month'))
);
--> statement-breakpoint
CREATE TABLE "obligation_counts" (
	"member_id" uuid NOT NULL,
	"span" text NOT NULL,
	"due_on" date NOT NULL,
	"duty" text NOT NULL,
	"rule_version" integer NOT NULL,
	"slot" smallint NOT NULL,
	"due" integer NOT NULL,
	"met_on_time" integer NOT NULL,
	"met_late" integer NOT NULL,
	"waived" integer NOT NULL,
	"contested" integer NOT NULL,
	CONSTRAINT "obligation_counts_key" PRIMARY KEY("member_id","span","due_on","duty","rule_version","slot"),
	CONSTRAINT "obligation_counts_span" CHECK ("obligation_counts"."span" in ('day', 'month'))
);
--> statement-breakpoint
CREATE TABLE "result_counts" (
	"member_id" uuid NOT NULL,
	"decided_month" date NOT NULL,
	"slot" smallint NOT NULL,
	"results" integer NOT NULL,
	CONSTRAINT "result_counts_key" PRIMARY KEY("member_id","decided_month","slot")
);
--> statement-breakpoint
CREATE TABLE "explanations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"obligation_id" uuid NOT NULL,
	"member_id" uuid NOT NULL,
	"text" text NOT NULL,
	"verdict" text,
	"note" text,
	"decided_at" timestamp (3) with time zone,
	"decided_by" text,
	"superseded_at" timestamp (3) with time zone,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "explanations_verdict" CHECK ("explanations"."verdict" in ('accepted', 'returned')),
	CONSTRAINT "explanations_decided_whole" CHECK (("explanations"."verdict" is null) = ("explanations"."decided_at" is null)),
	CONSTRAINT "explanations_returned_with_a_note" CHECK ("explanations"."verdict" is distinct from 'returned' or "explanations"."note" is not null)
);
--> statement-breakpoint
CREATE TABLE "job_runs" (
	"name" text NOT NULL,
	"fire_at" timestamp (3) with time zone NOT NULL,
	"cause" text NOT NULL,
	"attempts" integer NOT NULL,
	"claim" uuid NOT NULL,
	"claimed_until" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"outcome" text,
	"counts" jsonb,
	"error" text,
	CONSTRAINT "job_runs_name_fire_at_pk" PRIMARY KEY("name","fire_at"),
	CONSTRAINT "job_runs_cause" CHECK ("job_runs"."cause" in ('schedule', 'hand')),
	CONSTRAINT "job_runs_outcome" CHECK ("job_runs"."outcome" in ('done', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "notice_deliveries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"notice_id" bigint NOT NULL,
	"channel" text NOT NULL,
	"target" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone NOT NULL,
	"delivered_at" timestamp (3) with time zone,
	"given_up_at" timestamp (3) with time zone,
	"last_error" text,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "notice_deliveries_once" UNIQUE("notice_id","channel","target"),
	CONSTRAINT "notice_deliveries_channel" CHECK ("notice_deliveries"."channel" in ('email', 'webhook')),
	CONSTRAINT "notice_deliveries_one_end" CHECK ("notice_deliveries"."delivered_at" is null or "notice_deliveries"."given_up_at" is null)
);
--> statement-breakpoint
CREATE TABLE "notice_recipients" (
	"id" uuid PRIMARY KEY NOT NULL,
	"audience" text NOT NULL,
	"email" text NOT NULL,
	"from_on" date NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "notice_recipients_audience" CHECK ("notice_recipients"."audience" in ('secretariat', 'regulator'))
);
--> statement-breakpoint
CREATE TABLE "notices" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "notices_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"notice_key" text NOT NULL,
	"kind" text NOT NULL,
	"stage" text NOT NULL,
	"audiences" text[] NOT NULL,
	"member_id" uuid,
	"obligation_id" uuid,
	"certificate_id" uuid,
	"subject_zh" text NOT NULL,
	"subject_en" text NOT NULL,
	"facts" jsonb NOT NULL,
	"on_day" date NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "notices_notice_key_unique" UNIQUE("notice_key"),
	CONSTRAINT "notices_kind" CHECK ("notices"."kind" in ('obligation', 'due_day_moved', 'explanation', 'certificate_expiry', 'scope_lapse', 'approval_lapse', 'suspension_past_end')),
	CONSTRAINT "notices_audiences" CHECK (cardinality("notices"."audiences") > 0 and "notices"."audiences" <@ array['member', 'secretariat', 'regulator'])
);
--> statement-breakpoint
CREATE TABLE "escalation_rules" (
	"version" integer PRIMARY KEY NOT NULL,
	"effective_on" date NOT NULL,
	"working_days" jsonb NOT NULL,
	"clause" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhook_endpoints" (
	"id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid,
	"url" text NOT NULL,
	"secret" text NOT NULL,
	"kinds" text[],
	"disabled_at" timestamp (3) with time zone,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "obligations" DROP CONSTRAINT "obligations_duty";--> statement-breakpoint
ALTER TABLE "deadline_rules" DROP CONSTRAINT "deadline_rules_duty";--> statement-breakpoint
ALTER TABLE "obligations" ADD COLUMN "explains_id" uuid;--> statement-breakpoint
ALTER TABLE "reconciliation_conclusions" ADD COLUMN "member_id" uuid;--> statement-breakpoint
ALTER TABLE "sign_in_failures" ADD COLUMN "network_sha256" text;--> statement-breakpoint
ALTER TABLE "explanations" ADD CONSTRAINT "explanations_obligation_id_obligations_id_fk" FOREIGN KEY ("obligation_id") REFERENCES "public"."obligations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "explanations" ADD CONSTRAINT "explanations_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_deliveries" ADD CONSTRAINT "notice_deliveries_notice_id_notices_id_fk" FOREIGN KEY ("notice_id") REFERENCES "public"."notices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_obligation_id_obligations_id_fk" FOREIGN KEY ("obligation_id") REFERENCES "public"."obligations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_certificate_id_certificates_id_fk" FOREIGN KEY ("certificate_id") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "explanations_one_current" ON "explanations" USING btree ("obligation_id") WHERE "explanations"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "explanations_by_obligation" ON "explanations" USING btree ("obligation_id","id");--> statement-breakpoint
CREATE INDEX "explanations_by_member" ON "explanations" USING btree ("member_id","id") WHERE "explanations"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "explanations_waiting" ON "explanations" USING btree ("recorded_at") WHERE "explanations"."verdict" is null and "explanations"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "explanations_current" ON "explanations" USING btree ("id") WHERE "explanations"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "notice_deliveries_due" ON "notice_deliveries" USING btree ("channel","target","next_attempt_at","id") WHERE "notice_deliveries"."delivered_at" is null and "notice_deliveries"."given_up_at" is null;--> statement-breakpoint
CREATE INDEX "notice_deliveries_dead" ON "notice_deliveries" USING btree ("id") WHERE "notice_deliveries"."given_up_at" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "notice_recipients_once" ON "notice_recipients" USING btree ("audience","email") WHERE "notice_recipients"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "notices_by_member" ON "notices" USING btree ("member_id","id");--> statement-breakpoint
CREATE INDEX "webhook_endpoints_live" ON "webhook_endpoints" USING btree ("member_id","id") WHERE "webhook_endpoints"."disabled_at" is null;--> statement-breakpoint
ALTER TABLE "obligations" ADD CONSTRAINT "obligations_explains_id_obligations_id_fk" FOREIGN KEY ("explains_id") REFERENCES "public"."obligations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reconciliation_conclusions" ADD CONSTRAINT "reconciliation_conclusions_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "assignments_waiting" ON "assignments" USING btree ("member_id","assigned_on") WHERE "assignments"."accepted_on" is null and "assignments"."declined_on" is null;--> statement-breakpoint
CREATE INDEX "certificates_by_period" ON "certificates" USING btree ("valid_from","member_id","valid_until","ended_on");--> statement-breakpoint
CREATE INDEX "certificates_latest" ON "certificates" USING btree ("member_id","recorded_at","id");--> statement-breakpoint
CREATE INDEX "suspensions_open_by_end" ON "suspensions" USING btree ("until_on","id") WHERE "suspensions"."lifted_on" is null;--> statement-breakpoint
CREATE INDEX "events_by_member" ON "events" USING btree ("member_id","id");--> statement-breakpoint
CREATE INDEX "events_shown" ON "events" USING btree ("id") WHERE "events"."entity" not in ('account', 'client', 'job', 'mapping', 'notice_delivery', 'notice_recipient', 'registry', 'session', 'webhook');--> statement-breakpoint
CREATE INDEX "events_shown_to_all" ON "events" USING btree ("id") WHERE "events"."entity" = 'enterprise' and "events"."action" <> 'enterprise.registered';--> statement-breakpoint
CREATE UNIQUE INDEX "obligations_explained_once" ON "obligations" USING btree ("explains_id") WHERE "obligations"."waived_on" is null;--> statement-breakpoint
CREATE INDEX "obligations_open_by_duty" ON "obligations" USING btree ("duty","due_on","id") WHERE "obligations"."met_on" is null and "obligations"."waived_on" is null;--> statement-breakpoint
CREATE INDEX "obligations_contested" ON "obligations" USING btree ("member_id","due_on") WHERE "obligations"."contested";--> statement-breakpoint
CREATE INDEX "obligations_open_counted" ON "obligations" USING btree ("calendar_version","id") WHERE "obligations"."met_on" is null and "obligations"."waived_on" is null and "obligations"."calendar_version" is not null;--> statement-breakpoint
CREATE INDEX "obligations_open_explanations" ON "obligations" USING btree ("id") WHERE "obligations"."duty" = 'explain_overdue' and "obligations"."met_on" is null and "obligations"."waived_on" is null;--> statement-breakpoint
CREATE INDEX "receipts_by_record" ON "receipts" USING btree ("recorded_at","id") WHERE "receipts"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "waivers_undecided" ON "waivers" USING btree ("recorded_at") WHERE "waivers"."verdict" is null;--> statement-breakpoint
CREATE INDEX "reconciliation_conclusions_by_member" ON "reconciliation_conclusions" USING btree ("member_id");--> statement-breakpoint
CREATE INDEX "results_pending" ON "results" USING btree ("member_id","recorded_at") WHERE "results"."approval" = 'pending' and "results"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "sessions_of_account" ON "sessions" USING btree ("account_id","id");--> statement-breakpoint
CREATE INDEX "sign_in_failures_by_address" ON "sign_in_failures" USING btree ("address_sha256");--> statement-breakpoint
ALTER TABLE "obligations" ADD CONSTRAINT "obligations_explains" CHECK (("obligations"."duty" = 'explain_overdue') = ("obligations"."explains_id" is not null));--> statement-breakpoint
ALTER TABLE "obligations" ADD CONSTRAINT "obligations_duty" CHECK ("obligations"."duty" in ('report_to_cnca', 'feed_back', 'report_monthly', 'report_status_change', 'post_outcome', 'decide_suspension', 'surveillance', 'explain_overdue'));--> statement-breakpoint
ALTER TABLE "deadline_rules" ADD CONSTRAINT "deadline_rules_duty" CHECK ("deadline_rules"."duty" in ('report_to_cnca', 'feed_back', 'report_monthly', 'report_status_change', 'post_outcome', 'decide_suspension', 'surveillance', 'explain_overdue'));