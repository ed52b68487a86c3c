import type { Config } from './config.ts'
import { mailCarrier } from './delivery/mail.ts'
import { webhookCarrier } from './delivery/webhook.ts'
import { jobTable } from './scheduler/jobs.ts'
import type { Job } from './usecases/jobs/job.ts'

/** The jobs with the mail server and the limits of the settings. */
export function jobsFor(config: Config): readonly Job[] {
  const { SMTP_URL: smtpUrl, MAIL_FROM: from, WEBHOOKS_TO_PRIVATE_ADDRESSES: toPrivateAddresses } = config
  return jobTable({
    email: smtpUrl === undefined ? null : mailCarrier(smtpUrl, from),
    webhook: webhookCarrier({ toPrivateAddresses, plainHttp: mayPostInClear(config), timeoutMs: 10_000 }),
  })
}

/** Without TLS only in development, or where webhooks stay inside the house. */
export function mayPostInClear({ NODE_ENV, WEBHOOKS_TO_PRIVATE_ADDRESSES }: Config): boolean {
  return NODE_ENV === 'development' || WEBHOOKS_TO_PRIVATE_ADDRESSES
}
