import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { systemClock } from '../clock.ts'
import type { Config } from '../config.ts'
import { type Refusal, refuse } from '../domain/refusals.ts'
import type { Registry } from '../usecases/context.ts'
import { faultForLog } from '../usecases/database-faults.ts'
import { importQueue } from '../usecases/imports/import-queue.ts'
import { keepWaiting } from '../usecases/imports/run-import.ts'
import { removeAbandonedFolders } from '../usecases/imports/spool-folder.ts'
import { keepReconciliationsWaiting } from '../usecases/reconciliations/start-reconciliation.ts'
import { type Spooled, spool, UploadEnded } from './uploads.ts'

/** Files that are sent to be imported or reconciled: received within limits, noted, and worked through in turn. */
export const mediaTypes = [
  'text/csv',
  'application/x-ndjson',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/octet-stream',
]
export const mappingName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/)

/** Lets the routes of a plugin take such bodies, as they stream in. */
export function takeFiles(app: FastifyInstance): void {
  app.addContentTypeParser(mediaTypes, (_request, payload, done) => done(null, payload))
}

/** What becomes of a file: it is noted, which answers the request, and worked through when its turn comes. */
export type FileWork<Started> = {
  start(file: Pick<Spooled, 'sha256' | 'bytesTotal'>): Promise<Started>
  run(started: Started, path: string, signal: AbortSignal): Promise<unknown>
}

export type FilesUnderWay = {
  /** Receives the file and notes the work, which then takes its turn. @throws Refusal */
  takeIn<Started extends { id: string }>(request: FastifyRequest, work: FileWork<Started>): Promise<Started>
}

/** Of one caller: files on their way here, and files here whose work has not ended. */
const uploadsMax = 2
const filesMax = 20
/** When to try again, which nobody can know. */
const busySeconds = 30

/**
 * Uploads and files under way in this process. When it stops, uploads are cut off, and each work ends between two
 * batches, or before its turn, and is shown as interrupted.
 */
export async function filesUnderWay(
  app: FastifyInstance,
  registry: Registry,
  { IMPORT_BYTES_MAX: bytesMax }: Config,
): Promise<FilesUnderWay> {
  await removeAbandonedFolders(systemClock.now())
  const stopping = new AbortController()
  const queue = importQueue({ beat: (ids) => signOfLife(registry, ids) })
  const bodies = new Set<Readable>()
  const underWay = new Set<Promise<unknown>>()
  const uploads = places(uploadsMax)
  const files = places(filesMax)

  const kept = <T>(work: Promise<T>): Promise<T> => {
    underWay.add(work)
    const settled = () => underWay.delete(work)
    work.then(settled, settled)
    return work
  }
  const receive = async (request: FastifyRequest) => {
    const body = fileIn(request)
    bodies.add(body)
    try {
      return await spool(body, { bytesMax })
    } catch (error) {
      // What is still to come is let go by, so that the answer is read.
      body.resume()
      throw error instanceof UploadEnded ? endedUpload(request, error) : error
    } finally {
      bodies.delete(body)
    }
  }
  const run = (fileId: string, ownerId: string, file: Spooled, work: () => Promise<unknown>) =>
    queue
      .run({ importId: fileId, ownerId }, work)
      .catch((error: unknown) => app.log.error({ ...faultForLog(error), fileId }, 'a file could not be worked through'))
      .finally(() => file.remove())
      .catch((error: unknown) => app.log.warn({ err: error, fileId }, 'a spooled file could not be removed'))

  const receiveAndStart = async <Started extends { id: string }>(request: FastifyRequest, work: FileWork<Started>) => {
    const { actor } = request.registryContext
    const leave = files.take(actor.id)
    try {
      const file = await uploads.within(actor.id, () => receive(request))
      const started = await startOrRemove(file, work)
      const inTurn = () => work.run(started, file.path, stopping.signal)
      kept(run(started.id, actor.memberId ?? 'secretariat', file, inTurn).finally(leave))
      return started
    } catch (error) {
      leave()
      throw error
    }
  }
  app.addHook('preClose', async () => {
    stopping.abort()
    for (const body of bodies) body.destroy(new UploadEnded('stopping'))
    queue.open()
    while (underWay.size > 0) await Promise.allSettled(underWay)
  })
  return {
    takeIn<Started extends { id: string }>(request: FastifyRequest, work: FileWork<Started>): Promise<Started> {
      if (stopping.signal.aborted) throw refuse('unavailable')
      return kept(receiveAndStart(request, work))
    },
  }
}

/** Imports and reconciliations wait in one queue; an id is of one of them. */
async function signOfLife(registry: Registry, ids: readonly string[]): Promise<void> {
  await Promise.all([keepWaiting(registry, ids), keepReconciliationsWaiting(registry, ids)])
}

/** The file as it streams in. @throws Refusal when there is none, or JSON, which the framework has read already. */
function fileIn({ body, headers }: FastifyRequest): Readable {
  if (body instanceof Readable) return body
  throw refuse('media_type_unsupported', '', { values: { given: headers['content-type'] ?? '—' } })
}

/** Nothing of ours failed, and nobody is there to read the answer. */
function endedUpload(request: FastifyRequest, { reason }: UploadEnded): Refusal {
  request.log.info({ reason }, 'an upload was ended')
  return refuse('request_refused')
}

/** So many places for each caller. @throws Refusal `rate_limited` where all are taken */
function places(max: number) {
  const taken = new Map<string, number>()
  const change = (caller: string, by: 1 | -1) => {
    const now = (taken.get(caller) ?? 0) + by
    if (now > 0) taken.set(caller, now)
    else taken.delete(caller)
  }
  const take = (caller: string): (() => void) => {
    if ((taken.get(caller) ?? 0) >= max) throw refuse('rate_limited', '', { values: { seconds: busySeconds } })
    change(caller, 1)
    return () => change(caller, -1)
  }
  return {
    take,
    within: async <T>(caller: string, work: () => Promise<T>): Promise<T> => {
      const leave = take(caller)
      return work().finally(leave)
    },
  }
}

/** A file whose work is not to begin is not kept. */
async function startOrRemove<Started>(file: Spooled, work: FileWork<Started>): Promise<Started> {
  try {
    return await work.start(file)
  } catch (error) {
    await file.remove()
    throw error
  }
}
