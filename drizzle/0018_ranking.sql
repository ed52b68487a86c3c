CREATE TABLE "bulletin_decisions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"bulletin_id" uuid NOT NULL,
	"member_id" uuid NOT NULL,
	"recommendation" text NOT NULL,
	"decision" text NOT NULL,
	"words" text NOT NULL,
	"seen" jsonb NOT NULL,
	"seen_sha256" text NOT NULL,
	"measure_id" uuid,
	"decided_on" date NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "bulletin_decisions_once" UNIQUE("bulletin_id","member_id"),
	CONSTRAINT "bulletin_decisions_recommendation" CHECK ("bulletin_decisions"."recommendation" in ('keep', 'commend', 'watch', 'rectify', 'remove', 'insufficient_data')),
	CONSTRAINT "bulletin_decisions_decision" CHECK ("bulletin_decisions"."decision" in ('keep', 'commend', 'watch', 'rectify', 'remove', 'insufficient_data')),
	CONSTRAINT "bulletin_decisions_decided" CHECK ("bulletin_decisions"."decision" <> 'insufficient_data'),
	CONSTRAINT "bulletin_decisions_measure" CHECK (("bulletin_decisions"."decision" in ('rectify', 'remove')) = ("bulletin_decisions"."measure_id" is not null))
);
--> statement-breakpoint
CREATE TABLE "bulletin_disputes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"bulletin_id" uuid NOT NULL,
	"member_id" uuid NOT NULL,
	"indicator" text NOT NULL,
	"row_kind" text NOT NULL,
	"row_id" uuid NOT NULL,
	"words" text NOT NULL,
	"opened_on" date NOT NULL,
	"outcome" text,
	"answer" text,
	"resolved_on" date,
	"resolved_by" text,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "bulletin_disputes_indicator" CHECK ("bulletin_disputes"."indicator" in ('on_time_cnca', 'on_time_secretariat', 'report_days_median', 'report_days_p90', 'first_pass_validity', 'surveillance_on_time', 'status_changes_on_time', 'spot_check_pass', 'complaints_per_100', 'conduct_findings', 'corrections_on_time', 'results_completed', 'assigned_share', 'acceptance', 'live_certificates', 'scopes_used')),
	CONSTRAINT "bulletin_disputes_outcome" CHECK ("bulletin_disputes"."outcome" in ('upheld', 'rejected')),
	CONSTRAINT "bulletin_disputes_resolved_whole" CHECK (("bulletin_disputes"."outcome" is null) = ("bulletin_disputes"."answer" is null) and ("bulletin_disputes"."outcome" is null) = ("bulletin_disputes"."resolved_on" is null))
);
--> statement-breakpoint
CREATE TABLE "bulletin_publications" (
	"bulletin_id" uuid PRIMARY KEY NOT NULL,
	"published_on" date NOT NULL,
	"known_at" timestamp (3) with time zone NOT NULL,
	"policy_version" integer NOT NULL,
	"content" text NOT NULL,
	"sha256" text NOT NULL,
	"document" "bytea" NOT NULL,
	"document_sha256" text NOT NULL,
	"override_reason" text,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "bulletins" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"from_on" date NOT NULL,
	"until_on" date NOT NULL,
	"opened_on" date NOT NULL,
	"preview_until_on" date NOT NULL,
	"withdrawn_at" timestamp (3) with time zone,
	"withdrawn_reason" text,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "bulletins_kind" CHECK ("bulletins"."kind" in ('month', 'quarter', 'half_year', 'year', 'other')),
	CONSTRAINT "bulletins_span" CHECK ("bulletins"."until_on" >= "bulletins"."from_on" and "bulletins"."until_on" < "bulletins"."opened_on"),
	CONSTRAINT "bulletins_preview" CHECK ("bulletins"."preview_until_on" >= "bulletins"."opened_on"),
	CONSTRAINT "bulletins_withdrawn_whole" CHECK (("bulletins"."withdrawn_at" is null) = ("bulletins"."withdrawn_reason" is null))
);
--> statement-breakpoint
CREATE TABLE "ranking_policies" (
	"version" integer PRIMARY KEY NOT NULL,
	"effective_on" date NOT NULL,
	"policy" jsonb NOT NULL,
	"approved_by" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "ranking_policies_effective_on_unique" UNIQUE("effective_on")
);
--> statement-breakpoint
ALTER TABLE "notices" DROP CONSTRAINT "notices_kind";--> statement-breakpoint
ALTER TABLE "complaints" ALTER COLUMN "text" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "case_attachments" ADD COLUMN "by_member" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "case_attachments" ADD COLUMN "shared_with_member" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "measure_steps" ADD COLUMN "facts" jsonb;--> statement-breakpoint
ALTER TABLE "measure_steps" ADD COLUMN "facts_sha256" text;--> statement-breakpoint
ALTER TABLE "obligations" ADD COLUMN "family" text;--> statement-breakpoint
ALTER TABLE "bulletin_decisions" ADD CONSTRAINT "bulletin_decisions_bulletin_id_bulletins_id_fk" FOREIGN KEY ("bulletin_id") REFERENCES "public"."bulletins"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bulletin_decisions" ADD CONSTRAINT "bulletin_decisions_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bulletin_decisions" ADD CONSTRAINT "bulletin_decisions_measure_id_measures_id_fk" FOREIGN KEY ("measure_id") REFERENCES "public"."measures"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bulletin_disputes" ADD CONSTRAINT "bulletin_disputes_bulletin_id_bulletins_id_fk" FOREIGN KEY ("bulletin_id") REFERENCES "public"."bulletins"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bulletin_disputes" ADD CONSTRAINT "bulletin_disputes_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bulletin_publications" ADD CONSTRAINT "bulletin_publications_bulletin_id_bulletins_id_fk" FOREIGN KEY ("bulletin_id") REFERENCES "public"."bulletins"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bulletin_publications" ADD CONSTRAINT "bulletin_publications_policy_version_ranking_policies_version_fk" FOREIGN KEY ("policy_version") REFERENCES "public"."ranking_policies"("version") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "bulletin_decisions_by_member" ON "bulletin_decisions" USING btree ("member_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "bulletin_disputes_once" ON "bulletin_disputes" USING btree ("bulletin_id","row_kind","row_id");--> statement-breakpoint
CREATE INDEX "bulletin_disputes_by_member" ON "bulletin_disputes" USING btree ("member_id","id");--> statement-breakpoint
CREATE INDEX "bulletin_publications_by_day" ON "bulletin_publications" USING btree ("published_on");--> statement-breakpoint
CREATE INDEX "bulletins_by_period" ON "bulletins" USING btree ("until_on","id");--> statement-breakpoint
CREATE INDEX "events_shown_to_members" ON "events" USING btree ("id") WHERE ("events"."entity" = 'enterprise' and "events"."action" <> 'enterprise.registered' or "events"."action" in ('bulletin.opened', 'bulletin.published', 'bulletin.withdrawn'));--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_kind" CHECK ("notices"."kind" in ('obligation', 'due_day_moved', 'explanation', 'certificate_expiry', 'scope_lapse', 'approval_lapse', 'suspension_past_end', 'measure', 'approval_revoked', 'transfer', 'conduct_case', 'bulletin'));--> statement-breakpoint
-- Two bulletins of one kind never speak of the same day (R9), whoever opens them at once.
ALTER TABLE bulletins ADD CONSTRAINT bulletins_month_apart EXCLUDE USING gist (daterange(from_on, until_on, '[]') WITH &&) WHERE (kind = 'month' AND withdrawn_at IS NULL);
--> statement-breakpoint
ALTER TABLE bulletins ADD CONSTRAINT bulletins_quarter_apart EXCLUDE USING gist (daterange(from_on, until_on, '[]') WITH &&) WHERE (kind = 'quarter' AND withdrawn_at IS NULL);
--> statement-breakpoint
ALTER TABLE bulletins ADD CONSTRAINT bulletins_half_year_apart EXCLUDE USING gist (daterange(from_on, until_on, '[]') WITH &&) WHERE (kind = 'half_year' AND withdrawn_at IS NULL);
--> statement-breakpoint
ALTER TABLE bulletins ADD CONSTRAINT bulletins_year_apart EXCLUDE USING gist (daterange(from_on, until_on, '[]') WITH &&) WHERE (kind = 'year' AND withdrawn_at IS NULL);
--> statement-breakpoint
ALTER TABLE bulletins ADD CONSTRAINT bulletins_other_apart EXCLUDE USING gist (daterange(from_on, until_on, '[]') WITH &&) WHERE (kind = 'other' AND withdrawn_at IS NULL);
--> statement-breakpoint
-- What was published and decided is not written over, not even by the role that owns the tables (R9).
CREATE FUNCTION rows_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
--> statement-breakpoint
CREATE TRIGGER ranking_policies_no_change BEFORE UPDATE OR DELETE ON ranking_policies FOR EACH ROW EXECUTE FUNCTION rows_only_grow();
--> statement-breakpoint
CREATE TRIGGER bulletin_publications_no_change BEFORE UPDATE OR DELETE ON bulletin_publications FOR EACH ROW EXECUTE FUNCTION rows_only_grow();
--> statement-breakpoint
CREATE TRIGGER bulletin_decisions_no_change BEFORE UPDATE OR DELETE ON bulletin_decisions FOR EACH ROW EXECUTE FUNCTION rows_only_grow();
--> statement-breakpoint
-- The family of what is there already. It says nothing new of any row, so that no past is kept of it.
ALTER TABLE obligations DISABLE TRIGGER USER;
--> statement-breakpoint
UPDATE obligations o SET family = coalesce(
  (SELECT c.family FROM certificates c WHERE c.id = o.certificate_id),
  (SELECT r.family FROM results r WHERE r.id = o.result_id),
  (SELECT a.family FROM assignments a WHERE a.id = o.assignment_id));
--> statement-breakpoint
ALTER TABLE obligations ENABLE TRIGGER USER;
--> statement-breakpoint
CREATE TRIGGER case_attachments_no_change BEFORE UPDATE OR DELETE ON case_attachments FOR EACH ROW EXECUTE FUNCTION rows_only_grow();
