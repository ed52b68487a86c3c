import { createTransport } from 'nodemailer'
import { noticeText } from '../domain/notice.ts'
import type { Carriers } from '../usecases/notices/deliver-notices.ts'

const patienceMs = 20_000

/** Sends notices through a mail server, each with its id as the message’s: who gets one twice can tell. */
export function mailCarrier(smtpUrl: string, from: string): NonNullable<Carriers['email']> {
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: patienceMs,
    greetingTimeout: patienceMs,
    socketTimeout: patienceMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain = /@([^\s>]+)/.exec(from)?.[1] ?? 'localhost'
  return async (notice, address) => {
    await transport.sendMail({
      from,
      to: { name: '', address },
      subject: `${notice.subject.zh} / ${notice.subject.en}`,
      text: noticeText(notice),
      messageId: `<notice-${notice.id}@${domain}>`,
      headers: { 'X-Notice-Id': String(notice.id), 'Auto-Submitted': 'auto-generated' },
    })
  }
}
