/** Held by whoever changes tables: a migration, a first load. */
export const migrationLock = 4_019_210
