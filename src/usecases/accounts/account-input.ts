import { z } from 'zod'
import { roles } from '../../domain/access.ts'
import { idInput, textInput } from '../inputs.ts'
import { passwordInput } from './password.ts'

export const loginShape = /^[a-z0-9._-]{3,64}$/

export const newAccountInput = z.strictObject({
  login: z.string().regex(loginShape, '3–64 characters of a–z, 0–9, “.”, “_” and “-”'),
  name: textInput(100),
  role: z.enum(roles),
  memberId: idInput.optional(),
  password: passwordInput,
})
export type NewAccountInput = z.infer<typeof newAccountInput>

export const accountChangeInput = z.strictObject({
  disabled: z.boolean().optional(),
  password: passwordInput.optional(),
  name: textInput(100).optional(),
  role: z.enum(roles).optional(),
  memberId: idInput.optional(),
})
export type AccountChangeInput = z.infer<typeof accountChangeInput>
