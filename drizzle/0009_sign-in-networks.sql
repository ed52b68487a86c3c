ALTER TABLE "sign_in_failures" ADD COLUMN "network_sha256" text;--> statement-breakpoint
CREATE INDEX "sessions_of_account" ON "sessions" USING btree ("account_id","id");--> statement-breakpoint
CREATE INDEX "sign_in_failures_by_address" ON "sign_in_failures" USING btree ("address_sha256");