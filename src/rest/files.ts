import { z } from 'zod'

/** Files that a route answers. */
export const wordMediaType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
export const sheetMediaType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

export const aFile = z.any().meta({ type: 'string', format: 'binary' })
