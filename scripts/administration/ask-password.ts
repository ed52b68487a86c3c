import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'

/** Without echo and twice on a terminal; otherwise all of stdin, less the line break at its end. */
export async function askPassword(): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, '')
  const password = await askUnseen('口令 / Password: ')
  if ((await askUnseen('再次输入 / Again: ')) === password) return password
  throw new Error('两次输入不一致 / The two are not the same.')
}

async function askUnseen(prompt: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  // only now, when the terminal no longer echoes
  process.stderr.write(prompt)
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve)
      lines.once('close', () => reject(new Error('已取消 / Cancelled.')))
    })
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
