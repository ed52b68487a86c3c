import type { Reconciliation } from '../../store/reconciliations.ts'
import { type ImportStatus, statusOf } from '../imports/read-imports.ts'

/** A reconciliation as it stands; one that waits for its turn is running. */
export type ReconciliationView = Reconciliation & { readonly status: ImportStatus; readonly progress: number }

/** Reading the file is taken for half of the work. */
export function reconciliationView(row: Reconciliation, now: Date): ReconciliationView {
  const status = statusOf(row, now)
  const progress = status === 'finished' ? 1 : Math.min(1, row.bytesRead / Math.max(1, row.bytesTotal)) / 2
  return { ...row, status, progress }
}
