CREATE TABLE "surveillance_visits" (
	"id" uuid PRIMARY KEY NOT NULL,
	"root_id" uuid NOT NULL,
	"certificate_id" uuid NOT NULL,
	"member_id" uuid NOT NULL,
	"obligation_id" uuid,
	"visited_on" date NOT NULL,
	"outcome" text NOT NULL,
	"corrections_due_on" date,
	"summary" text NOT NULL,
	"evidence" text,
	"back_reported" boolean NOT NULL,
	"supersedes_id" uuid,
	"superseded_at" timestamp (3) with time zone,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "surveillance_visits_supersedes_id_unique" UNIQUE("supersedes_id"),
	CONSTRAINT "surveillance_visits_outcome" CHECK ("surveillance_visits"."outcome" in ('conforming', 'corrections_due', 'nonconforming', 'refused')),
	CONSTRAINT "surveillance_visits_corrections" CHECK (("surveillance_visits"."outcome" = 'corrections_due') = ("surveillance_visits"."corrections_due_on" is not null)),
	CONSTRAINT "surveillance_visits_in_order" CHECK ("surveillance_visits"."corrections_due_on" >= "surveillance_visits"."visited_on")
);
--> statement-breakpoint
ALTER TABLE "surveillance_visits" ADD CONSTRAINT "surveillance_visits_certificate_id_certificates_id_fk" FOREIGN KEY ("certificate_id") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "surveillance_visits" ADD CONSTRAINT "surveillance_visits_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "surveillance_visits" ADD CONSTRAINT "surveillance_visits_obligation_id_obligations_id_fk" FOREIGN KEY ("obligation_id") REFERENCES "public"."obligations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "surveillance_visits" ADD CONSTRAINT "surveillance_visits_supersedes_id_surveillance_visits_id_fk" FOREIGN KEY ("supersedes_id") REFERENCES "public"."surveillance_visits"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "surveillance_visits_one_a_day" ON "surveillance_visits" USING btree ("certificate_id","visited_on") WHERE "surveillance_visits"."superseded_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "surveillance_visits_one_for_a_duty" ON "surveillance_visits" USING btree ("obligation_id") WHERE "surveillance_visits"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "surveillance_visits_by_day" ON "surveillance_visits" USING btree ("visited_on","id") WHERE "surveillance_visits"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "surveillance_visits_by_member" ON "surveillance_visits" USING btree ("member_id","visited_on","id") WHERE "surveillance_visits"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "surveillance_visits_adverse" ON "surveillance_visits" USING btree (coalesce("corrections_due_on", "visited_on"),"id") WHERE "surveillance_visits"."superseded_at" is null and "surveillance_visits"."outcome" <> 'conforming';