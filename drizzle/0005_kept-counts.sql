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
CREATE INDEX "assignments_waiting" ON "assignments" USING btree ("member_id","assigned_on") WHERE "assignments"."accepted_on" is null and "assignments"."declined_on" is null;--> statement-breakpoint
CREATE INDEX "certificates_latest" ON "certificates" USING btree ("member_id","recorded_at","id");--> statement-breakpoint
CREATE INDEX "events_by_member" ON "events" USING btree ("member_id","id");--> statement-breakpoint
CREATE INDEX "obligations_open_by_duty" ON "obligations" USING btree ("duty","due_on","id") WHERE "obligations"."met_on" is null and "obligations"."waived_on" is null;--> statement-breakpoint
CREATE INDEX "obligations_contested" ON "obligations" USING btree ("member_id","due_on") WHERE "obligations"."contested";--> statement-breakpoint
CREATE INDEX "waivers_undecided" ON "waivers" USING btree ("recorded_at") WHERE "waivers"."verdict" is null;--> statement-breakpoint
CREATE INDEX "results_pending" ON "results" USING btree ("member_id","recorded_at") WHERE "results"."approval" = 'pending' and "results"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "certificates_by_period" ON "certificates" USING btree ("valid_from","member_id","valid_until","ended_on");