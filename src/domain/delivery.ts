/** How often a notice is tried before it is given up and waits on the list of dead letters: about two days in all. */
export const deliveryAttemptsMax = 12

const firstPauseMinutes = 2
const pauseMinutesMax = 720

/** When to try again after so many failed attempts: twice as long each time, up to half a day; null to give up. */
export function nextAttemptAt(attempts: number, now: Date): Date | null {
  if (attempts >= deliveryAttemptsMax) return null
  const minutes = Math.min(firstPauseMinutes * 2 ** (attempts - 1), pauseMinutesMax)
  return new Date(now.getTime() + minutes * 60_000)
}
