import type { FastifyRequest } from 'fastify'
import type { GraphQLError, GraphQLFormattedError } from 'graphql'
import { problem, Refusal } from '../domain/refusals.ts'
import { languageOf, refusalBehind, shownProblem } from '../rest/problems.ts'
import { faultForLog } from '../usecases/database-faults.ts'
import { DocumentRefusal, detailOf } from './read-document.ts'

/** An error as it goes out: a sentence, and the codes and problems that REST would give. */
export type ShownError = GraphQLFormattedError

/** What a fault needs to be shown: `path` and `locations` tell where in the query, nothing tells of our inside. */
type Fault = Pick<GraphQLError, 'path' | 'locations' | 'originalError'> & { readonly message: string }

/** The errors of an execution. Without data nothing was run: then the variables were at fault. */
export function shownFaults(faults: readonly Fault[], request: FastifyRequest, wasRun: boolean): ShownError[] {
  return faults.map((fault) => {
    const refusal = wasRun ? refusalOfFault(fault, request) : refusalOfVariables(fault)
    const { path, locations } = fault
    return { ...shownRefusal(refusal, request), ...(path ? { path } : {}), ...(locations ? { locations } : {}) }
  })
}

/** A request that was not run, as errors of GraphQL. */
export function shownErrors(refusal: Refusal, request: FastifyRequest): ShownError[] {
  if (!(refusal instanceof DocumentRefusal)) return [shownRefusal(refusal, request)]
  return refusal.problems.map((each, index) => {
    const locations = refusal.faults[index]?.locations
    return { ...shownRefusal(new Refusal(each), request), ...(locations ? { locations } : {}) }
  })
}

function shownRefusal(refusal: Refusal, request: FastifyRequest): ShownError {
  const language = languageOf(request)
  const problems = refusal.problems.map((each) => shownProblem(each, language))
  const [first] = refusal.problems
  return {
    message: shownProblem(first, language).detail,
    extensions: { code: first.code, problems, requestId: request.id },
  }
}

/** What a resolver threw. Anything but a refusal is a fault of ours: logged, and shown as one sentence. */
function refusalOfFault({ originalError, message }: Fault, request: FastifyRequest): Refusal {
  const thrown = originalError ?? new Error(message)
  const refusal = refusalBehind(thrown, { bodyBytesMax: 0, mediaType: '' })
  const [{ code }] = refusal.problems
  if (code === 'internal' || code === 'unavailable') request.log.error(faultForLog(thrown), 'a field failed')
  return refusal
}

function refusalOfVariables(fault: Fault): Refusal {
  return new Refusal(problem('query_variables', 'variables', { values: { detail: detailOf(fault) } }))
}
