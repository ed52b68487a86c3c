CREATE TABLE "dispositions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"certificate_id" uuid NOT NULL,
	"member_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"to_member_id" uuid,
	"words" text NOT NULL,
	"decided_on" date NOT NULL,
	"answer" text,
	"answered_on" date,
	"answer_words" text,
	"successor_id" uuid,
	"superseded_at" timestamp (3) with time zone,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "dispositions_kind" CHECK ("dispositions"."kind" in ('keep', 'transfer', 'cancel')),
	CONSTRAINT "dispositions_answer" CHECK ("dispositions"."answer" in ('accepted', 'declined')),
	CONSTRAINT "dispositions_receiver" CHECK (("dispositions"."kind" = 'transfer') = ("dispositions"."to_member_id" is not null)),
	CONSTRAINT "dispositions_never_to_itself" CHECK ("dispositions"."to_member_id" <> "dispositions"."member_id"),
	CONSTRAINT "dispositions_answered_whole" CHECK (("dispositions"."answer" is null) = ("dispositions"."answered_on" is null) and ("dispositions"."answer" is null or "dispositions"."kind" = 'transfer')),
	CONSTRAINT "dispositions_accepted_has_its_successor" CHECK (("dispositions"."answer" is not distinct from 'accepted') = ("dispositions"."successor_id" is not null))
);
--> statement-breakpoint
ALTER TABLE "notices" DROP CONSTRAINT "notices_kind";--> statement-breakpoint
ALTER TABLE "dispositions" ADD CONSTRAINT "dispositions_certificate_id_certificates_id_fk" FOREIGN KEY ("certificate_id") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dispositions" ADD CONSTRAINT "dispositions_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dispositions" ADD CONSTRAINT "dispositions_to_member_id_members_id_fk" FOREIGN KEY ("to_member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dispositions" ADD CONSTRAINT "dispositions_successor_id_certificates_id_fk" FOREIGN KEY ("successor_id") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "dispositions_one" ON "dispositions" USING btree ("certificate_id") WHERE "dispositions"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "dispositions_by_receiver" ON "dispositions" USING btree ("to_member_id","decided_on","id");--> statement-breakpoint
CREATE INDEX "dispositions_by_day" ON "dispositions" USING btree ("decided_on","id");--> statement-breakpoint
CREATE INDEX "dispositions_by_member" ON "dispositions" USING btree ("member_id","decided_on","id");--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_kind" CHECK ("notices"."kind" in ('obligation', 'due_day_moved', 'explanation', 'certificate_expiry', 'scope_lapse', 'approval_lapse', 'suspension_past_end', 'measure', 'approval_revoked', 'transfer'));