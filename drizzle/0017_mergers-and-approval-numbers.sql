CREATE TABLE "member_approval_numbers" (
	"approval_number" text PRIMARY KEY NOT NULL,
	"member_id" uuid NOT NULL,
	"from_on" date,
	"recorded_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "member_mergers" (
	"member_id" uuid PRIMARY KEY NOT NULL,
	"into_member_id" uuid NOT NULL,
	"merged_on" date NOT NULL,
	"document" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "member_mergers_never_into_itself" CHECK ("member_mergers"."member_id" <> "member_mergers"."into_member_id")
);
--> statement-breakpoint
ALTER TABLE "member_approval_numbers" ADD CONSTRAINT "member_approval_numbers_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "member_mergers" ADD CONSTRAINT "member_mergers_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "member_mergers" ADD CONSTRAINT "member_mergers_into_member_id_members_id_fk" FOREIGN KEY ("into_member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "member_approval_numbers_by_member" ON "member_approval_numbers" USING btree ("member_id");--> statement-breakpoint
CREATE INDEX "member_mergers_by_successor" ON "member_mergers" USING btree ("into_member_id");
--> statement-breakpoint
INSERT INTO member_approval_numbers (approval_number, member_id, recorded_at)
  SELECT approval_number, id, recorded_at FROM members WHERE approval_number IS NOT NULL ON CONFLICT DO NOTHING;
--> statement-breakpoint
-- The number that a body comes with, by whatever door it comes; and one that code which knows no numbers but the present
-- one gives it later. Code that knows them has written it already, with the day from which it holds.
CREATE FUNCTION keep_approval_number() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.approval_number IS NULL THEN RETURN NEW; END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO member_approval_numbers (approval_number, member_id, recorded_at)
      VALUES (NEW.approval_number, NEW.id, NEW.recorded_at);
  ELSE
    INSERT INTO member_approval_numbers (approval_number, member_id, recorded_at)
      VALUES (NEW.approval_number, NEW.id, now()) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER keep_approval_number AFTER INSERT OR UPDATE OF approval_number ON members FOR EACH ROW EXECUTE FUNCTION keep_approval_number();
