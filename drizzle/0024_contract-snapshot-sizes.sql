ALTER TABLE "register_snapshots" ALTER COLUMN "csv_bytes" SET DATA TYPE bigint;--> statement-breakpoint
ALTER TABLE "register_snapshots" ALTER COLUMN "json_bytes" SET DATA TYPE bigint;