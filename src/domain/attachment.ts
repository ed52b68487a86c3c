/** What may be attached to a case (R8): papers, pictures and sheets, without macros. */
export const attachmentTypes = {
  pdf: 'application/pdf',
  png: 'image/png',
  jpeg: 'image/jpeg',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const
export type AttachmentType = keyof typeof attachmentTypes

/** The largest attachment, in bytes, and how many each side of a case attaches at most. */
export const attachmentBytesMax = 10 * 1024 * 1024
export const attachmentsMax = 20

const starts: readonly (readonly [AttachmentType, readonly number[]])[] = [
  ['pdf', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['jpeg', [0xff, 0xd8, 0xff]],
]
/** Printer settings and embedded objects are `.bin` parts, too, and no macros. */
const macroPart = /(^|\/)vba(project|data)[^/]*\.(bin|xml)$/

const zipStart = [0x50, 0x4b, 0x03, 0x04]

/**
 * What a file is by what stands in it, whatever it is called; undefined for anything that may not be attached. A package
 * of Word or Excel is known by the names of its parts, in which case plays no part, and is refused with a macro in it.
 * @param parts the names in its directory, where it is a zip
 */
export function attachmentTypeOf(bytes: Uint8Array, parts: readonly string[] = []): AttachmentType | undefined {
  const found = starts.find(([, start]) => beginsWith(bytes, start))
  if (found) return found[0]
  if (!beginsWith(bytes, zipStart)) return undefined
  const names = new Set(parts.map((part) => part.toLowerCase()))
  if (!names.has('[content_types].xml') || [...names].some((name) => macroPart.test(name))) return undefined
  if (names.has('word/document.xml')) return 'docx'
  return names.has('xl/workbook.xml') ? 'xlsx' : undefined
}

function beginsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return bytes.length > start.length && start.every((byte, at) => bytes[at] === byte)
}
