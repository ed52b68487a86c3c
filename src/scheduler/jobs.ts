import type { DeliveryChannel } from '../domain/notice.ts'
import { matchAnnouncements } from '../usecases/announcements/match-lines.ts'
import { snapshotRegister } from '../usecases/announcements/snapshot-register.ts'
import type { Job } from '../usecases/jobs/job.ts'
import { type Carriers, deliverNotices } from '../usecases/notices/deliver-notices.ts'
import { notifyExpiries, notifyLapses, notifySuspensions } from '../usecases/notices/notify-endings.ts'
import { notifyObligations } from '../usecases/notices/notify-obligations.ts'
import { recountObligations } from '../usecases/obligations/recount-counted.ts'
import { purgeExpired } from '../usecases/purge-expired.ts'
import { notifyReports } from '../usecases/reports/notify-reports.ts'

/** Every job: name, time, use case. The hours are those of Asia/Shanghai. */
export function jobTable(carriers: Carriers): readonly Job[] {
  return [
    daily('purge', '03:30', ['清除已失效的数据', 'forget what has no more effect'], purgeExpired),
    daily(
      'recount-obligations',
      '08:20',
      ['按新日历重算期限', 'count due days with the latest calendar'],
      recountObligations,
    ),
    daily(
      'obligation-notices',
      '08:30',
      ['提醒、逾期与警告', 'reminders, overdue notices and warnings'],
      notifyObligations,
    ),
    daily('expiry-reminders', '08:40', ['证书到期提醒', 'certificates that expire'], notifyExpiries),
    daily('lapse-notices', '08:50', ['业务范围与批准到期', 'scopes and approvals that lapse'], notifyLapses),
    daily('suspension-notices', '09:00', ['暂停期满', 'suspensions past their end'], notifySuspensions),
    daily('report-notices', '09:10', ['年度报告提醒', 'the December report is due'], notifyReports),
    daily(
      'announcement-matches',
      '01:10',
      ['公告名单与新登记证书对应', 'certificates for announced lines that had none'],
      matchAnnouncements,
    ),
    daily('register-snapshot', '01:30', ['每月登记快照', 'the monthly snapshot of the register'], snapshotRegister),
    delivery('deliver-mails', 'email', ['投递邮件', 'send mails'], carriers),
    delivery('deliver-webhooks', 'webhook', ['推送通知', 'post to webhooks'], carriers),
  ]
}

/** A job for each channel, so that neither waits for the other. */
function delivery(name: string, channel: DeliveryChannel, title: Job['title'], carriers: Carriers): Job {
  const run: Job['run'] = (registry, context, signal) => deliverNotices(registry, context, carriers, channel, signal)
  return { name, title, time: { every: 'seconds', seconds: 10 }, keptDays: 1, run }
}

function daily(name: string, at: `${number}:${number}`, title: Job['title'], run: Job['run']): Job {
  return { name, title, time: { every: 'day', at }, keptDays: 400, run }
}
