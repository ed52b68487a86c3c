import { createRequire } from 'node:module'
import type FastifyOtel from '@fastify/otel'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import type { FastifyPluginCallback } from 'fastify'
import { productVersion } from './package-root.ts'

export type Tracing = {
  /** Gives every request a span; a caller's `traceparent` is honoured (W3C Trace Context). */
  readonly plugin: FastifyPluginCallback
  /** Sends what is left. */
  stop(): Promise<void>
}

// In its types it is a module of the other kind.
const { FastifyOtelInstrumentation } = createRequire(import.meta.url)('@fastify/otel') as typeof FastifyOtel

/**
 * Traces of this process to a collector by OTLP over HTTP. Imported only where they are wanted: nothing of it is loaded
 * otherwise. @param endpoint the collector’s base address, as in OTEL_EXPORTER_OTLP_ENDPOINT
 */
export function startTracing(endpoint: string): Tracing {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` })
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'alliance-registry', 'service.version': productVersion }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  provider.register()
  const instrumentation = new FastifyOtelInstrumentation({
    // The hooks of every request are always the same.
    instrumentHooks: false,
    // A refusal is no fault, and an error's text may hold what was sent.
    recordExceptions: false,
    requestHook: (span, request) => {
      span.updateName(`${request.method} ${request.routeOptions.url ?? 'none'}`)
      span.setAttributes({ 'url.path': request.url.replace(/\?.*$/s, ''), 'alliance.request_id': request.id })
    },
  })
  instrumentation.setTracerProvider(provider)
  return { plugin: instrumentation.plugin() as FastifyPluginCallback, stop: () => provider.shutdown() }
}
