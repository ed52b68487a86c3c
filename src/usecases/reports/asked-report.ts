import { z } from 'zod'
import { workingDaysUpToEach } from '../../domain/calendar.ts'
import { familyOrder } from '../../domain/families.ts'
import { addDays, earlierOf, type PlainDate } from '../../domain/plain-date.ts'
import { refuse } from '../../domain/refusals.ts'
import {
  allianceScheme,
  type ReportSpans,
  reportOpensOn,
  reportSpans,
  reportYearMin,
  usualCutOffOn,
} from '../../domain/report/annual-report.ts'
import type { ReportContent, ReportSettings } from '../../domain/report/content.ts'
import { newId } from '../../ids.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { type AnnualReport, findReport, insertReport, reportBefore, settingsOf } from '../../store/report/reports.ts'
import type { AskedReport } from '../../store/report/rows.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import { listSchemes } from '../../store/schemes.ts'
import type { Context } from '../context.ts'

/** Which report: a scheme and a year. */
export const yearInput = z.coerce.number().int().min(reportYearMin).max(2_999)
export const schemeQuery = z.strictObject({
  scheme: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{1,62}$/)
    .default(allianceScheme)
    .meta({ description: 'The scheme whose report it is.' }),
})

export type ReportKey = { readonly schemeCode: string; readonly year: number }

/** A report as it is, or as it would be opened: of a year that is over or has come to December none need be opened (N5). */
export type ReportAsked = {
  readonly key: ReportKey
  readonly settings: ReportSettings
  readonly isOnlyScheme: boolean
  readonly report: AnnualReport | null
  readonly before: AnnualReport | null
  readonly spans: ReportSpans
  readonly openedOn: PlainDate
}

/** @throws Refusal for a scheme that is unknown, and for a report that is not open yet */
export async function askedReport(db: Db, context: Context, key: ReportKey): Promise<ReportAsked> {
  const asked = await findAsked(db, context, key)
  if (!asked) throw refuse('report_not_open', 'year', { values: { year: key.year, day: reportOpensOn(key.year) } })
  return asked
}

/** Undefined before the draft of the year opens. @throws Refusal for a scheme that is unknown */
export async function findAsked(db: Db, context: Context, key: ReportKey): Promise<ReportAsked | undefined> {
  const { schemeCode, year } = key
  const schemes = await listSchemes(db)
  const scheme = schemes.find(({ code }) => code === schemeCode)
  if (!scheme) throw refuse('scheme_unknown', 'scheme', { value: schemeCode })
  const [report, before] = [await findReport(db, schemeCode, year), await reportBefore(db, schemeCode, year)]
  if (!report && context.today < reportOpensOn(year)) return undefined
  const previous = before?.year === year - 1 ? before : null
  return {
    key,
    settings: (await settingsOf(db, schemeCode))?.settings ?? usualSettings(scheme.nameZh),
    isOnlyScheme: schemes.length === 1,
    report: report ?? null,
    before: previous,
    spans: spansOf(year, report, previous),
    openedOn: report?.openedOn ?? reportOpensOn(year),
  }
}

function spansOf(year: number, report: AnnualReport | undefined, previous: AnnualReport | null): ReportSpans {
  const spans = reportSpans(year, report?.cutOffOn ?? usualCutOffOn(year), previous?.cutOffOn ?? null)
  return report ? { ...spans, from: report.fromOn } : spans
}

function usualSettings(name: string): ReportSettings {
  return { name, addressee: '省质量发展委员会办公室', families: familyOrder, regions: 'cities' }
}

/** Writes down that it is open, where it is open by itself and nobody has written anything of it. Within the report's claim. */
export async function ensureReport(tx: Db, context: Context, asked: ReportAsked): Promise<AnnualReport> {
  return asked.report ?? (await openWithin(tx, context, asked))
}

export async function openWithin(
  tx: Db,
  context: Context,
  { key, spans, openedOn }: Pick<ReportAsked, 'key' | 'spans' | 'openedOn'>,
): Promise<AnnualReport> {
  const report = await insertReport(tx, {
    id: newId(context.now),
    ...key,
    fromOn: spans.from,
    cutOffOn: spans.cutOffOn,
    openedOn,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  })
  await record(tx, context, {
    action: 'report.opened',
    entity: 'annual_report',
    entityId: report.id,
    onDay: openedOn,
    changes: { ...key, fromOn: spans.from, cutOffOn: spans.cutOffOn },
  })
  return report
}

/** What the store is asked. Working days are counted from a year before, when the oldest event may lie. */
export function askedRows(
  asked: ReportAsked,
  { calendar }: Rulebook,
  { knownAt, previous }: { readonly knownAt: Date; readonly previous: ReportContent['previous'] },
): AskedReport {
  const { spans, isOnlyScheme, settings, key } = asked
  const since = earlierOf(spans.from, spans.yearFrom)
  const base = addDays(since, -400)
  const upTo = workingDaysUpToEach(calendar, base, spans.cutOffOn)
  return {
    schemeCode: key.schemeCode,
    isOnlyScheme,
    regions: settings.regions,
    spans,
    knownAt,
    previousKnownAt: previous === null ? null : new Date(previous.knownAt),
    workingDays: { base, since, upTo },
  }
}
