CREATE TABLE "assignment_batches" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"scheme_code" text NOT NULL,
	"recorded_on" date NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "assignment_origins" (
	"assignment_id" uuid PRIMARY KEY NOT NULL,
	"case_id" uuid,
	"replaces_id" uuid,
	CONSTRAINT "assignment_origins_case_id_unique" UNIQUE("case_id"),
	CONSTRAINT "assignment_origins_replaces_id_unique" UNIQUE("replaces_id"),
	CONSTRAINT "assignment_origins_has_one" CHECK ("assignment_origins"."case_id" is not null or "assignment_origins"."replaces_id" is not null)
);
--> statement-breakpoint
CREATE TABLE "batch_cases" (
	"id" uuid PRIMARY KEY NOT NULL,
	"batch_id" uuid NOT NULL,
	"place" integer NOT NULL,
	"enterprise_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"product_name" text NOT NULL,
	"family" text NOT NULL,
	"industry_code" text,
	"standards" text[] NOT NULL,
	"city_code" text,
	"chosen_member_id" uuid,
	"choice_proof" text,
	"replaces_id" uuid,
	CONSTRAINT "batch_cases_place" UNIQUE("batch_id","place"),
	CONSTRAINT "batch_cases_once" UNIQUE("batch_id","enterprise_id","product_name"),
	CONSTRAINT "batch_cases_kind" CHECK ("batch_cases"."kind" in ('product', 'service')),
	CONSTRAINT "batch_cases_choice_is_proven" CHECK (("batch_cases"."chosen_member_id" is null) = ("batch_cases"."choice_proof" is null))
);
--> statement-breakpoint
CREATE TABLE "batch_issues" (
	"batch_id" uuid PRIMARY KEY NOT NULL,
	"proposal_id" uuid NOT NULL,
	"issued_on" date NOT NULL,
	"assignments" integer NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "batch_proposals" (
	"id" uuid PRIMARY KEY NOT NULL,
	"batch_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"on_day" date NOT NULL,
	"seed" text NOT NULL,
	"input_hash" text NOT NULL,
	"solver" text NOT NULL,
	"status" text NOT NULL,
	"gap" double precision NOT NULL,
	"cases" integer NOT NULL,
	"placed" integer NOT NULL,
	"largest_deviation" double precision NOT NULL,
	"kilometres" integer NOT NULL,
	"distance_unknown" integer NOT NULL,
	"shares" jsonb NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "batch_proposals_number" UNIQUE("batch_id","number")
);
--> statement-breakpoint
CREATE TABLE "member_capacities" (
	"id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid NOT NULL,
	"year" integer NOT NULL,
	"family" text,
	"cases" integer NOT NULL,
	"stated_by" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	"superseded_at" timestamp (3) with time zone,
	CONSTRAINT "member_capacities_cases" CHECK ("member_capacities"."cases" >= 0)
);
--> statement-breakpoint
CREATE TABLE "conflicts_of_interest" (
	"id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid NOT NULL,
	"enterprise_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"note" text,
	"declared_by" text NOT NULL,
	"from_on" date NOT NULL,
	"until_on" date,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	"superseded_at" timestamp (3) with time zone,
	CONSTRAINT "conflicts_of_interest_kind" CHECK ("conflicts_of_interest"."kind" in ('ownership', 'consulting', 'personnel', 'commercial', 'other')),
	CONSTRAINT "conflicts_of_interest_span" CHECK ("conflicts_of_interest"."until_on" is null or "conflicts_of_interest"."until_on" >= "conflicts_of_interest"."from_on")
);
--> statement-breakpoint
CREATE TABLE "proposal_line_changes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"proposal_id" uuid NOT NULL,
	"case_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"member_id" uuid,
	"reason" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "proposal_line_changes_number" UNIQUE("proposal_id","case_id","number")
);
--> statement-breakpoint
CREATE TABLE "proposal_lines" (
	"proposal_id" uuid NOT NULL,
	"case_id" uuid NOT NULL,
	"place" integer NOT NULL,
	"member_id" uuid,
	"ground" jsonb NOT NULL,
	CONSTRAINT "proposal_lines_proposal_id_case_id_pk" PRIMARY KEY("proposal_id","case_id"),
	CONSTRAINT "proposal_lines_place" UNIQUE("proposal_id","place")
);
--> statement-breakpoint
ALTER TABLE "obligations" DROP CONSTRAINT "obligations_duty";--> statement-breakpoint
ALTER TABLE "deadline_rules" DROP CONSTRAINT "deadline_rules_duty";--> statement-breakpoint
ALTER TABLE "assignment_batches" ADD CONSTRAINT "assignment_batches_scheme_code_schemes_code_fk" FOREIGN KEY ("scheme_code") REFERENCES "public"."schemes"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "assignment_origins" ADD CONSTRAINT "assignment_origins_assignment_id_assignments_id_fk" FOREIGN KEY ("assignment_id") REFERENCES "public"."assignments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "assignment_origins" ADD CONSTRAINT "assignment_origins_case_id_batch_cases_id_fk" FOREIGN KEY ("case_id") REFERENCES "public"."batch_cases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "assignment_origins" ADD CONSTRAINT "assignment_origins_replaces_id_assignments_id_fk" FOREIGN KEY ("replaces_id") REFERENCES "public"."assignments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "batch_cases" ADD CONSTRAINT "batch_cases_batch_id_assignment_batches_id_fk" FOREIGN KEY ("batch_id") REFERENCES "public"."assignment_batches"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "batch_cases" ADD CONSTRAINT "batch_cases_enterprise_id_enterprises_id_fk" FOREIGN KEY ("enterprise_id") REFERENCES "public"."enterprises"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "batch_cases" ADD CONSTRAINT "batch_cases_chosen_member_id_members_id_fk" FOREIGN KEY ("chosen_member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "batch_cases" ADD CONSTRAINT "batch_cases_replaces_id_assignments_id_fk" FOREIGN KEY ("replaces_id") REFERENCES "public"."assignments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "batch_issues" ADD CONSTRAINT "batch_issues_batch_id_assignment_batches_id_fk" FOREIGN KEY ("batch_id") REFERENCES "public"."assignment_batches"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "batch_issues" ADD CONSTRAINT "batch_issues_proposal_id_batch_proposals_id_fk" FOREIGN KEY ("proposal_id") REFERENCES "public"."batch_proposals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "batch_proposals" ADD CONSTRAINT "batch_proposals_batch_id_assignment_batches_id_fk" FOREIGN KEY ("batch_id") REFERENCES "public"."assignment_batches"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "member_capacities" ADD CONSTRAINT "member_capacities_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conflicts_of_interest" ADD CONSTRAINT "conflicts_of_interest_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conflicts_of_interest" ADD CONSTRAINT "conflicts_of_interest_enterprise_id_enterprises_id_fk" FOREIGN KEY ("enterprise_id") REFERENCES "public"."enterprises"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "proposal_line_changes" ADD CONSTRAINT "proposal_line_changes_proposal_id_batch_proposals_id_fk" FOREIGN KEY ("proposal_id") REFERENCES "public"."batch_proposals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "proposal_line_changes" ADD CONSTRAINT "proposal_line_changes_case_id_batch_cases_id_fk" FOREIGN KEY ("case_id") REFERENCES "public"."batch_cases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "proposal_line_changes" ADD CONSTRAINT "proposal_line_changes_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "proposal_lines" ADD CONSTRAINT "proposal_lines_proposal_id_batch_proposals_id_fk" FOREIGN KEY ("proposal_id") REFERENCES "public"."batch_proposals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "proposal_lines" ADD CONSTRAINT "proposal_lines_case_id_batch_cases_id_fk" FOREIGN KEY ("case_id") REFERENCES "public"."batch_cases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "proposal_lines" ADD CONSTRAINT "proposal_lines_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "assignment_batches_by_day" ON "assignment_batches" USING btree ("recorded_on","id");--> statement-breakpoint
CREATE UNIQUE INDEX "member_capacities_current" ON "member_capacities" USING btree ("member_id","year",coalesce("family", '')) WHERE "member_capacities"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "member_capacities_by_year" ON "member_capacities" USING btree ("year","id") WHERE "member_capacities"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "conflicts_of_interest_by_enterprise" ON "conflicts_of_interest" USING btree ("enterprise_id") WHERE "conflicts_of_interest"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "conflicts_of_interest_by_day" ON "conflicts_of_interest" USING btree ("from_on","id") WHERE "conflicts_of_interest"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "conflicts_of_interest_by_member" ON "conflicts_of_interest" USING btree ("member_id","from_on","id") WHERE "conflicts_of_interest"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "assignments_by_day" ON "assignments" USING btree ("assigned_on","id");--> statement-breakpoint
CREATE INDEX "assignments_of_secretariat" ON "assignments" USING btree ("assigned_on","member_id") WHERE "assignments"."mode" = 'secretariat_assigned' and "assignments"."declined_on" is null;--> statement-breakpoint
CREATE INDEX "assignments_declined_by_day" ON "assignments" USING btree ("assigned_on","id") WHERE "assignments"."declined_on" is not null;--> statement-breakpoint
CREATE INDEX "assignments_declined" ON "assignments" USING btree ("declined_on","id") WHERE "assignments"."declined_on" is not null;--> statement-breakpoint
ALTER TABLE "obligations" ADD CONSTRAINT "obligations_duty" CHECK ("obligations"."duty" in ('report_to_cnca', 'feed_back', 'report_monthly', 'report_status_change', 'post_outcome', 'decide_suspension', 'surveillance', 'explain_overdue', 'answer_assignment'));--> statement-breakpoint
ALTER TABLE "deadline_rules" ADD CONSTRAINT "deadline_rules_duty" CHECK ("deadline_rules"."duty" in ('report_to_cnca', 'feed_back', 'report_monthly', 'report_status_change', 'post_outcome', 'decide_suspension', 'surveillance', 'explain_overdue', 'answer_assignment'));