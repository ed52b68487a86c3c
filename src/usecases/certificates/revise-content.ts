import { refuse } from '../../domain/refusals.ts'
import { type Certificate, reviseCertificate } from '../../store/certificates.ts'
import type { Db } from '../../store/database.ts'
import type { Context } from '../context.ts'
import type { ActionInput, ContentChanges } from './action-input.ts'

/** Writes what a certificate states from now on; the version before stays (R4a). @throws Refusal `nothing_changes` */
export async function reviseContent(
  tx: Db,
  context: Context,
  present: Certificate,
  input: ActionInput & { changes: ContentChanges },
): Promise<void> {
  const content = withChanges(present.content, input.changes)
  if (JSON.stringify(content) === JSON.stringify(present.content)) throw refuse('nothing_changes', 'changes')
  const next = { content, holderName: content.client.name, productName: content.product.name }
  await reviseCertificate(tx, present, next, { now: context.now, actorId: context.actor.id, cause: input.action })
}

function withChanges(content: Certificate['content'], changes: ContentChanges): Certificate['content'] {
  return {
    ...content,
    client: { ...content.client, ...given(changes.client ?? {}) },
    product: { ...content.product, ...given(changes.product ?? {}) },
    factory: { ...content.factory, ...given(changes.factory ?? {}) },
    standards: changes.standards ?? content.standards,
    requirements: changes.requirements ?? content.requirements,
    certificationMode: changes.certificationMode ?? content.certificationMode,
  }
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function given<T extends object>(changes: T): Given<T> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as Given<T>
}
