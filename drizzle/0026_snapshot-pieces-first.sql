-- Pieces of a snapshot are kept as they are made; its head, which says their hashes, comes last in the same transaction.
ALTER TABLE "register_snapshot_pieces" ALTER CONSTRAINT "register_snapshot_pieces_month_register_snapshots_month_fk" DEFERRABLE INITIALLY DEFERRED;
