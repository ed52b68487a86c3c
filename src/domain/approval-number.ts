import { dropInvisible, foldDashes, foldFullWidth } from './cells.ts'

/** A body's CNCA approval (批准号), `CNCA-R-2002-001`, or `CNCA-RF-2002-07` for one with foreign capital (R5). */
declare const approvalNumberBrand: unique symbol
export type ApprovalNumber = string & { readonly [approvalNumberBrand]: 'ApprovalNumber' }

const shape = /^CNCA-(?:R|RF)-(?:19|20)[0-9]{2}-[0-9]{2,4}$/

/** The approval that `text` names, however its width, dashes, spaces and case were typed; undefined when none. */
export function parseApprovalNumber(text: string): ApprovalNumber | undefined {
  const number = foldDashes(dropInvisible(foldFullWidth(text)).replace(/\s/g, '')).toUpperCase()
  return shape.test(number) ? (number as ApprovalNumber) : undefined
}
