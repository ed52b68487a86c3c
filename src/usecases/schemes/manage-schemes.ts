import { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import { record } from '../../store/events.ts'
import { insertScheme, insertSchemeVersion, listSchemes } from '../../store/schemes.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { dayInput, textInput } from '../inputs.ts'
import { requirableFields } from '../results/problems-of-links.ts'

const versionFields = {
  effectiveOn: dayInput,
  validityMonths: z.number().int().min(1).max(600),
  requiredFields: z
    .array(z.enum(requirableFields as [string, ...string[]]))
    .max(50)
    .default([]),
}

export const schemeVersionInput = z.strictObject(versionFields)
export const schemeInput = z.strictObject({
  code: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{1,62}$/)
    .meta({ examples: ['jiangsu-premium'] }),
  nameZh: textInput(200),
  nameEn: textInput(200),
  ...versionFields,
})

/** Adds a certification scheme with its first version (R4). @throws Refusal */
export async function addScheme(
  registry: Registry,
  context: Context,
  input: z.infer<typeof schemeInput>,
): Promise<{ code: string }> {
  authorise(context, 'schemes.write')
  const { code, nameZh, nameEn, ...version } = input
  await registry.db.transaction(async (tx) => {
    const isNew = await insertScheme(tx, { code, nameZh, nameEn, recordedAt: context.now })
    if (!isNew) throw refuse('already_registered', 'code', { value: code, values: { what: ['方案', 'scheme'] } })
    await insertSchemeVersion(tx, {
      ...version,
      schemeCode: code,
      version: 1,
      recordedAt: context.now,
      recordedBy: context.actor.id,
    })
    await record(tx, context, {
      action: 'scheme.added',
      entity: 'scheme',
      entityId: code,
      onDay: input.effectiveOn,
      changes: { ...input },
    })
  })
  return { code }
}

/** A further version: it applies to certificates from its day on, and never to earlier ones. @throws Refusal */
export async function addSchemeVersion(
  registry: Registry,
  context: Context,
  code: string,
  input: z.infer<typeof schemeVersionInput>,
): Promise<{ version: number }> {
  authorise(context, 'schemes.write')
  return registry.db.transaction(async (tx) => {
    const scheme = (await listSchemes(tx)).find((candidate) => candidate.code === code)
    if (!scheme) throw refuse('scheme_unknown', 'code', { value: code })
    const version = scheme.versions.length + 1
    const isNew = await insertSchemeVersion(tx, {
      ...input,
      schemeCode: code,
      version,
      recordedAt: context.now,
      recordedBy: context.actor.id,
    })
    if (!isNew) throw refuse('concurrent_change')
    await record(tx, context, {
      action: 'scheme.version_added',
      entity: 'scheme',
      entityId: code,
      onDay: input.effectiveOn,
      changes: { version, ...input },
    })
    return { version }
  })
}

/** All schemes with their versions. @throws Refusal `forbidden` */
export async function readSchemes(registry: Registry, context: Context) {
  authorise(context, 'schemes.read')
  return listSchemes(registry.db)
}
