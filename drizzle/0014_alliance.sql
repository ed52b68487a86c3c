CREATE TABLE "alliance_documents" (
	"id" uuid PRIMARY KEY NOT NULL,
	"code" text NOT NULL,
	"version" integer NOT NULL,
	"kind" text NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"sha256" text NOT NULL,
	"valid_from_on" date NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "alliance_documents_version" UNIQUE("code","version"),
	CONSTRAINT "alliance_documents_kind" CHECK ("alliance_documents"."kind" in ('charter', 'management_rules', 'work_rules', 'reporting_rules', 'notice', 'other'))
);
--> statement-breakpoint
CREATE TABLE "document_acknowledgements" (
	"document_id" uuid NOT NULL,
	"member_id" uuid NOT NULL,
	"acknowledged_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "document_acknowledgements_document_id_member_id_pk" PRIMARY KEY("document_id","member_id")
);
--> statement-breakpoint
CREATE TABLE "inactivity_reviews" (
	"id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid NOT NULL,
	"reviewed_on" date NOT NULL,
	"conclusion" text NOT NULL,
	"words" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "inactivity_reviews_conclusion" CHECK ("inactivity_reviews"."conclusion" in ('keep', 'measure'))
);
--> statement-breakpoint
CREATE TABLE "secretariat_appointments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"organisation" text NOT NULL,
	"from_on" date NOT NULL,
	"until_on" date,
	"document" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "secretariat_appointments_span" CHECK ("secretariat_appointments"."until_on" is null or "secretariat_appointments"."until_on" >= "secretariat_appointments"."from_on")
);
--> statement-breakpoint
ALTER TABLE "document_acknowledgements" ADD CONSTRAINT "document_acknowledgements_document_id_alliance_documents_id_fk" FOREIGN KEY ("document_id") REFERENCES "public"."alliance_documents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "document_acknowledgements" ADD CONSTRAINT "document_acknowledgements_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inactivity_reviews" ADD CONSTRAINT "inactivity_reviews_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "alliance_documents_by_day" ON "alliance_documents" USING btree ("valid_from_on","id");--> statement-breakpoint
CREATE INDEX "inactivity_reviews_by_member" ON "inactivity_reviews" USING btree ("member_id","reviewed_on");