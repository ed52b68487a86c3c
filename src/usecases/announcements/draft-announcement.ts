import { z } from 'zod'
import { lineEffects, problemsOfCorrecting } from '../../domain/announcement.ts'
import { meaningOf } from '../../domain/announcement-match.ts'
import { looksLikeIdentityCard } from '../../domain/cells.ts'
import { checkCertificateNumber } from '../../domain/certificate-number.ts'
import { familyOrder } from '../../domain/families.ts'
import { groupedBy } from '../../domain/grouped.ts'
import { foldName } from '../../domain/imported-cells.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import {
  type AnnouncementLine,
  type AnnouncementRow,
  certificatesNamed,
  claimAnnouncements,
  dropAnnouncement,
  findAnnouncement,
  insertAnnouncement,
  replaceLines,
  updateDraft,
} from '../../store/announcements.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { listSchemes } from '../../store/schemes.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { sha256OfJson } from '../hashes.ts'
import { codeInput, dayInput, idInput, problemsMax, textInput } from '../inputs.ts'
import { type AnnouncementView, announcementView } from './announcement-view.ts'

export const announcementInput = z.strictObject({
  scheme: codeInput(64).default('jiangsu-premium'),
  number: textInput(60).meta({ examples: ['2026年第12号'] }),
  title: textInput(200),
  issuingOffices: z.array(textInput(100)).min(1).max(20),
  batchYear: z
    .int()
    .min(2_000)
    .max(2_999)
    .meta({ description: 'Of the batch; it may be another than that of the day.' }),
  announcedOn: dayInput,
  correctsId: idInput.optional().meta({ description: 'The earlier announcement that this one puts right.' }),
})

export const lineInput = z.strictObject({
  effect: z.enum(lineEffects).default('listed').meta({ description: '`struck` takes out what an earlier one lists.' }),
  enterpriseName: textInput(200),
  productName: textInput(400),
  family: z.enum(familyOrder as [string, ...string[]]).optional(),
  certificateNumber: z.string().max(200).optional(),
  memberName: textInput(200).optional(),
})
/** Of a draft: what is changed is what was read. */
export const versionInput = z
  .int()
  .min(1)
  .max(1_000_000)
  .meta({ description: 'The version that was read: what somebody else changed since is not written over.' })
export const linesInput = z.strictObject({ lines: z.array(lineInput).max(20_000), version: versionInput.optional() })
export type LineInput = z.infer<typeof lineInput>

/** A draft, to be filled with lines and published by the office (N8). @throws Refusal */
export async function draftAnnouncement(
  registry: Registry,
  context: Context,
  { scheme, correctsId, ...input }: z.infer<typeof announcementInput>,
): Promise<AnnouncementView> {
  authorise(context, 'announcements.draft')
  return registry.db.transaction(async (tx) => {
    const schemes = await listSchemes(tx)
    if (!schemes.some(({ code }) => code === scheme)) throw refuse('scheme_unknown', 'scheme', { value: scheme })
    const head = { id: newId(context.now), schemeCode: scheme, ...input, correctsId: correctsId ?? null }
    await refuseCorrection(tx, head)
    const announcement = await insertAnnouncement(tx, {
      ...head,
      recordedAt: context.now,
      recordedBy: context.actor.id,
    })
    if (!announcement) throw refuse('announcement_number_taken', 'number', { values: { number: input.number } })
    await record(tx, context, {
      action: 'announcement.drafted',
      entity: 'announcement',
      entityId: announcement.id,
      onDay: input.announcedOn,
      changes: { scheme, ...input, correctsId: correctsId ?? null },
    })
    return announcementView({ ...announcement, publication: null, correctedBy: null })
  })
}

/** How the lines of a list stand to the register: which of them no certificate was found for, by their places from 1. */
export type LinesWritten = {
  readonly lines: number
  readonly matched: number
  readonly unmatched: readonly number[]
  /** Of the draft from now on. */
  readonly version: number
}

/** So many places without a certificate are named. */
const unmatchedMax = 200

/** Writes all lines of a draft anew, each matched to the register; one that can't be taken refuses all. @throws Refusal */
export async function writeLines(
  registry: Registry,
  context: Context,
  id: string,
  lines: readonly LineInput[],
  { dryRun = false, version }: { dryRun?: boolean; version?: number | undefined } = {},
): Promise<LinesWritten> {
  authorise(context, 'announcements.draft')
  return registry.db.transaction(async (tx) => {
    await claimAnnouncements(tx)
    const draft = await requireDraft(tx, id, version)
    const { rows, problems } = await matched(tx, draft, lines)
    refuseIfAny(problems)
    if (!dryRun) {
      await replaceLines(tx, id, rows)
      await updateDraft(tx, id, {})
      await record(tx, context, {
        action: 'announcement.lines_written',
        entity: 'announcement',
        entityId: id,
        onDay: context.today,
        changes: { lines: rows.length, sha256: sha256OfJson(rows) },
      })
    }
    const unmatched = rows.filter(({ certificateId }) => certificateId === null).map(({ place }) => place)
    return {
      lines: rows.length,
      matched: rows.length - unmatched.length,
      unmatched: unmatched.slice(0, unmatchedMax),
      version: draft.version + (dryRun ? 0 : 1),
    }
  })
}

/** A line as it was given. */
export function inputOf(line: AnnouncementLine): LineInput {
  const { effect, enterpriseName, productName, family, certificateNumber, memberName } = line
  return {
    effect,
    enterpriseName,
    productName,
    family: family ?? undefined,
    certificateNumber: certificateNumber ?? undefined,
    memberName: memberName ?? undefined,
  }
}

/** Lines with the certificates that they mean, and what stands against them by the place of the line. */
export async function matched(
  tx: Db,
  { id, schemeCode, announcedOn }: AnnouncementRow,
  lines: readonly LineInput[],
): Promise<{ rows: AnnouncementLine[]; problems: Problem[] }> {
  const checked = lines.map(({ certificateNumber = '' }) => checkCertificateNumber(certificateNumber))
  const numbers = checked.flatMap((check) => (check.ok ? [check.number as string] : []))
  const known = groupedBy(await certificatesNamed(tx, schemeCode, [...new Set(numbers)]), ({ number }) => number)
  const problems: Problem[] = []
  const taken = new Set<string>()
  const rows = lines.map((line, at): AnnouncementLine => {
    const path = `lines.${at}`
    const check = checked[at]
    const named = line.certificateNumber !== undefined && line.certificateNumber.trim() !== ''
    if (named && check && !check.ok)
      problems.push(
        problem(check.code, `${path}.certificateNumber`, {
          value: line.certificateNumber,
          values: { character: check.character ?? '', position: check.position ?? 0 },
        }),
      )
    // What is published stands for ever: no identity number gets into it (R6).
    for (const field of ['enterpriseName', 'productName', 'memberName'] as const)
      if (looksLikeIdentityCard(line[field] ?? '')) problems.push(problem('identity_card_refused', `${path}.${field}`))
    const number = check?.ok ? check.number : null
    const meaning = meaningOf(number === null ? [] : (known.get(number) ?? []), line, announcedOn)
    if (meaning.cause === 'of_another_body')
      problems.push(
        problem('certificate_of_another_body', `${path}.memberName`, {
          value: line.memberName,
          values: { number: number ?? '' },
        }),
      )
    if (meaning.cause === 'ambiguous')
      problems.push(
        problem('certificate_ambiguous', `${path}.certificateNumber`, {
          value: number,
          values: { number: number ?? '' },
        }),
      )
    const certificateId = meaning.certificate?.id ?? null
    const key = certificateId ?? number ?? `${foldName(line.enterpriseName)} ${foldName(line.productName)}`
    if (taken.has(key)) problems.push(problem('line_repeated', path, { values: { line: at + 1 } }))
    taken.add(key)
    return {
      announcementId: id,
      place: at + 1,
      effect: line.effect,
      enterpriseName: line.enterpriseName,
      productName: line.productName,
      family: line.family ?? null,
      memberName: line.memberName ?? null,
      certificateNumber: number,
      certificateId,
    }
  })
  return { rows, problems: problems.slice(0, problemsMax) }
}

/** Takes a draft back; its number is free again. @throws Refusal */
export async function dropDraft(registry: Registry, context: Context, id: string): Promise<void> {
  authorise(context, 'announcements.draft')
  await registry.db.transaction(async (tx) => {
    await claimAnnouncements(tx)
    await requireDraft(tx, id)
    await dropAnnouncement(tx, id, context.now)
    await record(tx, context, {
      action: 'announcement.dropped',
      entity: 'announcement',
      entityId: id,
      onDay: context.today,
      changes: {},
    })
  })
}

/** @throws Refusal where there is none, where it is published, or where it is at another version than was read */
export async function requireDraft(tx: Db, id: string, version?: number): Promise<AnnouncementRow> {
  const found = await findAnnouncement(tx, id)
  if (!found) throw unknownAnnouncement()
  if (found.publication) throw refuse('announcement_published', 'id')
  if (version !== undefined && version !== found.version)
    throw refuse('announcement_changed', 'version', { value: version, values: { version: found.version } })
  return found
}

type Head = Pick<AnnouncementRow, 'id' | 'schemeCode' | 'announcedOn' | 'correctsId'>

/** @throws Refusal where it can't put right what it names */
export async function refuseCorrection(tx: Db, head: Head): Promise<void> {
  if (head.correctsId === null) return
  const corrected = await findAnnouncement(tx, head.correctsId)
  if (!corrected) throw unknownAnnouncement('correctsId')
  const { publication, correctedBy } = corrected
  const asSeen = { ...corrected, isPublished: publication !== null, correctedBy: correctedBy?.number ?? null }
  refuseIfAny(problemsOfCorrecting(head, asSeen))
}

export function unknownAnnouncement(path = 'id') {
  return refuse('not_found', path, { values: { what: ['公告', 'announcement'] } })
}
