/** When a job fires: every day at an hour of Asia/Shanghai, or every so many seconds of a minute. */
export type JobTime =
  | { readonly every: 'day'; readonly at: `${number}:${number}` }
  | { readonly every: 'seconds'; readonly seconds: 1 | 2 | 5 | 10 | 15 | 20 | 30 | 60 }

const secondMs = 1_000
const dayMs = 86_400_000
/** Shanghai has been eight hours ahead, summer and winter, since 1992. */
const shanghaiMs = 8 * 3_600_000

/** With seconds in front, as node-cron reads it, in Asia/Shanghai. */
export function cronExpressionOf(time: JobTime): string {
  if (time.every === 'seconds') return time.seconds === 60 ? '0 * * * * *' : `*/${time.seconds} * * * * *`
  const [hour, minute] = hourAndMinute(time.at)
  return `0 ${minute} ${hour} * * *`
}

/** The latest fire at or before an instant: what should have run by then. */
export function latestFire(time: JobTime, now: Date): Date {
  const { periodMs, offsetMs } = rhythmOf(time)
  return new Date(Math.floor((now.getTime() - offsetMs) / periodMs) * periodMs + offsetMs)
}

/** The first fire after an instant. */
export function nextFire(time: JobTime, now: Date): Date {
  return new Date(latestFire(time, now).getTime() + rhythmOf(time).periodMs)
}

function rhythmOf(time: JobTime): { periodMs: number; offsetMs: number } {
  if (time.every === 'seconds') return { periodMs: time.seconds * secondMs, offsetMs: 0 }
  const [hour, minute] = hourAndMinute(time.at)
  return { periodMs: dayMs, offsetMs: (hour * 60 + minute) * 60_000 - shanghaiMs }
}

/** @throws RangeError for an hour that no day has. */
function hourAndMinute(at: string): [hour: number, minute: number] {
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(at) ?? []
  if (hour === undefined || minute === undefined) throw new RangeError(`not an hour of the day: ${at}`)
  return [Number(hour), Number(minute)]
}
