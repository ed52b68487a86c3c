CREATE TABLE "case_attachments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"case_id" uuid NOT NULL,
	"file_name" text NOT NULL,
	"type" text NOT NULL,
	"bytes_total" integer NOT NULL,
	"sha256" text NOT NULL,
	"content" "bytea" NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "case_attachments_once" UNIQUE("case_id","sha256"),
	CONSTRAINT "case_attachments_type" CHECK ("case_attachments"."type" in ('pdf', 'png', 'jpeg', 'docx', 'xlsx')),
	CONSTRAINT "case_attachments_size" CHECK ("case_attachments"."bytes_total" between 1 and 10485760)
);
--> statement-breakpoint
ALTER TABLE "case_attachments" ADD CONSTRAINT "case_attachments_case_id_conduct_cases_id_fk" FOREIGN KEY ("case_id") REFERENCES "public"."conduct_cases"("id") ON DELETE no action ON UPDATE no action;