CREATE TABLE "proposal_inputs" (
	"proposal_id" uuid PRIMARY KEY NOT NULL,
	"content" bytea NOT NULL
);
--> statement-breakpoint
ALTER TABLE "case_attachments" DROP CONSTRAINT "case_attachments_once";--> statement-breakpoint
ALTER TABLE "secretariat_appointments" ADD COLUMN "superseded_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "proposal_inputs" ADD CONSTRAINT "proposal_inputs_proposal_id_batch_proposals_id_fk" FOREIGN KEY ("proposal_id") REFERENCES "public"."batch_proposals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "case_attachments" ADD CONSTRAINT "case_attachments_once_each" UNIQUE("case_id","by_member","sha256");--> statement-breakpoint
-- A line is moved into a published list as little as it is written there: both sides of a change are asked.
CREATE OR REPLACE FUNCTION published_announcement_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  named uuid[];
BEGIN
  IF TG_TABLE_NAME = 'announcements' THEN named := ARRAY[OLD.id];
  ELSIF TG_OP = 'INSERT' THEN named := ARRAY[NEW.announcement_id];
  ELSIF TG_OP = 'DELETE' THEN named := ARRAY[OLD.announcement_id];
  ELSE named := ARRAY[OLD.announcement_id, NEW.announcement_id];
  END IF;
  IF EXISTS (SELECT 1 FROM announcement_publications p WHERE p.announcement_id = ANY (named)) THEN
    RAISE EXCEPTION 'announcement % is published', named USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
