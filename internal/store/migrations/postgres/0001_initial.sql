-- Create "status_incidents" table
CREATE TABLE "status_incidents" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "part" character varying NOT NULL,
  "title" character varying NOT NULL,
  "observed" boolean NOT NULL DEFAULT false,
  "opened_at" timestamptz NOT NULL,
  "closed_at" timestamptz NULL,
  "notes" jsonb NOT NULL,
  PRIMARY KEY ("id")
);
-- Create index "status_incidents_one_open_per_part" to table: "status_incidents"
CREATE UNIQUE INDEX "status_incidents_one_open_per_part" ON "status_incidents" ("part") WHERE observed AND closed_at IS NULL;
-- Create index "statusincident_opened_at" to table: "status_incidents"
CREATE INDEX "statusincident_opened_at" ON "status_incidents" ("opened_at");
-- Create "job_runs" table
CREATE TABLE "job_runs" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "job" character varying NOT NULL,
  "scope" character varying NOT NULL DEFAULT '',
  "scheduled_at" timestamptz NOT NULL,
  "state" character varying NOT NULL DEFAULT 'running',
  "started_at" timestamptz NULL,
  "ended_at" timestamptz NULL,
  "lease_until" timestamptz NOT NULL,
  "lease_token" character varying NOT NULL DEFAULT '',
  "server" character varying NOT NULL DEFAULT '',
  "attempts" bigint NOT NULL DEFAULT 0,
  "result" character varying NOT NULL DEFAULT '',
  "error" character varying NOT NULL DEFAULT '',
  PRIMARY KEY ("id")
);
-- Create index "job_runs_running" to table: "job_runs"
CREATE INDEX "job_runs_running" ON "job_runs" ("lease_until") WHERE state = 'running';
-- Create index "jobrun_job_scope_scheduled_at" to table: "job_runs"
CREATE UNIQUE INDEX "jobrun_job_scope_scheduled_at" ON "job_runs" ("job", "scope", "scheduled_at");
-- Create index "jobrun_scheduled_at" to table: "job_runs"
CREATE INDEX "jobrun_scheduled_at" ON "job_runs" ("scheduled_at");
-- Create "organizations" table
CREATE TABLE "organizations" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "name" character varying NOT NULL,
  "slug" character varying NOT NULL,
  "kind" character varying NOT NULL DEFAULT 'school',
  "time_zone" character varying NOT NULL DEFAULT 'UTC',
  "locale" character varying NOT NULL DEFAULT 'en',
  "currency" character varying NOT NULL DEFAULT 'USD',
  "settings" jsonb NOT NULL,
  "event_seq" bigint NOT NULL DEFAULT 0,
  "eligibility_seq" bigint NOT NULL DEFAULT 0,
  "item_seq" bigint NOT NULL DEFAULT 0,
  "turn" bigint NOT NULL DEFAULT 0,
  "turns_by" character varying NOT NULL DEFAULT '',
  "volumes" jsonb NOT NULL,
  PRIMARY KEY ("id")
);
-- Create index "organizations_slug_key" to table: "organizations"
CREATE UNIQUE INDEX "organizations_slug_key" ON "organizations" ("slug");
-- Create "installations" table
CREATE TABLE "installations" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "name" character varying NOT NULL,
  "key_check" bytea NOT NULL,
  PRIMARY KEY ("id")
);
-- Create index "installations_name_key" to table: "installations"
CREATE UNIQUE INDEX "installations_name_key" ON "installations" ("name");
-- Create "throttles" table
CREATE TABLE "throttles" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "key" character varying NOT NULL,
  "account" character varying NOT NULL DEFAULT '',
  "whole_us" bigint NOT NULL,
  PRIMARY KEY ("id")
);
-- Create index "throttle_account" to table: "throttles"
CREATE INDEX "throttle_account" ON "throttles" ("account");
-- Create index "throttle_whole_us" to table: "throttles"
CREATE INDEX "throttle_whole_us" ON "throttles" ("whole_us");
-- Create index "throttles_key_key" to table: "throttles"
CREATE UNIQUE INDEX "throttles_key_key" ON "throttles" ("key");
-- Create "users" table
CREATE TABLE "users" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "email" character varying NOT NULL,
  "name" character varying NOT NULL DEFAULT '',
  "locale" character varying NOT NULL DEFAULT '',
  PRIMARY KEY ("id")
);
-- Create index "users_email_key" to table: "users"
CREATE UNIQUE INDEX "users_email_key" ON "users" ("email");
-- Create "memberships" table
CREATE TABLE "memberships" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "deleted_at" timestamptz NULL,
  "name" character varying NOT NULL DEFAULT '',
  "role" character varying NOT NULL DEFAULT 'student',
  "status" character varying NOT NULL DEFAULT 'active',
  "external_id" character varying NULL,
  "grade_level" character varying NULL,
  "source" character varying NOT NULL DEFAULT 'manual',
  "last_active_at" timestamptz NULL,
  "sso_grants" jsonb NULL,
  "suspended_by" character varying NOT NULL DEFAULT '',
  "turn" bigint NOT NULL DEFAULT 0,
  "search" character varying NOT NULL DEFAULT '',
  "organization_id" character varying NOT NULL,
  "user_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "memberships_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "memberships_users_user" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "membership_organization_id_external_id" to table: "memberships"
CREATE INDEX "membership_organization_id_external_id" ON "memberships" ("organization_id", "external_id");
-- Create index "membership_organization_id_name_id" to table: "memberships"
CREATE INDEX "membership_organization_id_name_id" ON "memberships" ("organization_id", "name", "id");
-- Create index "membership_organization_id_role" to table: "memberships"
CREATE INDEX "membership_organization_id_role" ON "memberships" ("organization_id", "role");
-- Create index "membership_user_id_organization_id" to table: "memberships"
CREATE UNIQUE INDEX "membership_user_id_organization_id" ON "memberships" ("user_id", "organization_id");
-- Create "api_keys" table
CREATE TABLE "api_keys" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "name" character varying NOT NULL,
  "prefix" character varying NOT NULL,
  "scopes" jsonb NOT NULL,
  "secret_hash" bytea NOT NULL,
  "previous_hash" bytea NULL,
  "previous_until" timestamptz NULL,
  "expires_at" timestamptz NULL,
  "last_used_at" timestamptz NULL,
  "revoked_at" timestamptz NULL,
  "warned_at" timestamptz NULL,
  "organization_id" character varying NOT NULL,
  "created_by_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "api_keys_memberships_created_by" FOREIGN KEY ("created_by_id") REFERENCES "memberships" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "api_keys_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "apikey_expires_at" to table: "api_keys"
CREATE INDEX "apikey_expires_at" ON "api_keys" ("expires_at");
-- Create index "apikey_organization_id_created_at" to table: "api_keys"
CREATE INDEX "apikey_organization_id_created_at" ON "api_keys" ("organization_id", "created_at");
-- Create "classes" table
CREATE TABLE "classes" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "deleted_at" timestamptz NULL,
  "name" character varying NOT NULL,
  "code" character varying NULL,
  "description" character varying NULL,
  "state" character varying NOT NULL DEFAULT 'active',
  "starts_on" character varying NULL,
  "ends_on" character varying NULL,
  "approval_policy" jsonb NULL,
  "join_code" character varying NULL,
  "turn" bigint NOT NULL DEFAULT 0,
  "weight" bigint NOT NULL DEFAULT 1,
  "search" character varying NOT NULL DEFAULT '',
  "organization_id" character varying NOT NULL,
  "next_class_id" character varying NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "classes_classes_previous_classes" FOREIGN KEY ("next_class_id") REFERENCES "classes" ("id") ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT "classes_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "class_organization_id_name" to table: "classes"
CREATE INDEX "class_organization_id_name" ON "classes" ("organization_id", "name");
-- Create index "classes_join_code_key" to table: "classes"
CREATE UNIQUE INDEX "classes_join_code_key" ON "classes" ("join_code");
-- Create "printer_groups" table
CREATE TABLE "printer_groups" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "name" character varying NOT NULL,
  "description" character varying NOT NULL DEFAULT '',
  "search" character varying NOT NULL DEFAULT '',
  "organization_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "printer_groups_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "printergroup_organization_id_name" to table: "printer_groups"
CREATE UNIQUE INDEX "printergroup_organization_id_name" ON "printer_groups" ("organization_id", "name");
-- Create "class_printer_groups" table
CREATE TABLE "class_printer_groups" (
  "class_id" character varying NOT NULL,
  "printer_group_id" character varying NOT NULL,
  PRIMARY KEY ("class_id", "printer_group_id"),
  CONSTRAINT "class_printer_groups_class_id" FOREIGN KEY ("class_id") REFERENCES "classes" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "class_printer_groups_printer_group_id" FOREIGN KEY ("printer_group_id") REFERENCES "printer_groups" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create "enrollments" table
CREATE TABLE "enrollments" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "role" character varying NOT NULL DEFAULT 'student',
  "source" character varying NOT NULL DEFAULT 'manual',
  "organization_id" character varying NOT NULL,
  "class_id" character varying NOT NULL,
  "membership_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "enrollments_classes_class" FOREIGN KEY ("class_id") REFERENCES "classes" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "enrollments_memberships_membership" FOREIGN KEY ("membership_id") REFERENCES "memberships" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "enrollments_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "enrollment_class_id_membership_id" to table: "enrollments"
CREATE UNIQUE INDEX "enrollment_class_id_membership_id" ON "enrollments" ("class_id", "membership_id");
-- Create index "enrollment_membership_id" to table: "enrollments"
CREATE INDEX "enrollment_membership_id" ON "enrollments" ("membership_id");
-- Create "event_cursors" table
CREATE TABLE "event_cursors" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "reader" character varying NOT NULL,
  "sequence" bigint NOT NULL DEFAULT 0,
  "organization_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "event_cursors_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "eventcursor_organization_id_reader" to table: "event_cursors"
CREATE UNIQUE INDEX "eventcursor_organization_id_reader" ON "event_cursors" ("organization_id", "reader");
-- Create "events" table
CREATE TABLE "events" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "sequence" bigint NOT NULL,
  "type" character varying NOT NULL,
  "subject_type" character varying NOT NULL,
  "subject_id" character varying NOT NULL,
  "actor_type" character varying NOT NULL,
  "actor_id" character varying NOT NULL,
  "actor_membership_id" character varying NOT NULL DEFAULT '',
  "request_id" character varying NOT NULL DEFAULT '',
  "occurred_at" timestamptz NOT NULL,
  "data" jsonb NOT NULL,
  "organization_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "events_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "event_organization_id_actor_membership_id_sequence" to table: "events"
CREATE INDEX "event_organization_id_actor_membership_id_sequence" ON "events" ("organization_id", "actor_membership_id", "sequence");
-- Create index "event_organization_id_sequence" to table: "events"
CREATE UNIQUE INDEX "event_organization_id_sequence" ON "events" ("organization_id", "sequence");
-- Create index "event_organization_id_type_sequence" to table: "events"
CREATE INDEX "event_organization_id_type_sequence" ON "events" ("organization_id", "type", "sequence");
-- Create index "event_subject_id_sequence" to table: "events"
CREATE INDEX "event_subject_id_sequence" ON "events" ("subject_id", "sequence");
-- Create "files" table
CREATE TABLE "files" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "deleted_at" timestamptz NULL,
  "name" character varying NOT NULL,
  "folder" character varying NOT NULL DEFAULT '',
  "size_bytes" bigint NOT NULL,
  "sha256" character varying NOT NULL,
  "content_type" character varying NOT NULL DEFAULT 'application/octet-stream',
  "kind" character varying NOT NULL DEFAULT 'other',
  "status" character varying NOT NULL DEFAULT 'pending',
  "failure_code" character varying NOT NULL DEFAULT '',
  "metadata" jsonb NULL,
  "thumbnail" bytea NULL,
  "storage_key" character varying NOT NULL,
  "upload_expires_at" timestamptz NULL,
  "source_url" bytea NULL,
  "source_named" boolean NOT NULL DEFAULT false,
  "fetch_attempts" bigint NOT NULL DEFAULT 0,
  "lease_until" timestamptz NULL,
  "lease_token" character varying NOT NULL DEFAULT '',
  "search" character varying NOT NULL DEFAULT '',
  "organization_id" character varying NOT NULL,
  "uploaded_by_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "files_memberships_uploaded_by" FOREIGN KEY ("uploaded_by_id") REFERENCES "memberships" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT,
  CONSTRAINT "files_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "file_organization_id_created_at_id" to table: "files"
CREATE INDEX "file_organization_id_created_at_id" ON "files" ("organization_id", "created_at", "id");
-- Create index "file_organization_id_sha256" to table: "files"
CREATE INDEX "file_organization_id_sha256" ON "files" ("organization_id", "sha256");
-- Create index "file_uploaded_by_id_created_at" to table: "files"
CREATE INDEX "file_uploaded_by_id_created_at" ON "files" ("uploaded_by_id", "created_at");
-- Create index "files_fetching" to table: "files"
CREATE INDEX "files_fetching" ON "files" ("lease_until") WHERE status = 'fetching';
-- Create index "files_storage_key_key" to table: "files"
CREATE UNIQUE INDEX "files_storage_key_key" ON "files" ("storage_key");
-- Create "idempotency_keys" table
CREATE TABLE "idempotency_keys" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "principal_type" character varying NOT NULL,
  "principal_id" character varying NOT NULL,
  "route" character varying NOT NULL,
  "key_hash" bytea NOT NULL,
  "request_hash" bytea NOT NULL,
  "state" character varying NOT NULL DEFAULT 'running',
  "lease_token" character varying NOT NULL,
  "lease_until" timestamptz NOT NULL,
  "status_code" bigint NULL,
  "answer" bytea NULL,
  "expires_at" timestamptz NOT NULL,
  "organization_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "idempotency_keys_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "idempotencykey_expires_at" to table: "idempotency_keys"
CREATE INDEX "idempotencykey_expires_at" ON "idempotency_keys" ("expires_at");
-- Create index "idempotencykey_organization_id_aa6b8881d7f7faa4a6a23d4bad6b189c" to table: "idempotency_keys"
CREATE UNIQUE INDEX "idempotencykey_organization_id_aa6b8881d7f7faa4a6a23d4bad6b189c" ON "idempotency_keys" ("organization_id", "principal_type", "principal_id", "route", "key_hash");
-- Create "sso_providers" table
CREATE TABLE "sso_providers" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "name" character varying NOT NULL,
  "slug" character varying NOT NULL,
  "kind" character varying NOT NULL DEFAULT 'oidc',
  "profile" character varying NOT NULL DEFAULT 'other',
  "issuer" character varying NOT NULL,
  "client_id" character varying NOT NULL,
  "client_secret" bytea NULL,
  "scopes" jsonb NOT NULL,
  "claims" jsonb NOT NULL,
  "domains" jsonb NOT NULL,
  "redirect_uris" jsonb NOT NULL,
  "auto_create" character varying NOT NULL DEFAULT 'off',
  "default_role" character varying NOT NULL DEFAULT 'student',
  "force_sso" boolean NOT NULL DEFAULT false,
  "state" character varying NOT NULL DEFAULT 'draft',
  "last_test" jsonb NULL,
  "scim_hash" bytea NULL,
  "scim_previous_hash" bytea NULL,
  "scim_previous_until" timestamptz NULL,
  "scim_token_created_at" timestamptz NULL,
  "scim_last_used_at" timestamptz NULL,
  "search" character varying NOT NULL DEFAULT '',
  "organization_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "sso_providers_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "ssoprovider_organization_id_slug" to table: "sso_providers"
CREATE UNIQUE INDEX "ssoprovider_organization_id_slug" ON "sso_providers" ("organization_id", "slug");
-- Create "identities" table
CREATE TABLE "identities" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "issuer" character varying NOT NULL,
  "subject" character varying NOT NULL,
  "last_signed_in_at" timestamptz NULL,
  "organization_id" character varying NOT NULL,
  "provider_id" character varying NOT NULL,
  "user_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "identities_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "identities_sso_providers_provider" FOREIGN KEY ("provider_id") REFERENCES "sso_providers" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "identities_users_user" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "identity_provider_id_issuer_subject" to table: "identities"
CREATE UNIQUE INDEX "identity_provider_id_issuer_subject" ON "identities" ("provider_id", "issuer", "subject");
-- Create "invites" table
CREATE TABLE "invites" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "email" character varying NULL,
  "role" character varying NOT NULL DEFAULT 'student',
  "class_ids" jsonb NOT NULL,
  "user_group_ids" jsonb NOT NULL,
  "max_uses" bigint NOT NULL DEFAULT 1,
  "uses" bigint NOT NULL DEFAULT 0,
  "expires_at" timestamptz NOT NULL,
  "state" character varying NOT NULL DEFAULT 'open',
  "sent_at" timestamptz NULL,
  "token_hash" bytea NULL,
  "organization_id" character varying NOT NULL,
  "invited_by_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "invites_memberships_invited_by" FOREIGN KEY ("invited_by_id") REFERENCES "memberships" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "invites_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "invite_organization_id_created_at_id" to table: "invites"
CREATE INDEX "invite_organization_id_created_at_id" ON "invites" ("organization_id", "created_at", "id");
-- Create index "invite_organization_id_state" to table: "invites"
CREATE INDEX "invite_organization_id_state" ON "invites" ("organization_id", "state");
-- Create index "invite_state_expires_at" to table: "invites"
CREATE INDEX "invite_state_expires_at" ON "invites" ("state", "expires_at");
-- Create "printers" table
CREATE TABLE "printers" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "deleted_at" timestamptz NULL,
  "name" character varying NOT NULL,
  "manufacturer" character varying NOT NULL DEFAULT '',
  "model" character varying NOT NULL DEFAULT '',
  "serial_number" character varying NOT NULL DEFAULT '',
  "location" character varying NOT NULL DEFAULT '',
  "connector" jsonb NOT NULL,
  "connector_secret" bytea NULL,
  "build_volume_mm" jsonb NULL,
  "nozzle_diameter_mm" double precision NOT NULL DEFAULT 0.4,
  "nozzle_type" character varying NOT NULL DEFAULT 'brass',
  "max_nozzle_c" double precision NOT NULL DEFAULT 300,
  "max_bed_c" double precision NOT NULL DEFAULT 120,
  "enclosed" boolean NOT NULL DEFAULT false,
  "supported_formats" jsonb NOT NULL,
  "auto_dispatch" boolean NOT NULL DEFAULT false,
  "require_bed_clear" boolean NOT NULL DEFAULT true,
  "out_of_order" jsonb NULL,
  "state" character varying NOT NULL DEFAULT 'offline',
  "state_message" character varying NOT NULL DEFAULT '',
  "bed_state" character varying NOT NULL DEFAULT 'unknown',
  "last_seen_at" timestamptz NULL,
  "lease_until" timestamptz NULL,
  "lease_token" character varying NOT NULL DEFAULT '',
  "search" character varying NOT NULL DEFAULT '',
  "organization_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "printers_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "printer_lease_until" to table: "printers"
CREATE INDEX "printer_lease_until" ON "printers" ("lease_until");
-- Create index "printer_organization_id_name" to table: "printers"
CREATE INDEX "printer_organization_id_name" ON "printers" ("organization_id", "name");
-- Create "requirement_profiles" table
CREATE TABLE "requirement_profiles" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "key" character varying NOT NULL,
  "need" jsonb NOT NULL,
  "computed_at" timestamptz NULL,
  "matching_printers" bigint NOT NULL DEFAULT 0,
  "organization_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "requirement_profiles_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "requirementprofile_organization_id_key" to table: "requirement_profiles"
CREATE UNIQUE INDEX "requirementprofile_organization_id_key" ON "requirement_profiles" ("organization_id", "key");
-- Create "queue_items" table
CREATE TABLE "queue_items" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "number" bigint NOT NULL,
  "name" character varying NOT NULL,
  "plate_index" bigint NOT NULL DEFAULT 0,
  "on_behalf_of" character varying NULL,
  "state" character varying NOT NULL DEFAULT 'queued',
  "hold" character varying NOT NULL DEFAULT 'none',
  "hold_reason" character varying NOT NULL DEFAULT '',
  "approval_state" character varying NOT NULL DEFAULT 'not_required',
  "decided_by_id" character varying NULL,
  "decided_at" timestamptz NULL,
  "approval_reason" character varying NOT NULL DEFAULT '',
  "copies_requested" bigint NOT NULL DEFAULT 1,
  "copies_done" bigint NOT NULL DEFAULT 0,
  "copies_running" bigint NOT NULL DEFAULT 0,
  "copies_failed" bigint NOT NULL DEFAULT 0,
  "priority" character varying NOT NULL DEFAULT 'normal',
  "priority_rank" bigint NOT NULL DEFAULT 1,
  "turn" bigint NOT NULL DEFAULT 0,
  "position" bigint NOT NULL DEFAULT 0,
  "not_before" timestamptz NULL,
  "deadline_at" timestamptz NULL,
  "latest_start" bigint NOT NULL DEFAULT -9223372036854775808,
  "estimated_seconds" bigint NOT NULL DEFAULT 0,
  "estimated_g" double precision NOT NULL DEFAULT 0,
  "size_class" bigint NOT NULL DEFAULT 0,
  "requirements" jsonb NOT NULL,
  "requested" jsonb NOT NULL,
  "metadata" jsonb NOT NULL,
  "external_ref" character varying NOT NULL DEFAULT '',
  "attempts" bigint NOT NULL DEFAULT 0,
  "max_attempts" bigint NOT NULL DEFAULT 3,
  "assigned_at" timestamptz NULL,
  "reservations" jsonb NOT NULL,
  "overrides" jsonb NOT NULL,
  "dispatchable" boolean NOT NULL DEFAULT false,
  "blocked_at" timestamptz NULL,
  "cancel_requested" boolean NOT NULL DEFAULT false,
  "search" character varying NOT NULL DEFAULT '',
  "organization_id" character varying NOT NULL,
  "file_id" character varying NULL,
  "submitter_id" character varying NOT NULL,
  "class_id" character varying NULL,
  "assigned_printer_id" character varying NULL,
  "profile_id" character varying NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "queue_items_classes_class" FOREIGN KEY ("class_id") REFERENCES "classes" ("id") ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT "queue_items_files_file" FOREIGN KEY ("file_id") REFERENCES "files" ("id") ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT "queue_items_memberships_submitter" FOREIGN KEY ("submitter_id") REFERENCES "memberships" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT,
  CONSTRAINT "queue_items_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "queue_items_printers_assigned_printer" FOREIGN KEY ("assigned_printer_id") REFERENCES "printers" ("id") ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT "queue_items_requirement_profiles_profile" FOREIGN KEY ("profile_id") REFERENCES "requirement_profiles" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT
);
-- Create index "queue_items_head" to table: "queue_items"
CREATE INDEX "queue_items_head" ON "queue_items" ("profile_id", "priority_rank" DESC, "turn", "latest_start", "position", "id", "estimated_g") WHERE dispatchable;
-- Create index "queue_items_line" to table: "queue_items"
CREATE INDEX "queue_items_line" ON "queue_items" ("assigned_printer_id", "priority_rank" DESC, "turn", "latest_start", "position", "id") WHERE assigned_printer_id IS NOT NULL;
-- Create index "queue_items_order" to table: "queue_items"
CREATE INDEX "queue_items_order" ON "queue_items" ("organization_id", "priority_rank" DESC, "turn", "latest_start", "position", "id") WHERE dispatchable;
-- Create index "queue_items_pending" to table: "queue_items"
CREATE INDEX "queue_items_pending" ON "queue_items" ("organization_id", "updated_at") WHERE approval_state = 'pending';
-- Create index "queue_items_schedule" to table: "queue_items"
CREATE INDEX "queue_items_schedule" ON "queue_items" ("organization_id", "not_before") WHERE hold = 'schedule';
-- Create index "queue_items_size_head" to table: "queue_items"
CREATE INDEX "queue_items_size_head" ON "queue_items" ("profile_id", "size_class", "priority_rank" DESC, "turn", "latest_start", "position", "id", "estimated_g") WHERE dispatchable;
-- Create index "queueitem_class_id_created_at" to table: "queue_items"
CREATE INDEX "queueitem_class_id_created_at" ON "queue_items" ("class_id", "created_at");
-- Create index "queueitem_file_id" to table: "queue_items"
CREATE INDEX "queueitem_file_id" ON "queue_items" ("file_id");
-- Create index "queueitem_organization_id_created_at_id" to table: "queue_items"
CREATE INDEX "queueitem_organization_id_created_at_id" ON "queue_items" ("organization_id", "created_at", "id");
-- Create index "queueitem_organization_id_number" to table: "queue_items"
CREATE UNIQUE INDEX "queueitem_organization_id_number" ON "queue_items" ("organization_id", "number");
-- Create index "queueitem_organization_id_position_id" to table: "queue_items"
CREATE INDEX "queueitem_organization_id_position_id" ON "queue_items" ("organization_id", "position", "id");
-- Create index "queueitem_organization_id_state_created_at" to table: "queue_items"
CREATE INDEX "queueitem_organization_id_state_created_at" ON "queue_items" ("organization_id", "state", "created_at");
-- Create index "queueitem_submitter_id_created_at" to table: "queue_items"
CREATE INDEX "queueitem_submitter_id_created_at" ON "queue_items" ("submitter_id", "created_at");
-- Create "prints" table
CREATE TABLE "prints" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "copy" bigint NOT NULL,
  "printer_name" character varying NOT NULL,
  "file_sha256" character varying NOT NULL DEFAULT '',
  "state" character varying NOT NULL DEFAULT 'dispatching',
  "progress" double precision NOT NULL DEFAULT 0,
  "dispatched_at" timestamptz NOT NULL,
  "start_deadline_at" timestamptz NOT NULL,
  "started_at" timestamptz NULL,
  "ended_at" timestamptz NULL,
  "estimated_seconds" bigint NOT NULL DEFAULT 0,
  "actual_seconds" bigint NOT NULL DEFAULT 0,
  "estimated_g" double precision NOT NULL DEFAULT 0,
  "actual_g" double precision NOT NULL DEFAULT 0,
  "spool_uses" jsonb NOT NULL,
  "outcome" character varying NOT NULL DEFAULT 'none',
  "failure_reason" character varying NULL,
  "failure_details" character varying NOT NULL DEFAULT '',
  "verdict" character varying NULL,
  "verdict_by_id" character varying NULL,
  "verdict_at" timestamptz NULL,
  "cost_minor" bigint NULL,
  "cost_currency" character varying NULL,
  "job_token" character varying NOT NULL,
  "remote_ref" character varying NOT NULL DEFAULT '',
  "phase" character varying NOT NULL DEFAULT 'claimed',
  "wish" character varying NOT NULL DEFAULT 'none',
  "settled" boolean NOT NULL DEFAULT false,
  "lease_until" timestamptz NULL,
  "lease_token" character varying NOT NULL DEFAULT '',
  "organization_id" character varying NOT NULL,
  "queue_item_id" character varying NOT NULL,
  "printer_id" character varying NULL,
  "file_id" character varying NULL,
  "submitter_id" character varying NOT NULL,
  "class_id" character varying NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "prints_classes_class" FOREIGN KEY ("class_id") REFERENCES "classes" ("id") ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT "prints_files_file" FOREIGN KEY ("file_id") REFERENCES "files" ("id") ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT "prints_memberships_submitter" FOREIGN KEY ("submitter_id") REFERENCES "memberships" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT,
  CONSTRAINT "prints_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "prints_printers_printer" FOREIGN KEY ("printer_id") REFERENCES "printers" ("id") ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT "prints_queue_items_queue_item" FOREIGN KEY ("queue_item_id") REFERENCES "queue_items" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT
);
-- Create index "printrun_class_id_created_at" to table: "prints"
CREATE INDEX "printrun_class_id_created_at" ON "prints" ("class_id", "created_at");
-- Create index "printrun_organization_id_created_at_id" to table: "prints"
CREATE INDEX "printrun_organization_id_created_at_id" ON "prints" ("organization_id", "created_at", "id");
-- Create index "printrun_organization_id_ended_at" to table: "prints"
CREATE INDEX "printrun_organization_id_ended_at" ON "prints" ("organization_id", "ended_at");
-- Create index "printrun_printer_id_created_at" to table: "prints"
CREATE INDEX "printrun_printer_id_created_at" ON "prints" ("printer_id", "created_at");
-- Create index "printrun_queue_item_id" to table: "prints"
CREATE INDEX "printrun_queue_item_id" ON "prints" ("queue_item_id");
-- Create index "printrun_state_lease_until" to table: "prints"
CREATE INDEX "printrun_state_lease_until" ON "prints" ("state", "lease_until");
-- Create index "printrun_submitter_id_created_at" to table: "prints"
CREATE INDEX "printrun_submitter_id_created_at" ON "prints" ("submitter_id", "created_at");
-- Create index "prints_awaiting_verdict" to table: "prints"
CREATE INDEX "prints_awaiting_verdict" ON "prints" ("printer_id", "dispatched_at") WHERE state = 'finished';
-- Create index "prints_job_token_key" to table: "prints"
CREATE UNIQUE INDEX "prints_job_token_key" ON "prints" ("job_token");
-- Create index "prints_one_active_per_printer" to table: "prints"
CREATE UNIQUE INDEX "prints_one_active_per_printer" ON "prints" ("printer_id") WHERE state IN ('dispatching','needs_confirmation','printing','paused');
-- Create index "prints_one_per_copy" to table: "prints"
CREATE UNIQUE INDEX "prints_one_per_copy" ON "prints" ("queue_item_id", "copy") WHERE state IN ('dispatching','needs_confirmation','printing','paused','finished','succeeded');
-- Create "materials" table
CREATE TABLE "materials" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "deleted_at" timestamptz NULL,
  "vendor" character varying NOT NULL DEFAULT '',
  "name" character varying NOT NULL,
  "type" character varying NOT NULL,
  "color_name" character varying NOT NULL DEFAULT '',
  "color_hex" character varying NOT NULL DEFAULT '',
  "density_g_cm3" double precision NOT NULL DEFAULT 1.24,
  "diameter_mm" double precision NOT NULL DEFAULT 1.75,
  "net_weight_g" double precision NOT NULL DEFAULT 1000,
  "spool_weight_g" double precision NOT NULL DEFAULT 0,
  "price_minor" bigint NULL,
  "price_currency" character varying NULL,
  "nozzle_c" double precision NOT NULL DEFAULT 0,
  "bed_c" double precision NOT NULL DEFAULT 0,
  "low_stock" jsonb NULL,
  "low_stock_threshold" jsonb NULL,
  "stock_level" character varying NOT NULL DEFAULT 'ok',
  "low_stock_snoozed_until" timestamptz NULL,
  "low_told" boolean NOT NULL DEFAULT false,
  "search" character varying NOT NULL DEFAULT '',
  "organization_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "materials_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "material_organization_id_name" to table: "materials"
CREATE INDEX "material_organization_id_name" ON "materials" ("organization_id", "name");
-- Create "spools" table
CREATE TABLE "spools" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "deleted_at" timestamptz NULL,
  "code" character varying NOT NULL,
  "initial_g" double precision NOT NULL DEFAULT 0,
  "used_g" double precision NOT NULL DEFAULT 0,
  "remaining_g" double precision NOT NULL DEFAULT 0,
  "reserved_g" double precision NOT NULL DEFAULT 0,
  "status" character varying NOT NULL DEFAULT 'new',
  "location" character varying NOT NULL DEFAULT '',
  "lot_number" character varying NOT NULL DEFAULT '',
  "low_stock_threshold" jsonb NULL,
  "stock_level" character varying NOT NULL DEFAULT 'ok',
  "told_level" character varying NOT NULL DEFAULT 'ok',
  "low_stock_snoozed_until" timestamptz NULL,
  "weight_source" character varying NOT NULL DEFAULT 'initial',
  "opened_at" timestamptz NULL,
  "expires_at" timestamptz NULL,
  "search" character varying NOT NULL DEFAULT '',
  "organization_id" character varying NOT NULL,
  "material_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "spools_materials_material" FOREIGN KEY ("material_id") REFERENCES "materials" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT,
  CONSTRAINT "spools_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "spool_material_id" to table: "spools"
CREATE INDEX "spool_material_id" ON "spools" ("material_id");
-- Create index "spool_organization_id_code" to table: "spools"
CREATE UNIQUE INDEX "spool_organization_id_code" ON "spools" ("organization_id", "code");
-- Create index "spool_organization_id_status" to table: "spools"
CREATE INDEX "spool_organization_id_status" ON "spools" ("organization_id", "status");
-- Create "ledger_entries" table
CREATE TABLE "ledger_entries" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "kind" character varying NOT NULL,
  "delta_g" double precision NOT NULL DEFAULT 0,
  "delta_reserved_g" double precision NOT NULL DEFAULT 0,
  "balance_after_g" double precision NOT NULL DEFAULT 0,
  "queue_item_id" character varying NULL,
  "by_membership_id" character varying NULL,
  "note" character varying NOT NULL DEFAULT '',
  "organization_id" character varying NOT NULL,
  "spool_id" character varying NOT NULL,
  "print_id" character varying NULL,
  "undo_of_id" character varying NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "ledger_entries_ledger_entries_undone_by" FOREIGN KEY ("undo_of_id") REFERENCES "ledger_entries" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT,
  CONSTRAINT "ledger_entries_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "ledger_entries_prints_print" FOREIGN KEY ("print_id") REFERENCES "prints" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT,
  CONSTRAINT "ledger_entries_spools_spool" FOREIGN KEY ("spool_id") REFERENCES "spools" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT
);
-- Create index "ledger_entries_one_deduct_per_print" to table: "ledger_entries"
CREATE UNIQUE INDEX "ledger_entries_one_deduct_per_print" ON "ledger_entries" ("print_id", "spool_id") WHERE kind = 'deduct' AND print_id IS NOT NULL AND queue_item_id IS NOT NULL;
-- Create index "ledger_entries_undo_of_id_key" to table: "ledger_entries"
CREATE UNIQUE INDEX "ledger_entries_undo_of_id_key" ON "ledger_entries" ("undo_of_id");
-- Create index "ledgerentry_spool_id_created_at_id" to table: "ledger_entries"
CREATE INDEX "ledgerentry_spool_id_created_at_id" ON "ledger_entries" ("spool_id", "created_at", "id");
-- Create "logins" table
CREATE TABLE "logins" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "state_hash" bytea NOT NULL,
  "binding_hash" bytea NOT NULL,
  "secrets" bytea NOT NULL,
  "issuer" character varying NOT NULL,
  "client_id" character varying NOT NULL,
  "redirect_uri" character varying NOT NULL,
  "return_to" character varying NOT NULL DEFAULT '',
  "purpose" character varying NOT NULL DEFAULT 'sign_in',
  "max_age_seconds" bigint NOT NULL DEFAULT 0,
  "expires_at" timestamptz NOT NULL,
  "organization_id" character varying NOT NULL,
  "provider_id" character varying NOT NULL,
  "asked_by_id" character varying NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "logins_memberships_asked_by" FOREIGN KEY ("asked_by_id") REFERENCES "memberships" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "logins_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "logins_sso_providers_provider" FOREIGN KEY ("provider_id") REFERENCES "sso_providers" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "login_expires_at" to table: "logins"
CREATE INDEX "login_expires_at" ON "logins" ("expires_at");
-- Create index "logins_state_hash_key" to table: "logins"
CREATE UNIQUE INDEX "logins_state_hash_key" ON "logins" ("state_hash");
-- Create "notification_rules" table
CREATE TABLE "notification_rules" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "name" character varying NOT NULL,
  "enabled" boolean NOT NULL DEFAULT true,
  "event_types" jsonb NOT NULL,
  "condition" jsonb NULL,
  "audience" jsonb NOT NULL,
  "channels" jsonb NOT NULL,
  "after_seconds" bigint NOT NULL DEFAULT 0,
  "throttle_seconds" bigint NOT NULL DEFAULT 0,
  "digest" character varying NOT NULL DEFAULT 'none',
  "quiet_hours" jsonb NULL,
  "webhook_host" character varying NOT NULL DEFAULT '',
  "chat_service" character varying NOT NULL DEFAULT '',
  "search" character varying NOT NULL DEFAULT '',
  "webhook_url" bytea NULL,
  "chat_url" bytea NULL,
  "organization_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "notification_rules_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "notificationrule_organization_id_created_at_id" to table: "notification_rules"
CREATE INDEX "notificationrule_organization_id_created_at_id" ON "notification_rules" ("organization_id", "created_at", "id");
-- Create "notification_messages" table
CREATE TABLE "notification_messages" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "key" character varying NOT NULL,
  "channel" character varying NOT NULL,
  "status" character varying NOT NULL DEFAULT 'queued',
  "subject_id" character varying NOT NULL DEFAULT '',
  "occurred_at" timestamptz NOT NULL,
  "locale" character varying NOT NULL DEFAULT '',
  "title" character varying NOT NULL DEFAULT '',
  "body" character varying NOT NULL DEFAULT '',
  "window_at" timestamptz NULL,
  "digest_id" character varying NOT NULL DEFAULT '',
  "attempts" bigint NOT NULL DEFAULT 0,
  "next_attempt_at" timestamptz NULL,
  "lease_until" timestamptz NULL,
  "lease_token" character varying NOT NULL DEFAULT '',
  "error" character varying NOT NULL DEFAULT '',
  "ended_at" timestamptz NULL,
  "organization_id" character varying NOT NULL,
  "rule_id" character varying NULL,
  "event_id" character varying NULL,
  "membership_id" character varying NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "notification_messages_events_event" FOREIGN KEY ("event_id") REFERENCES "events" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "notification_messages_memberships_membership" FOREIGN KEY ("membership_id") REFERENCES "memberships" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "notification_messages_notification_rules_rule" FOREIGN KEY ("rule_id") REFERENCES "notification_rules" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "notification_messages_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "notificationmessage_digest_id" to table: "notification_messages"
CREATE INDEX "notificationmessage_digest_id" ON "notification_messages" ("digest_id") WHERE digest_id <> '';
-- Create index "notificationmessage_next_attempt_at" to table: "notification_messages"
CREATE INDEX "notificationmessage_next_attempt_at" ON "notification_messages" ("next_attempt_at") WHERE status = 'queued';
-- Create index "notificationmessage_organization_id_ended_at" to table: "notification_messages"
CREATE INDEX "notificationmessage_organization_id_ended_at" ON "notification_messages" ("organization_id", "ended_at");
-- Create index "notificationmessage_organization_id_key" to table: "notification_messages"
CREATE UNIQUE INDEX "notificationmessage_organization_id_key" ON "notification_messages" ("organization_id", "key");
-- Create index "notificationmessage_organization_id_lease_until" to table: "notification_messages"
CREATE INDEX "notificationmessage_organization_id_lease_until" ON "notification_messages" ("organization_id", "lease_until") WHERE status = 'sending';
-- Create index "notificationmessage_organization_id_window_at" to table: "notification_messages"
CREATE INDEX "notificationmessage_organization_id_window_at" ON "notification_messages" ("organization_id", "window_at") WHERE status = 'collected';
-- Create index "notificationmessage_rule_id_subject_id_occurred_at" to table: "notification_messages"
CREATE INDEX "notificationmessage_rule_id_subject_id_occurred_at" ON "notification_messages" ("rule_id", "subject_id", "occurred_at");
-- Create "notification_preferences" table
CREATE TABLE "notification_preferences" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "email" boolean NOT NULL,
  "organization_id" character varying NOT NULL,
  "membership_id" character varying NOT NULL,
  "rule_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "notification_preferences_memberships_membership" FOREIGN KEY ("membership_id") REFERENCES "memberships" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "notification_preferences_notification_rules_rule" FOREIGN KEY ("rule_id") REFERENCES "notification_rules" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "notification_preferences_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "notificationpreference_membership_id_rule_id" to table: "notification_preferences"
CREATE UNIQUE INDEX "notificationpreference_membership_id_rule_id" ON "notification_preferences" ("membership_id", "rule_id");
-- Create index "notificationpreference_rule_id" to table: "notification_preferences"
CREATE INDEX "notificationpreference_rule_id" ON "notification_preferences" ("rule_id");
-- Create "notifications" table
CREATE TABLE "notifications" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "rule_id" character varying NOT NULL DEFAULT '',
  "event_type" character varying NOT NULL DEFAULT '',
  "subject_type" character varying NOT NULL DEFAULT '',
  "subject_id" character varying NOT NULL DEFAULT '',
  "occurred_at" timestamptz NOT NULL,
  "title" character varying NOT NULL,
  "body" character varying NOT NULL DEFAULT '',
  "read_at" timestamptz NULL,
  "organization_id" character varying NOT NULL,
  "membership_id" character varying NOT NULL,
  "event_id" character varying NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "notifications_events_event" FOREIGN KEY ("event_id") REFERENCES "events" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "notifications_memberships_membership" FOREIGN KEY ("membership_id") REFERENCES "memberships" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "notifications_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "notification_membership_id_created_at_id" to table: "notifications"
CREATE INDEX "notification_membership_id_created_at_id" ON "notifications" ("membership_id", "created_at", "id");
-- Create index "notification_membership_id_event_id_rule_id" to table: "notifications"
CREATE UNIQUE INDEX "notification_membership_id_event_id_rule_id" ON "notifications" ("membership_id", "event_id", "rule_id");
-- Create index "notification_membership_id_read_at" to table: "notifications"
CREATE INDEX "notification_membership_id_read_at" ON "notifications" ("membership_id", "read_at") WHERE read_at IS NULL;
-- Create "passwords" table
CREATE TABLE "passwords" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "hash" character varying NOT NULL,
  "origin" character varying NOT NULL,
  "set_at" timestamptz NOT NULL,
  "totp_secret" bytea NULL,
  "totp_step" bigint NOT NULL DEFAULT 0,
  "recovery_hashes" jsonb NOT NULL,
  "organization_id" character varying NOT NULL,
  "membership_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "passwords_memberships_membership" FOREIGN KEY ("membership_id") REFERENCES "memberships" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "passwords_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "password_membership_id" to table: "passwords"
CREATE UNIQUE INDEX "password_membership_id" ON "passwords" ("membership_id");
-- Create "printer_group_printers" table
CREATE TABLE "printer_group_printers" (
  "printer_id" character varying NOT NULL,
  "printer_group_id" character varying NOT NULL,
  PRIMARY KEY ("printer_id", "printer_group_id"),
  CONSTRAINT "printer_group_printers_printer_group_id" FOREIGN KEY ("printer_group_id") REFERENCES "printer_groups" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "printer_group_printers_printer_id" FOREIGN KEY ("printer_id") REFERENCES "printers" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create "printer_slots" table
CREATE TABLE "printer_slots" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "index" bigint NOT NULL,
  "name" character varying NOT NULL DEFAULT '',
  "organization_id" character varying NOT NULL,
  "printer_id" character varying NOT NULL,
  "spool_id" character varying NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "printer_slots_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "printer_slots_printers_printer" FOREIGN KEY ("printer_id") REFERENCES "printers" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "printer_slots_spools_slot" FOREIGN KEY ("spool_id") REFERENCES "spools" ("id") ON UPDATE NO ACTION ON DELETE SET NULL
);
-- Create index "printer_slots_spool_id_key" to table: "printer_slots"
CREATE UNIQUE INDEX "printer_slots_spool_id_key" ON "printer_slots" ("spool_id");
-- Create index "printerslot_printer_id_index" to table: "printer_slots"
CREATE UNIQUE INDEX "printerslot_printer_id_index" ON "printer_slots" ("printer_id", "index");
-- Create index "printerslot_spool_id" to table: "printer_slots"
CREATE UNIQUE INDEX "printerslot_spool_id" ON "printer_slots" ("spool_id");
-- Create "printer_tags" table
CREATE TABLE "printer_tags" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "name" character varying NOT NULL,
  "color_hex" character varying NOT NULL DEFAULT '#64748B',
  "search" character varying NOT NULL DEFAULT '',
  "organization_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "printer_tags_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "printertag_organization_id_name" to table: "printer_tags"
CREATE UNIQUE INDEX "printertag_organization_id_name" ON "printer_tags" ("organization_id", "name");
-- Create "printer_tag_printers" table
CREATE TABLE "printer_tag_printers" (
  "printer_id" character varying NOT NULL,
  "printer_tag_id" character varying NOT NULL,
  PRIMARY KEY ("printer_id", "printer_tag_id"),
  CONSTRAINT "printer_tag_printers_printer_id" FOREIGN KEY ("printer_id") REFERENCES "printers" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "printer_tag_printers_printer_tag_id" FOREIGN KEY ("printer_tag_id") REFERENCES "printer_tags" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create "profile_verdicts" table
CREATE TABLE "profile_verdicts" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "ok" boolean NOT NULL,
  "penalty" bigint NOT NULL DEFAULT 0,
  "spool_id" character varying NOT NULL DEFAULT '',
  "organization_id" character varying NOT NULL,
  "profile_id" character varying NOT NULL,
  "printer_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "profile_verdicts_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "profile_verdicts_printers_printer" FOREIGN KEY ("printer_id") REFERENCES "printers" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "profile_verdicts_requirement_profiles_profile" FOREIGN KEY ("profile_id") REFERENCES "requirement_profiles" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "profileverdict_printer_id_ok_profile_id" to table: "profile_verdicts"
CREATE INDEX "profileverdict_printer_id_ok_profile_id" ON "profile_verdicts" ("printer_id", "ok", "profile_id");
-- Create index "profileverdict_profile_id_printer_id" to table: "profile_verdicts"
CREATE UNIQUE INDEX "profileverdict_profile_id_printer_id" ON "profile_verdicts" ("profile_id", "printer_id");
-- Create "roll_overs" table
CREATE TABLE "roll_overs" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "by_membership_id" character varying NULL,
  "moved" jsonb NOT NULL,
  "class_state" character varying NOT NULL DEFAULT '',
  "undone_at" timestamptz NULL,
  "organization_id" character varying NOT NULL,
  "class_id" character varying NOT NULL,
  "next_class_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "roll_overs_classes_class" FOREIGN KEY ("class_id") REFERENCES "classes" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "roll_overs_classes_next_class" FOREIGN KEY ("next_class_id") REFERENCES "classes" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "roll_overs_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "rollover_class_id_created_at" to table: "roll_overs"
CREATE INDEX "rollover_class_id_created_at" ON "roll_overs" ("class_id", "created_at");
-- Create "roster_imports" table
CREATE TABLE "roster_imports" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "name" character varying NOT NULL DEFAULT '',
  "format" character varying NOT NULL DEFAULT '',
  "summary" jsonb NOT NULL,
  "by_membership_id" character varying NULL,
  "content" bytea NULL,
  "changes" bytea NULL,
  "applied_at" timestamptz NULL,
  "undone_at" timestamptz NULL,
  "organization_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "roster_imports_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "rosterimport_organization_id_created_at_id" to table: "roster_imports"
CREATE INDEX "rosterimport_organization_id_created_at_id" ON "roster_imports" ("organization_id", "created_at", "id");
-- Create "scim_groups" table
CREATE TABLE "scim_groups" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "display_name" character varying NOT NULL,
  "display_key" character varying NOT NULL,
  "external_id" character varying NULL,
  "organization_id" character varying NOT NULL,
  "provider_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "scim_groups_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "scim_groups_sso_providers_provider" FOREIGN KEY ("provider_id") REFERENCES "sso_providers" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "scimgroup_provider_id_display_key" to table: "scim_groups"
CREATE INDEX "scimgroup_provider_id_display_key" ON "scim_groups" ("provider_id", "display_key");
-- Create index "scimgroup_provider_id_external_id" to table: "scim_groups"
CREATE UNIQUE INDEX "scimgroup_provider_id_external_id" ON "scim_groups" ("provider_id", "external_id");
-- Create "scim_users" table
CREATE TABLE "scim_users" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "user_name" character varying NOT NULL,
  "user_name_key" character varying NOT NULL,
  "external_id" character varying NOT NULL DEFAULT '',
  "display_key" character varying NOT NULL DEFAULT '',
  "email_key" character varying NOT NULL DEFAULT '',
  "profile" jsonb NOT NULL,
  "organization_id" character varying NOT NULL,
  "provider_id" character varying NOT NULL,
  "membership_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "scim_users_memberships_membership" FOREIGN KEY ("membership_id") REFERENCES "memberships" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "scim_users_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "scim_users_sso_providers_provider" FOREIGN KEY ("provider_id") REFERENCES "sso_providers" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "scimuser_membership_id" to table: "scim_users"
CREATE INDEX "scimuser_membership_id" ON "scim_users" ("membership_id");
-- Create index "scimuser_provider_id_email_key" to table: "scim_users"
CREATE INDEX "scimuser_provider_id_email_key" ON "scim_users" ("provider_id", "email_key");
-- Create index "scimuser_provider_id_external_id" to table: "scim_users"
CREATE INDEX "scimuser_provider_id_external_id" ON "scim_users" ("provider_id", "external_id");
-- Create index "scimuser_provider_id_membership_id" to table: "scim_users"
CREATE UNIQUE INDEX "scimuser_provider_id_membership_id" ON "scim_users" ("provider_id", "membership_id");
-- Create index "scimuser_provider_id_user_name_key" to table: "scim_users"
CREATE UNIQUE INDEX "scimuser_provider_id_user_name_key" ON "scim_users" ("provider_id", "user_name_key");
-- Create "scim_group_members" table
CREATE TABLE "scim_group_members" (
  "scim_group_id" character varying NOT NULL,
  "scim_user_id" character varying NOT NULL,
  PRIMARY KEY ("scim_group_id", "scim_user_id"),
  CONSTRAINT "scim_group_members_scim_group_id" FOREIGN KEY ("scim_group_id") REFERENCES "scim_groups" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "scim_group_members_scim_user_id" FOREIGN KEY ("scim_user_id") REFERENCES "scim_users" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create "sessions" table
CREATE TABLE "sessions" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "secret_hash" bytea NOT NULL,
  "opened_by" character varying NOT NULL,
  "provider_session" character varying NOT NULL DEFAULT '',
  "provider_subject" character varying NOT NULL DEFAULT '',
  "id_token" bytea NULL,
  "browser" boolean NOT NULL DEFAULT false,
  "user_agent" character varying NOT NULL DEFAULT '',
  "address" character varying NOT NULL DEFAULT '',
  "idle_seconds" bigint NOT NULL DEFAULT 0,
  "expires_at" timestamptz NOT NULL,
  "revoked_at" timestamptz NULL,
  "last_used_at" timestamptz NULL,
  "organization_id" character varying NOT NULL,
  "membership_id" character varying NOT NULL,
  "provider_id" character varying NULL,
  "identity_id" character varying NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "sessions_identities_identity" FOREIGN KEY ("identity_id") REFERENCES "identities" ("id") ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT "sessions_memberships_membership" FOREIGN KEY ("membership_id") REFERENCES "memberships" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "sessions_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "sessions_sso_providers_provider" FOREIGN KEY ("provider_id") REFERENCES "sso_providers" ("id") ON UPDATE NO ACTION ON DELETE SET NULL
);
-- Create index "session_expires_at" to table: "sessions"
CREATE INDEX "session_expires_at" ON "sessions" ("expires_at");
-- Create index "session_identity_id" to table: "sessions"
CREATE INDEX "session_identity_id" ON "sessions" ("identity_id");
-- Create index "session_membership_id_expires_at" to table: "sessions"
CREATE INDEX "session_membership_id_expires_at" ON "sessions" ("membership_id", "expires_at");
-- Create "spent_tokens" table
CREATE TABLE "spent_tokens" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "token_hash" bytea NOT NULL,
  "expires_at" timestamptz NOT NULL,
  "organization_id" character varying NOT NULL,
  "provider_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "spent_tokens_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "spent_tokens_sso_providers_provider" FOREIGN KEY ("provider_id") REFERENCES "sso_providers" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "spenttoken_expires_at" to table: "spent_tokens"
CREATE INDEX "spenttoken_expires_at" ON "spent_tokens" ("expires_at");
-- Create index "spenttoken_provider_id_token_hash" to table: "spent_tokens"
CREATE UNIQUE INDEX "spenttoken_provider_id_token_hash" ON "spent_tokens" ("provider_id", "token_hash");
-- Create "spool_assignments" table
CREATE TABLE "spool_assignments" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "slot_index" bigint NOT NULL,
  "started_at" timestamptz NOT NULL,
  "ended_at" timestamptz NULL,
  "organization_id" character varying NOT NULL,
  "spool_id" character varying NOT NULL,
  "printer_id" character varying NOT NULL,
  "slot_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "spool_assignments_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "spool_assignments_printer_slots_slot" FOREIGN KEY ("slot_id") REFERENCES "printer_slots" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "spool_assignments_printers_printer" FOREIGN KEY ("printer_id") REFERENCES "printers" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "spool_assignments_spools_spool" FOREIGN KEY ("spool_id") REFERENCES "spools" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "spool_assignments_one_open_per_slot" to table: "spool_assignments"
CREATE UNIQUE INDEX "spool_assignments_one_open_per_slot" ON "spool_assignments" ("slot_id") WHERE ended_at IS NULL;
-- Create index "spool_assignments_one_open_per_spool" to table: "spool_assignments"
CREATE UNIQUE INDEX "spool_assignments_one_open_per_spool" ON "spool_assignments" ("spool_id") WHERE ended_at IS NULL;
-- Create index "spoolassignment_organization_id_created_at_id" to table: "spool_assignments"
CREATE INDEX "spoolassignment_organization_id_created_at_id" ON "spool_assignments" ("organization_id", "created_at", "id");
-- Create index "spoolassignment_printer_id" to table: "spool_assignments"
CREATE INDEX "spoolassignment_printer_id" ON "spool_assignments" ("printer_id");
-- Create "user_groups" table
CREATE TABLE "user_groups" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "name" character varying NOT NULL,
  "grants" jsonb NOT NULL,
  "denials" jsonb NOT NULL,
  "limits" jsonb NULL,
  "search" character varying NOT NULL DEFAULT '',
  "organization_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "user_groups_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "usergroup_organization_id_name" to table: "user_groups"
CREATE UNIQUE INDEX "usergroup_organization_id_name" ON "user_groups" ("organization_id", "name");
-- Create "sso_group_mappings" table
CREATE TABLE "sso_group_mappings" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "match" jsonb NOT NULL,
  "priority" bigint NOT NULL DEFAULT 0,
  "role" character varying NULL,
  "is_teacher" boolean NOT NULL DEFAULT false,
  "on_loss" character varying NOT NULL DEFAULT 'revoke',
  "organization_id" character varying NOT NULL,
  "provider_id" character varying NOT NULL,
  "class_id" character varying NULL,
  "user_group_id" character varying NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "sso_group_mappings_classes_class" FOREIGN KEY ("class_id") REFERENCES "classes" ("id") ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT "sso_group_mappings_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "sso_group_mappings_sso_providers_provider" FOREIGN KEY ("provider_id") REFERENCES "sso_providers" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "sso_group_mappings_user_groups_user_group" FOREIGN KEY ("user_group_id") REFERENCES "user_groups" ("id") ON UPDATE NO ACTION ON DELETE SET NULL
);
-- Create index "ssogroupmapping_organization_id_priority_id" to table: "sso_group_mappings"
CREATE INDEX "ssogroupmapping_organization_id_priority_id" ON "sso_group_mappings" ("organization_id", "priority", "id");
-- Create index "ssogroupmapping_provider_id_priority_id" to table: "sso_group_mappings"
CREATE INDEX "ssogroupmapping_provider_id_priority_id" ON "sso_group_mappings" ("provider_id", "priority", "id");
-- Create "user_group_members" table
CREATE TABLE "user_group_members" (
  "user_group_id" character varying NOT NULL,
  "membership_id" character varying NOT NULL,
  PRIMARY KEY ("user_group_id", "membership_id"),
  CONSTRAINT "user_group_members_membership_id" FOREIGN KEY ("membership_id") REFERENCES "memberships" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "user_group_members_user_group_id" FOREIGN KEY ("user_group_id") REFERENCES "user_groups" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create "user_group_printer_groups" table
CREATE TABLE "user_group_printer_groups" (
  "user_group_id" character varying NOT NULL,
  "printer_group_id" character varying NOT NULL,
  PRIMARY KEY ("user_group_id", "printer_group_id"),
  CONSTRAINT "user_group_printer_groups_printer_group_id" FOREIGN KEY ("printer_group_id") REFERENCES "printer_groups" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "user_group_printer_groups_user_group_id" FOREIGN KEY ("user_group_id") REFERENCES "user_groups" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create "webhooks" table
CREATE TABLE "webhooks" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "name" character varying NOT NULL,
  "description" character varying NOT NULL DEFAULT '',
  "endpoint_url" character varying NOT NULL,
  "subscriptions" jsonb NOT NULL,
  "max_attempts" bigint NOT NULL DEFAULT 5,
  "retry_backoff_seconds" bigint NOT NULL DEFAULT 300,
  "state" character varying NOT NULL DEFAULT 'enabled',
  "disabled_reason" character varying NOT NULL DEFAULT 'none',
  "failing_since" timestamptz NULL,
  "since_sequence" bigint NOT NULL DEFAULT 0,
  "secret" bytea NOT NULL,
  "previous_secret" bytea NULL,
  "search" character varying NOT NULL DEFAULT '',
  "previous_secret_until" timestamptz NULL,
  "organization_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "webhooks_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "webhook_organization_id_created_at_id" to table: "webhooks"
CREATE INDEX "webhook_organization_id_created_at_id" ON "webhooks" ("organization_id", "created_at", "id");
-- Create "webhook_deliveries" table
CREATE TABLE "webhook_deliveries" (
  "id" character varying NOT NULL,
  "created_at" timestamptz NOT NULL,
  "updated_at" timestamptz NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "event_type" character varying NOT NULL,
  "status" character varying NOT NULL DEFAULT 'queued',
  "attempts" jsonb NOT NULL,
  "next_attempt_at" timestamptz NULL,
  "replay_of" character varying NULL,
  "replay" bigint NOT NULL DEFAULT 0,
  "lease_until" timestamptz NULL,
  "lease_token" character varying NOT NULL DEFAULT '',
  "organization_id" character varying NOT NULL,
  "webhook_id" character varying NOT NULL,
  "event_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "webhook_deliveries_events_event" FOREIGN KEY ("event_id") REFERENCES "events" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "webhook_deliveries_organizations_organization" FOREIGN KEY ("organization_id") REFERENCES "organizations" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "webhook_deliveries_webhooks_webhook" FOREIGN KEY ("webhook_id") REFERENCES "webhooks" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "webhookdelivery_event_id_webhook_id_replay" to table: "webhook_deliveries"
CREATE UNIQUE INDEX "webhookdelivery_event_id_webhook_id_replay" ON "webhook_deliveries" ("event_id", "webhook_id", "replay");
-- Create index "webhookdelivery_lease_until" to table: "webhook_deliveries"
CREATE INDEX "webhookdelivery_lease_until" ON "webhook_deliveries" ("lease_until") WHERE status = 'delivering';
-- Create index "webhookdelivery_organization_id_created_at_id" to table: "webhook_deliveries"
CREATE INDEX "webhookdelivery_organization_id_created_at_id" ON "webhook_deliveries" ("organization_id", "created_at", "id");
-- Create index "webhookdelivery_webhook_id_created_at_id" to table: "webhook_deliveries"
CREATE INDEX "webhookdelivery_webhook_id_created_at_id" ON "webhook_deliveries" ("webhook_id", "created_at", "id");
-- Create index "webhookdelivery_webhook_id_next_attempt_at_id" to table: "webhook_deliveries"
CREATE INDEX "webhookdelivery_webhook_id_next_attempt_at_id" ON "webhook_deliveries" ("webhook_id", "next_attempt_at", "id") WHERE status = 'queued';
CREATE FUNCTION "api_keys_created_by_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "memberships" WHERE "id" = NEW."created_by_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: created_by_id of api_keys points at no row of memberships in the same organization', TABLE = 'api_keys';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "api_keys_created_by_id_match" BEFORE INSERT OR UPDATE OF "created_by_id", "organization_id" ON "api_keys"
  FOR EACH ROW WHEN (NEW."created_by_id" IS NOT NULL) EXECUTE FUNCTION "api_keys_created_by_id_match"();
CREATE FUNCTION "api_keys_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of api_keys cannot change', TABLE = 'api_keys';
END $$;
CREATE TRIGGER "api_keys_organization_fixed" BEFORE UPDATE OF "organization_id" ON "api_keys"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "api_keys_organization_fixed"();
CREATE FUNCTION "class_printer_groups_printer_group_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "classes" AS a JOIN "printer_groups" AS b ON a."organization_id" = b."organization_id" WHERE a."id" = NEW."class_id" AND b."id" = NEW."printer_group_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: class_id and printer_group_id of class_printer_groups point at different organizations', TABLE = 'class_printer_groups';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "class_printer_groups_printer_group_id_match" BEFORE INSERT OR UPDATE OF "class_id", "printer_group_id" ON "class_printer_groups"
  FOR EACH ROW WHEN (NEW."class_id" IS NOT NULL AND NEW."printer_group_id" IS NOT NULL) EXECUTE FUNCTION "class_printer_groups_printer_group_id_match"();
CREATE FUNCTION "classes_next_class_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "classes" WHERE "id" = NEW."next_class_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: next_class_id of classes points at no row of classes in the same organization', TABLE = 'classes';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "classes_next_class_id_match" BEFORE INSERT OR UPDATE OF "next_class_id", "organization_id" ON "classes"
  FOR EACH ROW WHEN (NEW."next_class_id" IS NOT NULL AND NEW."next_class_id" <> NEW."id") EXECUTE FUNCTION "classes_next_class_id_match"();
CREATE FUNCTION "classes_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of classes cannot change', TABLE = 'classes';
END $$;
CREATE TRIGGER "classes_organization_fixed" BEFORE UPDATE OF "organization_id" ON "classes"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "classes_organization_fixed"();
CREATE FUNCTION "enrollments_class_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "classes" WHERE "id" = NEW."class_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: class_id of enrollments points at no row of classes in the same organization', TABLE = 'enrollments';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "enrollments_class_id_match" BEFORE INSERT OR UPDATE OF "class_id", "organization_id" ON "enrollments"
  FOR EACH ROW WHEN (NEW."class_id" IS NOT NULL) EXECUTE FUNCTION "enrollments_class_id_match"();
CREATE FUNCTION "enrollments_membership_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "memberships" WHERE "id" = NEW."membership_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: membership_id of enrollments points at no row of memberships in the same organization', TABLE = 'enrollments';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "enrollments_membership_id_match" BEFORE INSERT OR UPDATE OF "membership_id", "organization_id" ON "enrollments"
  FOR EACH ROW WHEN (NEW."membership_id" IS NOT NULL) EXECUTE FUNCTION "enrollments_membership_id_match"();
CREATE FUNCTION "enrollments_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of enrollments cannot change', TABLE = 'enrollments';
END $$;
CREATE TRIGGER "enrollments_organization_fixed" BEFORE UPDATE OF "organization_id" ON "enrollments"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "enrollments_organization_fixed"();
CREATE FUNCTION "event_cursors_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of event_cursors cannot change', TABLE = 'event_cursors';
END $$;
CREATE TRIGGER "event_cursors_organization_fixed" BEFORE UPDATE OF "organization_id" ON "event_cursors"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "event_cursors_organization_fixed"();
CREATE FUNCTION "events_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'events is append-only', TABLE = 'events';
END $$;
CREATE TRIGGER "events_append_only" BEFORE UPDATE OR DELETE ON "events"
  FOR EACH ROW EXECUTE FUNCTION "events_append_only"();
CREATE FUNCTION "events_no_truncate"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'events is append-only', TABLE = 'events';
END $$;
CREATE TRIGGER "events_no_truncate" BEFORE TRUNCATE ON "events"
  FOR EACH STATEMENT EXECUTE FUNCTION "events_no_truncate"();
CREATE FUNCTION "events_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of events cannot change', TABLE = 'events';
END $$;
CREATE TRIGGER "events_organization_fixed" BEFORE UPDATE OF "organization_id" ON "events"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "events_organization_fixed"();
CREATE FUNCTION "files_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of files cannot change', TABLE = 'files';
END $$;
CREATE TRIGGER "files_organization_fixed" BEFORE UPDATE OF "organization_id" ON "files"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "files_organization_fixed"();
CREATE FUNCTION "files_uploaded_by_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "memberships" WHERE "id" = NEW."uploaded_by_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: uploaded_by_id of files points at no row of memberships in the same organization', TABLE = 'files';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "files_uploaded_by_id_match" BEFORE INSERT OR UPDATE OF "uploaded_by_id", "organization_id" ON "files"
  FOR EACH ROW WHEN (NEW."uploaded_by_id" IS NOT NULL) EXECUTE FUNCTION "files_uploaded_by_id_match"();
CREATE FUNCTION "idempotency_keys_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of idempotency_keys cannot change', TABLE = 'idempotency_keys';
END $$;
CREATE TRIGGER "idempotency_keys_organization_fixed" BEFORE UPDATE OF "organization_id" ON "idempotency_keys"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "idempotency_keys_organization_fixed"();
CREATE FUNCTION "identities_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of identities cannot change', TABLE = 'identities';
END $$;
CREATE TRIGGER "identities_organization_fixed" BEFORE UPDATE OF "organization_id" ON "identities"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "identities_organization_fixed"();
CREATE FUNCTION "identities_provider_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "sso_providers" WHERE "id" = NEW."provider_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: provider_id of identities points at no row of sso_providers in the same organization', TABLE = 'identities';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "identities_provider_id_match" BEFORE INSERT OR UPDATE OF "provider_id", "organization_id" ON "identities"
  FOR EACH ROW WHEN (NEW."provider_id" IS NOT NULL) EXECUTE FUNCTION "identities_provider_id_match"();
CREATE FUNCTION "invites_invited_by_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "memberships" WHERE "id" = NEW."invited_by_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: invited_by_id of invites points at no row of memberships in the same organization', TABLE = 'invites';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "invites_invited_by_id_match" BEFORE INSERT OR UPDATE OF "invited_by_id", "organization_id" ON "invites"
  FOR EACH ROW WHEN (NEW."invited_by_id" IS NOT NULL) EXECUTE FUNCTION "invites_invited_by_id_match"();
CREATE FUNCTION "invites_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of invites cannot change', TABLE = 'invites';
END $$;
CREATE TRIGGER "invites_organization_fixed" BEFORE UPDATE OF "organization_id" ON "invites"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "invites_organization_fixed"();
CREATE FUNCTION "ledger_entries_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger_entries is append-only', TABLE = 'ledger_entries';
END $$;
CREATE TRIGGER "ledger_entries_append_only" BEFORE UPDATE OR DELETE ON "ledger_entries"
  FOR EACH ROW EXECUTE FUNCTION "ledger_entries_append_only"();
CREATE FUNCTION "ledger_entries_no_truncate"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger_entries is append-only', TABLE = 'ledger_entries';
END $$;
CREATE TRIGGER "ledger_entries_no_truncate" BEFORE TRUNCATE ON "ledger_entries"
  FOR EACH STATEMENT EXECUTE FUNCTION "ledger_entries_no_truncate"();
CREATE FUNCTION "ledger_entries_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of ledger_entries cannot change', TABLE = 'ledger_entries';
END $$;
CREATE TRIGGER "ledger_entries_organization_fixed" BEFORE UPDATE OF "organization_id" ON "ledger_entries"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "ledger_entries_organization_fixed"();
CREATE FUNCTION "ledger_entries_print_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "prints" WHERE "id" = NEW."print_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: print_id of ledger_entries points at no row of prints in the same organization', TABLE = 'ledger_entries';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "ledger_entries_print_id_match" BEFORE INSERT OR UPDATE OF "print_id", "organization_id" ON "ledger_entries"
  FOR EACH ROW WHEN (NEW."print_id" IS NOT NULL) EXECUTE FUNCTION "ledger_entries_print_id_match"();
CREATE FUNCTION "ledger_entries_spool_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "spools" WHERE "id" = NEW."spool_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: spool_id of ledger_entries points at no row of spools in the same organization', TABLE = 'ledger_entries';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "ledger_entries_spool_id_match" BEFORE INSERT OR UPDATE OF "spool_id", "organization_id" ON "ledger_entries"
  FOR EACH ROW WHEN (NEW."spool_id" IS NOT NULL) EXECUTE FUNCTION "ledger_entries_spool_id_match"();
CREATE FUNCTION "ledger_entries_undo_of_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "ledger_entries" WHERE "id" = NEW."undo_of_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: undo_of_id of ledger_entries points at no row of ledger_entries in the same organization', TABLE = 'ledger_entries';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "ledger_entries_undo_of_id_match" BEFORE INSERT OR UPDATE OF "undo_of_id", "organization_id" ON "ledger_entries"
  FOR EACH ROW WHEN (NEW."undo_of_id" IS NOT NULL AND NEW."undo_of_id" <> NEW."id") EXECUTE FUNCTION "ledger_entries_undo_of_id_match"();
CREATE FUNCTION "logins_asked_by_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "memberships" WHERE "id" = NEW."asked_by_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: asked_by_id of logins points at no row of memberships in the same organization', TABLE = 'logins';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "logins_asked_by_id_match" BEFORE INSERT OR UPDATE OF "asked_by_id", "organization_id" ON "logins"
  FOR EACH ROW WHEN (NEW."asked_by_id" IS NOT NULL) EXECUTE FUNCTION "logins_asked_by_id_match"();
CREATE FUNCTION "logins_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of logins cannot change', TABLE = 'logins';
END $$;
CREATE TRIGGER "logins_organization_fixed" BEFORE UPDATE OF "organization_id" ON "logins"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "logins_organization_fixed"();
CREATE FUNCTION "logins_provider_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "sso_providers" WHERE "id" = NEW."provider_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: provider_id of logins points at no row of sso_providers in the same organization', TABLE = 'logins';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "logins_provider_id_match" BEFORE INSERT OR UPDATE OF "provider_id", "organization_id" ON "logins"
  FOR EACH ROW WHEN (NEW."provider_id" IS NOT NULL) EXECUTE FUNCTION "logins_provider_id_match"();
CREATE FUNCTION "materials_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of materials cannot change', TABLE = 'materials';
END $$;
CREATE TRIGGER "materials_organization_fixed" BEFORE UPDATE OF "organization_id" ON "materials"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "materials_organization_fixed"();
CREATE FUNCTION "memberships_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of memberships cannot change', TABLE = 'memberships';
END $$;
CREATE TRIGGER "memberships_organization_fixed" BEFORE UPDATE OF "organization_id" ON "memberships"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "memberships_organization_fixed"();
CREATE FUNCTION "notification_messages_event_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "events" WHERE "id" = NEW."event_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: event_id of notification_messages points at no row of events in the same organization', TABLE = 'notification_messages';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "notification_messages_event_id_match" BEFORE INSERT OR UPDATE OF "event_id", "organization_id" ON "notification_messages"
  FOR EACH ROW WHEN (NEW."event_id" IS NOT NULL) EXECUTE FUNCTION "notification_messages_event_id_match"();
CREATE FUNCTION "notification_messages_membership_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "memberships" WHERE "id" = NEW."membership_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: membership_id of notification_messages points at no row of memberships in the same organization', TABLE = 'notification_messages';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "notification_messages_membership_id_match" BEFORE INSERT OR UPDATE OF "membership_id", "organization_id" ON "notification_messages"
  FOR EACH ROW WHEN (NEW."membership_id" IS NOT NULL) EXECUTE FUNCTION "notification_messages_membership_id_match"();
CREATE FUNCTION "notification_messages_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of notification_messages cannot change', TABLE = 'notification_messages';
END $$;
CREATE TRIGGER "notification_messages_organization_fixed" BEFORE UPDATE OF "organization_id" ON "notification_messages"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "notification_messages_organization_fixed"();
CREATE FUNCTION "notification_messages_rule_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "notification_rules" WHERE "id" = NEW."rule_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: rule_id of notification_messages points at no row of notification_rules in the same organization', TABLE = 'notification_messages';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "notification_messages_rule_id_match" BEFORE INSERT OR UPDATE OF "rule_id", "organization_id" ON "notification_messages"
  FOR EACH ROW WHEN (NEW."rule_id" IS NOT NULL) EXECUTE FUNCTION "notification_messages_rule_id_match"();
CREATE FUNCTION "notification_preferences_membership_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "memberships" WHERE "id" = NEW."membership_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: membership_id of notification_preferences points at no row of memberships in the same organization', TABLE = 'notification_preferences';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "notification_preferences_membership_id_match" BEFORE INSERT OR UPDATE OF "membership_id", "organization_id" ON "notification_preferences"
  FOR EACH ROW WHEN (NEW."membership_id" IS NOT NULL) EXECUTE FUNCTION "notification_preferences_membership_id_match"();
CREATE FUNCTION "notification_preferences_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of notification_preferences cannot change', TABLE = 'notification_preferences';
END $$;
CREATE TRIGGER "notification_preferences_organization_fixed" BEFORE UPDATE OF "organization_id" ON "notification_preferences"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "notification_preferences_organization_fixed"();
CREATE FUNCTION "notification_preferences_rule_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "notification_rules" WHERE "id" = NEW."rule_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: rule_id of notification_preferences points at no row of notification_rules in the same organization', TABLE = 'notification_preferences';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "notification_preferences_rule_id_match" BEFORE INSERT OR UPDATE OF "rule_id", "organization_id" ON "notification_preferences"
  FOR EACH ROW WHEN (NEW."rule_id" IS NOT NULL) EXECUTE FUNCTION "notification_preferences_rule_id_match"();
CREATE FUNCTION "notification_rules_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of notification_rules cannot change', TABLE = 'notification_rules';
END $$;
CREATE TRIGGER "notification_rules_organization_fixed" BEFORE UPDATE OF "organization_id" ON "notification_rules"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "notification_rules_organization_fixed"();
CREATE FUNCTION "notifications_event_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "events" WHERE "id" = NEW."event_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: event_id of notifications points at no row of events in the same organization', TABLE = 'notifications';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "notifications_event_id_match" BEFORE INSERT OR UPDATE OF "event_id", "organization_id" ON "notifications"
  FOR EACH ROW WHEN (NEW."event_id" IS NOT NULL) EXECUTE FUNCTION "notifications_event_id_match"();
CREATE FUNCTION "notifications_membership_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "memberships" WHERE "id" = NEW."membership_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: membership_id of notifications points at no row of memberships in the same organization', TABLE = 'notifications';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "notifications_membership_id_match" BEFORE INSERT OR UPDATE OF "membership_id", "organization_id" ON "notifications"
  FOR EACH ROW WHEN (NEW."membership_id" IS NOT NULL) EXECUTE FUNCTION "notifications_membership_id_match"();
CREATE FUNCTION "notifications_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of notifications cannot change', TABLE = 'notifications';
END $$;
CREATE TRIGGER "notifications_organization_fixed" BEFORE UPDATE OF "organization_id" ON "notifications"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "notifications_organization_fixed"();
CREATE FUNCTION "passwords_membership_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "memberships" WHERE "id" = NEW."membership_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: membership_id of passwords points at no row of memberships in the same organization', TABLE = 'passwords';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "passwords_membership_id_match" BEFORE INSERT OR UPDATE OF "membership_id", "organization_id" ON "passwords"
  FOR EACH ROW WHEN (NEW."membership_id" IS NOT NULL) EXECUTE FUNCTION "passwords_membership_id_match"();
CREATE FUNCTION "passwords_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of passwords cannot change', TABLE = 'passwords';
END $$;
CREATE TRIGGER "passwords_organization_fixed" BEFORE UPDATE OF "organization_id" ON "passwords"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "passwords_organization_fixed"();
CREATE FUNCTION "printer_group_printers_printer_group_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "printers" AS a JOIN "printer_groups" AS b ON a."organization_id" = b."organization_id" WHERE a."id" = NEW."printer_id" AND b."id" = NEW."printer_group_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: printer_id and printer_group_id of printer_group_printers point at different organizations', TABLE = 'printer_group_printers';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "printer_group_printers_printer_group_id_match" BEFORE INSERT OR UPDATE OF "printer_id", "printer_group_id" ON "printer_group_printers"
  FOR EACH ROW WHEN (NEW."printer_id" IS NOT NULL AND NEW."printer_group_id" IS NOT NULL) EXECUTE FUNCTION "printer_group_printers_printer_group_id_match"();
CREATE FUNCTION "printer_groups_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of printer_groups cannot change', TABLE = 'printer_groups';
END $$;
CREATE TRIGGER "printer_groups_organization_fixed" BEFORE UPDATE OF "organization_id" ON "printer_groups"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "printer_groups_organization_fixed"();
CREATE FUNCTION "printer_slots_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of printer_slots cannot change', TABLE = 'printer_slots';
END $$;
CREATE TRIGGER "printer_slots_organization_fixed" BEFORE UPDATE OF "organization_id" ON "printer_slots"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "printer_slots_organization_fixed"();
CREATE FUNCTION "printer_slots_printer_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "printers" WHERE "id" = NEW."printer_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: printer_id of printer_slots points at no row of printers in the same organization', TABLE = 'printer_slots';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "printer_slots_printer_id_match" BEFORE INSERT OR UPDATE OF "printer_id", "organization_id" ON "printer_slots"
  FOR EACH ROW WHEN (NEW."printer_id" IS NOT NULL) EXECUTE FUNCTION "printer_slots_printer_id_match"();
CREATE FUNCTION "printer_slots_spool_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "spools" WHERE "id" = NEW."spool_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: spool_id of printer_slots points at no row of spools in the same organization', TABLE = 'printer_slots';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "printer_slots_spool_id_match" BEFORE INSERT OR UPDATE OF "spool_id", "organization_id" ON "printer_slots"
  FOR EACH ROW WHEN (NEW."spool_id" IS NOT NULL) EXECUTE FUNCTION "printer_slots_spool_id_match"();
CREATE FUNCTION "printer_tag_printers_printer_tag_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "printers" AS a JOIN "printer_tags" AS b ON a."organization_id" = b."organization_id" WHERE a."id" = NEW."printer_id" AND b."id" = NEW."printer_tag_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: printer_id and printer_tag_id of printer_tag_printers point at different organizations', TABLE = 'printer_tag_printers';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "printer_tag_printers_printer_tag_id_match" BEFORE INSERT OR UPDATE OF "printer_id", "printer_tag_id" ON "printer_tag_printers"
  FOR EACH ROW WHEN (NEW."printer_id" IS NOT NULL AND NEW."printer_tag_id" IS NOT NULL) EXECUTE FUNCTION "printer_tag_printers_printer_tag_id_match"();
CREATE FUNCTION "printer_tags_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of printer_tags cannot change', TABLE = 'printer_tags';
END $$;
CREATE TRIGGER "printer_tags_organization_fixed" BEFORE UPDATE OF "organization_id" ON "printer_tags"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "printer_tags_organization_fixed"();
CREATE FUNCTION "printers_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of printers cannot change', TABLE = 'printers';
END $$;
CREATE TRIGGER "printers_organization_fixed" BEFORE UPDATE OF "organization_id" ON "printers"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "printers_organization_fixed"();
CREATE FUNCTION "prints_class_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "classes" WHERE "id" = NEW."class_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: class_id of prints points at no row of classes in the same organization', TABLE = 'prints';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "prints_class_id_match" BEFORE INSERT OR UPDATE OF "class_id", "organization_id" ON "prints"
  FOR EACH ROW WHEN (NEW."class_id" IS NOT NULL) EXECUTE FUNCTION "prints_class_id_match"();
CREATE FUNCTION "prints_file_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "files" WHERE "id" = NEW."file_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: file_id of prints points at no row of files in the same organization', TABLE = 'prints';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "prints_file_id_match" BEFORE INSERT OR UPDATE OF "file_id", "organization_id" ON "prints"
  FOR EACH ROW WHEN (NEW."file_id" IS NOT NULL) EXECUTE FUNCTION "prints_file_id_match"();
CREATE FUNCTION "prints_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of prints cannot change', TABLE = 'prints';
END $$;
CREATE TRIGGER "prints_organization_fixed" BEFORE UPDATE OF "organization_id" ON "prints"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "prints_organization_fixed"();
CREATE FUNCTION "prints_printer_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "printers" WHERE "id" = NEW."printer_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: printer_id of prints points at no row of printers in the same organization', TABLE = 'prints';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "prints_printer_id_match" BEFORE INSERT OR UPDATE OF "printer_id", "organization_id" ON "prints"
  FOR EACH ROW WHEN (NEW."printer_id" IS NOT NULL) EXECUTE FUNCTION "prints_printer_id_match"();
CREATE FUNCTION "prints_queue_item_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "queue_items" WHERE "id" = NEW."queue_item_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: queue_item_id of prints points at no row of queue_items in the same organization', TABLE = 'prints';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "prints_queue_item_id_match" BEFORE INSERT OR UPDATE OF "queue_item_id", "organization_id" ON "prints"
  FOR EACH ROW WHEN (NEW."queue_item_id" IS NOT NULL) EXECUTE FUNCTION "prints_queue_item_id_match"();
CREATE FUNCTION "prints_submitter_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "memberships" WHERE "id" = NEW."submitter_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: submitter_id of prints points at no row of memberships in the same organization', TABLE = 'prints';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "prints_submitter_id_match" BEFORE INSERT OR UPDATE OF "submitter_id", "organization_id" ON "prints"
  FOR EACH ROW WHEN (NEW."submitter_id" IS NOT NULL) EXECUTE FUNCTION "prints_submitter_id_match"();
CREATE FUNCTION "profile_verdicts_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of profile_verdicts cannot change', TABLE = 'profile_verdicts';
END $$;
CREATE TRIGGER "profile_verdicts_organization_fixed" BEFORE UPDATE OF "organization_id" ON "profile_verdicts"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "profile_verdicts_organization_fixed"();
CREATE FUNCTION "profile_verdicts_printer_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "printers" WHERE "id" = NEW."printer_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: printer_id of profile_verdicts points at no row of printers in the same organization', TABLE = 'profile_verdicts';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "profile_verdicts_printer_id_match" BEFORE INSERT OR UPDATE OF "printer_id", "organization_id" ON "profile_verdicts"
  FOR EACH ROW WHEN (NEW."printer_id" IS NOT NULL) EXECUTE FUNCTION "profile_verdicts_printer_id_match"();
CREATE FUNCTION "profile_verdicts_profile_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "requirement_profiles" WHERE "id" = NEW."profile_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: profile_id of profile_verdicts points at no row of requirement_profiles in the same organization', TABLE = 'profile_verdicts';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "profile_verdicts_profile_id_match" BEFORE INSERT OR UPDATE OF "profile_id", "organization_id" ON "profile_verdicts"
  FOR EACH ROW WHEN (NEW."profile_id" IS NOT NULL) EXECUTE FUNCTION "profile_verdicts_profile_id_match"();
CREATE FUNCTION "queue_items_assigned_printer_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "printers" WHERE "id" = NEW."assigned_printer_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: assigned_printer_id of queue_items points at no row of printers in the same organization', TABLE = 'queue_items';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "queue_items_assigned_printer_id_match" BEFORE INSERT OR UPDATE OF "assigned_printer_id", "organization_id" ON "queue_items"
  FOR EACH ROW WHEN (NEW."assigned_printer_id" IS NOT NULL) EXECUTE FUNCTION "queue_items_assigned_printer_id_match"();
CREATE FUNCTION "queue_items_class_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "classes" WHERE "id" = NEW."class_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: class_id of queue_items points at no row of classes in the same organization', TABLE = 'queue_items';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "queue_items_class_id_match" BEFORE INSERT OR UPDATE OF "class_id", "organization_id" ON "queue_items"
  FOR EACH ROW WHEN (NEW."class_id" IS NOT NULL) EXECUTE FUNCTION "queue_items_class_id_match"();
CREATE FUNCTION "queue_items_file_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "files" WHERE "id" = NEW."file_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: file_id of queue_items points at no row of files in the same organization', TABLE = 'queue_items';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "queue_items_file_id_match" BEFORE INSERT OR UPDATE OF "file_id", "organization_id" ON "queue_items"
  FOR EACH ROW WHEN (NEW."file_id" IS NOT NULL) EXECUTE FUNCTION "queue_items_file_id_match"();
CREATE FUNCTION "queue_items_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of queue_items cannot change', TABLE = 'queue_items';
END $$;
CREATE TRIGGER "queue_items_organization_fixed" BEFORE UPDATE OF "organization_id" ON "queue_items"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "queue_items_organization_fixed"();
CREATE FUNCTION "queue_items_profile_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "requirement_profiles" WHERE "id" = NEW."profile_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: profile_id of queue_items points at no row of requirement_profiles in the same organization', TABLE = 'queue_items';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "queue_items_profile_id_match" BEFORE INSERT OR UPDATE OF "profile_id", "organization_id" ON "queue_items"
  FOR EACH ROW WHEN (NEW."profile_id" IS NOT NULL) EXECUTE FUNCTION "queue_items_profile_id_match"();
CREATE FUNCTION "queue_items_submitter_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "memberships" WHERE "id" = NEW."submitter_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: submitter_id of queue_items points at no row of memberships in the same organization', TABLE = 'queue_items';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "queue_items_submitter_id_match" BEFORE INSERT OR UPDATE OF "submitter_id", "organization_id" ON "queue_items"
  FOR EACH ROW WHEN (NEW."submitter_id" IS NOT NULL) EXECUTE FUNCTION "queue_items_submitter_id_match"();
CREATE FUNCTION "requirement_profiles_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of requirement_profiles cannot change', TABLE = 'requirement_profiles';
END $$;
CREATE TRIGGER "requirement_profiles_organization_fixed" BEFORE UPDATE OF "organization_id" ON "requirement_profiles"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "requirement_profiles_organization_fixed"();
CREATE FUNCTION "roll_overs_class_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "classes" WHERE "id" = NEW."class_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: class_id of roll_overs points at no row of classes in the same organization', TABLE = 'roll_overs';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "roll_overs_class_id_match" BEFORE INSERT OR UPDATE OF "class_id", "organization_id" ON "roll_overs"
  FOR EACH ROW WHEN (NEW."class_id" IS NOT NULL) EXECUTE FUNCTION "roll_overs_class_id_match"();
CREATE FUNCTION "roll_overs_next_class_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "classes" WHERE "id" = NEW."next_class_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: next_class_id of roll_overs points at no row of classes in the same organization', TABLE = 'roll_overs';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "roll_overs_next_class_id_match" BEFORE INSERT OR UPDATE OF "next_class_id", "organization_id" ON "roll_overs"
  FOR EACH ROW WHEN (NEW."next_class_id" IS NOT NULL) EXECUTE FUNCTION "roll_overs_next_class_id_match"();
CREATE FUNCTION "roll_overs_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of roll_overs cannot change', TABLE = 'roll_overs';
END $$;
CREATE TRIGGER "roll_overs_organization_fixed" BEFORE UPDATE OF "organization_id" ON "roll_overs"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "roll_overs_organization_fixed"();
CREATE FUNCTION "roster_imports_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of roster_imports cannot change', TABLE = 'roster_imports';
END $$;
CREATE TRIGGER "roster_imports_organization_fixed" BEFORE UPDATE OF "organization_id" ON "roster_imports"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "roster_imports_organization_fixed"();
CREATE FUNCTION "scim_group_members_scim_user_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "scim_groups" AS a JOIN "scim_users" AS b ON a."organization_id" = b."organization_id" WHERE a."id" = NEW."scim_group_id" AND b."id" = NEW."scim_user_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: scim_group_id and scim_user_id of scim_group_members point at different organizations', TABLE = 'scim_group_members';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "scim_group_members_scim_user_id_match" BEFORE INSERT OR UPDATE OF "scim_group_id", "scim_user_id" ON "scim_group_members"
  FOR EACH ROW WHEN (NEW."scim_group_id" IS NOT NULL AND NEW."scim_user_id" IS NOT NULL) EXECUTE FUNCTION "scim_group_members_scim_user_id_match"();
CREATE FUNCTION "scim_groups_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of scim_groups cannot change', TABLE = 'scim_groups';
END $$;
CREATE TRIGGER "scim_groups_organization_fixed" BEFORE UPDATE OF "organization_id" ON "scim_groups"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "scim_groups_organization_fixed"();
CREATE FUNCTION "scim_groups_provider_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "sso_providers" WHERE "id" = NEW."provider_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: provider_id of scim_groups points at no row of sso_providers in the same organization', TABLE = 'scim_groups';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "scim_groups_provider_id_match" BEFORE INSERT OR UPDATE OF "provider_id", "organization_id" ON "scim_groups"
  FOR EACH ROW WHEN (NEW."provider_id" IS NOT NULL) EXECUTE FUNCTION "scim_groups_provider_id_match"();
CREATE FUNCTION "scim_users_membership_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "memberships" WHERE "id" = NEW."membership_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: membership_id of scim_users points at no row of memberships in the same organization', TABLE = 'scim_users';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "scim_users_membership_id_match" BEFORE INSERT OR UPDATE OF "membership_id", "organization_id" ON "scim_users"
  FOR EACH ROW WHEN (NEW."membership_id" IS NOT NULL) EXECUTE FUNCTION "scim_users_membership_id_match"();
CREATE FUNCTION "scim_users_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of scim_users cannot change', TABLE = 'scim_users';
END $$;
CREATE TRIGGER "scim_users_organization_fixed" BEFORE UPDATE OF "organization_id" ON "scim_users"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "scim_users_organization_fixed"();
CREATE FUNCTION "scim_users_provider_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "sso_providers" WHERE "id" = NEW."provider_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: provider_id of scim_users points at no row of sso_providers in the same organization', TABLE = 'scim_users';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "scim_users_provider_id_match" BEFORE INSERT OR UPDATE OF "provider_id", "organization_id" ON "scim_users"
  FOR EACH ROW WHEN (NEW."provider_id" IS NOT NULL) EXECUTE FUNCTION "scim_users_provider_id_match"();
CREATE FUNCTION "sessions_identity_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "identities" WHERE "id" = NEW."identity_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: identity_id of sessions points at no row of identities in the same organization', TABLE = 'sessions';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "sessions_identity_id_match" BEFORE INSERT OR UPDATE OF "identity_id", "organization_id" ON "sessions"
  FOR EACH ROW WHEN (NEW."identity_id" IS NOT NULL) EXECUTE FUNCTION "sessions_identity_id_match"();
CREATE FUNCTION "sessions_membership_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "memberships" WHERE "id" = NEW."membership_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: membership_id of sessions points at no row of memberships in the same organization', TABLE = 'sessions';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "sessions_membership_id_match" BEFORE INSERT OR UPDATE OF "membership_id", "organization_id" ON "sessions"
  FOR EACH ROW WHEN (NEW."membership_id" IS NOT NULL) EXECUTE FUNCTION "sessions_membership_id_match"();
CREATE FUNCTION "sessions_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of sessions cannot change', TABLE = 'sessions';
END $$;
CREATE TRIGGER "sessions_organization_fixed" BEFORE UPDATE OF "organization_id" ON "sessions"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "sessions_organization_fixed"();
CREATE FUNCTION "sessions_provider_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "sso_providers" WHERE "id" = NEW."provider_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: provider_id of sessions points at no row of sso_providers in the same organization', TABLE = 'sessions';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "sessions_provider_id_match" BEFORE INSERT OR UPDATE OF "provider_id", "organization_id" ON "sessions"
  FOR EACH ROW WHEN (NEW."provider_id" IS NOT NULL) EXECUTE FUNCTION "sessions_provider_id_match"();
CREATE FUNCTION "spent_tokens_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of spent_tokens cannot change', TABLE = 'spent_tokens';
END $$;
CREATE TRIGGER "spent_tokens_organization_fixed" BEFORE UPDATE OF "organization_id" ON "spent_tokens"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "spent_tokens_organization_fixed"();
CREATE FUNCTION "spent_tokens_provider_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "sso_providers" WHERE "id" = NEW."provider_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: provider_id of spent_tokens points at no row of sso_providers in the same organization', TABLE = 'spent_tokens';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "spent_tokens_provider_id_match" BEFORE INSERT OR UPDATE OF "provider_id", "organization_id" ON "spent_tokens"
  FOR EACH ROW WHEN (NEW."provider_id" IS NOT NULL) EXECUTE FUNCTION "spent_tokens_provider_id_match"();
CREATE FUNCTION "spool_assignments_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of spool_assignments cannot change', TABLE = 'spool_assignments';
END $$;
CREATE TRIGGER "spool_assignments_organization_fixed" BEFORE UPDATE OF "organization_id" ON "spool_assignments"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "spool_assignments_organization_fixed"();
CREATE FUNCTION "spool_assignments_printer_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "printers" WHERE "id" = NEW."printer_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: printer_id of spool_assignments points at no row of printers in the same organization', TABLE = 'spool_assignments';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "spool_assignments_printer_id_match" BEFORE INSERT OR UPDATE OF "printer_id", "organization_id" ON "spool_assignments"
  FOR EACH ROW WHEN (NEW."printer_id" IS NOT NULL) EXECUTE FUNCTION "spool_assignments_printer_id_match"();
CREATE FUNCTION "spool_assignments_slot_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "printer_slots" WHERE "id" = NEW."slot_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: slot_id of spool_assignments points at no row of printer_slots in the same organization', TABLE = 'spool_assignments';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "spool_assignments_slot_id_match" BEFORE INSERT OR UPDATE OF "slot_id", "organization_id" ON "spool_assignments"
  FOR EACH ROW WHEN (NEW."slot_id" IS NOT NULL) EXECUTE FUNCTION "spool_assignments_slot_id_match"();
CREATE FUNCTION "spool_assignments_spool_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "spools" WHERE "id" = NEW."spool_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: spool_id of spool_assignments points at no row of spools in the same organization', TABLE = 'spool_assignments';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "spool_assignments_spool_id_match" BEFORE INSERT OR UPDATE OF "spool_id", "organization_id" ON "spool_assignments"
  FOR EACH ROW WHEN (NEW."spool_id" IS NOT NULL) EXECUTE FUNCTION "spool_assignments_spool_id_match"();
CREATE FUNCTION "spools_material_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "materials" WHERE "id" = NEW."material_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: material_id of spools points at no row of materials in the same organization', TABLE = 'spools';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "spools_material_id_match" BEFORE INSERT OR UPDATE OF "material_id", "organization_id" ON "spools"
  FOR EACH ROW WHEN (NEW."material_id" IS NOT NULL) EXECUTE FUNCTION "spools_material_id_match"();
CREATE FUNCTION "spools_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of spools cannot change', TABLE = 'spools';
END $$;
CREATE TRIGGER "spools_organization_fixed" BEFORE UPDATE OF "organization_id" ON "spools"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "spools_organization_fixed"();
CREATE FUNCTION "sso_group_mappings_class_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "classes" WHERE "id" = NEW."class_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: class_id of sso_group_mappings points at no row of classes in the same organization', TABLE = 'sso_group_mappings';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "sso_group_mappings_class_id_match" BEFORE INSERT OR UPDATE OF "class_id", "organization_id" ON "sso_group_mappings"
  FOR EACH ROW WHEN (NEW."class_id" IS NOT NULL) EXECUTE FUNCTION "sso_group_mappings_class_id_match"();
CREATE FUNCTION "sso_group_mappings_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of sso_group_mappings cannot change', TABLE = 'sso_group_mappings';
END $$;
CREATE TRIGGER "sso_group_mappings_organization_fixed" BEFORE UPDATE OF "organization_id" ON "sso_group_mappings"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "sso_group_mappings_organization_fixed"();
CREATE FUNCTION "sso_group_mappings_provider_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "sso_providers" WHERE "id" = NEW."provider_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: provider_id of sso_group_mappings points at no row of sso_providers in the same organization', TABLE = 'sso_group_mappings';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "sso_group_mappings_provider_id_match" BEFORE INSERT OR UPDATE OF "provider_id", "organization_id" ON "sso_group_mappings"
  FOR EACH ROW WHEN (NEW."provider_id" IS NOT NULL) EXECUTE FUNCTION "sso_group_mappings_provider_id_match"();
CREATE FUNCTION "sso_group_mappings_user_group_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "user_groups" WHERE "id" = NEW."user_group_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: user_group_id of sso_group_mappings points at no row of user_groups in the same organization', TABLE = 'sso_group_mappings';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "sso_group_mappings_user_group_id_match" BEFORE INSERT OR UPDATE OF "user_group_id", "organization_id" ON "sso_group_mappings"
  FOR EACH ROW WHEN (NEW."user_group_id" IS NOT NULL) EXECUTE FUNCTION "sso_group_mappings_user_group_id_match"();
CREATE FUNCTION "sso_providers_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of sso_providers cannot change', TABLE = 'sso_providers';
END $$;
CREATE TRIGGER "sso_providers_organization_fixed" BEFORE UPDATE OF "organization_id" ON "sso_providers"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "sso_providers_organization_fixed"();
CREATE FUNCTION "user_group_members_membership_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "user_groups" AS a JOIN "memberships" AS b ON a."organization_id" = b."organization_id" WHERE a."id" = NEW."user_group_id" AND b."id" = NEW."membership_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: user_group_id and membership_id of user_group_members point at different organizations', TABLE = 'user_group_members';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "user_group_members_membership_id_match" BEFORE INSERT OR UPDATE OF "user_group_id", "membership_id" ON "user_group_members"
  FOR EACH ROW WHEN (NEW."user_group_id" IS NOT NULL AND NEW."membership_id" IS NOT NULL) EXECUTE FUNCTION "user_group_members_membership_id_match"();
CREATE FUNCTION "user_group_printer_groups_printer_group_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "user_groups" AS a JOIN "printer_groups" AS b ON a."organization_id" = b."organization_id" WHERE a."id" = NEW."user_group_id" AND b."id" = NEW."printer_group_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: user_group_id and printer_group_id of user_group_printer_groups point at different organizations', TABLE = 'user_group_printer_groups';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "user_group_printer_groups_printer_group_id_match" BEFORE INSERT OR UPDATE OF "user_group_id", "printer_group_id" ON "user_group_printer_groups"
  FOR EACH ROW WHEN (NEW."user_group_id" IS NOT NULL AND NEW."printer_group_id" IS NOT NULL) EXECUTE FUNCTION "user_group_printer_groups_printer_group_id_match"();
CREATE FUNCTION "user_groups_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of user_groups cannot change', TABLE = 'user_groups';
END $$;
CREATE TRIGGER "user_groups_organization_fixed" BEFORE UPDATE OF "organization_id" ON "user_groups"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "user_groups_organization_fixed"();
CREATE FUNCTION "webhook_deliveries_event_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "events" WHERE "id" = NEW."event_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: event_id of webhook_deliveries points at no row of events in the same organization', TABLE = 'webhook_deliveries';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "webhook_deliveries_event_id_match" BEFORE INSERT OR UPDATE OF "event_id", "organization_id" ON "webhook_deliveries"
  FOR EACH ROW WHEN (NEW."event_id" IS NOT NULL) EXECUTE FUNCTION "webhook_deliveries_event_id_match"();
CREATE FUNCTION "webhook_deliveries_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of webhook_deliveries cannot change', TABLE = 'webhook_deliveries';
END $$;
CREATE TRIGGER "webhook_deliveries_organization_fixed" BEFORE UPDATE OF "organization_id" ON "webhook_deliveries"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "webhook_deliveries_organization_fixed"();
CREATE FUNCTION "webhook_deliveries_webhook_id_match"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "webhooks" WHERE "id" = NEW."webhook_id" AND "organization_id" = NEW."organization_id") THEN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'violates foreign key constraint: webhook_id of webhook_deliveries points at no row of webhooks in the same organization', TABLE = 'webhook_deliveries';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "webhook_deliveries_webhook_id_match" BEFORE INSERT OR UPDATE OF "webhook_id", "organization_id" ON "webhook_deliveries"
  FOR EACH ROW WHEN (NEW."webhook_id" IS NOT NULL) EXECUTE FUNCTION "webhook_deliveries_webhook_id_match"();
CREATE FUNCTION "webhooks_organization_fixed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'organization_id of webhooks cannot change', TABLE = 'webhooks';
END $$;
CREATE TRIGGER "webhooks_organization_fixed" BEFORE UPDATE OF "organization_id" ON "webhooks"
  FOR EACH ROW WHEN (NEW."organization_id" IS DISTINCT FROM OLD."organization_id") EXECUTE FUNCTION "webhooks_organization_fixed"();
