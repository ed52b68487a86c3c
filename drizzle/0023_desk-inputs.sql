CREATE TABLE "proposal_inputs" (
	"proposal_id" uuid PRIMARY KEY NOT NULL,
	"content" bytea NOT NULL
);
--> statement-breakpoint
ALTER TABLE "case_attachments" DROP CONSTRAINT "case_attachments_once";--> statement-breakpoint
ALTER TABLE "secretariat_appointments" ADD COLUMN "superseded_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "proposal_inputs" ADD CONSTRAINT "proposal_inputs_proposal_id_batch_proposals_id_fk" FOREIGN KEY ("proposal_id") REFERENCES "public"."batch_proposals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "case_attachments" ADD CONSTRAINT "case_attachments_once_each" UNIQUE("case_id","by_member","sha256");