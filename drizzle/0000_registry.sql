CREATE TABLE "accounts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"login" text NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"member_id" uuid,
	"password_hash" text NOT NULL,
	"disabled_at" timestamp (3) with time zone,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "accounts_login_unique" UNIQUE("login"),
	CONSTRAINT "accounts_role" CHECK ("accounts"."role" in ('secretariat', 'member', 'regulator', 'administrator')),
	CONSTRAINT "accounts_members_have_a_body" CHECK (("accounts"."role" = 'member') = ("accounts"."member_id" is not null))
);
--> statement-breakpoint
CREATE TABLE "client_secrets" (
	"id" uuid PRIMARY KEY NOT NULL,
	"client_id" uuid NOT NULL,
	"secret_sha256" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "clients" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"member_id" uuid,
	"disabled_at" timestamp (3) with time zone,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "clients_role" CHECK ("clients"."role" in ('secretariat', 'member', 'regulator', 'administrator')),
	CONSTRAINT "clients_members_have_a_body" CHECK (("clients"."role" = 'member') = ("clients"."member_id" is not null))
);
--> statement-breakpoint
CREATE TABLE "assignments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"scheme_code" text NOT NULL,
	"member_id" uuid NOT NULL,
	"enterprise_id" uuid NOT NULL,
	"executing_unit_id" uuid,
	"kind" text NOT NULL,
	"product_name" text NOT NULL,
	"family" text NOT NULL,
	"industry_code" text,
	"standards" text[] NOT NULL,
	"mode" text NOT NULL,
	"choice_proof" text,
	"fee_quoted_yuan" numeric(14, 2),
	"fee_paid_yuan" numeric(14, 2),
	"assigned_on" date NOT NULL,
	"accepted_on" date,
	"declined_on" date,
	"decline_reason" text,
	"expected_decision_on" date,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "assignments_kind" CHECK ("assignments"."kind" in ('product', 'service')),
	CONSTRAINT "assignments_mode" CHECK ("assignments"."mode" in ('self_selected', 'secretariat_assigned')),
	CONSTRAINT "assignments_one_answer" CHECK ("assignments"."accepted_on" is null or "assignments"."declined_on" is null),
	CONSTRAINT "assignments_accepted_is_planned" CHECK ("assignments"."accepted_on" is null or "assignments"."expected_decision_on" is not null),
	CONSTRAINT "assignments_declined_says_why" CHECK ("assignments"."declined_on" is null or "assignments"."decline_reason" is not null)
);
--> statement-breakpoint
CREATE TABLE "certificate_events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"certificate_id" uuid NOT NULL,
	"action" text NOT NULL,
	"on_day" date NOT NULL,
	"until_on" date,
	"reason_code" text NOT NULL,
	"reason_text" text,
	"to_certificate_id" uuid,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "certificate_events_action" CHECK ("certificate_events"."action" in ('supplement', 'restrict', 'amend', 'suspend', 'reinstate', 'withdraw', 'cancel', 'transfer', 'renew'))
);
--> statement-breakpoint
CREATE TABLE "certificate_versions" (
	"certificate_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"number" text NOT NULL,
	"content" jsonb NOT NULL,
	"decided_on" date,
	"issued_on" date,
	"valid_from" date NOT NULL,
	"valid_until" date NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"superseded_at" timestamp (3) with time zone NOT NULL,
	"superseded_by" text NOT NULL,
	"cause" text NOT NULL,
	CONSTRAINT "certificate_versions_certificate_id_version_pk" PRIMARY KEY("certificate_id","version")
);
--> statement-breakpoint
CREATE TABLE "certificates" (
	"id" uuid PRIMARY KEY NOT NULL,
	"scheme_code" text NOT NULL,
	"member_id" uuid NOT NULL,
	"enterprise_id" uuid NOT NULL,
	"number" text NOT NULL,
	"holder_name" text NOT NULL,
	"product_name" text NOT NULL,
	"family" text,
	"industry_code" text,
	"city_code" text,
	"content" jsonb NOT NULL,
	"decided_on" date,
	"issued_on" date,
	"valid_from" date NOT NULL,
	"valid_until" date NOT NULL,
	"renews_id" uuid,
	"transferred_from_id" uuid,
	"ended_on" date,
	"ended_as" text,
	"ended_reason" text,
	"version" integer NOT NULL,
	"origin" text NOT NULL,
	"import_id" uuid,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"version_recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "certificates_renews_id_unique" UNIQUE("renews_id"),
	CONSTRAINT "certificates_transferred_from_id_unique" UNIQUE("transferred_from_id"),
	CONSTRAINT "certificates_number" UNIQUE("member_id","number","valid_from"),
	CONSTRAINT "certificates_origin" CHECK ("certificates"."origin" in ('posted', 'historical', 'transferred')),
	CONSTRAINT "certificates_span" CHECK ("certificates"."valid_until" >= "certificates"."valid_from"),
	CONSTRAINT "certificates_ending" CHECK (("certificates"."ended_on" is null) = ("certificates"."ended_as" is null)),
	CONSTRAINT "certificates_ended_as" CHECK ("certificates"."ended_as" in ('withdrawn', 'cancelled')),
	CONSTRAINT "certificates_posted_are_dated" CHECK ("certificates"."origin" = 'historical' or ("certificates"."decided_on" is not null and "certificates"."issued_on" is not null))
);
--> statement-breakpoint
CREATE TABLE "suspensions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"certificate_id" uuid NOT NULL,
	"from_on" date NOT NULL,
	"until_on" date NOT NULL,
	"lifted_on" date,
	"reason_code" text,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "suspensions_span" CHECK ("suspensions"."until_on" >= "suspensions"."from_on" and ("suspensions"."lifted_on" is null or "suspensions"."lifted_on" >= "suspensions"."from_on"))
);
--> statement-breakpoint
CREATE TABLE "enterprise_names" (
	"id" uuid PRIMARY KEY NOT NULL,
	"enterprise_id" uuid NOT NULL,
	"name" text NOT NULL,
	"from_on" date,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "enterprise_names_once" UNIQUE NULLS NOT DISTINCT("enterprise_id","name","from_on")
);
--> statement-breakpoint
CREATE TABLE "enterprises" (
	"id" uuid PRIMARY KEY NOT NULL,
	"identity_key" text NOT NULL,
	"credit_code" text,
	"credit_code_evidence" text,
	"name" text NOT NULL,
	"country" text DEFAULT 'CN' NOT NULL,
	"city_code" text,
	"family" text,
	"industry_code" text,
	"address" text,
	"origin" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "enterprises_identity_key_unique" UNIQUE("identity_key"),
	CONSTRAINT "enterprises_credit_code_unique" UNIQUE("credit_code"),
	CONSTRAINT "enterprises_origin" CHECK ("enterprises"."origin" in ('registered', 'imported')),
	CONSTRAINT "enterprises_family" CHECK ("enterprises"."family" in ('agriculture', 'manufacturing', 'services', 'construction')),
	CONSTRAINT "enterprises_credit_code_shape" CHECK ("enterprises"."credit_code" ~ '^[0-9A-HJ-NP-RTUW-Y]{18}$'),
	CONSTRAINT "enterprises_registered_have_a_code" CHECK ("enterprises"."origin" = 'imported' or "enterprises"."credit_code" is not null)
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp (3) with time zone NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" text NOT NULL,
	"actor_name" text NOT NULL,
	"actor_role" text NOT NULL,
	"action" text NOT NULL,
	"entity" text NOT NULL,
	"entity_id" text NOT NULL,
	"member_id" uuid,
	"on_day" date,
	"changes" jsonb NOT NULL,
	"request_id" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "import_mappings" (
	"name" text PRIMARY KEY NOT NULL,
	"mapping" jsonb NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "import_rows" (
	"import_id" uuid NOT NULL,
	"row_number" integer NOT NULL,
	"outcome" text NOT NULL,
	"entity_id" uuid,
	"problems" jsonb,
	CONSTRAINT "import_rows_import_id_row_number_pk" PRIMARY KEY("import_id","row_number"),
	CONSTRAINT "import_rows_outcome" CHECK ("import_rows"."outcome" in ('accepted', 'new_version', 'unchanged', 'refused'))
);
--> statement-breakpoint
CREATE TABLE "imports" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"member_id" uuid,
	"file_name" text NOT NULL,
	"file_sha256" text NOT NULL,
	"bytes_total" bigint NOT NULL,
	"bytes_read" bigint DEFAULT 0 NOT NULL,
	"mapping" jsonb NOT NULL,
	"dry_run" boolean NOT NULL,
	"accepted" integer DEFAULT 0 NOT NULL,
	"new_versions" integer DEFAULT 0 NOT NULL,
	"unchanged" integer DEFAULT 0 NOT NULL,
	"refused" integer DEFAULT 0 NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"heartbeat_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"failure" jsonb,
	"recorded_by" text NOT NULL,
	CONSTRAINT "imports_kind" CHECK ("imports"."kind" in ('historical', 'results'))
);
--> statement-breakpoint
CREATE TABLE "executing_units" (
	"id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid NOT NULL,
	"name" text NOT NULL,
	"credit_code" text,
	"city_code" text,
	"address" text,
	"from_on" date NOT NULL,
	"until_on" date,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "executing_units_once" UNIQUE("member_id","name","from_on"),
	CONSTRAINT "executing_units_span" CHECK ("executing_units"."until_on" is null or "executing_units"."until_on" >= "executing_units"."from_on")
);
--> statement-breakpoint
CREATE TABLE "member_contacts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid NOT NULL,
	"name" text NOT NULL,
	"duty" text,
	"phone" text,
	"email" text,
	"from_on" date NOT NULL,
	"until_on" date,
	"order" integer DEFAULT 0 NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "member_names" (
	"id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid NOT NULL,
	"name" text NOT NULL,
	"from_on" date,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "member_names_once" UNIQUE("member_id","name")
);
--> statement-breakpoint
CREATE TABLE "member_scopes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid NOT NULL,
	"family" text NOT NULL,
	"industry_code" text,
	"description" text NOT NULL,
	"from_on" date NOT NULL,
	"until_on" date,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	"superseded_at" timestamp (3) with time zone,
	CONSTRAINT "member_scopes_span" CHECK ("member_scopes"."until_on" is null or "member_scopes"."until_on" >= "member_scopes"."from_on")
);
--> statement-breakpoint
CREATE TABLE "member_standings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid NOT NULL,
	"standing" text NOT NULL,
	"from_on" date NOT NULL,
	"reason" text NOT NULL,
	"decided_by" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	"superseded_at" timestamp (3) with time zone,
	CONSTRAINT "member_standings_standing" CHECK ("member_standings"."standing" in ('candidate', 'admitted', 'rectifying', 'suspended', 'removed'))
);
--> statement-breakpoint
CREATE TABLE "members" (
	"id" uuid PRIMARY KEY NOT NULL,
	"identity_key" text NOT NULL,
	"name" text NOT NULL,
	"name_en" text,
	"approval_number" text,
	"approval_until_on" date,
	"credit_code" text,
	"credit_code_evidence" text,
	"origin" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "members_identity_key_unique" UNIQUE("identity_key"),
	CONSTRAINT "members_approval_number_unique" UNIQUE("approval_number"),
	CONSTRAINT "members_credit_code_unique" UNIQUE("credit_code"),
	CONSTRAINT "members_origin" CHECK ("members"."origin" in ('registered', 'imported')),
	CONSTRAINT "members_registered_are_identified" CHECK ("members"."origin" = 'imported' or ("members"."approval_number" is not null and "members"."credit_code" is not null)),
	CONSTRAINT "members_approval_number_shape" CHECK ("members"."approval_number" ~ '^CNCA-(R|RF)-(19|20)[0-9]{2}-[0-9]{2,4}$'),
	CONSTRAINT "members_credit_code_shape" CHECK ("members"."credit_code" ~ '^[0-9A-HJ-NP-RTUW-Y]{18}$')
);
--> statement-breakpoint
CREATE TABLE "obligations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"cause_key" text NOT NULL,
	"duty" text NOT NULL,
	"member_id" uuid NOT NULL,
	"enterprise_id" uuid,
	"result_id" uuid,
	"certificate_id" uuid,
	"assignment_id" uuid,
	"ending_id" uuid,
	"city_code" text,
	"subject" text NOT NULL,
	"opened_on" date NOT NULL,
	"event_on" date NOT NULL,
	"due_on" date NOT NULL,
	"rule_version" integer NOT NULL,
	"calendar_version" integer,
	"provisional" boolean NOT NULL,
	"met_on" date,
	"contested" boolean DEFAULT false NOT NULL,
	"waived_on" date,
	"waived_ground" text,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "obligations_cause_key_unique" UNIQUE("cause_key"),
	CONSTRAINT "obligations_duty" CHECK ("obligations"."duty" in ('report_to_cnca', 'feed_back', 'report_monthly', 'report_status_change', 'post_outcome', 'decide_suspension', 'surveillance')),
	CONSTRAINT "obligations_one_end" CHECK ("obligations"."met_on" is null or "obligations"."waived_on" is null),
	CONSTRAINT "obligations_waived_on_a_ground" CHECK (("obligations"."waived_on" is null) = ("obligations"."waived_ground" is null))
);
--> statement-breakpoint
CREATE TABLE "receipt_reviews" (
	"id" uuid PRIMARY KEY NOT NULL,
	"receipt_id" uuid NOT NULL,
	"verdict" text NOT NULL,
	"reported_on" date,
	"note" text,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "receipt_reviews_verdict" CHECK ("receipt_reviews"."verdict" in ('confirmed', 'contested'))
);
--> statement-breakpoint
CREATE TABLE "receipts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"obligation_id" uuid NOT NULL,
	"reported_on" date NOT NULL,
	"receipt_number" text,
	"evidence" text,
	"back_reported" boolean NOT NULL,
	"supersedes_id" uuid,
	"superseded_at" timestamp (3) with time zone,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "receipts_supersedes_id_unique" UNIQUE("supersedes_id")
);
--> statement-breakpoint
CREATE TABLE "waivers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"obligation_id" uuid NOT NULL,
	"ground" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	"verdict" text,
	"decided_at" timestamp (3) with time zone,
	"decided_by" text,
	CONSTRAINT "waivers_verdict" CHECK ("waivers"."verdict" in ('confirmed', 'declined'))
);
--> statement-breakpoint
CREATE TABLE "attempts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid,
	"at" timestamp (3) with time zone NOT NULL,
	"actor_id" text NOT NULL,
	"operation" text NOT NULL,
	"codes" text[] NOT NULL,
	"member_reference" text,
	"idempotency_key" text,
	"request_id" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "endings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"member_id" uuid NOT NULL,
	"enterprise_id" uuid,
	"assignment_id" uuid,
	"certificate_number" text,
	"product_name" text NOT NULL,
	"decided_on" date NOT NULL,
	"source" text NOT NULL,
	"evidence" text NOT NULL,
	"result_id" uuid,
	"is_service" boolean NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "endings_source" CHECK ("endings"."source" in ('cnca_list', 'enterprise', 'announcement', 'other'))
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"client_id" text NOT NULL,
	"key" text NOT NULL,
	"operation" text NOT NULL,
	"body_sha256" text NOT NULL,
	"answer" json,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "idempotency_keys_once" UNIQUE("client_id","key")
);
--> statement-breakpoint
CREATE TABLE "results" (
	"id" uuid PRIMARY KEY NOT NULL,
	"root_id" uuid NOT NULL,
	"revision" integer NOT NULL,
	"supersedes_id" uuid,
	"superseded_at" timestamp (3) with time zone,
	"member_id" uuid NOT NULL,
	"enterprise_id" uuid NOT NULL,
	"scheme_code" text NOT NULL,
	"assignment_id" uuid,
	"certificate_id" uuid,
	"kind" text NOT NULL,
	"family" text NOT NULL,
	"product_name" text NOT NULL,
	"decided_on" date NOT NULL,
	"effective_decided_on" date NOT NULL,
	"reason_code" text,
	"reason_text" text,
	"member_reference" text NOT NULL,
	"content_sha256" text NOT NULL,
	"content" jsonb NOT NULL,
	"approval" text NOT NULL,
	"approval_note" text,
	"decided_approval_at" timestamp (3) with time zone,
	"decided_approval_by" text,
	"explanation" text,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "results_supersedes_id_unique" UNIQUE("supersedes_id"),
	CONSTRAINT "results_reference" UNIQUE("member_id","member_reference","revision"),
	CONSTRAINT "results_revision" UNIQUE("root_id","revision"),
	CONSTRAINT "results_kind" CHECK ("results"."kind" in ('issue', 'renew', 'supplement', 'refuse')),
	CONSTRAINT "results_approval" CHECK ("results"."approval" in ('not_needed', 'pending', 'approved', 'rejected')),
	CONSTRAINT "results_refusals_have_no_certificate" CHECK (("results"."kind" = 'refuse') = ("results"."certificate_id" is null)),
	CONSTRAINT "results_refusals_say_why" CHECK ("results"."kind" <> 'refuse' or "results"."reason_code" is not null)
);
--> statement-breakpoint
CREATE TABLE "calendar_versions" (
	"version" integer PRIMARY KEY NOT NULL,
	"note" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "calendar_years" (
	"version" integer NOT NULL,
	"year" integer NOT NULL,
	"notices" text[] NOT NULL,
	"off_days" text[] NOT NULL,
	"makeup_workdays" text[] NOT NULL,
	CONSTRAINT "calendar_years_version_year_pk" PRIMARY KEY("version","year")
);
--> statement-breakpoint
CREATE TABLE "deadline_rules" (
	"duty" text NOT NULL,
	"version" integer NOT NULL,
	"effective_on" date NOT NULL,
	"start_event" text NOT NULL,
	"limit" jsonb NOT NULL,
	"due_soon_working_days" integer NOT NULL,
	"clause" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "deadline_rules_duty_version_pk" PRIMARY KEY("duty","version"),
	CONSTRAINT "deadline_rules_duty" CHECK ("deadline_rules"."duty" in ('report_to_cnca', 'feed_back', 'report_monthly', 'report_status_change', 'post_outcome', 'decide_suspension', 'surveillance'))
);
--> statement-breakpoint
CREATE TABLE "scheme_versions" (
	"scheme_code" text NOT NULL,
	"version" integer NOT NULL,
	"effective_on" date NOT NULL,
	"validity_months" integer NOT NULL,
	"required_fields" text[] DEFAULT '{}' NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	CONSTRAINT "scheme_versions_scheme_code_version_pk" PRIMARY KEY("scheme_code","version"),
	CONSTRAINT "scheme_versions_months" CHECK ("scheme_versions"."validity_months" between 1 and 600)
);
--> statement-breakpoint
CREATE TABLE "schemes" (
	"code" text PRIMARY KEY NOT NULL,
	"name_zh" text NOT NULL,
	"name_en" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "client_secrets" ADD CONSTRAINT "client_secrets_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clients" ADD CONSTRAINT "clients_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "assignments" ADD CONSTRAINT "assignments_scheme_code_schemes_code_fk" FOREIGN KEY ("scheme_code") REFERENCES "public"."schemes"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "assignments" ADD CONSTRAINT "assignments_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "assignments" ADD CONSTRAINT "assignments_enterprise_id_enterprises_id_fk" FOREIGN KEY ("enterprise_id") REFERENCES "public"."enterprises"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "assignments" ADD CONSTRAINT "assignments_executing_unit_id_executing_units_id_fk" FOREIGN KEY ("executing_unit_id") REFERENCES "public"."executing_units"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificate_events" ADD CONSTRAINT "certificate_events_certificate_id_certificates_id_fk" FOREIGN KEY ("certificate_id") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificate_events" ADD CONSTRAINT "certificate_events_to_certificate_id_certificates_id_fk" FOREIGN KEY ("to_certificate_id") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificate_versions" ADD CONSTRAINT "certificate_versions_certificate_id_certificates_id_fk" FOREIGN KEY ("certificate_id") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificates" ADD CONSTRAINT "certificates_scheme_code_schemes_code_fk" FOREIGN KEY ("scheme_code") REFERENCES "public"."schemes"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificates" ADD CONSTRAINT "certificates_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificates" ADD CONSTRAINT "certificates_enterprise_id_enterprises_id_fk" FOREIGN KEY ("enterprise_id") REFERENCES "public"."enterprises"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificates" ADD CONSTRAINT "certificates_renews_id_certificates_id_fk" FOREIGN KEY ("renews_id") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificates" ADD CONSTRAINT "certificates_transferred_from_id_certificates_id_fk" FOREIGN KEY ("transferred_from_id") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificates" ADD CONSTRAINT "certificates_import_id_imports_id_fk" FOREIGN KEY ("import_id") REFERENCES "public"."imports"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "suspensions" ADD CONSTRAINT "suspensions_certificate_id_certificates_id_fk" FOREIGN KEY ("certificate_id") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "enterprise_names" ADD CONSTRAINT "enterprise_names_enterprise_id_enterprises_id_fk" FOREIGN KEY ("enterprise_id") REFERENCES "public"."enterprises"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "import_rows" ADD CONSTRAINT "import_rows_import_id_imports_id_fk" FOREIGN KEY ("import_id") REFERENCES "public"."imports"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "imports" ADD CONSTRAINT "imports_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "executing_units" ADD CONSTRAINT "executing_units_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "member_contacts" ADD CONSTRAINT "member_contacts_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "member_names" ADD CONSTRAINT "member_names_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "member_scopes" ADD CONSTRAINT "member_scopes_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "member_standings" ADD CONSTRAINT "member_standings_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "obligations" ADD CONSTRAINT "obligations_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "obligations" ADD CONSTRAINT "obligations_enterprise_id_enterprises_id_fk" FOREIGN KEY ("enterprise_id") REFERENCES "public"."enterprises"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "obligations" ADD CONSTRAINT "obligations_result_id_results_id_fk" FOREIGN KEY ("result_id") REFERENCES "public"."results"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "obligations" ADD CONSTRAINT "obligations_certificate_id_certificates_id_fk" FOREIGN KEY ("certificate_id") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "obligations" ADD CONSTRAINT "obligations_assignment_id_assignments_id_fk" FOREIGN KEY ("assignment_id") REFERENCES "public"."assignments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "obligations" ADD CONSTRAINT "obligations_ending_id_endings_id_fk" FOREIGN KEY ("ending_id") REFERENCES "public"."endings"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "receipt_reviews" ADD CONSTRAINT "receipt_reviews_receipt_id_receipts_id_fk" FOREIGN KEY ("receipt_id") REFERENCES "public"."receipts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "receipts" ADD CONSTRAINT "receipts_obligation_id_obligations_id_fk" FOREIGN KEY ("obligation_id") REFERENCES "public"."obligations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "receipts" ADD CONSTRAINT "receipts_supersedes_id_receipts_id_fk" FOREIGN KEY ("supersedes_id") REFERENCES "public"."receipts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "waivers" ADD CONSTRAINT "waivers_obligation_id_obligations_id_fk" FOREIGN KEY ("obligation_id") REFERENCES "public"."obligations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "endings" ADD CONSTRAINT "endings_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "endings" ADD CONSTRAINT "endings_enterprise_id_enterprises_id_fk" FOREIGN KEY ("enterprise_id") REFERENCES "public"."enterprises"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "endings" ADD CONSTRAINT "endings_assignment_id_assignments_id_fk" FOREIGN KEY ("assignment_id") REFERENCES "public"."assignments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "endings" ADD CONSTRAINT "endings_result_id_results_id_fk" FOREIGN KEY ("result_id") REFERENCES "public"."results"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "results" ADD CONSTRAINT "results_supersedes_id_results_id_fk" FOREIGN KEY ("supersedes_id") REFERENCES "public"."results"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "results" ADD CONSTRAINT "results_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "results" ADD CONSTRAINT "results_enterprise_id_enterprises_id_fk" FOREIGN KEY ("enterprise_id") REFERENCES "public"."enterprises"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "results" ADD CONSTRAINT "results_scheme_code_schemes_code_fk" FOREIGN KEY ("scheme_code") REFERENCES "public"."schemes"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "results" ADD CONSTRAINT "results_assignment_id_assignments_id_fk" FOREIGN KEY ("assignment_id") REFERENCES "public"."assignments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "results" ADD CONSTRAINT "results_certificate_id_certificates_id_fk" FOREIGN KEY ("certificate_id") REFERENCES "public"."certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calendar_years" ADD CONSTRAINT "calendar_years_version_calendar_versions_version_fk" FOREIGN KEY ("version") REFERENCES "public"."calendar_versions"("version") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "scheme_versions" ADD CONSTRAINT "scheme_versions_scheme_code_schemes_code_fk" FOREIGN KEY ("scheme_code") REFERENCES "public"."schemes"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "client_secrets_by_client" ON "client_secrets" USING btree ("client_id");--> statement-breakpoint
CREATE INDEX "assignments_by_member" ON "assignments" USING btree ("member_id","id");--> statement-breakpoint
CREATE INDEX "assignments_by_enterprise" ON "assignments" USING btree ("enterprise_id","id");--> statement-breakpoint
CREATE INDEX "certificate_events_by_certificate" ON "certificate_events" USING btree ("certificate_id","on_day");--> statement-breakpoint
CREATE INDEX "certificate_versions_by_number" ON "certificate_versions" USING btree ("number");--> statement-breakpoint
CREATE INDEX "certificates_by_number" ON "certificates" USING btree ("number");--> statement-breakpoint
CREATE INDEX "certificates_by_end" ON "certificates" USING btree ("valid_until","id");--> statement-breakpoint
CREATE INDEX "certificates_by_member" ON "certificates" USING btree ("member_id","valid_until","id");--> statement-breakpoint
CREATE INDEX "certificates_by_enterprise" ON "certificates" USING btree ("enterprise_id","valid_until","id");--> statement-breakpoint
CREATE INDEX "certificates_by_start" ON "certificates" USING btree ("valid_from");--> statement-breakpoint
CREATE INDEX "certificates_ended" ON "certificates" USING btree ("valid_until","id") WHERE "certificates"."ended_on" is not null;--> statement-breakpoint
CREATE INDEX "certificates_by_city" ON "certificates" USING btree ("city_code","valid_until","id");--> statement-breakpoint
CREATE UNIQUE INDEX "suspensions_one_open" ON "suspensions" USING btree ("certificate_id") WHERE "suspensions"."lifted_on" is null;--> statement-breakpoint
CREATE INDEX "suspensions_by_certificate" ON "suspensions" USING btree ("certificate_id");--> statement-breakpoint
CREATE INDEX "enterprises_by_name" ON "enterprises" USING btree ("name","id");--> statement-breakpoint
CREATE INDEX "enterprises_by_name_prefix" ON "enterprises" USING btree ("name" text_pattern_ops);--> statement-breakpoint
CREATE INDEX "enterprises_by_city" ON "enterprises" USING btree ("city_code","name","id");--> statement-breakpoint
CREATE INDEX "events_by_entity" ON "events" USING btree ("entity","entity_id","id");--> statement-breakpoint
CREATE INDEX "imports_by_member" ON "imports" USING btree ("member_id","id");--> statement-breakpoint
CREATE INDEX "member_contacts_by_member" ON "member_contacts" USING btree ("member_id");--> statement-breakpoint
CREATE INDEX "member_scopes_by_member" ON "member_scopes" USING btree ("member_id");--> statement-breakpoint
CREATE UNIQUE INDEX "member_standings_one_a_day" ON "member_standings" USING btree ("member_id","from_on") WHERE "member_standings"."superseded_at" is null;--> statement-breakpoint
CREATE INDEX "members_by_name" ON "members" USING btree ("name","id");--> statement-breakpoint
CREATE INDEX "obligations_open" ON "obligations" USING btree ("due_on","id") WHERE "obligations"."met_on" is null and "obligations"."waived_on" is null;--> statement-breakpoint
CREATE INDEX "obligations_open_by_member" ON "obligations" USING btree ("member_id","due_on","id") WHERE "obligations"."met_on" is null and "obligations"."waived_on" is null;--> statement-breakpoint
CREATE INDEX "obligations_waived" ON "obligations" USING btree ("due_on","id") WHERE "obligations"."waived_on" is not null;--> statement-breakpoint
CREATE INDEX "obligations_late" ON "obligations" USING btree ("due_on","id") WHERE "obligations"."met_on" > "obligations"."due_on";--> statement-breakpoint
CREATE INDEX "obligations_by_city" ON "obligations" USING btree ("city_code","due_on","id");--> statement-breakpoint
CREATE INDEX "obligations_by_due" ON "obligations" USING btree ("due_on","id");--> statement-breakpoint
CREATE INDEX "obligations_by_member" ON "obligations" USING btree ("member_id","due_on","id");--> statement-breakpoint
CREATE INDEX "obligations_by_result" ON "obligations" USING btree ("result_id");--> statement-breakpoint
CREATE INDEX "obligations_by_certificate" ON "obligations" USING btree ("certificate_id");--> statement-breakpoint
CREATE INDEX "obligations_by_assignment" ON "obligations" USING btree ("assignment_id");--> statement-breakpoint
CREATE INDEX "receipt_reviews_by_receipt" ON "receipt_reviews" USING btree ("receipt_id");--> statement-breakpoint
CREATE UNIQUE INDEX "receipts_one_current" ON "receipts" USING btree ("obligation_id") WHERE "receipts"."superseded_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "waivers_one_standing" ON "waivers" USING btree ("obligation_id") WHERE "waivers"."verdict" is distinct from 'declined';--> statement-breakpoint
CREATE INDEX "attempts_by_member" ON "attempts" USING btree ("member_id","at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "endings_one_per_assignment" ON "endings" USING btree ("assignment_id") WHERE "endings"."assignment_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "endings_one_per_number" ON "endings" USING btree ("member_id","certificate_number") WHERE "endings"."certificate_number" is not null and "endings"."result_id" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "endings_one_per_product" ON "endings" USING btree ("member_id","enterprise_id","product_name","decided_on") WHERE "endings"."certificate_number" is null and "endings"."assignment_id" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "endings_one_per_result" ON "endings" USING btree ("result_id") WHERE "endings"."result_id" is not null;--> statement-breakpoint
CREATE INDEX "idempotency_keys_by_age" ON "idempotency_keys" USING btree ("recorded_at");--> statement-breakpoint
CREATE UNIQUE INDEX "results_one_current" ON "results" USING btree ("root_id") WHERE "results"."superseded_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "results_one_per_assignment" ON "results" USING btree ("assignment_id") WHERE "results"."revision" = 1 and "results"."assignment_id" is not null;--> statement-breakpoint
CREATE INDEX "results_by_member" ON "results" USING btree ("member_id","decided_on","id");--> statement-breakpoint
CREATE INDEX "results_by_certificate" ON "results" USING btree ("certificate_id");