import { type Actor, accessMatrix, type Permission, reachOf } from '../../domain/access.ts'
import { both, builder, under } from '../builder.ts'
import { ReachEnum, RoleEnum } from './enums.ts'
import { MemberRef } from './refs.ts'

const { said, maybe } = under('session.read')

type Granted = { readonly name: Permission; readonly reach: ReturnType<typeof reachOf> }

const GrantedPermission = builder.objectRef<Granted>('GrantedPermission').implement({
  description: both('一项权限', 'A permission and how far it reaches'),
  fields: (t) => ({
    name: t.exposeString('name', said('权限', 'Permission')),
    reach: t.expose('reach', { ...said('可及范围', 'How far it reaches'), type: ReachEnum }),
  }),
})

const Viewer = builder.objectRef<Actor>('Viewer').implement({
  description: both('当前登录者', 'Who is signed in'),
  fields: (t) => ({
    kind: t.exposeString('kind', said('person 人员，machine 业务系统', 'person or machine')),
    name: t.exposeString('name', said('名称', 'Name')),
    role: t.expose('role', { ...said('角色', 'Role'), type: RoleEnum }),
    memberId: t.exposeID('memberId', maybe('所属成员机构编号', 'Id of one’s own body')),
    member: t.field({
      ...under('members.read').maybe('所属成员机构', 'One’s own body'),
      type: MemberRef,
      resolve: ({ memberId }, _, { loaders }) => (memberId === null ? null : loaders.member.load(memberId)),
    }),
    permissions: t.field({
      ...said('权限表', 'What one may do'),
      type: [GrantedPermission],
      resolve: (actor) =>
        (Object.keys(accessMatrix) as Permission[]).map((name) => ({ name, reach: reachOf(actor, name) })),
    }),
  }),
})

builder.queryField('viewer', (t) =>
  t.field({
    ...said('当前登录者', 'Who is signed in, and what he may do'),
    type: Viewer,
    resolve: (_root, _arguments, { context }) => context.actor,
  }),
)
