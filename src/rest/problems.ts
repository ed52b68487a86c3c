import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import Negotiator from 'negotiator'
import {
  type Language,
  type Problem,
  problem,
  Refusal,
  type RefusalCode,
  refusalSentences,
  refuse,
  sentenceOf,
} from '../domain/refusals.ts'
import { refusalOfDatabase } from '../usecases/database-faults.ts'

/** Each refusal's HTTP status: a code without one does not compile. */
export const statusOf: Readonly<Record<RefusalCode, number>> = {
  body_malformed: 400,
  body_too_large: 413,
  media_type_unsupported: 415,
  field_missing: 400,
  field_unknown: 400,
  field_invalid: 400,
  date_does_not_exist: 400,
  text_control_character: 400,
  identity_card_refused: 422,
  header_missing: 400,
  cursor_invalid: 400,
  idempotency_key_reused: 422,
  rate_limited: 429,
  route_unknown: 404,
  request_refused: 400,
  unavailable: 503,
  internal: 500,
  unauthenticated: 401,
  credentials_wrong: 401,
  forbidden: 403,
  not_found: 404,
  member_not_expected: 422,
  password_length: 422,
  password_is_login: 422,
  live_secrets_limit: 409,
  credit_code_length: 422,
  credit_code_character: 422,
  credit_code_region: 422,
  credit_code_organisation_check: 422,
  credit_code_check: 422,
  approval_number_invalid: 400,
  certificate_number_empty: 400,
  certificate_number_too_long: 400,
  certificate_number_character: 400,
  standard_number_invalid: 400,
  city_unknown: 400,
  industry_unknown: 400,
  already_registered: 409,
  standing_not_reachable: 422,
  standing_backdated: 422,
  measure_needed: 422,
  admission_incomplete: 422,
  approval_revoked: 422,
  approval_revoked_already: 409,
  approval_not_revoked: 409,
  appointment_overlaps: 409,
  survey_link_made: 409,
  survey_link_unknown: 404,
  attachment_type_refused: 415,
  attachment_there: 409,
  admission_before_checks: 422,
  admission_without_scope: 422,
  not_inactive: 409,
  version_backdated: 422,
  removal_open: 409,
  survey_firm_asked: 409,
  appointment_ends_before: 409,
  transfer_circular: 422,
  attachments_limit: 409,
  merger_circular: 422,
  merged_already: 409,
  obligation_not_late: 409,
  check_passed: 422,
  referral_open: 409,
  merger_needs_removal: 409,
  referral_answered: 409,
  complaint_taken: 409,
  complainant_missing: 422,
  case_concluded: 409,
  case_not_substantiated: 409,
  annulled_already: 409,
  annulled_by_another: 403,
  measure_ground_lost: 409,
  attachment_erased: 410,
  pack_subject_unclear: 400,
  application_needed: 409,
  application_pending: 409,
  application_closed: 409,
  case_reply_over: 409,
  finding_twice: 422,
  correction_not_open: 409,
  false_result_not_confirmed: 422,
  member_not_leaving: 409,
  keep_needs_approval: 422,
  certificate_not_live: 409,
  transfer_answered: 409,
  reply_window_open: 409,
  removal_may_fall: 409,
  appeal_window_open: 409,
  appeal_window_over: 409,
  plan_not_due: 409,
  plan_not_ahead: 422,
  measure_step_not_possible: 409,
  second_person_needed: 403,
  not_milder: 422,
  rectification_not_failed: 422,
  day_in_future: 422,
  span_reversed: 422,
  scheme_unknown: 422,
  scheme_field_missing: 422,
  assignment_answered: 409,
  assignment_not_accepted: 422,
  assignment_differs: 422,
  assignment_has_outcome: 409,
  member_not_eligible: 422,
  choice_proof_missing: 422,
  conflict_declared: 422,
  plan_unsolved: 422,
  industry_needed: 422,
  correction_unexplained: 400,
  declined_before: 422,
  case_assigned_already: 409,
  capacity_used_up: 422,
  capacity_below_load: 422,
  assignment_not_declined: 422,
  assignment_replaced: 409,
  case_listed_twice: 422,
  batch_issued: 409,
  own_choice_stands: 422,
  proposal_not_latest: 409,
  member_missing: 422,
  member_not_admitted: 422,
  member_may_not_decide: 422,
  member_may_not_issue: 422,
  approval_lapsed: 422,
  valid_before_decision: 422,
  certificate_differs: 422,
  ending_unlinked: 422,
  span_too_long: 422,
  rule_backdated: 422,
  scope_missing: 422,
  decided_before_admission: 422,
  decided_after_issue: 422,
  validity_reversed: 422,
  validity_too_long: 422,
  certificate_missing: 422,
  certificate_not_expected: 422,
  certificate_number_used: 409,
  member_reference_used: 409,
  reason_code_missing: 422,
  reason_code_unknown: 422,
  renewed_certificate_missing: 422,
  renewed_certificate_ended: 422,
  certificate_already_renewed: 409,
  certificate_of_another_enterprise: 422,
  ending_settled: 409,
  ending_differs: 422,
  move_not_allowed: 422,
  action_before_latest: 422,
  action_before_validity: 422,
  transfer_to_self: 422,
  nothing_changes: 422,
  obligation_closed: 409,
  obligation_met_by_posting: 422,
  reported_before_event: 422,
  evidence_missing: 422,
  receipt_superseded: 409,
  visit_expected: 409,
  visit_out_of_validity: 422,
  visit_recorded: 409,
  visit_superseded: 409,
  waiver_missing: 409,
  waiver_pending: 409,
  result_superseded: 409,
  correction_pending: 409,
  correction_not_pending: 409,
  date_outside_year: 422,
  day_listed_twice: 422,
  years_missing: 422,
  calendar_unchanged: 409,
  // Explanations, notices and jobs
  explanation_not_owed: 422,
  explanation_accepted: 409,
  explanation_superseded: 409,
  explanation_decided: 409,
  escalation_order: 422,
  webhook_url_refused: 422,
  webhooks_limit: 409,
  webhook_behind: 409,
  delivery_not_dead: 409,
  // Bulk
  file_unreadable: 422,
  columns_missing: 422,
  mapping_unknown: 422,
  row_unreadable: 422,
  body_missing: 422,
  number_repeated: 422,
  import_interrupted: 409,
  // Reconciling with foreign lists
  mapping_unfit: 422,
  list_empty: 422,
  row_of_another_member: 422,
  reconciliation_interrupted: 409,
  concluded_by_secretariat: 409,
  cnca_list_by_member: 403,
  reconciliation_unfinished: 409,
  // First load
  first_load_not_empty: 409,
  first_load_not_owner: 403,
  first_load_historical_only: 422,
  validity_unusual: 422,
  no_assignment: 422,
  enterprise_name_differs: 422,
  enterprise_renamed: 422,
  ending_disagrees: 422,
  concurrent_change: 409,

  // Sessions and accounts
  session_over: 401,
  session_just_refreshed: 409,
  sign_in_slowed: 429,
  person_expected: 403,
  present_password_wrong: 422,
  role_for_machines: 422,
  last_administrator: 409,
  // Operating
  overloaded: 503,
  // GraphQL
  query_syntax: 400,
  query_invalid: 400,
  query_variables: 400,
  operation_count: 400,
  operation_unknown: 400,
  operation_read_only: 405,
  query_too_long: 400,
  query_tokens: 400,
  query_depth: 400,
  query_aliases: 400,
  query_fields: 400,
  query_cost: 400,
  weights_do_not_sum: 422,
  on_time_not_weighed: 422,
  axes_mixed: 422,
  points_missing: 422,
  policy_out_of_order: 422,
  period_too_long: 422,
  row_not_behind: 422,
  body_not_ranked: 422,
  policy_reaches_back: 409,
  policy_not_after: 409,
  period_not_over: 409,
  announcement_published: 409,
  announcement_ahead: 409,
  announcement_empty: 409,
  announcement_unmatched: 409,
  announced_already: 409,
  struck_in_vain: 409,
  announced_before_issue: 409,
  announcement_changed: 409,
  correction_of_itself: 409,
  correction_of_draft: 409,
  correction_of_another_scheme: 409,
  corrected_already: 409,
  correction_before: 409,
  line_matched_already: 409,
  column_given_twice: 422,
  announcement_number_taken: 409,
  row_broken: 422,
  certificate_of_another_body: 422,
  certificate_ambiguous: 422,
  line_repeated: 422,
  report_year_ahead: 422,
  report_not_open: 409,
  report_open: 409,
  cut_off_outside_year: 422,
  report_unsigned: 422,
  report_annex_too_long: 422,
  cut_off_overlaps: 409,
  cut_off_ahead: 409,
  report_calendar_unknown: 409,
  report_not_frozen: 409,
  report_submitted: 409,
  report_not_submitted: 409,
  report_file_differs: 409,
  report_freeze_outdated: 409,
  paragraph_changed: 409,
  bulletin_overlaps: 409,
  bulletin_published: 409,
  bulletin_not_published: 409,
  bulletin_in_preview: 409,
  preview_over: 409,
  row_disputed: 409,
  dispute_resolved: 409,
  disputes_open: 409,
  decision_made: 409,
  query_page_size: 400,
}

/** One problem as it is shown: code, place, value, and the sentence in the reader's language. */
export type ShownProblem = {
  readonly code: RefusalCode
  readonly path: string
  readonly value?: unknown
  readonly detail: string
}

export function shownProblem(shown: Problem, language: Language): ShownProblem {
  const { code, path, value } = shown
  return { code, path, ...(value === undefined ? {} : { value }), detail: sentenceOf(shown, language) }
}

/** Chinese unless English is preferred (`Accept-Language`). */
export function languageOf(request: FastifyRequest): Language {
  return new Negotiator(request.raw).language(['zh', 'zh-CN', 'en']) === 'en' ? 'en' : 'zh'
}

/** An RFC 9457 document: the first problem names it, `errors` holds all. */
export function problemDocument(refusal: Refusal, request: FastifyRequest) {
  const language = languageOf(request)
  const [first] = refusal.problems
  const [zh, en] = refusalSentences[first.code]
  return {
    type: `/v1/problems/${first.code}`,
    title: (language === 'zh' ? zh : en).replace(/\{\w+\}/g, '…'),
    status: statusOf[first.code],
    detail: sentenceOf(first, language),
    code: first.code,
    requestId: request.id,
    errors: refusal.problems.map((each) => shownProblem(each, language)),
  }
}

export function problemHeaders(request: FastifyRequest) {
  return {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    vary: 'accept-language',
    'content-language': languageOf(request),
    // Here, too, as the framework's own refusals come before any hook.
    'x-request-id': request.id,
  }
}

export function sendProblem(refusal: Refusal, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = statusOf[refusal.problems[0].code]
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="alliance-registry"')
  const seconds = refusal.problems[0].values?.seconds
  if (status === 503) reply.header('retry-after', String(seconds ?? 5))
  if (status === 429 && typeof seconds === 'number') reply.header('retry-after', String(seconds))
  return reply
    .code(status)
    .headers(problemHeaders(request))
    .serializer(JSON.stringify)
    .send(problemDocument(refusal, request))
}

/** What the framework's own complaints leave open. */
export type Asked = { readonly bodyBytesMax: number; readonly mediaType: string }

/**
 * What any error means to the caller: a refusal as it is, the framework's own complaints by their kind, a database that
 * is away as unavailable. Anything else is a fault of ours: one sentence and the request id, nothing of its inside.
 */
export function refusalBehind(error: FastifyError | Error, asked: Asked): Refusal {
  if (error instanceof Refusal) return error
  return frameworkRefusal(error as FastifyError, asked) ?? refusalOfDatabase(error) ?? refuse('internal')
}

function frameworkRefusal(error: FastifyError, asked: Asked): Refusal | undefined {
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return refuse('body_malformed', '', { values: { detail: jsonFault(error.message) } })
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return refuse('body_too_large', '', { values: { limit: asked.bodyBytesMax } })
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return refuse('media_type_unsupported', '', { values: { given: asked.mediaType } })
    default:
      return error.statusCode !== undefined && error.statusCode < 500 ? refuse('request_refused') : undefined
  }
}

/** The parser's words hold at most a snippet of what was sent; long ones are cut. */
function jsonFault(message: string): string {
  return message.replace(/^Body is not valid JSON.*$/, 'JSON').slice(0, 160)
}

export function problemList(language: Language) {
  return (Object.keys(refusalSentences) as RefusalCode[]).map((code) => ({
    code,
    status: statusOf[code],
    title: refusalSentences[code][language === 'zh' ? 0 : 1],
  }))
}

export function unknownRoute(request: FastifyRequest): Refusal {
  return new Refusal(
    problem('route_unknown', '', { values: { method: request.method, path: request.url.slice(0, 200) } }),
  )
}
