/** What the tests take from the environment, read in one place. */
export const testDatabaseUrl = process.env.TEST_DATABASE_URL
export const realDataDir = process.env.REAL_DATA_DIR
/** Set by `npm test`: the server that all files of the run share. */
export const sharedServer = process.env.SHARED_TEST_SERVER

/** For tests on the real file: false to run, or the reason to skip. */
export const withoutRealData = realDataDir === undefined ? 'REAL_DATA_DIR is not set: the real file is not here' : false
