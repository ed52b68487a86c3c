import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeSigningKeys, type SigningKeys } from '../../src/signing-keys.ts'

/** Keys for one test; the file is gone at once. */
export async function newSigningKeys(now: Date): Promise<SigningKeys> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-keys-'))
  const keys = await makeSigningKeys(join(folder, 'keys.json'), now)
  await rm(folder, { recursive: true })
  return keys
}
