/**
 * Every way in which the registry says no: a closed list of codes, each with its sentence in Chinese and English.
 * `{name}` stands for a value of the problem. Faces map a code to their own status; nothing else leaves the service.
 */
export const refusalSentences = {
  // The request itself
  body_malformed: ['请求正文不是有效的 JSON：{detail}。', 'The body is not valid JSON: {detail}.'],
  body_too_large: ['请求正文过大，上限为 {limit} 字节。', 'The body is too large; the limit is {limit} bytes.'],
  media_type_unsupported: ['不支持的内容类型 {given}。', 'The media type {given} is not supported here.'],
  field_missing: ['缺少必填项 {field}。', 'The field {field} is required.'],
  field_unknown: ['没有名为 {field} 的项。', 'There is no field named {field}.'],
  field_invalid: ['{field} 的值不符合要求：{detail}。', 'The value of {field} is not acceptable: {detail}.'],
  date_does_not_exist: [
    '{field} 不是存在的日期（应为 YYYY-MM-DD）。',
    '{field} is not a day that exists (write YYYY-MM-DD).',
  ],
  text_control_character: [
    '{field} 含有不允许的控制字符。',
    '{field} holds control characters, which are not allowed.',
  ],
  identity_card_refused: [
    '{field} 疑似居民身份证号码，本系统不保存个人身份信息（R6）。',
    '{field} looks like an identity-card number; personal data is not stored here (R6).',
  ],
  header_missing: ['缺少请求头 {header}。', 'The header {header} is required.'],
  cursor_invalid: ['分页游标无效，请从第一页重新查询。', 'The cursor is not valid; start again from the first page.'],
  idempotency_key_reused: [
    '幂等键已用于内容不同的请求。',
    'This Idempotency-Key was used before with another request.',
  ],
  rate_limited: ['请求过于频繁，请在 {seconds} 秒后再试。', 'Too many requests; try again in {seconds} seconds.'],
  route_unknown: ['没有这个地址：{method} {path}。', 'There is no such address: {method} {path}.'],
  request_refused: ['请求无法处理。', 'The request cannot be processed.'],
  unavailable: [
    '服务暂时不可用，这不代表查询结果。',
    'The service is unavailable at the moment; this says nothing about what was asked.',
  ],
  internal: [
    '服务内部出错，已记录，请凭请求编号联系管理员。',
    'Something failed inside the service; it has been logged under the request id.',
  ],

  // Who may
  unauthenticated: ['请先登录或提供有效的访问令牌。', 'Sign in, or send a valid access token.'],
  credentials_wrong: ['账号或口令不正确。', 'The name or the password is wrong.'],
  forbidden: ['当前角色无权执行此操作。', 'This role may not do that.'],
  not_found: ['没有找到所查的{what}。', 'No such {what}.'],
  member_not_expected: ['只有成员机构角色才可指明成员机构。', 'Only the role member names a member.'],
  password_length: ['口令应为 {least} 至 {most} 个字符。', 'A password has {least} to {most} characters.'],
  password_is_login: ['口令不得与登录名相同。', 'The password must differ from the login.'],
  live_secrets_limit: [
    '每个客户端最多同时有 {limit} 个有效密钥，请先吊销一个。',
    'A client has at most {limit} live secrets; revoke one first.',
  ],

  // Sessions and accounts
  session_over: ['会话已结束，请重新登录。', 'The session is over; sign in again.'],
  session_just_refreshed: [
    '该刷新令牌刚刚用过，请使用那次返回的新令牌。',
    'This refresh token was used a moment ago; go on with the one that was answered then.',
  ],
  sign_in_slowed: [
    '口令多次不正确，请在 {seconds} 秒后再试。',
    'The password was wrong too often; try again in {seconds} seconds.',
  ],
  person_expected: ['仅限以个人账号登录后使用。', 'This is for people who have signed in, not for machines.'],
  present_password_wrong: ['当前口令不正确。', 'The present password is wrong.'],
  role_for_machines: [
    '该角色仅供机器使用，不能用于个人账号。',
    'That role is for machines, not for a person’s account.',
  ],
  last_administrator: [
    '这是最后一个可用的管理员账号，不能停用或更换角色。',
    'This is the last live administrator; it cannot be disabled or given another role.',
  ],

  // Identifiers (R5)
  credit_code_length: ['统一社会信用代码应为 18 位。', 'A unified social credit code has 18 characters.'],
  credit_code_character: [
    '统一社会信用代码第 {position} 位的字符不在代码字符集中。',
    'Character {position} of the credit code is not in the code alphabet.',
  ],
  credit_code_region: [
    '统一社会信用代码第 {position} 位应为行政区划数字。',
    'Character {position} of the credit code must be a digit of the region.',
  ],
  credit_code_organisation_check: [
    '主体标识码校验不符：第 {position} 位应为 {expected}（GB 11714）。',
    'The organisation part fails its check: character {position} should be {expected} (GB 11714).',
  ],
  credit_code_check: [
    '统一社会信用代码校验不符：第 {position} 位应为 {expected}（GB 32100）。',
    'The credit code fails its check: character {position} should be {expected} (GB 32100).',
  ],
  approval_number_invalid: ['批准号格式应如 CNCA-R-2002-001。', 'An approval number looks like CNCA-R-2002-001.'],
  certificate_number_empty: ['证书编号为空。', 'The certificate number is empty.'],
  certificate_number_too_long: ['证书编号超过 64 个字符。', 'The certificate number is longer than 64 characters.'],
  certificate_number_character: [
    '证书编号第 {position} 个字符“{character}”不允许使用。',
    'Character {position} of the certificate number, “{character}”, is not allowed.',
  ],
  standard_number_invalid: ['标准编号无法识别。', 'The standard number cannot be read.'],
  city_unknown: ['不是本省 13 个设区市的代码。', 'Not the code of one of the 13 cities.'],
  industry_unknown: ['不是 GB/T 4754-2017 的代码。', 'Not a code of GB/T 4754-2017.'],
  already_registered: ['{what}已登记。', 'This {what} is already registered.'],

  // Members, schemes, enterprises (N1)
  standing_not_reachable: [
    '成员状态不能从“{from}”变为“{to}”。',
    'A member’s standing cannot move from {from} to {to}.',
  ],
  standing_backdated: [
    '新的状态起始日不得早于现有状态的起始日 {since}。',
    'A new standing cannot start before the present one, which holds from {since}.',
  ],
  admission_without_scope: [
    '该机构当日没有任何有效的业务范围，不得准入。',
    'This body has no scope that holds on that day; it cannot be admitted.',
  ],
  admission_before_checks: [
    '准入日不得早于最后一项准入检查之日 {since}。',
    'An admission cannot be dated before the last of its checks, made on {since}.',
  ],
  measure_needed: [
    '“{to}”须经处理措施作出（提出、答复、决定），不能直接登记。',
    'The standing {to} comes from a measure (proposed, answered, decided); it is not recorded directly.',
  ],
  admission_incomplete: [
    '尚不能加入，以下审查未通过：{missing}。',
    'Not to be admitted yet; these checks have not passed: {missing}.',
  ],
  approval_revoked: [
    '机构批准已于 {since} 被撤销（R4）。',
    'The approval of the body was revoked from {since} on (R4).',
  ],
  approval_revoked_already: ['已登记撤销批准。', 'That the approval was revoked is recorded already.'],
  approval_not_revoked: ['没有登记撤销批准。', 'It is not recorded that the approval was revoked.'],
  appointment_overlaps: ['与已登记的任命期间重叠。', 'It overlaps an appointment that is recorded already.'],
  survey_link_made: ['该证书的问卷链接已使用。', 'The link of this certificate has been used.'],
  survey_link_unknown: ['问卷链接无效或已使用。', 'This link is unknown, or was used.'],
  attachment_type_refused: [
    '只接受 PDF、PNG、JPEG、DOCX、XLSX，且不含宏。',
    'Only PDF, PNG, JPEG, DOCX and XLSX are taken, without macros.',
  ],
  appointment_ends_before: [
    '该任命已于 {until} 或以前终止，只能提前。',
    'This appointment ends on {until} already; it can only be ended earlier.',
  ],
  removal_open: [
    '该机构已有一项尚未决定的退出措施。',
    'A removal of this body is proposed already and not decided yet.',
  ],
  survey_firm_asked: [
    '十二个月内已就该机构向该企业发出调查链接。',
    'This firm was asked about this body within the last twelve months.',
  ],
  version_backdated: [
    '新版本的生效日不得早于上一版本的生效日 {since}。',
    'A new version cannot hold from before the last one, which holds from {since}.',
  ],
  not_inactive: [
    '该机构并非两年无结果，或十二个月内已作过活跃度审查。',
    'This body is not inactive: it decided something in the last two years, or was reviewed in the last twelve months.',
  ],
  transfer_circular: [
    '该证书曾由该机构颁发或持有，不得转回。',
    'This member issued or held the certificate before; it is not transferred back.',
  ],
  attachment_there: ['该附件已在案件中。', 'This file is attached to the case already.'],
  attachments_limit: ['每个案件最多 {limit} 个附件。', 'A case has at most {limit} attachments.'],
  merger_circular: [
    '不能并入自身，或并入已被合并的机构。',
    'A body is not merged into itself, nor into one that was merged away itself.',
  ],
  merged_already: [
    '该机构已登记被合并，或有其他机构并入。',
    'The body was merged already, or others were merged into it.',
  ],
  obligation_not_late: [
    '该义务不是逾期未报或迟报的报送义务，没有证据材料。',
    'This is no report that is overdue or was late: there is no evidence of a lapse.',
  ],
  check_passed: ['抽查已通过，不能认定属实。', 'The spot check held; nothing can be substantiated by it.'],
  referral_open: ['该义务已有待答复的移送。', 'That obligation was referred already, and the answer is still to come.'],
  merger_needs_removal: [
    '合并前须先提出该机构的退出措施（own_request）。',
    'Propose the removal of that body first (own_request): a merged body leaves the alliance by the ladder.',
  ],
  referral_answered: ['该移送已有答复。', 'This referral was answered already.'],
  complaint_taken: ['该投诉已立案或已决定不予受理。', 'A case came of this complaint already, or it was not taken up.'],
  complainant_missing: ['没有投诉人信息。', 'There is no author of the complaint.'],
  case_concluded: ['该案件已有结论。', 'The case is concluded already.'],
  case_not_substantiated: [
    '该案件没有查实的问题，无可撤销（R8）。',
    'Nothing was found in the case that could be annulled (R8).',
  ],
  annulled_by_another: [
    '须由{by}撤销，作出结论的一方不得撤销（R8）。',
    'It is for {by} to annul it, and not for whoever concluded it (R8).',
  ],
  measure_ground_lost: [
    '该措施所依据的问题已撤销或批准已恢复，只能撤回或撤销该措施（R8）。',
    'What this measure rests on was annulled, or the approval is back: it can only be withdrawn or reversed (R8).',
  ],
  annulled_already: ['已于 {since} 撤销。', 'It was annulled on {since}.'],
  attachment_erased: ['该附件的内容已删除。', 'The content of the attachment was erased.'],
  pack_subject_unclear: [
    '请只指明一项：一项义务、一项问题，或一家机构及起止日期（N7）。',
    'Name just one: an obligation, a finding, or a body with first and last day (N7).',
  ],
  application_needed: [
    '须先登记加入申请，申请待审期间方可变更为该状态（R8、N2）。',
    'There must be an application to join that waits for its outcome (R8, N2).',
  ],
  application_pending: ['该机构已有待审的加入申请。', 'An application of this body waits for its outcome already.'],
  application_closed: ['该加入申请已办结。', 'This application has had its outcome already.'],
  case_reply_over: [
    '答复期至 {until}，已届满、已答复或已有结论。',
    'The reply was open until {until}: it is over, made, or the case is concluded.',
  ],
  finding_twice: ['同一案件的同类问题只登记一次。', 'A kind of finding stands once in a case.'],
  correction_not_open: ['该问题没有待完成的整改。', 'No corrective action is open for this finding.'],
  false_result_not_confirmed: ['该机构没有经查实的虚假认证结论。', 'No false result of this body has been confirmed.'],
  member_not_leaving: [
    '该机构未退出，批准也未被撤销，其证书无须处理。',
    'The body has neither left nor lost its approval; its certificates need no disposition.',
  ],
  keep_needs_approval: [
    '机构批准已失效或被撤销，证书不能保留，请转移或注销。',
    'The approval of the body has lapsed or was revoked: a certificate can’t be kept; transfer or cancel it.',
  ],
  certificate_not_live: ['证书已终止或已过期。', 'The certificate has ended or expired.'],
  transfer_answered: [
    '该转移已答复或已被新的处理取代。',
    'This transfer was answered, or another decision took its place.',
  ],
  reply_window_open: [
    '答复期至 {until}，机构尚未答复，不得作出决定。',
    'The body may reply until {until} and has not done so yet; nothing is decided before.',
  ],
  removal_may_fall: [
    '该机构的退出决定至 {until} 仍可申诉或正在申诉，此后方可重新申请。',
    'The removal may still be reversed, until {until} or while an appeal waits; the body applies anew after that.',
  ],
  appeal_window_open: [
    '申诉期至 {until}，在此之前不得作不利结案。',
    'The body may appeal until {until}; nothing is concluded to its harm before.',
  ],
  appeal_window_over: ['申诉期已于 {until} 届满。', 'The time to appeal was over on {until}.'],
  plan_not_due: [
    '整改期限为 {until}，期满前不得认定未通过。',
    'The rectification has until {until}; it can’t have failed before.',
  ],
  plan_not_ahead: ['整改期限须晚于今天。', 'The day for the rectification must be ahead.'],
  measure_step_not_possible: [
    '该措施目前为“{state}”，不能进行“{step}”。',
    'The measure is {state}; it has no {step} now.',
  ],
  second_person_needed: [
    '须由未参与提出或决定的另一人办理。',
    'Another person must do this than the one who proposed or decided it.',
  ],
  not_milder: ['减轻后的措施应低于原措施。', 'A mitigated measure must be a lower rung than the proposed one.'],
  rectification_not_failed: [
    '退出须依据该机构一项已结案且未通过的限期整改，或规则规定的其他理由。',
    'A removal for a failed rectification names one of this body that was concluded as failed; on another ground it names none.',
  ],
  day_in_future: ['{field} 不得晚于今天。', '{field} cannot be later than today.'],
  span_reversed: ['截止日早于起始日。', 'The last day is before the first.'],
  scheme_unknown: ['没有这个认证方案。', 'There is no such scheme.'],
  scheme_field_missing: ['认证方案要求填写 {field}。', 'The scheme requires {field}.'],

  // Assignments (N3)
  assignment_answered: ['该认证任务已经答复。', 'This assignment has already been answered.'],
  assignment_not_accepted: ['该认证任务尚未被接受。', 'This assignment has not been accepted.'],
  assignment_differs: ['认证任务与所报的{field}不一致。', 'The assignment is for another {field}.'],
  assignment_has_outcome: ['该认证任务已有认证结果。', 'This assignment already has an outcome.'],
  member_not_eligible: ['机构不具备承接资格：{reason}（R7、R8）。', 'The body is not eligible: {reason} (R7, R8).'],
  choice_proof_missing: [
    '企业自行选择须注明记录人和依据（R7）。',
    'A firm’s own choice needs who recorded it and on what proof (R7).',
  ],
  conflict_declared: [
    '自 {since} 起已申报利益冲突（{kind}）。',
    'A conflict of interest has been declared since {since} ({kind}).',
  ],
  capacity_below_load: [
    '不得低于该年度已指派的 {used} 件。',
    'The capacity cannot be less than the {used} cases already assigned in that year.',
  ],
  assignment_not_declined: [
    '该认证任务未被谢绝，其机构未暂停、未退出、无利益冲突、也未逾期不答复，无须改派。',
    'This assignment was not declined, and its body is not suspended, removed, in conflict with the firm or late with its answer: nothing is to be replaced.',
  ],
  assignment_replaced: ['该认证任务已改派。', 'This assignment has already been replaced by another.'],
  plan_unsolved: [
    '求解器未能得出最优方案（{status}），未形成方案；请拆分批次后再试。',
    'The solver found no optimum ({status}), so there is no proposal; try smaller batches.',
  ],
  industry_needed: [
    '该机构在此大类的业务范围按行业划定，须填报行业代码（N1、R5）。',
    'The scopes of this body in the family are by industry: the industry code is needed (N1, R5).',
  ],
  correction_unexplained: ['更正须说明理由（R4a）。', 'A correction needs its reason (R4a).'],
  declined_before: [
    '该机构此前已谢绝该任务，或逾期未答复。',
    'This body declined this very case before, or left it unanswered.',
  ],
  case_assigned_already: [
    '该企业的该产品（服务）已有未完成的认证任务 {assignment}。',
    'This product of this enterprise has an assignment under way already: {assignment}.',
  ],
  case_listed_twice: ['同一企业的同一产品重复列出。', 'The same product of the same enterprise is listed twice.'],
  batch_issued: ['该批次已经下达。', 'This batch has already been issued.'],
  own_choice_stands: [
    '企业自行选择不得由秘书处更改（R7）。',
    'A firm’s own choice is never overridden by the secretariat (R7).',
  ],
  proposal_not_latest: ['该批次已有更新的方案。', 'There is a later proposal for this batch.'],
  capacity_used_up: [
    '{year} 年秘书处指派能力已用完（{family}：{used}/{limit}）。',
    'The capacity for assignments by the secretariat in {year} is used up ({family}: {used} of {limit}).',
  ],

  // Results (N4, R2, R4)
  member_missing: ['须指明成员机构。', 'Say which member this is for.'],
  member_not_admitted: [
    '作出认证决定之日该机构尚未加入联盟。',
    'The member was not admitted on the day of the decision.',
  ],
  member_may_not_decide: [
    '该机构当日状态为“{standing}”，不得作出认证决定（R8）。',
    'On that day the member’s standing was {standing}: it may decide nothing (R8).',
  ],
  member_may_not_issue: [
    '该机构当日状态为“{standing}”，不得颁发证书（R8）。',
    'On that day the member’s standing was {standing}: it may not issue certificates (R8).',
  ],
  approval_lapsed: [
    '该机构的批准有效期截至 {until}，当日已失效（N1）。',
    'The member’s approval ended on {until}, before that day (N1).',
  ],
  valid_before_decision: ['有效期起始日早于认证决定日（R4）。', 'The validity begins before the decision (R4).'],
  certificate_differs: [
    '扩大范围不改变证书的{field}。',
    'A supplement does not change the {field} of the certificate.',
  ],
  ending_unlinked: [
    '须指明认证任务、证书编号或企业之一。',
    'Name the assignment, the certificate number or the enterprise.',
  ],
  scope_missing: [
    '该机构当日的业务范围不包括此产品或服务（N1）。',
    'The member’s scope did not cover this product or service on that day (N1).',
  ],
  decided_before_admission: [
    '认证决定日早于机构加入联盟之日 {admittedOn}（R4）。',
    'The decision is earlier than the member’s admission on {admittedOn} (R4).',
  ],
  decided_after_issue: ['认证决定日晚于发证日（R4）。', 'The decision is later than the day of issue (R4).'],
  validity_reversed: ['有效期截止日早于起始日。', 'The certificate ends before it begins.'],
  validity_too_long: [
    '有效期过长：最晚可至 {latest}（R4）。',
    'The validity is too long: {latest} is the latest day (R4).',
  ],
  certificate_missing: ['此类结果须附证书内容。', 'This kind of result needs a certificate.'],
  certificate_not_expected: ['此类结果不应附证书。', 'This kind of result carries no certificate.'],
  certificate_number_used: [
    '该证书编号和起始日已登记。',
    'This certificate number with this first day is already registered.',
  ],
  member_reference_used: [
    '该机构参考号已用于另一内容不同的结果。',
    'This reference was used for another result with other content.',
  ],
  reason_code_missing: ['须选择原因代码。', 'A reason code is required.'],
  reason_code_unknown: ['原因代码不适用于此操作。', 'That reason code does not belong to this action.'],
  renewed_certificate_missing: ['续证须指明原证书。', 'A renewal must name the certificate that it renews.'],
  renewed_certificate_ended: [
    '原证书已{state}，不能续证。',
    'The earlier certificate is {state}; it cannot be renewed.',
  ],
  certificate_already_renewed: ['原证书已经续证。', 'The earlier certificate has already been renewed.'],
  certificate_of_another_enterprise: ['证书属于另一企业。', 'The certificate belongs to another enterprise.'],
  ending_settled: ['该认证结束记录已对应其他结果。', 'That recorded ending already has its result.'],
  ending_differs: ['认证结束记录与所报的{field}不一致。', 'The recorded ending is of another {field}.'],

  // Certificate actions (R4)
  move_not_allowed: [
    '证书状态为“{state}”，不能{action}（R4）。',
    'A certificate that is {state} cannot be changed by “{action}” (R4).',
  ],
  action_before_latest: [
    '操作日期早于证书最近一次变更日 {since}。',
    'That day is before the certificate’s latest change on {since}.',
  ],
  action_before_validity: [
    '操作日期早于证书起始日 {since}。',
    'That day is before the certificate’s first day, {since}.',
  ],
  span_too_long: ['{field} 过远：最晚为 {latest}。', '{field} is too far away: {latest} is the latest day.'],
  transfer_to_self: ['不能转移给原机构。', 'A certificate cannot be transferred to its own member.'],
  nothing_changes: ['内容没有变化。', 'Nothing would change.'],

  // Obligations and receipts (N4, R2)
  obligation_closed: ['该义务已履行或已免除。', 'This obligation is already met or waived.'],
  obligation_met_by_posting: [
    '该义务以在本系统办理相应事项的方式履行，不登记回执。',
    'This obligation is met by the act itself in the registry, not by a receipt.',
  ],
  visit_expected: [
    '年度监督以登记监督检查的方式履行，不登记回执。',
    'Surveillance is met by recording the visit, not by a receipt.',
  ],
  visit_out_of_validity: [
    '该日证书状态为“{state}”，不适用监督检查。',
    'On that day the certificate is {state}; there is no surveillance of it.',
  ],
  visit_recorded: [
    '该证书当日已登记过监督检查；更正请指明原记录。',
    'A visit of that day is recorded already; to correct it, name it.',
  ],
  visit_superseded: [
    '所更正的监督检查记录不属于该证书，或已被更正。',
    'The visit to correct is not one of this certificate, or was corrected already.',
  ],
  reported_before_event: ['上报日早于起算日 {eventOn}。', 'The reported day is before the event on {eventOn}.'],
  evidence_missing: [
    '超过 {limit} 个工作日补录，须附证据（R2）。',
    'Recorded more than {limit} working days afterwards: evidence is required (R2).',
  ],
  receipt_superseded: ['该回执已被更正。', 'This receipt has been superseded.'],
  waiver_missing: ['没有待确认的免除申请。', 'There is no waiver waiting for confirmation.'],
  waiver_pending: ['已有待确认的免除申请。', 'A waiver is already waiting for confirmation.'],

  // Corrections (R2, R4a)
  result_superseded: [
    '该结果已被更正，请更正最新版本。',
    'This result has been superseded; correct the latest version.',
  ],
  correction_pending: ['上一次更正仍待批准。', 'The last correction is still waiting for approval.'],
  correction_not_pending: ['没有待批准的更正。', 'No correction is waiting for approval.'],

  // Calendar and rules (R1)
  date_outside_year: ['日期不属于该年度的安排。', 'The day does not belong to that year’s notice.'],
  day_listed_twice: ['同一天重复列出。', 'The day is listed twice.'],
  rule_backdated: [
    '新规则的生效日不得早于今天或现行规则的生效日。',
    'A new rule cannot take effect before today or before the rule in force.',
  ],
  years_missing: ['至少须给出一个年度。', 'Give at least one year.'],
  calendar_unchanged: ['与现行日历相同。', 'The calendar already says so.'],

  // Explanations, notices and jobs (R2)
  explanation_not_owed: [
    '该义务既未逾期也未迟报，无须说明。',
    'This obligation is neither overdue nor late: there is nothing to explain.',
  ],
  explanation_accepted: ['说明已被采纳。', 'The explanation has been accepted.'],
  explanation_superseded: ['该说明已被新的说明取代。', 'This explanation has been superseded by a later one.'],
  explanation_decided: ['该说明已有结论。', 'This explanation has already been decided on.'],
  escalation_order: [
    '各阶段须依次递后：提醒不晚于到期日，其余晚于到期日。',
    'The stages follow one another: the reminder not after the due day, the others after it.',
  ],
  webhook_url_refused: ['网址不可用：{reason}。', 'The address cannot be used: {reason}.'],
  webhooks_limit: ['最多同时有 {limit} 个推送地址。', 'There are at most {limit} webhooks at a time.'],
  webhook_behind: [
    '该推送地址尚有 {count} 条以上通知待投递，投递后再重新推送。',
    'There are {count} notices or more waiting for this webhook: replay once they are delivered.',
  ],
  delivery_not_dead: ['该通知尚未放弃投递。', 'This delivery has not been given up.'],

  // Bulk (R6)
  file_unreadable: ['文件无法读取：{detail}。', 'The file cannot be read: {detail}.'],
  columns_missing: ['缺少列：{columns}。', 'Columns are missing: {columns}.'],
  mapping_unknown: ['没有名为 {name} 的列映射。', 'There is no mapping named {name}.'],
  row_unreadable: ['该行无法读取：{detail}。', 'The row cannot be read: {detail}.'],
  body_missing: ['未注明认证机构。', 'The row names no certification body.'],
  number_repeated: [
    '同一编号和起始日已有另一内容，作为后一版本保存。',
    'The number and first day stand already with other content; kept as a later version.',
  ],
  import_interrupted: [
    '导入中断，可重新提交同一文件继续。',
    'The import was interrupted; send the same file again to go on.',
  ],
  // First load
  first_load_not_empty: [
    '登记库中已有证书，不能首次装载；请去掉 --first-load 再导入。',
    'There are certificates in the registry already: this is no first load. Import without --first-load.',
  ],
  first_load_not_owner: [
    '首次装载需要表所有者的权限，请设置 DATABASE_OWNER_URL。',
    'A first load needs the rights of the tables’ owner: set DATABASE_OWNER_URL.',
  ],
  first_load_historical_only: ['首次装载只用于历史证书。', 'A first load takes historical certificates only.'],

  // Reconciling with foreign lists (N4)
  mapping_unfit: [
    '列映射的类型是 {kind}，不适用于此处。',
    'The mapping is of the kind {kind}, which does not fit here.',
  ],
  list_empty: [
    '清单没有任何行，未作核对：空清单多半是导出有误。',
    'The list has no rows, so nothing was compared: an empty list is most likely an export gone wrong.',
  ],
  row_of_another_member: ['该行属于其他认证机构。', 'The row is of another body.'],
  reconciliation_interrupted: [
    '核对中断，请重新提交清单。',
    'The reconciliation was interrupted; send the list again.',
  ],
  concluded_by_secretariat: [
    '秘书处已对该事项作出结论，成员机构不能更改。',
    'The secretariat has concluded this entry; a member cannot change that.',
  ],
  cnca_list_by_member: [
    '认监委的清单由秘书处或监管部门提交；成员机构提交自己的清单（source=member）。',
    'A list of CNCA is brought by the secretariat or the regulator; a member brings its own (source=member).',
  ],
  reconciliation_unfinished: ['核对尚未完成。', 'The reconciliation has not been finished.'],

  // Remarks on what was accepted
  validity_unusual: [
    '有效期与方案规定不同，请核对（通常至 {expected}）。',
    'The validity is not the usual one; please check (usually until {expected}).',
  ],
  no_assignment: ['未关联认证任务。', 'The result is not linked to an assignment.'],
  enterprise_name_differs: [
    '企业名称与登记名称“{registered}”不同，登记名称未改。',
    'The name differs from the registered “{registered}”, which stays.',
  ],
  enterprise_renamed: [
    '企业名称与登记名称“{registered}”不同，已记为更名。',
    'The name differs from the registered “{registered}”; recorded as a change of name.',
  ],
  ending_disagrees: [
    '认证结束日与已记录的 {recorded} 不一致，按较早日期计算。',
    'The decision day disagrees with the recorded {recorded}; the earlier one counts.',
  ],
  concurrent_change: [
    '数据刚被他人修改，请重新读取后再试。',
    'Somebody changed this at the same moment; read it again and retry.',
  ],

  // Announcements (N8)
  announcement_published: [
    '公告已发布，不可再改；请以后续公告更正。',
    'The announcement is published; put it right by a later one.',
  ],
  announcement_ahead: ['公告日期尚未到来，不能发布。', 'The day of the announcement is still to come.'],
  announcement_empty: ['公告没有内容，不能发布。', 'There is nothing in the announcement.'],
  announcement_unmatched: [
    '{count} 行在本系统中没有对应证书；确需发布的，请说明理由。',
    'The register holds no certificate for {count} lines; publish them with a reason, if they are to stand there.',
  ],
  announced_already: [
    '第 {line} 行的证书已在其他公告中。',
    'The certificate of line {line} stands in an announcement already.',
  ],
  struck_in_vain: [
    '第 {line} 行要撤下的证书不在任何公告中。',
    'Line {line} strikes out what stands in no announcement.',
  ],
  announced_before_issue: [
    '第 {line} 行的证书颁发日期晚于公告日期。',
    'The certificate of line {line} was issued after the day of the announcement.',
  ],
  announcement_changed: [
    '公告草稿已被他人修改：现为第 {version} 版，请重新读取后再改。',
    'The draft was changed by somebody else: it is at version {version}; read it again, then change it.',
  ],
  correction_of_itself: ['公告不能更正自身。', 'An announcement can’t put itself right.'],
  correction_of_draft: [
    '所更正的公告尚未发布，可直接修改。',
    'The announcement to be put right is a draft; change it instead.',
  ],
  correction_of_another_scheme: [
    '所更正的公告属于另一认证方案（{scheme}）。',
    'The announcement to be put right is of another scheme, {scheme}.',
  ],
  corrected_already: [
    '该公告已由{number}更正；如需再次更正，请更正后者。',
    'That announcement was put right by {number} already; put that one right.',
  ],
  correction_before: [
    '更正公告的日期不得早于所更正的公告（{day}）。',
    'A correction can’t be of an earlier day than what it puts right, {day}.',
  ],
  line_matched_already: ['该行已有对应证书。', 'This line has its certificate already.'],
  column_given_twice: [
    '“{first}”与“{second}”两列表示同一内容，只能保留一列。',
    'The columns “{first}” and “{second}” say the same thing; leave one of them out.',
  ],
  announcement_number_taken: [
    '该方案已有编号为 {number} 的公告。',
    'The scheme has an announcement numbered {number} already.',
  ],
  row_broken: ['该行无法读取：{detail}。', 'This row cannot be read: {detail}.'],
  certificate_of_another_body: [
    '编号 {number} 的证书不是该机构所发。',
    'The certificate {number} is not of this body.',
  ],
  certificate_ambiguous: [
    '编号 {number} 对应多张证书，请写明发证机构。',
    'Several certificates bear the number {number}; name the body.',
  ],
  line_repeated: [
    '第 {line} 行与本公告中的另一行是同一证书。',
    'Line {line} names a certificate that stands in this announcement already.',
  ],

  // The December report (N5, R10)
  report_year_ahead: ['不能为尚未到来的年度拟制报告。', 'A report can’t be drawn up for a year that is still to come.'],
  report_not_open: [
    '{year} 年度的报告尚未开启：草稿于 {day} 自动开启，也可由秘书处提前开启。',
    'The report of {year} is not open: its draft opens by itself on {day}, and the secretariat may open it before.',
  ],
  report_open: ['该年度的报告已经开启。', 'The report of that year is open already.'],
  cut_off_outside_year: ['统计截止日应在 {year} 年内。', 'The cut-off must lie in {year}.'],
  report_unsigned: [
    '该冻结没有发文字号或签发人，请补齐后重新冻结。',
    'This freeze has no document number or signer; freeze it anew with both.',
  ],
  report_annex_too_long: [
    '附件超过 {limit} 行，工作表容纳不下。',
    'An annex has more than {limit} rows, more than a sheet holds.',
  ],
  cut_off_overlaps: [
    '统计截止日须为 {day} 的前一日：下一年度报告的报告期自该日起，中间不得遗漏或重叠。',
    'The cut-off must be the day before {day}, on which the period of the next year’s report begins: no day is left out or counted twice.',
  ],
  cut_off_ahead: [
    '统计截止日 {day} 尚未过去，不能冻结。',
    'The cut-off {day} is not over; the report can’t be frozen before.',
  ],
  report_calendar_unknown: [
    '{year} 年的官方日历尚未录入，工作日只是暂定，不能冻结；请先录入日历。',
    'The official calendar of {year} is not recorded, so that working days are provisional; record it before freezing.',
  ],
  report_not_frozen: ['报告尚未冻结，不能报送。', 'The report is not frozen; it can’t be submitted.'],
  report_submitted: [
    '报告已报送且未被退回，不可再冻结或报送。',
    'The report was submitted and not returned; it can be neither frozen nor submitted again.',
  ],
  report_not_submitted: ['没有待确认的报送。', 'There is no submission that waits for an answer.'],
  report_file_differs: [
    '文件校验值与第 {number} 次冻结保存的文件不符。',
    'The hash is not that of the document kept with freeze {number}.',
  ],
  report_freeze_outdated: [
    '第 {number} 次冻结不是最近一次，只能报送最近一次冻结的文件。',
    'Freeze {number} is not the latest; only the latest can be submitted.',
  ],
  paragraph_changed: [
    '该段落已有第 {version} 版，请先查看最新内容再修改。',
    'The paragraph has version {version}; look at it before you change it.',
  ],

  // Indicators, policies, bulletins (R9)
  weights_do_not_sum: ['各指标权重之和应为 100，现为 {sum}。', 'The weights sum to {sum}; they must sum to 100.'],
  on_time_not_weighed: [
    '向国家认监委按期报送率须有大于零的权重。',
    'The on-time rate to CNCA must have a weight above nought.',
  ],
  axes_mixed: ['数量指标不得计入质量得分。', 'An indicator of quantity is no part of the score of quality.'],
  points_missing: ['有权重的指标缺少分值表。', 'A weighed indicator needs its table of points.'],
  policy_out_of_order: [
    '{field} 的取值顺序不对：各界限须由低到高，往年权重不得高于近年。',
    '{field} is out of order: bars rise, values rise, and an older year weighs no more than a later one.',
  ],
  policy_reaches_back: [
    '办法的生效日 {effectiveOn} 不得早于或等于已发布通报所涉期间的最后一日 {publishedUntil}。',
    'The policy would take effect on {effectiveOn}, not after the last day {publishedUntil} of a period whose bulletin is published.',
  ],
  policy_not_after: [
    '新版办法的生效日须晚于现行版本的 {effectiveOn}。',
    'A new policy takes effect after the latest one, of {effectiveOn}.',
  ],
  period_too_long: ['期间最长 {limit} 天。', 'A period has at most {limit} days.'],
  period_not_over: [
    '期间须已结束：最后一日 {until} 尚未过去。',
    'The period must be over; its last day {until} is not yet past.',
  ],
  bulletin_overlaps: [
    '该期间与另一份通报（{from} 至 {until}）重叠。',
    'The period overlaps that of another bulletin, {from} to {until}.',
  ],
  bulletin_published: ['通报已发布，不可再改。', 'The bulletin is published; it can no longer change.'],
  bulletin_not_published: ['通报尚未发布。', 'The bulletin is not yet published.'],
  bulletin_in_preview: [
    '各机构的预览期至 {until} 止，此前不可发布。',
    'The bodies may look at their figures until {until}; it can’t be published before.',
  ],
  preview_over: ['预览期已于 {until} 结束。', 'The time to look and to dispute was over on {until}.'],
  row_not_behind: [
    '所指的行不在本机构该指标的数据之内。',
    'That row is not among those behind this indicator of this body.',
  ],
  row_disputed: ['该行已被提出异议。', 'That row is already disputed.'],
  dispute_resolved: ['该异议已有结论。', 'The dispute is already resolved.'],
  disputes_open: [
    '尚有 {count} 项异议未处理；如需发布请说明理由。',
    '{count} disputes are open; give a reason to publish all the same.',
  ],
  decision_made: ['该机构在本通报下已有决定。', 'That body already has its decision under this bulletin.'],
  body_not_ranked: ['该机构不在本通报之内。', 'That body is not in this bulletin.'],

  // Operating
  overloaded: [
    '服务繁忙，请求未被处理，请在 {seconds} 秒后再试。',
    'The service is overloaded and has not begun with this; try again in {seconds} seconds.',
  ],
  // GraphQL
  query_syntax: ['查询语法有误：{detail}。', 'The query is not well written: {detail}.'],
  query_invalid: ['查询不符合接口定义：{detail}。', 'The query does not fit the schema: {detail}.'],
  query_variables: ['查询变量不符合要求：{detail}。', 'The variables are not acceptable: {detail}.'],
  operation_count: [
    '一个查询文档必须恰有一个操作，这里有 {count} 个。',
    'A document holds exactly one operation; here are {count}.',
  ],
  operation_unknown: ['文档中没有名为 {name} 的操作。', 'The document holds no operation named {name}.'],
  operation_read_only: ['此接口只供查询；写入请用 REST 接口。', 'Here one only reads; writes go by REST.'],
  query_too_long: ['查询过长：上限为 {limit} 字节。', 'The query is too long; the limit is {limit} bytes.'],
  query_tokens: ['查询的词法单元过多：上限为 {limit} 个。', 'The query has too many tokens; the limit is {limit}.'],
  query_depth: ['查询嵌套 {given} 层，上限为 {limit} 层。', 'The query is {given} levels deep; the limit is {limit}.'],
  query_aliases: ['查询有 {given} 个别名，上限为 {limit} 个。', 'The query has {given} aliases; the limit is {limit}.'],
  query_fields: ['查询有 {given} 个字段，上限为 {limit} 个。', 'The query has {given} fields; the limit is {limit}.'],
  query_cost: [
    '查询最多可返回 {given} 个对象，上限为 {limit} 个；请减小 first 或分开查询。',
    'The query may answer {given} objects; the limit is {limit}. Ask for smaller pages, or in parts.',
  ],
  query_page_size: ['每页行数应为 1 至 {most}。', 'A page has 1 to {most} rows.'],
} as const satisfies Record<string, readonly [zh: string, en: string]>

export type RefusalCode = keyof typeof refusalSentences
export type Language = 'zh' | 'en'

/** One thing that is wrong: where (`path`, dots between levels), what stands there, and the values of the sentence. */
export type Problem = {
  readonly code: RefusalCode
  readonly path: string
  readonly value?: unknown
  readonly values?: Readonly<Record<string, Word>>
}

/** A value inside a sentence; a pair where it has a word of its own in each language. */
export type Word = string | number | readonly [zh: string, en: string]

/** The one error of the use cases: at least one problem, the first of which names the refusal. */
export class Refusal extends Error {
  readonly problems: readonly [Problem, ...Problem[]]

  constructor(first: Problem, ...others: readonly Problem[]) {
    super([first, ...others].map((problem) => `${problem.path || '(whole)'}: ${sentenceOf(problem, 'en')}`).join(' '))
    this.name = 'Refusal'
    this.problems = [first, ...others]
  }
}

export function problem(code: RefusalCode, path = '', rest: Omit<Problem, 'code' | 'path'> = {}): Problem {
  return { code, path, ...rest }
}

export function refuse(code: RefusalCode, path = '', rest: Omit<Problem, 'code' | 'path'> = {}): Refusal {
  return new Refusal(problem(code, path, rest))
}

/** @throws Refusal when there is at least one problem. */
export function refuseIfAny(problems: readonly Problem[]): void {
  const [first, ...others] = problems
  if (first) throw new Refusal(first, ...others)
}

export function sentenceOf(problem: Problem, language: Language): string {
  const values: Readonly<Record<string, Word>> = { field: problem.path, ...problem.values }
  return inLanguage(refusalSentences[problem.code], language).replace(/\{(\w+)\}/g, (_, name: string) =>
    inLanguage(values[name] ?? '?', language),
  )
}

function inLanguage(word: Word, language: Language): string {
  return typeof word === 'object' ? word[language === 'zh' ? 0 : 1] : String(word)
}
