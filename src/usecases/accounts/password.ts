import { hash, verify } from '@node-rs/argon2'
import { z } from 'zod'
import { type Problem, problem } from '../../domain/refusals.ts'

const characters = { least: 12, most: 200 } as const

/** argon2id (RFC 9106; 2 in the package's closed list) at a cost of 19 MiB, two passes and one lane. */
const cost = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** The hash of 32 random bytes that nobody kept: an unknown login takes as long to refuse as a known one. */
const nobodysHash = '$argon2id$v=19$m=19456,t=2,p=1$2vjae60wQg4V/7gp7moWnw$AWX7NU6ajZO9Vah1NMe5r55QX0/Z5x3sMHwKfVAWpfg'

/** Described only: `problemsOfPassword` checks it, since a schema's problem shows the value back. */
export const passwordInput = z
  .string()
  .meta({ format: 'password', minLength: characters.least, maxLength: characters.most })

/** What keeps a password from being set; never with the password itself. */
export function problemsOfPassword(password: string, login: string, path: string): Problem[] {
  const count = [...password].length
  if (count < characters.least || count > characters.most)
    return [problem('password_length', path, { values: characters })]
  return plain(password).toLowerCase() === login ? [problem('password_is_login', path)] : []
}

export async function hashPassword(password: string): Promise<string> {
  return hash(plain(password), cost)
}

/** Whether it is the password of that hash; with no hash to check against, false after the same time. */
export async function isPassword(password: string, passwordHash: string | undefined): Promise<boolean> {
  if ([...password].length > characters.most) return false
  const matches = await verify(passwordHash ?? nobodysHash, plain(password))
  return matches && passwordHash !== undefined
}

/** One spelling of a password, whichever keyboard or input method it comes from (NIST SP 800-63B 5.1.1.2). */
function plain(password: string): string {
  return password.normalize('NFKC')
}
