import { newId } from '../../ids.ts'
import { findMember } from '../../store/members.ts'
import { insertAttempt } from '../../store/results.ts'
import type { Context, Registry } from '../context.ts'
import { idInput } from '../inputs.ts'

export type RefusedPost = {
  readonly operation: string
  readonly codes: readonly string[]
  readonly memberReference: string | null
  readonly idempotencyKey: string | null
  /** The member that the secretariat posted for, where it named one. */
  readonly namedMemberId?: string | null
}

/** Keeps a refused post: member, time and codes. The first-pass validity of a body is made of these (R9). */
export async function keepAttempt(registry: Registry, context: Context, refused: RefusedPost): Promise<void> {
  await insertAttempt(registry.db, {
    id: newId(context.now),
    memberId: context.actor.memberId ?? (await knownMember(registry, refused.namedMemberId)),
    at: context.now,
    actorId: context.actor.id,
    operation: refused.operation,
    codes: [...refused.codes],
    memberReference: refused.memberReference,
    idempotencyKey: refused.idempotencyKey,
    requestId: context.requestId,
  })
}

async function knownMember(registry: Registry, id: string | null | undefined): Promise<string | null> {
  if (id === null || id === undefined || !idInput.safeParse(id).success) return null
  return (await findMember(registry.db, id))?.id ?? null
}
