import postgres from 'postgres'

type Wanted = { readonly owner: string; readonly service: string; readonly database: string }

const preparationLock = 4_019_209

/** Makes the two roles and the database on a server of our own, where they are not there yet. */
export async function prepareServer(superuserUrl: string, wanted: Wanted): Promise<void> {
  const admin = postgres(superuserUrl, { max: 1, onnotice: () => {} })
  try {
    await admin`select pg_advisory_lock(${preparationLock})`
    for (const role of [wanted.owner, wanted.service]) {
      const known = await admin`select 1 from pg_roles where rolname = ${role}`
      if (known.length === 0) await admin`create role ${admin(role)} login`
    }
    const there = await admin`select 1 from pg_database where datname = ${wanted.database}`
    if (there.length === 0) await admin`create database ${admin(wanted.database)} owner ${admin(wanted.owner)}`
  } finally {
    await admin.end({ timeout: 5 })
  }
}
