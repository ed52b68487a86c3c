-- One row may be disputed for what two groups of counters say of it (R9). Code beside it refuses the second, as before.
DROP INDEX "bulletin_disputes_once";--> statement-breakpoint
CREATE UNIQUE INDEX "bulletin_disputes_once" ON "bulletin_disputes" USING btree ("bulletin_id","row_kind","row_id","indicator");