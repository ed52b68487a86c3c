ALTER TABLE "case_attachments" ADD COLUMN "from_author" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "dispositions" ADD COLUMN "holder_proof" text;--> statement-breakpoint
ALTER TABLE "dispositions" ADD CONSTRAINT "dispositions_holder_proof" CHECK (("dispositions"."reason" is not distinct from 'holder_choice') = ("dispositions"."holder_proof" is not null));