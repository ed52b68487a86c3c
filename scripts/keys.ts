import { systemClock } from '../src/clock.ts'
import { makeSigningKeys, rotateSigningKeys } from '../src/signing-keys.ts'

const usage = `用法 / Usage:
  npm run keys -- make FILE      新建签名密钥 / make signing keys
  npm run keys -- rotate FILE    轮换：新密钥签名，旧密钥仍可验证 / a new key signs, the earlier ones still verify`

const [command, file, ...rest] = process.argv.slice(2)
await run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})

async function run(): Promise<void> {
  const act = command === 'make' ? makeSigningKeys : command === 'rotate' ? rotateSigningKeys : undefined
  if (!act || file === undefined || rest.length > 0) throw new Error(usage)
  const [signing, ...verifying] = await act(file, systemClock.now())
  console.log(`${signing.kid} 签名 / signs`)
  for (const key of verifying) console.log(`${key.kid} 仅验证 / verifies only`)
  if (command === 'rotate') console.log('重启服务后生效 / Restart the service to use it.')
}
