import fastJson, { type Schema } from 'fast-json-stringify'
import type { FastifySchema, FastifySerializerCompiler } from 'fastify'
import { z } from 'zod'

/**
 * Writes an answer by its shape, compiled when it is first sent (all of them at the start are most of what a start takes):
 * what the shape does not name does not go out, what it requires must be there. Three times as fast on a list as checking
 * each value again on the way out, which the tests do instead (test/support/answers.ts).
 */
export const serializeAnswer: FastifySerializerCompiler<FastifySchema> = (route) => {
  let write: Writer | undefined
  return (answer) => {
    write ??= compileAnswer(route)
    return write(answer)
  }
}

type Writer = (answer: unknown) => string

/** @throws Error for a shape that can't be compiled: a test tries those of all routes. */
export const compileAnswer: FastifySerializerCompiler<FastifySchema> = ({ schema, method, url }) => {
  try {
    return fastJson(writable(jsonSchemaOf(schema)) as Schema)
  } catch (error) {
    throw new Error(`${method} ${url}: its answer can't be written by this shape`, { cause: error })
  }
}

type JsonSchema = { readonly [key: string]: unknown }

/** @throws Error for anything but a shape of zod, or one that JSON does not have: a date, a map, a transformed value. */
function jsonSchemaOf(schema: unknown): JsonSchema {
  if (!(schema instanceof z.core.$ZodType)) throw new Error('not a shape of zod')
  return z.toJSONSchema(schema, { target: 'draft-7', io: 'output', unrepresentable: 'throw' }) as JsonSchema
}

/** "This or null" is said in the one way that needs no validation of each value. */
function writable(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(writable)
  if (typeof schema !== 'object' || schema === null) return schema
  const { anyOf, ...rest } = schema as { anyOf?: readonly JsonSchema[] }
  const [value, nothing] = anyOf ?? []
  if (anyOf?.length === 2 && value && nothing?.type === 'null') {
    return { ...rest, ...(writable(value) as object), nullable: true }
  }
  return Object.fromEntries(Object.entries(schema).map(([key, inner]) => [key, writable(inner)]))
}
