CREATE TABLE "referral_answers" (
	"referral_id" uuid PRIMARY KEY NOT NULL,
	"outcome" text NOT NULL,
	"document" text,
	"words" text NOT NULL,
	"answered_on" date NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "referral_answers_outcome" CHECK ("referral_answers"."outcome" in ('case_opened', 'penalty_imposed', 'no_action', 'passed_on'))
);
--> statement-breakpoint
CREATE TABLE "referrals" (
	"id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid NOT NULL,
	"obligation_id" uuid,
	"words" text NOT NULL,
	"pack" jsonb NOT NULL,
	"pack_sha256" text NOT NULL,
	"referred_on" date NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "referral_answers" ADD CONSTRAINT "referral_answers_referral_id_referrals_id_fk" FOREIGN KEY ("referral_id") REFERENCES "public"."referrals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "referrals" ADD CONSTRAINT "referrals_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "referrals" ADD CONSTRAINT "referrals_obligation_id_obligations_id_fk" FOREIGN KEY ("obligation_id") REFERENCES "public"."obligations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "referrals_by_day" ON "referrals" USING btree ("referred_on","id");--> statement-breakpoint
CREATE INDEX "referrals_by_member" ON "referrals" USING btree ("member_id","referred_on","id");--> statement-breakpoint
CREATE INDEX "notices_by_obligation" ON "notices" USING btree ("obligation_id","id");