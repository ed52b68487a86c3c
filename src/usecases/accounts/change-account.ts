import { type Problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import type { SessionEnding } from '../../domain/session.ts'
import { type Account, findAccount, lockAccount, lockAdministrators, setAccount } from '../../store/accounts.ts'
import type { Db } from '../../store/database.ts'
import { type Entry, record } from '../../store/events.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import type { AccountChangeInput } from './account-input.ts'
import { problemsOfAffiliation, problemsOfPersonRole } from './affiliation.ts'
import { endEvery } from './end-sessions.ts'
import { hashPassword, problemsOfPassword } from './password.ts'

type Columns = Partial<Omit<Account, 'id' | 'login' | 'recordedAt'>>
type Affiliation = Pick<Account, 'role' | 'memberId'>

/**
 * Disables, enables, renames, sets the password, gives another role or body. All but the name end the account's
 * sessions in the same transaction. The last live administrator stays one.
 * @throws Refusal `forbidden`, `not_found`, `nothing_changes`, `password_…`, `role_for_machines`, `member_…`,
 * `last_administrator`
 */
export async function changeAccount(
  registry: Registry,
  context: Context,
  id: string,
  change: AccountChangeInput,
): Promise<void> {
  authorise(context, 'accounts.manage')
  if (Object.values(change).every((value) => value === undefined)) throw refuse('nothing_changes')
  const known = await findAccount(registry.db, id)
  if (!known) throw unknownAccount()
  refuseIfAny(await problemsOf(registry.db, known, change))

  const passwordHash = change.password === undefined ? undefined : await hashPassword(change.password)
  await registry.db.transaction(async (tx) => {
    // In one order everywhere: the administrators, then the account.
    const administrators = await lockAdministrators(tx)
    const account = await lockAccount(tx, id, 'update')
    if (!account) throw unknownAccount()
    const columns = columnsOf(account, change, passwordHash, context.now)
    if (Object.keys(columns).length === 0) throw refuse('nothing_changes')
    if (isLeaving(account, columns) && administrators.every((each) => each === id)) throw refuse('last_administrator')
    // The role may have become another since it was judged.
    refuseIfAny(await problemsOf(tx, account, change))
    await setAccount(tx, id, columns)
    await record(tx, context, ...entriesOf(account, columns))
    const ending = endingFor(columns)
    if (ending) await endEvery(tx, context, id, ending)
  })
}

async function problemsOf(db: Db, account: Account, change: AccountChangeInput): Promise<Problem[]> {
  const { role, memberId } = affiliationAfter(account, change)
  const isMoving = change.role !== undefined || change.memberId !== undefined
  return [
    ...problemsOfPersonRole(role),
    ...(isMoving ? await problemsOfAffiliation(db, role, memberId ?? undefined) : []),
    ...(change.password === undefined ? [] : problemsOfPassword(change.password, account.login, 'password')),
  ]
}

/** A member who stays one keeps the body; whoever becomes something else leaves it. */
function affiliationAfter(account: Account, { role = account.role, memberId }: AccountChangeInput): Affiliation {
  if (memberId !== undefined) return { role, memberId }
  return { role, memberId: role === 'member' ? account.memberId : null }
}

/** Only what becomes different. */
function columnsOf(account: Account, change: AccountChangeInput, passwordHash: string | undefined, now: Date): Columns {
  const { role, memberId } = affiliationAfter(account, change)
  const isDisabled = account.disabledAt !== null
  return {
    ...(change.disabled !== undefined &&
      change.disabled !== isDisabled && { disabledAt: change.disabled ? now : null }),
    ...(passwordHash !== undefined && { passwordHash }),
    ...(change.name !== undefined && change.name !== account.name && { name: change.name }),
    ...((role !== account.role || memberId !== account.memberId) && { role, memberId }),
  }
}

function isLeaving(account: Account, { role = account.role, disabledAt = account.disabledAt }: Columns): boolean {
  const isLive = account.role === 'administrator' && account.disabledAt === null
  return isLive && (role !== 'administrator' || disabledAt !== null)
}

function endingFor({ disabledAt, passwordHash, role }: Columns): SessionEnding | undefined {
  if (disabledAt) return 'account_disabled'
  if (passwordHash !== undefined) return 'password_set'
  return role === undefined ? undefined : 'role_changed'
}

function entriesOf(account: Account, { disabledAt, passwordHash, name, role, memberId }: Columns): Entry[] {
  const entry = (done: string, changes: Record<string, unknown> = {}): Entry => ({
    action: `account.${done}`,
    entity: 'account',
    entityId: account.id,
    memberId: account.memberId,
    changes,
  })
  return [
    ...(disabledAt === undefined ? [] : [entry(disabledAt ? 'disabled' : 'enabled')]),
    ...(passwordHash === undefined ? [] : [entry('password_set')]),
    ...(name === undefined ? [] : [entry('renamed', { name: [account.name, name] })]),
    ...(role === undefined
      ? []
      : [entry('role_changed', { role: [account.role, role], memberId: [account.memberId, memberId] })]),
  ]
}

function unknownAccount() {
  return refuse('not_found', 'id', { values: { what: ['账号', 'account'] } })
}
