import { systemClock } from '../src/clock.ts'
import {
  makeSigningKeys,
  prepareSigningKey,
  retireSigningKey,
  rotateSigningKeys,
  type SigningKeys,
} from '../src/signing-keys.ts'

const usage = `用法 / Usage:
  npm run keys -- make FILE         新建签名密钥 / make signing keys
  npm run keys -- prepare FILE      备好新密钥：先公布，暂不签名 / a new key is published before it signs
  npm run keys -- rotate FILE       轮换：新密钥签名，旧密钥仍可验证 / a new key signs, the earlier ones still verify
  npm run keys -- retire FILE KID   停用旧密钥 / take an earlier key out`

const [command, file, kid, ...rest] = process.argv.slice(2)
await run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})

async function run(): Promise<void> {
  const [signing, ...verifying] = await act()
  console.log(`${signing.kid} 签名 / signs`)
  for (const key of verifying) console.log(`${key.kid} 仅验证 / verifies only`)
  if (command !== 'make') console.log('重启服务后生效 / Restart the service to use it.')
}

async function act(): Promise<SigningKeys> {
  if (file === undefined || rest.length > 0 || (command === 'retire') !== (kid !== undefined)) throw new Error(usage)
  const now = systemClock.now()
  switch (command) {
    case 'make':
      return makeSigningKeys(file, now)
    case 'prepare':
      return prepareSigningKey(file, now)
    case 'rotate':
      return rotateSigningKeys(file, now)
    case 'retire':
      return retireSigningKey(file, kid ?? '')
    default:
      throw new Error(usage)
  }
}
