import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Job } from '../usecases/jobs/job.ts'
import { readJobs } from '../usecases/jobs/read-jobs.ts'
import { runByHand, runInput, Stopping } from '../usecases/jobs/run-job.ts'
import { job, jobRan } from './notice-shapes.ts'
import { type RouteOptions, typed } from './routes.ts'
import { listOf } from './shapes.ts'

const tags = ['定时任务 / Jobs']

export async function jobRoutes(
  instance: FastifyInstance,
  { registry, jobs }: RouteOptions & { jobs: readonly Job[] },
): Promise<void> {
  const app = typed(instance)
  const stopping = new AbortController()
  instance.addHook('preClose', async () => stopping.abort(new Stopping('the process stops')))

  app.get('/v1/jobs', {
    config: { access: 'jobs.read' },
    schema: {
      tags,
      summary: '任务表与最近的运行 / The jobs, when each fires next, and its latest runs',
      response: { 200: z.object({ items: listOf(job) }) },
    },
    handler: (request) => readJobs(registry, request.registryContext, jobs),
  })

  app.post('/v1/jobs/:name/runs', {
    config: { access: 'jobs.run' },
    schema: {
      tags,
      summary: '立即运行一项任务 / Run a job now, as of today or of an earlier day',
      params: z.object({ name: z.string().max(64) }),
      body: runInput,
      response: { 201: jobRan },
    },
    handler: async (request, reply) => {
      const { registryContext: context, params, body } = request
      const ran = await runByHand(registry, context, jobs, params.name, body, stopping.signal)
      return reply.code(201).send(ran)
    },
  })
}
