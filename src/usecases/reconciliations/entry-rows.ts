import { type Entry, fingerprintOf } from '../../domain/reconciliation.ts'
import type { Problem } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import type { NewEntry, Reconciliation } from '../../store/reconciliations.ts'

/** An entry as it is stored: it is about the member that holds our certificate, else about the one that theirs names. */
export function entryRow({ id: reconciliationId }: Reconciliation, entry: Entry, now: Date): NewEntry {
  const { kind, ours, theirs, oursSays, theirsSays, announcedSays } = entry
  return {
    id: newId(now),
    reconciliationId,
    memberId: ours?.memberId ?? theirs?.memberId ?? null,
    kind,
    number: ours?.number ?? theirs?.number ?? '',
    rowNumber: theirs?.rowNumber ?? null,
    certificateId: ours?.id ?? null,
    ours,
    theirs,
    oursSays,
    theirsSays,
    announcedSays,
    problems: null,
    fingerprint: fingerprintOf(entry),
  }
}

/** A row that can't be compared; which certificate it is about is not known. */
export function unreadableEntry(
  { id: reconciliationId, memberId }: Reconciliation,
  { rowNumber, problems }: { rowNumber: number; problems: readonly Problem[] },
  now: Date,
): NewEntry {
  return {
    id: newId(now),
    reconciliationId,
    memberId,
    kind: 'unreadable',
    number: '',
    rowNumber,
    problems: [...problems],
    fingerprint: JSON.stringify([
      'unreadable',
      rowNumber,
      problems.map(({ code, path, value }) => [code, path, value]),
    ]),
  }
}
