import fc from 'fast-check'
import t from 'tap'
import {
  addressBlock,
  addressNetwork,
  type Failures,
  type GuessFacts,
  guessesFree,
  secondsToWait,
  waitAfter,
} from '../../src/domain/guessing.ts'

const now = new Date('2026-03-02T01:00:00Z')
const none: Failures = { count: 0, lastAt: null }
const failed = (count: number, secondsAgo = 0): Failures => ({
  count,
  lastAt: new Date(now.getTime() - secondsAgo * 1_000),
})

const nobody: GuessFacts = { fromHere: none, fromAnywhere: none, atManyLogins: none, isAcquainted: false }

t.test('five guesses from one address are free; then the wait doubles from a second to a quarter of an hour', (t) => {
  const table: [failures: number, seconds: number][] = [
    [0, 0],
    [4, 0],
    [5, 1],
    [6, 2],
    [7, 4],
    [8, 8],
    [14, 512],
    [15, 900],
    [16, 900],
    [1_000, 900],
  ]
  for (const [failures, seconds] of table)
    t.equal(secondsToWait({ ...nobody, fromHere: failed(failures) }, now), seconds, `after ${failures}`)
  t.end()
})

t.test('fifty guesses from anywhere are free', (t) => {
  const wait = (failures: number) => secondsToWait({ ...nobody, fromAnywhere: failed(failures) }, now)
  t.same([wait(49), wait(50), wait(51), wait(70)], [0, 1, 2, 900])
  t.end()
})

t.test('thirty guesses at many logins are free for one address', (t) => {
  const wait = (failures: number) => secondsToWait({ ...nobody, atManyLogins: failed(failures) }, now)
  t.same([wait(29), wait(30), wait(31), wait(60)], [0, 1, 2, 900])
  t.end()
})

t.test('where the account was in use of late, only what failed from there makes wait', (t) => {
  const facts = { ...nobody, fromAnywhere: failed(90), atManyLogins: failed(90), isAcquainted: true }
  t.equal(secondsToWait(facts, now), 0)
  t.equal(secondsToWait({ ...facts, fromHere: failed(8) }, now), 8)
  t.end()
})

t.test('the wait counts from the last failure', (t) => {
  const wait = (secondsAgo: number) => secondsToWait({ ...nobody, fromHere: failed(8, secondsAgo) }, now)
  t.same([wait(0), wait(3), wait(7.2), wait(8), wait(90)], [8, 5, 1, 0, 0])
  t.equal(wait(-3_600), 8, 'and a clock that was set back makes it no longer')
  t.end()
})

t.test('whatever the failures: no wait is longer than a quarter of an hour, and none shorter for one more', (t) => {
  const counts = fc.nat({ max: 5_000 })
  const secondsAgo = fc.integer({ min: -1_000, max: 100_000 })
  fc.assert(
    fc.property(counts, counts, secondsAgo, secondsAgo, (here, anywhere, hereAgo, anywhereAgo) => {
      const facts = { ...nobody, fromHere: failed(here, hereAgo), fromAnywhere: failed(anywhere, anywhereAgo) }
      const seconds = secondsToWait(facts, now)
      const oneMore = secondsToWait({ ...facts, fromHere: failed(here + 1, hereAgo) }, now)
      const later = secondsToWait(facts, new Date(now.getTime() + seconds * 1_000 + 1_000_000))
      return Number.isInteger(seconds) && seconds >= 0 && seconds <= 900 && oneMore >= seconds && later === 0
    }),
  )
  t.end()
})

t.test('a day of patient guessing from one address comes to little more than a hundred tries', (t) => {
  let failures = 0
  for (let second = 0; second < 86_400; second += waitAfter(failures, guessesFree.fromOneAddress)) failures += 1
  t.ok(failures > 90 && failures < 120, String(failures))
  t.end()
})

t.test('an address is what one caller has to himself', (t) => {
  const table: [address: string, block: string][] = [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ]
  for (const [address, block] of table) t.equal(addressBlock(address), block, address)
  t.end()
})

t.test('many blocks are one network', (t) => {
  const table: [address: string, network: string][] = [
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['2001:db8:1:ffff::9', '2001:db8:1::/48'],
    ['2001:db8::9', '2001:db8:0::/48'],
  ]
  for (const [address, network] of table) t.equal(addressNetwork(address), network, address)
  t.end()
})
