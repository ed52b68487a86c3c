CREATE TABLE "survey_answers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid NOT NULL,
	"period" text NOT NULL,
	"block" integer NOT NULL,
	"bundling" boolean NOT NULL,
	"paid_consulting" boolean NOT NULL,
	"pressure" boolean NOT NULL,
	"other_cost" boolean NOT NULL
);
--> statement-breakpoint
CREATE TABLE "survey_links" (
	"certificate_id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid NOT NULL,
	"token_sha256" text NOT NULL,
	"issued_on" date NOT NULL,
	"is_used" boolean DEFAULT false NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "survey_links_token_sha256_unique" UNIQUE("token_sha256")
);
--> statement-breakpoint
ALTER TABLE "survey_answers" ADD CONSTRAINT "survey_answers_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "survey_links" ADD CONSTRAINT "survey_links_certificate_id_certificates_id_fk" FOREIGN KEY ("certificate_id") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "survey_links" ADD CONSTRAINT "survey_links_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "survey_answers_by_member" ON "survey_answers" USING btree ("member_id","period");