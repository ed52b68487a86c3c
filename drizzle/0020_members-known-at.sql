ALTER TABLE "members" ADD COLUMN "changed_at" timestamp (3) with time zone;--> statement-breakpoint
-- A figure that is run again names a body as it was named then (R4a).
CREATE TRIGGER keep_past BEFORE UPDATE ON members FOR EACH ROW EXECUTE FUNCTION keep_past_row();
