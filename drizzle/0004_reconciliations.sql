CREATE TABLE "reconciliation_conclusions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"entry_id" uuid NOT NULL,
	"conclusion" text NOT NULL,
	"note" text,
	"concluded_by" text NOT NULL,
	"carried_from_id" uuid,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	"superseded_at" timestamp (3) with time zone,
	CONSTRAINT "reconciliation_conclusions_conclusion" CHECK ("reconciliation_conclusions"."conclusion" in ('ours_corrected', 'theirs_to_correct', 'explained', 'not_ours'))
);
--> statement-breakpoint
CREATE TABLE "reconciliation_entries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"reconciliation_id" uuid NOT NULL,
	"member_id" uuid,
	"kind" text NOT NULL,
	"number" text NOT NULL,
	"row_number" integer,
	"certificate_id" uuid,
	"ours" jsonb,
	"theirs" jsonb,
	"ours_says" text,
	"theirs_says" text,
	"problems" jsonb,
	"fingerprint" text NOT NULL,
	CONSTRAINT "reconciliation_entries_kind" CHECK ("reconciliation_entries"."kind" in ('number', 'holder', 'body', 'issued_on', 'valid_from', 'valid_until', 'state', 'missing_here', 'missing_there', 'listed_twice', 'unreadable')),
	CONSTRAINT "reconciliation_entries_have_a_side" CHECK ("reconciliation_entries"."certificate_id" is not null or "reconciliation_entries"."row_number" is not null)
);
--> statement-breakpoint
CREATE TABLE "reconciliation_owners" (
	"id" uuid PRIMARY KEY NOT NULL,
	"entry_id" uuid NOT NULL,
	"owner_id" text,
	"owner" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	"superseded_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "reconciliation_rows" (
	"reconciliation_id" uuid NOT NULL,
	"row_number" integer NOT NULL,
	"number" text NOT NULL,
	"credit_code" text,
	"name_key" text,
	"listed" jsonb NOT NULL,
	"progress" text DEFAULT 'staged' NOT NULL,
	"certificate_id" uuid,
	CONSTRAINT "reconciliation_rows_reconciliation_id_row_number_pk" PRIMARY KEY("reconciliation_id","row_number")
);
--> statement-breakpoint
CREATE TABLE "reconciliations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	"member_id" uuid,
	"made_on" date NOT NULL,
	"covers" text NOT NULL,
	"file_name" text NOT NULL,
	"file_sha256" text NOT NULL,
	"bytes_total" bigint NOT NULL,
	"bytes_read" bigint DEFAULT 0 NOT NULL,
	"mapping" jsonb NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"heartbeat_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"failure" jsonb,
	"counts" jsonb,
	"other_bodies" jsonb,
	"recorded_by" text NOT NULL,
	CONSTRAINT "reconciliations_source" CHECK ("reconciliations"."source" in ('member', 'cnca')),
	CONSTRAINT "reconciliations_covers" CHECK ("reconciliations"."covers" in ('in_force', 'all')),
	CONSTRAINT "reconciliations_member" CHECK ("reconciliations"."source" <> 'member' or "reconciliations"."member_id" is not null),
	CONSTRAINT "reconciliations_finished_have_counts" CHECK ("reconciliations"."finished_at" is null or "reconciliations"."failure" is not null or "reconciliations"."counts" is not null)
);
--> statement-breakpoint
ALTER TABLE "reconciliation_conclusions" ADD CONSTRAINT "reconciliation_conclusions_entry_id_reconciliation_entries_id_fk" FOREIGN KEY ("entry_id") REFERENCES "public"."reconciliation_entries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reconciliation_conclusions" ADD CONSTRAINT "reconciliation_conclusions_carried_from_id_reconciliation_entries_id_fk" FOREIGN KEY ("carried_from_id") REFERENCES "public"."reconciliation_entries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reconciliation_entries" ADD CONSTRAINT "reconciliation_entries_reconciliation_id_reconciliations_id_fk" FOREIGN KEY ("reconciliation_id") REFERENCES "public"."reconciliations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reconciliation_entries" ADD CONSTRAINT "reconciliation_entries_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reconciliation_entries" ADD CONSTRAINT "reconciliation_entries_certificate_id_certificates_id_fk" FOREIGN KEY ("certificate_id") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reconciliation_owners" ADD CONSTRAINT "reconciliation_owners_entry_id_reconciliation_entries_id_fk" FOREIGN KEY ("entry_id") REFERENCES "public"."reconciliation_entries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reconciliation_rows" ADD CONSTRAINT "reconciliation_rows_reconciliation_id_reconciliations_id_fk" FOREIGN KEY ("reconciliation_id") REFERENCES "public"."reconciliations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reconciliations" ADD CONSTRAINT "reconciliations_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "reconciliation_conclusions_by_entry" ON "reconciliation_conclusions" USING btree ("entry_id");--> statement-breakpoint
CREATE INDEX "reconciliation_conclusions_carried" ON "reconciliation_conclusions" USING btree ("carried_from_id");--> statement-breakpoint
CREATE UNIQUE INDEX "reconciliation_conclusions_one" ON "reconciliation_conclusions" USING btree ("entry_id") WHERE "reconciliation_conclusions"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "reconciliation_entries_in_order" ON "reconciliation_entries" USING btree ("reconciliation_id","number","id");--> statement-breakpoint
CREATE INDEX "reconciliation_entries_by_kind" ON "reconciliation_entries" USING btree ("reconciliation_id","kind","number","id");--> statement-breakpoint
CREATE INDEX "reconciliation_entries_by_member" ON "reconciliation_entries" USING btree ("reconciliation_id","member_id","number","id");--> statement-breakpoint
CREATE INDEX "reconciliation_entries_by_fingerprint" ON "reconciliation_entries" USING btree ("fingerprint");--> statement-breakpoint
CREATE UNIQUE INDEX "reconciliation_owners_one" ON "reconciliation_owners" USING btree ("entry_id") WHERE "reconciliation_owners"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "reconciliation_owners_by_entry" ON "reconciliation_owners" USING btree ("entry_id");--> statement-breakpoint
CREATE INDEX "reconciliation_owners_by_name" ON "reconciliation_owners" USING btree ("owner","entry_id") WHERE "reconciliation_owners"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "reconciliation_rows_by_number" ON "reconciliation_rows" USING btree ("reconciliation_id","number");--> statement-breakpoint
CREATE INDEX "reconciliation_rows_by_certificate" ON "reconciliation_rows" USING btree ("reconciliation_id","certificate_id");--> statement-breakpoint
CREATE INDEX "reconciliation_rows_by_code" ON "reconciliation_rows" USING btree ("reconciliation_id","credit_code") WHERE "reconciliation_rows"."progress" = 'unmatched';--> statement-breakpoint
CREATE INDEX "reconciliation_rows_by_name" ON "reconciliation_rows" USING btree ("reconciliation_id","name_key") WHERE "reconciliation_rows"."progress" = 'unmatched';--> statement-breakpoint
CREATE INDEX "reconciliation_rows_unmatched" ON "reconciliation_rows" USING btree ("reconciliation_id","row_number") WHERE "reconciliation_rows"."progress" = 'unmatched';--> statement-breakpoint
CREATE INDEX "reconciliations_by_member" ON "reconciliations" USING btree ("member_id","id");