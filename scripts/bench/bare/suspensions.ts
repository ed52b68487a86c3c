export type Suspension = { readonly fromOn: string; readonly liftedOn: string | null; readonly reasonCode: string }

export function isSuspended(suspensions: readonly Suspension[], on: string): boolean {
  return suspensions.some(({ fromOn, liftedOn }) => fromOn <= on && (liftedOn === null || on < liftedOn))
}
