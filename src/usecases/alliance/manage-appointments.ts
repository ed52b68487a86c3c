import { z } from 'zod'
import { overlaps } from '../../domain/alliance.ts'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import {
  type Appointment,
  appointmentsOf,
  claimAlliance,
  insertAppointment,
  supersedeAppointment,
} from '../../store/alliance.ts'
import { record } from '../../store/events.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { dayInput, textInput } from '../inputs.ts'

export type { Appointment }

export const appointmentInput = z.strictObject({
  organisation: textInput(200),
  fromOn: dayInput,
  untilOn: dayInput.optional(),
  document: textInput(300).meta({ description: 'The document of the appointment.' }),
})
export const appointmentEndInput = z.strictObject({ untilOn: dayInput, reason: textInput(2_000) })

/** Records who was appointed to run the alliance, and for how long; one secretariat at a time (N1). @throws Refusal */
export async function appoint(
  registry: Registry,
  context: Context,
  input: z.infer<typeof appointmentInput>,
): Promise<Appointment> {
  authorise(context, 'appointments.record')
  const { untilOn = null, ...facts } = input
  if (untilOn !== null && untilOn < input.fromOn) throw refuse('span_reversed', 'untilOn', { value: untilOn })
  return registry.db.transaction(async (tx) => {
    await claimAlliance(tx)
    if (overlaps({ fromOn: input.fromOn, untilOn }, await appointmentsOf(tx))) throw refuse('appointment_overlaps')
    const by = { recordedAt: context.now, recordedBy: context.actor.id }
    const appointment = await insertAppointment(tx, { id: newId(context.now), ...facts, untilOn, ...by })
    await record(tx, context, {
      action: 'appointment.recorded',
      entity: 'appointment',
      entityId: appointment.id,
      onDay: input.fromOn,
      changes: { ...input },
    })
    return appointment
  })
}

/** Gives an appointment its last day, or an earlier one than was said; what was said before is kept (N1, R4a). @throws Refusal */
export async function endAppointmentOn(
  registry: Registry,
  context: Context,
  id: string,
  { untilOn, reason }: z.infer<typeof appointmentEndInput>,
): Promise<Appointment> {
  authorise(context, 'appointments.record')
  return registry.db.transaction(async (tx) => {
    await claimAlliance(tx)
    const present = (await appointmentsOf(tx)).find((each) => each.id === id)
    if (!present) throw refuse('not_found', 'id', { values: { what: ['任命', 'appointment'] } })
    if (untilOn < present.fromOn) throw refuse('span_reversed', 'untilOn', { value: untilOn })
    if (present.untilOn !== null && untilOn >= present.untilOn)
      throw refuse('appointment_ends_before', 'untilOn', { value: untilOn, values: { until: present.untilOn } })
    await supersedeAppointment(tx, id, context.now)
    const by = { recordedAt: context.now, recordedBy: context.actor.id }
    const ended = await insertAppointment(tx, { ...present, id: newId(context.now), untilOn, ...by })
    await record(tx, context, {
      action: 'appointment.ended',
      entity: 'appointment',
      entityId: ended.id,
      onDay: untilOn,
      changes: { supersedes: id, untilOn: { from: present.untilOn, to: untilOn }, reason },
    })
    return ended
  })
}

/** Who has run the alliance, oldest first (N1). @throws Refusal */
export async function readAppointments(registry: Registry, context: Context) {
  authorise(context, 'alliance.read')
  return { items: await appointmentsOf(registry.db) }
}
