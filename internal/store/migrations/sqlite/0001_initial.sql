-- Create "api_keys" table
CREATE TABLE `api_keys` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `name` text NOT NULL,
  `prefix` text NOT NULL,
  `scopes` json NOT NULL,
  `secret_hash` blob NOT NULL,
  `previous_hash` blob NULL,
  `previous_until` datetime NULL,
  `expires_at` datetime NULL,
  `last_used_at` datetime NULL,
  `revoked_at` datetime NULL,
  `warned_at` datetime NULL,
  `organization_id` text NOT NULL,
  `created_by_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `api_keys_memberships_created_by` FOREIGN KEY (`created_by_id`) REFERENCES `memberships` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `api_keys_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "apikey_organization_id_created_at" to table: "api_keys"
CREATE INDEX `apikey_organization_id_created_at` ON `api_keys` (`organization_id`, `created_at`);
-- Create index "apikey_expires_at" to table: "api_keys"
CREATE INDEX `apikey_expires_at` ON `api_keys` (`expires_at`);
-- Create "classes" table
CREATE TABLE `classes` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `deleted_at` datetime NULL,
  `name` text NOT NULL,
  `code` text NULL,
  `description` text NULL,
  `state` text NOT NULL DEFAULT 'active',
  `starts_on` text NULL,
  `ends_on` text NULL,
  `approval_policy` json NULL,
  `join_code` text NULL,
  `turn` integer NOT NULL DEFAULT 0,
  `weight` integer NOT NULL DEFAULT 1,
  `search` text NOT NULL DEFAULT '',
  `organization_id` text NOT NULL,
  `next_class_id` text NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `classes_classes_previous_classes` FOREIGN KEY (`next_class_id`) REFERENCES `classes` (`id`) ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT `classes_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "classes_join_code_key" to table: "classes"
CREATE UNIQUE INDEX `classes_join_code_key` ON `classes` (`join_code`);
-- Create index "class_organization_id_name" to table: "classes"
CREATE INDEX `class_organization_id_name` ON `classes` (`organization_id`, `name`);
-- Create "enrollments" table
CREATE TABLE `enrollments` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `role` text NOT NULL DEFAULT 'student',
  `source` text NOT NULL DEFAULT 'manual',
  `organization_id` text NOT NULL,
  `class_id` text NOT NULL,
  `membership_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `enrollments_memberships_membership` FOREIGN KEY (`membership_id`) REFERENCES `memberships` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `enrollments_classes_class` FOREIGN KEY (`class_id`) REFERENCES `classes` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `enrollments_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "enrollment_class_id_membership_id" to table: "enrollments"
CREATE UNIQUE INDEX `enrollment_class_id_membership_id` ON `enrollments` (`class_id`, `membership_id`);
-- Create index "enrollment_membership_id" to table: "enrollments"
CREATE INDEX `enrollment_membership_id` ON `enrollments` (`membership_id`);
-- Create "events" table
CREATE TABLE `events` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `sequence` integer NOT NULL,
  `type` text NOT NULL,
  `subject_type` text NOT NULL,
  `subject_id` text NOT NULL,
  `actor_type` text NOT NULL,
  `actor_id` text NOT NULL,
  `actor_membership_id` text NOT NULL DEFAULT '',
  `request_id` text NOT NULL DEFAULT '',
  `occurred_at` datetime NOT NULL,
  `data` json NOT NULL,
  `organization_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `events_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "event_organization_id_sequence" to table: "events"
CREATE UNIQUE INDEX `event_organization_id_sequence` ON `events` (`organization_id`, `sequence`);
-- Create index "event_organization_id_type_sequence" to table: "events"
CREATE INDEX `event_organization_id_type_sequence` ON `events` (`organization_id`, `type`, `sequence`);
-- Create index "event_subject_id_sequence" to table: "events"
CREATE INDEX `event_subject_id_sequence` ON `events` (`subject_id`, `sequence`);
-- Create index "event_organization_id_actor_membership_id_sequence" to table: "events"
CREATE INDEX `event_organization_id_actor_membership_id_sequence` ON `events` (`organization_id`, `actor_membership_id`, `sequence`);
-- Create "event_cursors" table
CREATE TABLE `event_cursors` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `reader` text NOT NULL,
  `sequence` integer NOT NULL DEFAULT 0,
  `organization_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `event_cursors_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "eventcursor_organization_id_reader" to table: "event_cursors"
CREATE UNIQUE INDEX `eventcursor_organization_id_reader` ON `event_cursors` (`organization_id`, `reader`);
-- Create "files" table
CREATE TABLE `files` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `deleted_at` datetime NULL,
  `name` text NOT NULL,
  `folder` text NOT NULL DEFAULT '',
  `size_bytes` integer NOT NULL,
  `sha256` text NOT NULL,
  `content_type` text NOT NULL DEFAULT 'application/octet-stream',
  `kind` text NOT NULL DEFAULT 'other',
  `status` text NOT NULL DEFAULT 'pending',
  `failure_code` text NOT NULL DEFAULT '',
  `metadata` json NULL,
  `thumbnail` blob NULL,
  `storage_key` text NOT NULL,
  `upload_expires_at` datetime NULL,
  `source_url` blob NULL,
  `source_named` bool NOT NULL DEFAULT false,
  `fetch_attempts` integer NOT NULL DEFAULT 0,
  `lease_until` datetime NULL,
  `lease_token` text NOT NULL DEFAULT '',
  `search` text NOT NULL DEFAULT '',
  `organization_id` text NOT NULL,
  `uploaded_by_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `files_memberships_uploaded_by` FOREIGN KEY (`uploaded_by_id`) REFERENCES `memberships` (`id`) ON UPDATE NO ACTION ON DELETE RESTRICT,
  CONSTRAINT `files_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "files_storage_key_key" to table: "files"
CREATE UNIQUE INDEX `files_storage_key_key` ON `files` (`storage_key`);
-- Create index "file_organization_id_created_at_id" to table: "files"
CREATE INDEX `file_organization_id_created_at_id` ON `files` (`organization_id`, `created_at`, `id`);
-- Create index "file_uploaded_by_id_created_at" to table: "files"
CREATE INDEX `file_uploaded_by_id_created_at` ON `files` (`uploaded_by_id`, `created_at`);
-- Create index "file_organization_id_sha256" to table: "files"
CREATE INDEX `file_organization_id_sha256` ON `files` (`organization_id`, `sha256`);
-- Create index "files_fetching" to table: "files"
CREATE INDEX `files_fetching` ON `files` (`lease_until`) WHERE status = 'fetching';
-- Create "idempotency_keys" table
CREATE TABLE `idempotency_keys` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `principal_type` text NOT NULL,
  `principal_id` text NOT NULL,
  `route` text NOT NULL,
  `key_hash` blob NOT NULL,
  `request_hash` blob NOT NULL,
  `state` text NOT NULL DEFAULT 'running',
  `lease_token` text NOT NULL,
  `lease_until` datetime NOT NULL,
  `status_code` integer NULL,
  `answer` blob NULL,
  `expires_at` datetime NOT NULL,
  `organization_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `idempotency_keys_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "idempotencykey_organization_id__38bf33ed4514e753ffdf161c332a6289" to table: "idempotency_keys"
CREATE UNIQUE INDEX `idempotencykey_organization_id__38bf33ed4514e753ffdf161c332a6289` ON `idempotency_keys` (`organization_id`, `principal_type`, `principal_id`, `route`, `key_hash`);
-- Create index "idempotencykey_expires_at" to table: "idempotency_keys"
CREATE INDEX `idempotencykey_expires_at` ON `idempotency_keys` (`expires_at`);
-- Create "identities" table
CREATE TABLE `identities` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `issuer` text NOT NULL,
  `subject` text NOT NULL,
  `last_signed_in_at` datetime NULL,
  `organization_id` text NOT NULL,
  `provider_id` text NOT NULL,
  `user_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `identities_users_user` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `identities_sso_providers_provider` FOREIGN KEY (`provider_id`) REFERENCES `sso_providers` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `identities_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "identity_provider_id_issuer_subject" to table: "identities"
CREATE UNIQUE INDEX `identity_provider_id_issuer_subject` ON `identities` (`provider_id`, `issuer`, `subject`);
-- Create "installations" table
CREATE TABLE `installations` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `name` text NOT NULL,
  `key_check` blob NOT NULL,
  PRIMARY KEY (`id`)
);
-- Create index "installations_name_key" to table: "installations"
CREATE UNIQUE INDEX `installations_name_key` ON `installations` (`name`);
-- Create "invites" table
CREATE TABLE `invites` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `email` text NULL,
  `role` text NOT NULL DEFAULT 'student',
  `class_ids` json NOT NULL,
  `user_group_ids` json NOT NULL,
  `max_uses` integer NOT NULL DEFAULT 1,
  `uses` integer NOT NULL DEFAULT 0,
  `expires_at` datetime NOT NULL,
  `state` text NOT NULL DEFAULT 'open',
  `sent_at` datetime NULL,
  `token_hash` blob NULL,
  `organization_id` text NOT NULL,
  `invited_by_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `invites_memberships_invited_by` FOREIGN KEY (`invited_by_id`) REFERENCES `memberships` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `invites_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "invite_organization_id_state" to table: "invites"
CREATE INDEX `invite_organization_id_state` ON `invites` (`organization_id`, `state`);
-- Create index "invite_organization_id_created_at_id" to table: "invites"
CREATE INDEX `invite_organization_id_created_at_id` ON `invites` (`organization_id`, `created_at`, `id`);
-- Create index "invite_state_expires_at" to table: "invites"
CREATE INDEX `invite_state_expires_at` ON `invites` (`state`, `expires_at`);
-- Create "job_runs" table
CREATE TABLE `job_runs` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `job` text NOT NULL,
  `scope` text NOT NULL DEFAULT '',
  `scheduled_at` datetime NOT NULL,
  `state` text NOT NULL DEFAULT 'running',
  `started_at` datetime NULL,
  `ended_at` datetime NULL,
  `lease_until` datetime NOT NULL,
  `lease_token` text NOT NULL DEFAULT '',
  `server` text NOT NULL DEFAULT '',
  `attempts` integer NOT NULL DEFAULT 0,
  `result` text NOT NULL DEFAULT '',
  `error` text NOT NULL DEFAULT '',
  PRIMARY KEY (`id`)
);
-- Create index "jobrun_job_scope_scheduled_at" to table: "job_runs"
CREATE UNIQUE INDEX `jobrun_job_scope_scheduled_at` ON `job_runs` (`job`, `scope`, `scheduled_at`);
-- Create index "job_runs_running" to table: "job_runs"
CREATE INDEX `job_runs_running` ON `job_runs` (`lease_until`) WHERE state = 'running';
-- Create index "jobrun_scheduled_at" to table: "job_runs"
CREATE INDEX `jobrun_scheduled_at` ON `job_runs` (`scheduled_at`);
-- Create "ledger_entries" table
CREATE TABLE `ledger_entries` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `kind` text NOT NULL,
  `delta_g` real NOT NULL DEFAULT 0,
  `delta_reserved_g` real NOT NULL DEFAULT 0,
  `balance_after_g` real NOT NULL DEFAULT 0,
  `queue_item_id` text NULL,
  `by_membership_id` text NULL,
  `note` text NOT NULL DEFAULT '',
  `organization_id` text NOT NULL,
  `spool_id` text NOT NULL,
  `print_id` text NULL,
  `undo_of_id` text NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `ledger_entries_ledger_entries_undone_by` FOREIGN KEY (`undo_of_id`) REFERENCES `ledger_entries` (`id`) ON UPDATE NO ACTION ON DELETE RESTRICT,
  CONSTRAINT `ledger_entries_prints_print` FOREIGN KEY (`print_id`) REFERENCES `prints` (`id`) ON UPDATE NO ACTION ON DELETE RESTRICT,
  CONSTRAINT `ledger_entries_spools_spool` FOREIGN KEY (`spool_id`) REFERENCES `spools` (`id`) ON UPDATE NO ACTION ON DELETE RESTRICT,
  CONSTRAINT `ledger_entries_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "ledger_entries_undo_of_id_key" to table: "ledger_entries"
CREATE UNIQUE INDEX `ledger_entries_undo_of_id_key` ON `ledger_entries` (`undo_of_id`);
-- Create index "ledgerentry_spool_id_created_at_id" to table: "ledger_entries"
CREATE INDEX `ledgerentry_spool_id_created_at_id` ON `ledger_entries` (`spool_id`, `created_at`, `id`);
-- Create index "ledger_entries_one_deduct_per_print" to table: "ledger_entries"
CREATE UNIQUE INDEX `ledger_entries_one_deduct_per_print` ON `ledger_entries` (`print_id`, `spool_id`) WHERE kind = 'deduct' AND print_id IS NOT NULL AND queue_item_id IS NOT NULL;
-- Create "logins" table
CREATE TABLE `logins` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `state_hash` blob NOT NULL,
  `binding_hash` blob NOT NULL,
  `secrets` blob NOT NULL,
  `issuer` text NOT NULL,
  `client_id` text NOT NULL,
  `redirect_uri` text NOT NULL,
  `return_to` text NOT NULL DEFAULT '',
  `purpose` text NOT NULL DEFAULT 'sign_in',
  `max_age_seconds` integer NOT NULL DEFAULT 0,
  `expires_at` datetime NOT NULL,
  `organization_id` text NOT NULL,
  `provider_id` text NOT NULL,
  `asked_by_id` text NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `logins_memberships_asked_by` FOREIGN KEY (`asked_by_id`) REFERENCES `memberships` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `logins_sso_providers_provider` FOREIGN KEY (`provider_id`) REFERENCES `sso_providers` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `logins_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "logins_state_hash_key" to table: "logins"
CREATE UNIQUE INDEX `logins_state_hash_key` ON `logins` (`state_hash`);
-- Create index "login_expires_at" to table: "logins"
CREATE INDEX `login_expires_at` ON `logins` (`expires_at`);
-- Create "materials" table
CREATE TABLE `materials` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `deleted_at` datetime NULL,
  `vendor` text NOT NULL DEFAULT '',
  `name` text NOT NULL,
  `type` text NOT NULL,
  `color_name` text NOT NULL DEFAULT '',
  `color_hex` text NOT NULL DEFAULT '',
  `density_g_cm3` real NOT NULL DEFAULT 1.24,
  `diameter_mm` real NOT NULL DEFAULT 1.75,
  `net_weight_g` real NOT NULL DEFAULT 1000,
  `spool_weight_g` real NOT NULL DEFAULT 0,
  `price_minor` integer NULL,
  `price_currency` text NULL,
  `nozzle_c` real NOT NULL DEFAULT 0,
  `bed_c` real NOT NULL DEFAULT 0,
  `low_stock` json NULL,
  `low_stock_threshold` json NULL,
  `stock_level` text NOT NULL DEFAULT 'ok',
  `low_stock_snoozed_until` datetime NULL,
  `low_told` bool NOT NULL DEFAULT false,
  `search` text NOT NULL DEFAULT '',
  `organization_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `materials_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "material_organization_id_name" to table: "materials"
CREATE INDEX `material_organization_id_name` ON `materials` (`organization_id`, `name`);
-- Create "memberships" table
CREATE TABLE `memberships` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `deleted_at` datetime NULL,
  `name` text NOT NULL DEFAULT '',
  `role` text NOT NULL DEFAULT 'student',
  `status` text NOT NULL DEFAULT 'active',
  `external_id` text NULL,
  `grade_level` text NULL,
  `source` text NOT NULL DEFAULT 'manual',
  `last_active_at` datetime NULL,
  `sso_grants` json NULL,
  `suspended_by` text NOT NULL DEFAULT '',
  `turn` integer NOT NULL DEFAULT 0,
  `search` text NOT NULL DEFAULT '',
  `organization_id` text NOT NULL,
  `user_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `memberships_users_user` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `memberships_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "membership_user_id_organization_id" to table: "memberships"
CREATE UNIQUE INDEX `membership_user_id_organization_id` ON `memberships` (`user_id`, `organization_id`);
-- Create index "membership_organization_id_role" to table: "memberships"
CREATE INDEX `membership_organization_id_role` ON `memberships` (`organization_id`, `role`);
-- Create index "membership_organization_id_name_id" to table: "memberships"
CREATE INDEX `membership_organization_id_name_id` ON `memberships` (`organization_id`, `name`, `id`);
-- Create index "membership_organization_id_external_id" to table: "memberships"
CREATE INDEX `membership_organization_id_external_id` ON `memberships` (`organization_id`, `external_id`);
-- Create "notifications" table
CREATE TABLE `notifications` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `rule_id` text NOT NULL DEFAULT '',
  `event_type` text NOT NULL DEFAULT '',
  `subject_type` text NOT NULL DEFAULT '',
  `subject_id` text NOT NULL DEFAULT '',
  `occurred_at` datetime NOT NULL,
  `title` text NOT NULL,
  `body` text NOT NULL DEFAULT '',
  `read_at` datetime NULL,
  `organization_id` text NOT NULL,
  `membership_id` text NOT NULL,
  `event_id` text NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `notifications_events_event` FOREIGN KEY (`event_id`) REFERENCES `events` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `notifications_memberships_membership` FOREIGN KEY (`membership_id`) REFERENCES `memberships` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `notifications_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "notification_membership_id_event_id_rule_id" to table: "notifications"
CREATE UNIQUE INDEX `notification_membership_id_event_id_rule_id` ON `notifications` (`membership_id`, `event_id`, `rule_id`);
-- Create index "notification_membership_id_created_at_id" to table: "notifications"
CREATE INDEX `notification_membership_id_created_at_id` ON `notifications` (`membership_id`, `created_at`, `id`);
-- Create index "notification_membership_id_read_at" to table: "notifications"
CREATE INDEX `notification_membership_id_read_at` ON `notifications` (`membership_id`, `read_at`) WHERE read_at IS NULL;
-- Create "notification_messages" table
CREATE TABLE `notification_messages` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `key` text NOT NULL,
  `channel` text NOT NULL,
  `status` text NOT NULL DEFAULT 'queued',
  `subject_id` text NOT NULL DEFAULT '',
  `occurred_at` datetime NOT NULL,
  `locale` text NOT NULL DEFAULT '',
  `title` text NOT NULL DEFAULT '',
  `body` text NOT NULL DEFAULT '',
  `window_at` datetime NULL,
  `digest_id` text NOT NULL DEFAULT '',
  `attempts` integer NOT NULL DEFAULT 0,
  `next_attempt_at` datetime NULL,
  `lease_until` datetime NULL,
  `lease_token` text NOT NULL DEFAULT '',
  `error` text NOT NULL DEFAULT '',
  `ended_at` datetime NULL,
  `organization_id` text NOT NULL,
  `rule_id` text NULL,
  `event_id` text NULL,
  `membership_id` text NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `notification_messages_memberships_membership` FOREIGN KEY (`membership_id`) REFERENCES `memberships` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `notification_messages_events_event` FOREIGN KEY (`event_id`) REFERENCES `events` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `notification_messages_notification_rules_rule` FOREIGN KEY (`rule_id`) REFERENCES `notification_rules` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `notification_messages_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "notificationmessage_organization_id_key" to table: "notification_messages"
CREATE UNIQUE INDEX `notificationmessage_organization_id_key` ON `notification_messages` (`organization_id`, `key`);
-- Create index "notificationmessage_next_attempt_at" to table: "notification_messages"
CREATE INDEX `notificationmessage_next_attempt_at` ON `notification_messages` (`next_attempt_at`) WHERE status = 'queued';
-- Create index "notificationmessage_organization_id_lease_until" to table: "notification_messages"
CREATE INDEX `notificationmessage_organization_id_lease_until` ON `notification_messages` (`organization_id`, `lease_until`) WHERE status = 'sending';
-- Create index "notificationmessage_organization_id_window_at" to table: "notification_messages"
CREATE INDEX `notificationmessage_organization_id_window_at` ON `notification_messages` (`organization_id`, `window_at`) WHERE status = 'collected';
-- Create index "notificationmessage_digest_id" to table: "notification_messages"
CREATE INDEX `notificationmessage_digest_id` ON `notification_messages` (`digest_id`) WHERE digest_id <> '';
-- Create index "notificationmessage_rule_id_subject_id_occurred_at" to table: "notification_messages"
CREATE INDEX `notificationmessage_rule_id_subject_id_occurred_at` ON `notification_messages` (`rule_id`, `subject_id`, `occurred_at`);
-- Create index "notificationmessage_organization_id_ended_at" to table: "notification_messages"
CREATE INDEX `notificationmessage_organization_id_ended_at` ON `notification_messages` (`organization_id`, `ended_at`);
-- Create "notification_preferences" table
CREATE TABLE `notification_preferences` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `email` bool NOT NULL,
  `organization_id` text NOT NULL,
  `membership_id` text NOT NULL,
  `rule_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `notification_preferences_notification_rules_rule` FOREIGN KEY (`rule_id`) REFERENCES `notification_rules` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `notification_preferences_memberships_membership` FOREIGN KEY (`membership_id`) REFERENCES `memberships` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `notification_preferences_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "notificationpreference_membership_id_rule_id" to table: "notification_preferences"
CREATE UNIQUE INDEX `notificationpreference_membership_id_rule_id` ON `notification_preferences` (`membership_id`, `rule_id`);
-- Create index "notificationpreference_rule_id" to table: "notification_preferences"
CREATE INDEX `notificationpreference_rule_id` ON `notification_preferences` (`rule_id`);
-- Create "notification_rules" table
CREATE TABLE `notification_rules` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `name` text NOT NULL,
  `enabled` bool NOT NULL DEFAULT true,
  `event_types` json NOT NULL,
  `condition` json NULL,
  `audience` json NOT NULL,
  `channels` json NOT NULL,
  `after_seconds` integer NOT NULL DEFAULT 0,
  `throttle_seconds` integer NOT NULL DEFAULT 0,
  `digest` text NOT NULL DEFAULT 'none',
  `quiet_hours` json NULL,
  `webhook_host` text NOT NULL DEFAULT '',
  `chat_service` text NOT NULL DEFAULT '',
  `search` text NOT NULL DEFAULT '',
  `webhook_url` blob NULL,
  `chat_url` blob NULL,
  `organization_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `notification_rules_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "notificationrule_organization_id_created_at_id" to table: "notification_rules"
CREATE INDEX `notificationrule_organization_id_created_at_id` ON `notification_rules` (`organization_id`, `created_at`, `id`);
-- Create "organizations" table
CREATE TABLE `organizations` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `name` text NOT NULL,
  `slug` text NOT NULL,
  `kind` text NOT NULL DEFAULT 'school',
  `time_zone` text NOT NULL DEFAULT 'UTC',
  `locale` text NOT NULL DEFAULT 'en',
  `currency` text NOT NULL DEFAULT 'USD',
  `settings` json NOT NULL,
  `event_seq` integer NOT NULL DEFAULT 0,
  `eligibility_seq` integer NOT NULL DEFAULT 0,
  `item_seq` integer NOT NULL DEFAULT 0,
  `turn` integer NOT NULL DEFAULT 0,
  `turns_by` text NOT NULL DEFAULT '',
  `volumes` json NOT NULL,
  PRIMARY KEY (`id`)
);
-- Create index "organizations_slug_key" to table: "organizations"
CREATE UNIQUE INDEX `organizations_slug_key` ON `organizations` (`slug`);
-- Create "passwords" table
CREATE TABLE `passwords` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `hash` text NOT NULL,
  `origin` text NOT NULL,
  `set_at` datetime NOT NULL,
  `totp_secret` blob NULL,
  `totp_step` integer NOT NULL DEFAULT 0,
  `recovery_hashes` json NOT NULL,
  `organization_id` text NOT NULL,
  `membership_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `passwords_memberships_membership` FOREIGN KEY (`membership_id`) REFERENCES `memberships` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `passwords_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "password_membership_id" to table: "passwords"
CREATE UNIQUE INDEX `password_membership_id` ON `passwords` (`membership_id`);
-- Create "prints" table
CREATE TABLE `prints` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `copy` integer NOT NULL,
  `printer_name` text NOT NULL,
  `file_sha256` text NOT NULL DEFAULT '',
  `state` text NOT NULL DEFAULT 'dispatching',
  `progress` real NOT NULL DEFAULT 0,
  `dispatched_at` datetime NOT NULL,
  `start_deadline_at` datetime NOT NULL,
  `started_at` datetime NULL,
  `ended_at` datetime NULL,
  `estimated_seconds` integer NOT NULL DEFAULT 0,
  `actual_seconds` integer NOT NULL DEFAULT 0,
  `estimated_g` real NOT NULL DEFAULT 0,
  `actual_g` real NOT NULL DEFAULT 0,
  `spool_uses` json NOT NULL,
  `outcome` text NOT NULL DEFAULT 'none',
  `failure_reason` text NULL,
  `failure_details` text NOT NULL DEFAULT '',
  `verdict` text NULL,
  `verdict_by_id` text NULL,
  `verdict_at` datetime NULL,
  `cost_minor` integer NULL,
  `cost_currency` text NULL,
  `job_token` text NOT NULL,
  `remote_ref` text NOT NULL DEFAULT '',
  `phase` text NOT NULL DEFAULT 'claimed',
  `wish` text NOT NULL DEFAULT 'none',
  `settled` bool NOT NULL DEFAULT false,
  `lease_until` datetime NULL,
  `lease_token` text NOT NULL DEFAULT '',
  `organization_id` text NOT NULL,
  `queue_item_id` text NOT NULL,
  `printer_id` text NULL,
  `file_id` text NULL,
  `submitter_id` text NOT NULL,
  `class_id` text NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `prints_classes_class` FOREIGN KEY (`class_id`) REFERENCES `classes` (`id`) ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT `prints_memberships_submitter` FOREIGN KEY (`submitter_id`) REFERENCES `memberships` (`id`) ON UPDATE NO ACTION ON DELETE RESTRICT,
  CONSTRAINT `prints_files_file` FOREIGN KEY (`file_id`) REFERENCES `files` (`id`) ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT `prints_printers_printer` FOREIGN KEY (`printer_id`) REFERENCES `printers` (`id`) ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT `prints_queue_items_queue_item` FOREIGN KEY (`queue_item_id`) REFERENCES `queue_items` (`id`) ON UPDATE NO ACTION ON DELETE RESTRICT,
  CONSTRAINT `prints_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "prints_job_token_key" to table: "prints"
CREATE UNIQUE INDEX `prints_job_token_key` ON `prints` (`job_token`);
-- Create index "prints_one_active_per_printer" to table: "prints"
CREATE UNIQUE INDEX `prints_one_active_per_printer` ON `prints` (`printer_id`) WHERE state IN ('dispatching','needs_confirmation','printing','paused');
-- Create index "prints_one_per_copy" to table: "prints"
CREATE UNIQUE INDEX `prints_one_per_copy` ON `prints` (`queue_item_id`, `copy`) WHERE state IN ('dispatching','needs_confirmation','printing','paused','finished','succeeded');
-- Create index "prints_awaiting_verdict" to table: "prints"
CREATE INDEX `prints_awaiting_verdict` ON `prints` (`printer_id`, `dispatched_at`) WHERE state = 'finished';
-- Create index "printrun_organization_id_created_at_id" to table: "prints"
CREATE INDEX `printrun_organization_id_created_at_id` ON `prints` (`organization_id`, `created_at`, `id`);
-- Create index "printrun_printer_id_created_at" to table: "prints"
CREATE INDEX `printrun_printer_id_created_at` ON `prints` (`printer_id`, `created_at`);
-- Create index "printrun_queue_item_id" to table: "prints"
CREATE INDEX `printrun_queue_item_id` ON `prints` (`queue_item_id`);
-- Create index "printrun_submitter_id_created_at" to table: "prints"
CREATE INDEX `printrun_submitter_id_created_at` ON `prints` (`submitter_id`, `created_at`);
-- Create index "printrun_organization_id_ended_at" to table: "prints"
CREATE INDEX `printrun_organization_id_ended_at` ON `prints` (`organization_id`, `ended_at`);
-- Create index "printrun_class_id_created_at" to table: "prints"
CREATE INDEX `printrun_class_id_created_at` ON `prints` (`class_id`, `created_at`);
-- Create index "printrun_state_lease_until" to table: "prints"
CREATE INDEX `printrun_state_lease_until` ON `prints` (`state`, `lease_until`);
-- Create "printers" table
CREATE TABLE `printers` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `deleted_at` datetime NULL,
  `name` text NOT NULL,
  `manufacturer` text NOT NULL DEFAULT '',
  `model` text NOT NULL DEFAULT '',
  `serial_number` text NOT NULL DEFAULT '',
  `location` text NOT NULL DEFAULT '',
  `connector` json NOT NULL,
  `connector_secret` blob NULL,
  `build_volume_mm` json NULL,
  `nozzle_diameter_mm` real NOT NULL DEFAULT 0.4,
  `nozzle_type` text NOT NULL DEFAULT 'brass',
  `max_nozzle_c` real NOT NULL DEFAULT 300,
  `max_bed_c` real NOT NULL DEFAULT 120,
  `enclosed` bool NOT NULL DEFAULT false,
  `supported_formats` json NOT NULL,
  `auto_dispatch` bool NOT NULL DEFAULT false,
  `require_bed_clear` bool NOT NULL DEFAULT true,
  `out_of_order` json NULL,
  `state` text NOT NULL DEFAULT 'offline',
  `state_message` text NOT NULL DEFAULT '',
  `bed_state` text NOT NULL DEFAULT 'unknown',
  `last_seen_at` datetime NULL,
  `lease_until` datetime NULL,
  `lease_token` text NOT NULL DEFAULT '',
  `search` text NOT NULL DEFAULT '',
  `organization_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `printers_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "printer_organization_id_name" to table: "printers"
CREATE INDEX `printer_organization_id_name` ON `printers` (`organization_id`, `name`);
-- Create index "printer_lease_until" to table: "printers"
CREATE INDEX `printer_lease_until` ON `printers` (`lease_until`);
-- Create "printer_groups" table
CREATE TABLE `printer_groups` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `name` text NOT NULL,
  `description` text NOT NULL DEFAULT '',
  `search` text NOT NULL DEFAULT '',
  `organization_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `printer_groups_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "printergroup_organization_id_name" to table: "printer_groups"
CREATE UNIQUE INDEX `printergroup_organization_id_name` ON `printer_groups` (`organization_id`, `name`);
-- Create "printer_slots" table
CREATE TABLE `printer_slots` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `index` integer NOT NULL,
  `name` text NOT NULL DEFAULT '',
  `organization_id` text NOT NULL,
  `printer_id` text NOT NULL,
  `spool_id` text NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `printer_slots_spools_slot` FOREIGN KEY (`spool_id`) REFERENCES `spools` (`id`) ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT `printer_slots_printers_printer` FOREIGN KEY (`printer_id`) REFERENCES `printers` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `printer_slots_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "printer_slots_spool_id_key" to table: "printer_slots"
CREATE UNIQUE INDEX `printer_slots_spool_id_key` ON `printer_slots` (`spool_id`);
-- Create index "printerslot_printer_id_index" to table: "printer_slots"
CREATE UNIQUE INDEX `printerslot_printer_id_index` ON `printer_slots` (`printer_id`, `index`);
-- Create index "printerslot_spool_id" to table: "printer_slots"
CREATE UNIQUE INDEX `printerslot_spool_id` ON `printer_slots` (`spool_id`);
-- Create "printer_tags" table
CREATE TABLE `printer_tags` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `name` text NOT NULL,
  `color_hex` text NOT NULL DEFAULT '#64748B',
  `search` text NOT NULL DEFAULT '',
  `organization_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `printer_tags_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "printertag_organization_id_name" to table: "printer_tags"
CREATE UNIQUE INDEX `printertag_organization_id_name` ON `printer_tags` (`organization_id`, `name`);
-- Create "profile_verdicts" table
CREATE TABLE `profile_verdicts` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `ok` bool NOT NULL,
  `penalty` integer NOT NULL DEFAULT 0,
  `spool_id` text NOT NULL DEFAULT '',
  `organization_id` text NOT NULL,
  `profile_id` text NOT NULL,
  `printer_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `profile_verdicts_printers_printer` FOREIGN KEY (`printer_id`) REFERENCES `printers` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `profile_verdicts_requirement_profiles_profile` FOREIGN KEY (`profile_id`) REFERENCES `requirement_profiles` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `profile_verdicts_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "profileverdict_profile_id_printer_id" to table: "profile_verdicts"
CREATE UNIQUE INDEX `profileverdict_profile_id_printer_id` ON `profile_verdicts` (`profile_id`, `printer_id`);
-- Create index "profileverdict_printer_id_ok_profile_id" to table: "profile_verdicts"
CREATE INDEX `profileverdict_printer_id_ok_profile_id` ON `profile_verdicts` (`printer_id`, `ok`, `profile_id`);
-- Create "queue_items" table
CREATE TABLE `queue_items` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `number` integer NOT NULL,
  `name` text NOT NULL,
  `plate_index` integer NOT NULL DEFAULT 0,
  `on_behalf_of` text NULL,
  `state` text NOT NULL DEFAULT 'queued',
  `hold` text NOT NULL DEFAULT 'none',
  `hold_reason` text NOT NULL DEFAULT '',
  `approval_state` text NOT NULL DEFAULT 'not_required',
  `decided_by_id` text NULL,
  `decided_at` datetime NULL,
  `approval_reason` text NOT NULL DEFAULT '',
  `copies_requested` integer NOT NULL DEFAULT 1,
  `copies_done` integer NOT NULL DEFAULT 0,
  `copies_running` integer NOT NULL DEFAULT 0,
  `copies_failed` integer NOT NULL DEFAULT 0,
  `priority` text NOT NULL DEFAULT 'normal',
  `priority_rank` integer NOT NULL DEFAULT 1,
  `turn` integer NOT NULL DEFAULT 0,
  `position` integer NOT NULL DEFAULT 0,
  `not_before` datetime NULL,
  `deadline_at` datetime NULL,
  `latest_start` integer NOT NULL DEFAULT -9223372036854775808,
  `estimated_seconds` integer NOT NULL DEFAULT 0,
  `estimated_g` real NOT NULL DEFAULT 0,
  `size_class` integer NOT NULL DEFAULT 0,
  `requirements` json NOT NULL,
  `requested` json NOT NULL,
  `metadata` json NOT NULL,
  `external_ref` text NOT NULL DEFAULT '',
  `attempts` integer NOT NULL DEFAULT 0,
  `max_attempts` integer NOT NULL DEFAULT 3,
  `assigned_at` datetime NULL,
  `reservations` json NOT NULL,
  `overrides` json NOT NULL,
  `dispatchable` bool NOT NULL DEFAULT false,
  `blocked_at` datetime NULL,
  `cancel_requested` bool NOT NULL DEFAULT false,
  `search` text NOT NULL DEFAULT '',
  `organization_id` text NOT NULL,
  `file_id` text NULL,
  `submitter_id` text NOT NULL,
  `class_id` text NULL,
  `assigned_printer_id` text NULL,
  `profile_id` text NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `queue_items_requirement_profiles_profile` FOREIGN KEY (`profile_id`) REFERENCES `requirement_profiles` (`id`) ON UPDATE NO ACTION ON DELETE RESTRICT,
  CONSTRAINT `queue_items_printers_assigned_printer` FOREIGN KEY (`assigned_printer_id`) REFERENCES `printers` (`id`) ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT `queue_items_classes_class` FOREIGN KEY (`class_id`) REFERENCES `classes` (`id`) ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT `queue_items_memberships_submitter` FOREIGN KEY (`submitter_id`) REFERENCES `memberships` (`id`) ON UPDATE NO ACTION ON DELETE RESTRICT,
  CONSTRAINT `queue_items_files_file` FOREIGN KEY (`file_id`) REFERENCES `files` (`id`) ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT `queue_items_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "queue_items_head" to table: "queue_items"
CREATE INDEX `queue_items_head` ON `queue_items` (`profile_id`, `priority_rank` DESC, `turn`, `latest_start`, `position`, `id`, `estimated_g`) WHERE dispatchable;
-- Create index "queue_items_size_head" to table: "queue_items"
CREATE INDEX `queue_items_size_head` ON `queue_items` (`profile_id`, `size_class`, `priority_rank` DESC, `turn`, `latest_start`, `position`, `id`, `estimated_g`) WHERE dispatchable;
-- Create index "queue_items_line" to table: "queue_items"
CREATE INDEX `queue_items_line` ON `queue_items` (`assigned_printer_id`, `priority_rank` DESC, `turn`, `latest_start`, `position`, `id`) WHERE assigned_printer_id IS NOT NULL;
-- Create index "queue_items_order" to table: "queue_items"
CREATE INDEX `queue_items_order` ON `queue_items` (`organization_id`, `priority_rank` DESC, `turn`, `latest_start`, `position`, `id`) WHERE dispatchable;
-- Create index "queue_items_pending" to table: "queue_items"
CREATE INDEX `queue_items_pending` ON `queue_items` (`organization_id`, `updated_at`) WHERE approval_state = 'pending';
-- Create index "queue_items_schedule" to table: "queue_items"
CREATE INDEX `queue_items_schedule` ON `queue_items` (`organization_id`, `not_before`) WHERE hold = 'schedule';
-- Create index "queueitem_organization_id_number" to table: "queue_items"
CREATE UNIQUE INDEX `queueitem_organization_id_number` ON `queue_items` (`organization_id`, `number`);
-- Create index "queueitem_organization_id_state_created_at" to table: "queue_items"
CREATE INDEX `queueitem_organization_id_state_created_at` ON `queue_items` (`organization_id`, `state`, `created_at`);
-- Create index "queueitem_organization_id_created_at_id" to table: "queue_items"
CREATE INDEX `queueitem_organization_id_created_at_id` ON `queue_items` (`organization_id`, `created_at`, `id`);
-- Create index "queueitem_organization_id_position_id" to table: "queue_items"
CREATE INDEX `queueitem_organization_id_position_id` ON `queue_items` (`organization_id`, `position`, `id`);
-- Create index "queueitem_submitter_id_created_at" to table: "queue_items"
CREATE INDEX `queueitem_submitter_id_created_at` ON `queue_items` (`submitter_id`, `created_at`);
-- Create index "queueitem_class_id_created_at" to table: "queue_items"
CREATE INDEX `queueitem_class_id_created_at` ON `queue_items` (`class_id`, `created_at`);
-- Create index "queueitem_file_id" to table: "queue_items"
CREATE INDEX `queueitem_file_id` ON `queue_items` (`file_id`);
-- Create "requirement_profiles" table
CREATE TABLE `requirement_profiles` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `key` text NOT NULL,
  `need` json NOT NULL,
  `computed_at` datetime NULL,
  `matching_printers` integer NOT NULL DEFAULT 0,
  `organization_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `requirement_profiles_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "requirementprofile_organization_id_key" to table: "requirement_profiles"
CREATE UNIQUE INDEX `requirementprofile_organization_id_key` ON `requirement_profiles` (`organization_id`, `key`);
-- Create "roll_overs" table
CREATE TABLE `roll_overs` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `by_membership_id` text NULL,
  `moved` json NOT NULL,
  `class_state` text NOT NULL DEFAULT '',
  `undone_at` datetime NULL,
  `organization_id` text NOT NULL,
  `class_id` text NOT NULL,
  `next_class_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `roll_overs_classes_next_class` FOREIGN KEY (`next_class_id`) REFERENCES `classes` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `roll_overs_classes_class` FOREIGN KEY (`class_id`) REFERENCES `classes` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `roll_overs_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "rollover_class_id_created_at" to table: "roll_overs"
CREATE INDEX `rollover_class_id_created_at` ON `roll_overs` (`class_id`, `created_at`);
-- Create "roster_imports" table
CREATE TABLE `roster_imports` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `name` text NOT NULL DEFAULT '',
  `format` text NOT NULL DEFAULT '',
  `summary` json NOT NULL,
  `by_membership_id` text NULL,
  `content` blob NULL,
  `changes` blob NULL,
  `applied_at` datetime NULL,
  `undone_at` datetime NULL,
  `organization_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `roster_imports_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "rosterimport_organization_id_created_at_id" to table: "roster_imports"
CREATE INDEX `rosterimport_organization_id_created_at_id` ON `roster_imports` (`organization_id`, `created_at`, `id`);
-- Create "scim_groups" table
CREATE TABLE `scim_groups` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `display_name` text NOT NULL,
  `display_key` text NOT NULL,
  `external_id` text NULL,
  `organization_id` text NOT NULL,
  `provider_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `scim_groups_sso_providers_provider` FOREIGN KEY (`provider_id`) REFERENCES `sso_providers` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `scim_groups_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "scimgroup_provider_id_external_id" to table: "scim_groups"
CREATE UNIQUE INDEX `scimgroup_provider_id_external_id` ON `scim_groups` (`provider_id`, `external_id`);
-- Create index "scimgroup_provider_id_display_key" to table: "scim_groups"
CREATE INDEX `scimgroup_provider_id_display_key` ON `scim_groups` (`provider_id`, `display_key`);
-- Create "scim_users" table
CREATE TABLE `scim_users` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `user_name` text NOT NULL,
  `user_name_key` text NOT NULL,
  `external_id` text NOT NULL DEFAULT '',
  `display_key` text NOT NULL DEFAULT '',
  `email_key` text NOT NULL DEFAULT '',
  `profile` json NOT NULL,
  `organization_id` text NOT NULL,
  `provider_id` text NOT NULL,
  `membership_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `scim_users_memberships_membership` FOREIGN KEY (`membership_id`) REFERENCES `memberships` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `scim_users_sso_providers_provider` FOREIGN KEY (`provider_id`) REFERENCES `sso_providers` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `scim_users_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "scimuser_provider_id_user_name_key" to table: "scim_users"
CREATE UNIQUE INDEX `scimuser_provider_id_user_name_key` ON `scim_users` (`provider_id`, `user_name_key`);
-- Create index "scimuser_provider_id_membership_id" to table: "scim_users"
CREATE UNIQUE INDEX `scimuser_provider_id_membership_id` ON `scim_users` (`provider_id`, `membership_id`);
-- Create index "scimuser_provider_id_external_id" to table: "scim_users"
CREATE INDEX `scimuser_provider_id_external_id` ON `scim_users` (`provider_id`, `external_id`);
-- Create index "scimuser_provider_id_email_key" to table: "scim_users"
CREATE INDEX `scimuser_provider_id_email_key` ON `scim_users` (`provider_id`, `email_key`);
-- Create index "scimuser_membership_id" to table: "scim_users"
CREATE INDEX `scimuser_membership_id` ON `scim_users` (`membership_id`);
-- Create "sso_group_mappings" table
CREATE TABLE `sso_group_mappings` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `match` json NOT NULL,
  `priority` integer NOT NULL DEFAULT 0,
  `role` text NULL,
  `is_teacher` bool NOT NULL DEFAULT false,
  `on_loss` text NOT NULL DEFAULT 'revoke',
  `organization_id` text NOT NULL,
  `provider_id` text NOT NULL,
  `class_id` text NULL,
  `user_group_id` text NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `sso_group_mappings_user_groups_user_group` FOREIGN KEY (`user_group_id`) REFERENCES `user_groups` (`id`) ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT `sso_group_mappings_classes_class` FOREIGN KEY (`class_id`) REFERENCES `classes` (`id`) ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT `sso_group_mappings_sso_providers_provider` FOREIGN KEY (`provider_id`) REFERENCES `sso_providers` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `sso_group_mappings_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "ssogroupmapping_provider_id_priority_id" to table: "sso_group_mappings"
CREATE INDEX `ssogroupmapping_provider_id_priority_id` ON `sso_group_mappings` (`provider_id`, `priority`, `id`);
-- Create index "ssogroupmapping_organization_id_priority_id" to table: "sso_group_mappings"
CREATE INDEX `ssogroupmapping_organization_id_priority_id` ON `sso_group_mappings` (`organization_id`, `priority`, `id`);
-- Create "sso_providers" table
CREATE TABLE `sso_providers` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `name` text NOT NULL,
  `slug` text NOT NULL,
  `kind` text NOT NULL DEFAULT 'oidc',
  `profile` text NOT NULL DEFAULT 'other',
  `issuer` text NOT NULL,
  `client_id` text NOT NULL,
  `client_secret` blob NULL,
  `scopes` json NOT NULL,
  `claims` json NOT NULL,
  `domains` json NOT NULL,
  `redirect_uris` json NOT NULL,
  `auto_create` text NOT NULL DEFAULT 'off',
  `default_role` text NOT NULL DEFAULT 'student',
  `force_sso` bool NOT NULL DEFAULT false,
  `state` text NOT NULL DEFAULT 'draft',
  `last_test` json NULL,
  `scim_hash` blob NULL,
  `scim_previous_hash` blob NULL,
  `scim_previous_until` datetime NULL,
  `scim_token_created_at` datetime NULL,
  `scim_last_used_at` datetime NULL,
  `search` text NOT NULL DEFAULT '',
  `organization_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `sso_providers_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "ssoprovider_organization_id_slug" to table: "sso_providers"
CREATE UNIQUE INDEX `ssoprovider_organization_id_slug` ON `sso_providers` (`organization_id`, `slug`);
-- Create "sessions" table
CREATE TABLE `sessions` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `secret_hash` blob NOT NULL,
  `opened_by` text NOT NULL,
  `provider_session` text NOT NULL DEFAULT '',
  `provider_subject` text NOT NULL DEFAULT '',
  `id_token` blob NULL,
  `browser` bool NOT NULL DEFAULT false,
  `user_agent` text NOT NULL DEFAULT '',
  `address` text NOT NULL DEFAULT '',
  `idle_seconds` integer NOT NULL DEFAULT 0,
  `expires_at` datetime NOT NULL,
  `revoked_at` datetime NULL,
  `last_used_at` datetime NULL,
  `organization_id` text NOT NULL,
  `membership_id` text NOT NULL,
  `provider_id` text NULL,
  `identity_id` text NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `sessions_identities_identity` FOREIGN KEY (`identity_id`) REFERENCES `identities` (`id`) ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT `sessions_sso_providers_provider` FOREIGN KEY (`provider_id`) REFERENCES `sso_providers` (`id`) ON UPDATE NO ACTION ON DELETE SET NULL,
  CONSTRAINT `sessions_memberships_membership` FOREIGN KEY (`membership_id`) REFERENCES `memberships` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `sessions_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "session_expires_at" to table: "sessions"
CREATE INDEX `session_expires_at` ON `sessions` (`expires_at`);
-- Create index "session_membership_id_expires_at" to table: "sessions"
CREATE INDEX `session_membership_id_expires_at` ON `sessions` (`membership_id`, `expires_at`);
-- Create index "session_identity_id" to table: "sessions"
CREATE INDEX `session_identity_id` ON `sessions` (`identity_id`);
-- Create "spent_tokens" table
CREATE TABLE `spent_tokens` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `token_hash` blob NOT NULL,
  `expires_at` datetime NOT NULL,
  `organization_id` text NOT NULL,
  `provider_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `spent_tokens_sso_providers_provider` FOREIGN KEY (`provider_id`) REFERENCES `sso_providers` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `spent_tokens_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "spenttoken_provider_id_token_hash" to table: "spent_tokens"
CREATE UNIQUE INDEX `spenttoken_provider_id_token_hash` ON `spent_tokens` (`provider_id`, `token_hash`);
-- Create index "spenttoken_expires_at" to table: "spent_tokens"
CREATE INDEX `spenttoken_expires_at` ON `spent_tokens` (`expires_at`);
-- Create "spools" table
CREATE TABLE `spools` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `deleted_at` datetime NULL,
  `code` text NOT NULL,
  `initial_g` real NOT NULL DEFAULT 0,
  `used_g` real NOT NULL DEFAULT 0,
  `remaining_g` real NOT NULL DEFAULT 0,
  `reserved_g` real NOT NULL DEFAULT 0,
  `status` text NOT NULL DEFAULT 'new',
  `location` text NOT NULL DEFAULT '',
  `lot_number` text NOT NULL DEFAULT '',
  `low_stock_threshold` json NULL,
  `stock_level` text NOT NULL DEFAULT 'ok',
  `told_level` text NOT NULL DEFAULT 'ok',
  `low_stock_snoozed_until` datetime NULL,
  `weight_source` text NOT NULL DEFAULT 'initial',
  `opened_at` datetime NULL,
  `expires_at` datetime NULL,
  `search` text NOT NULL DEFAULT '',
  `organization_id` text NOT NULL,
  `material_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `spools_materials_material` FOREIGN KEY (`material_id`) REFERENCES `materials` (`id`) ON UPDATE NO ACTION ON DELETE RESTRICT,
  CONSTRAINT `spools_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "spool_organization_id_code" to table: "spools"
CREATE UNIQUE INDEX `spool_organization_id_code` ON `spools` (`organization_id`, `code`);
-- Create index "spool_organization_id_status" to table: "spools"
CREATE INDEX `spool_organization_id_status` ON `spools` (`organization_id`, `status`);
-- Create index "spool_material_id" to table: "spools"
CREATE INDEX `spool_material_id` ON `spools` (`material_id`);
-- Create "spool_assignments" table
CREATE TABLE `spool_assignments` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `slot_index` integer NOT NULL,
  `started_at` datetime NOT NULL,
  `ended_at` datetime NULL,
  `organization_id` text NOT NULL,
  `spool_id` text NOT NULL,
  `printer_id` text NOT NULL,
  `slot_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `spool_assignments_printer_slots_slot` FOREIGN KEY (`slot_id`) REFERENCES `printer_slots` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `spool_assignments_printers_printer` FOREIGN KEY (`printer_id`) REFERENCES `printers` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `spool_assignments_spools_spool` FOREIGN KEY (`spool_id`) REFERENCES `spools` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `spool_assignments_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "spool_assignments_one_open_per_spool" to table: "spool_assignments"
CREATE UNIQUE INDEX `spool_assignments_one_open_per_spool` ON `spool_assignments` (`spool_id`) WHERE ended_at IS NULL;
-- Create index "spool_assignments_one_open_per_slot" to table: "spool_assignments"
CREATE UNIQUE INDEX `spool_assignments_one_open_per_slot` ON `spool_assignments` (`slot_id`) WHERE ended_at IS NULL;
-- Create index "spoolassignment_organization_id_created_at_id" to table: "spool_assignments"
CREATE INDEX `spoolassignment_organization_id_created_at_id` ON `spool_assignments` (`organization_id`, `created_at`, `id`);
-- Create index "spoolassignment_printer_id" to table: "spool_assignments"
CREATE INDEX `spoolassignment_printer_id` ON `spool_assignments` (`printer_id`);
-- Create "status_incidents" table
CREATE TABLE `status_incidents` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `part` text NOT NULL,
  `title` text NOT NULL,
  `observed` bool NOT NULL DEFAULT false,
  `opened_at` datetime NOT NULL,
  `closed_at` datetime NULL,
  `notes` json NOT NULL,
  PRIMARY KEY (`id`)
);
-- Create index "status_incidents_one_open_per_part" to table: "status_incidents"
CREATE UNIQUE INDEX `status_incidents_one_open_per_part` ON `status_incidents` (`part`) WHERE observed AND closed_at IS NULL;
-- Create index "statusincident_opened_at" to table: "status_incidents"
CREATE INDEX `statusincident_opened_at` ON `status_incidents` (`opened_at`);
-- Create "throttles" table
CREATE TABLE `throttles` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `key` text NOT NULL,
  `account` text NOT NULL DEFAULT '',
  `whole_us` integer NOT NULL,
  PRIMARY KEY (`id`)
);
-- Create index "throttles_key_key" to table: "throttles"
CREATE UNIQUE INDEX `throttles_key_key` ON `throttles` (`key`);
-- Create index "throttle_account" to table: "throttles"
CREATE INDEX `throttle_account` ON `throttles` (`account`);
-- Create index "throttle_whole_us" to table: "throttles"
CREATE INDEX `throttle_whole_us` ON `throttles` (`whole_us`);
-- Create "users" table
CREATE TABLE `users` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `email` text NOT NULL,
  `name` text NOT NULL DEFAULT '',
  `locale` text NOT NULL DEFAULT '',
  PRIMARY KEY (`id`)
);
-- Create index "users_email_key" to table: "users"
CREATE UNIQUE INDEX `users_email_key` ON `users` (`email`);
-- Create "user_groups" table
CREATE TABLE `user_groups` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `name` text NOT NULL,
  `grants` json NOT NULL,
  `denials` json NOT NULL,
  `limits` json NULL,
  `search` text NOT NULL DEFAULT '',
  `organization_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `user_groups_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "usergroup_organization_id_name" to table: "user_groups"
CREATE UNIQUE INDEX `usergroup_organization_id_name` ON `user_groups` (`organization_id`, `name`);
-- Create "webhooks" table
CREATE TABLE `webhooks` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `name` text NOT NULL,
  `description` text NOT NULL DEFAULT '',
  `endpoint_url` text NOT NULL,
  `subscriptions` json NOT NULL,
  `max_attempts` integer NOT NULL DEFAULT 5,
  `retry_backoff_seconds` integer NOT NULL DEFAULT 300,
  `state` text NOT NULL DEFAULT 'enabled',
  `disabled_reason` text NOT NULL DEFAULT 'none',
  `failing_since` datetime NULL,
  `since_sequence` integer NOT NULL DEFAULT 0,
  `secret` blob NOT NULL,
  `previous_secret` blob NULL,
  `search` text NOT NULL DEFAULT '',
  `previous_secret_until` datetime NULL,
  `organization_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `webhooks_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "webhook_organization_id_created_at_id" to table: "webhooks"
CREATE INDEX `webhook_organization_id_created_at_id` ON `webhooks` (`organization_id`, `created_at`, `id`);
-- Create "webhook_deliveries" table
CREATE TABLE `webhook_deliveries` (
  `id` text NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `version` integer NOT NULL DEFAULT 1,
  `event_type` text NOT NULL,
  `status` text NOT NULL DEFAULT 'queued',
  `attempts` json NOT NULL,
  `next_attempt_at` datetime NULL,
  `replay_of` text NULL,
  `replay` integer NOT NULL DEFAULT 0,
  `lease_until` datetime NULL,
  `lease_token` text NOT NULL DEFAULT '',
  `organization_id` text NOT NULL,
  `webhook_id` text NOT NULL,
  `event_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `webhook_deliveries_events_event` FOREIGN KEY (`event_id`) REFERENCES `events` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `webhook_deliveries_webhooks_webhook` FOREIGN KEY (`webhook_id`) REFERENCES `webhooks` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `webhook_deliveries_organizations_organization` FOREIGN KEY (`organization_id`) REFERENCES `organizations` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create index "webhookdelivery_event_id_webhook_id_replay" to table: "webhook_deliveries"
CREATE UNIQUE INDEX `webhookdelivery_event_id_webhook_id_replay` ON `webhook_deliveries` (`event_id`, `webhook_id`, `replay`);
-- Create index "webhookdelivery_webhook_id_next_attempt_at_id" to table: "webhook_deliveries"
CREATE INDEX `webhookdelivery_webhook_id_next_attempt_at_id` ON `webhook_deliveries` (`webhook_id`, `next_attempt_at`, `id`) WHERE status = 'queued';
-- Create index "webhookdelivery_lease_until" to table: "webhook_deliveries"
CREATE INDEX `webhookdelivery_lease_until` ON `webhook_deliveries` (`lease_until`) WHERE status = 'delivering';
-- Create index "webhookdelivery_webhook_id_created_at_id" to table: "webhook_deliveries"
CREATE INDEX `webhookdelivery_webhook_id_created_at_id` ON `webhook_deliveries` (`webhook_id`, `created_at`, `id`);
-- Create index "webhookdelivery_organization_id_created_at_id" to table: "webhook_deliveries"
CREATE INDEX `webhookdelivery_organization_id_created_at_id` ON `webhook_deliveries` (`organization_id`, `created_at`, `id`);
-- Create "class_printer_groups" table
CREATE TABLE `class_printer_groups` (
  `class_id` text NOT NULL,
  `printer_group_id` text NOT NULL,
  PRIMARY KEY (`class_id`, `printer_group_id`),
  CONSTRAINT `class_printer_groups_printer_group_id` FOREIGN KEY (`printer_group_id`) REFERENCES `printer_groups` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `class_printer_groups_class_id` FOREIGN KEY (`class_id`) REFERENCES `classes` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create "printer_tag_printers" table
CREATE TABLE `printer_tag_printers` (
  `printer_id` text NOT NULL,
  `printer_tag_id` text NOT NULL,
  PRIMARY KEY (`printer_id`, `printer_tag_id`),
  CONSTRAINT `printer_tag_printers_printer_tag_id` FOREIGN KEY (`printer_tag_id`) REFERENCES `printer_tags` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `printer_tag_printers_printer_id` FOREIGN KEY (`printer_id`) REFERENCES `printers` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create "printer_group_printers" table
CREATE TABLE `printer_group_printers` (
  `printer_id` text NOT NULL,
  `printer_group_id` text NOT NULL,
  PRIMARY KEY (`printer_id`, `printer_group_id`),
  CONSTRAINT `printer_group_printers_printer_group_id` FOREIGN KEY (`printer_group_id`) REFERENCES `printer_groups` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `printer_group_printers_printer_id` FOREIGN KEY (`printer_id`) REFERENCES `printers` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create "scim_group_members" table
CREATE TABLE `scim_group_members` (
  `scim_group_id` text NOT NULL,
  `scim_user_id` text NOT NULL,
  PRIMARY KEY (`scim_group_id`, `scim_user_id`),
  CONSTRAINT `scim_group_members_scim_user_id` FOREIGN KEY (`scim_user_id`) REFERENCES `scim_users` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `scim_group_members_scim_group_id` FOREIGN KEY (`scim_group_id`) REFERENCES `scim_groups` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create "user_group_members" table
CREATE TABLE `user_group_members` (
  `user_group_id` text NOT NULL,
  `membership_id` text NOT NULL,
  PRIMARY KEY (`user_group_id`, `membership_id`),
  CONSTRAINT `user_group_members_membership_id` FOREIGN KEY (`membership_id`) REFERENCES `memberships` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `user_group_members_user_group_id` FOREIGN KEY (`user_group_id`) REFERENCES `user_groups` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Create "user_group_printer_groups" table
CREATE TABLE `user_group_printer_groups` (
  `user_group_id` text NOT NULL,
  `printer_group_id` text NOT NULL,
  PRIMARY KEY (`user_group_id`, `printer_group_id`),
  CONSTRAINT `user_group_printer_groups_printer_group_id` FOREIGN KEY (`printer_group_id`) REFERENCES `printer_groups` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `user_group_printer_groups_user_group_id` FOREIGN KEY (`user_group_id`) REFERENCES `user_groups` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
CREATE TRIGGER `api_keys_created_by_id_match_insert` BEFORE INSERT ON `api_keys`
  WHEN NEW.`created_by_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`created_by_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: created_by_id of api_keys points at no row of memberships in the same organization'); END;
CREATE TRIGGER `api_keys_created_by_id_match_update` BEFORE UPDATE OF `created_by_id`, `organization_id` ON `api_keys`
  WHEN NEW.`created_by_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`created_by_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: created_by_id of api_keys points at no row of memberships in the same organization'); END;
CREATE TRIGGER `api_keys_organization_fixed` BEFORE UPDATE OF `organization_id` ON `api_keys`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of api_keys cannot change'); END;
CREATE TRIGGER `class_printer_groups_printer_group_id_match_insert` BEFORE INSERT ON `class_printer_groups`
  WHEN NEW.`class_id` IS NOT NULL AND NEW.`printer_group_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `classes` AS a JOIN `printer_groups` AS b ON a.`organization_id` = b.`organization_id` WHERE a.`id` = NEW.`class_id` AND b.`id` = NEW.`printer_group_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: class_id and printer_group_id of class_printer_groups point at different organizations'); END;
CREATE TRIGGER `class_printer_groups_printer_group_id_match_update` BEFORE UPDATE OF `class_id`, `printer_group_id` ON `class_printer_groups`
  WHEN NEW.`class_id` IS NOT NULL AND NEW.`printer_group_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `classes` AS a JOIN `printer_groups` AS b ON a.`organization_id` = b.`organization_id` WHERE a.`id` = NEW.`class_id` AND b.`id` = NEW.`printer_group_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: class_id and printer_group_id of class_printer_groups point at different organizations'); END;
CREATE TRIGGER `classes_next_class_id_match_insert` BEFORE INSERT ON `classes`
  WHEN NEW.`next_class_id` IS NOT NULL AND NEW.`next_class_id` <> NEW.`id` AND NOT EXISTS (SELECT 1 FROM `classes` WHERE `id` = NEW.`next_class_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: next_class_id of classes points at no row of classes in the same organization'); END;
CREATE TRIGGER `classes_next_class_id_match_update` BEFORE UPDATE OF `next_class_id`, `organization_id` ON `classes`
  WHEN NEW.`next_class_id` IS NOT NULL AND NEW.`next_class_id` <> NEW.`id` AND NOT EXISTS (SELECT 1 FROM `classes` WHERE `id` = NEW.`next_class_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: next_class_id of classes points at no row of classes in the same organization'); END;
CREATE TRIGGER `classes_organization_fixed` BEFORE UPDATE OF `organization_id` ON `classes`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of classes cannot change'); END;
CREATE TRIGGER `enrollments_class_id_match_insert` BEFORE INSERT ON `enrollments`
  WHEN NEW.`class_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `classes` WHERE `id` = NEW.`class_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: class_id of enrollments points at no row of classes in the same organization'); END;
CREATE TRIGGER `enrollments_class_id_match_update` BEFORE UPDATE OF `class_id`, `organization_id` ON `enrollments`
  WHEN NEW.`class_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `classes` WHERE `id` = NEW.`class_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: class_id of enrollments points at no row of classes in the same organization'); END;
CREATE TRIGGER `enrollments_membership_id_match_insert` BEFORE INSERT ON `enrollments`
  WHEN NEW.`membership_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`membership_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: membership_id of enrollments points at no row of memberships in the same organization'); END;
CREATE TRIGGER `enrollments_membership_id_match_update` BEFORE UPDATE OF `membership_id`, `organization_id` ON `enrollments`
  WHEN NEW.`membership_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`membership_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: membership_id of enrollments points at no row of memberships in the same organization'); END;
CREATE TRIGGER `enrollments_organization_fixed` BEFORE UPDATE OF `organization_id` ON `enrollments`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of enrollments cannot change'); END;
CREATE TRIGGER `event_cursors_organization_fixed` BEFORE UPDATE OF `organization_id` ON `event_cursors`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of event_cursors cannot change'); END;
CREATE TRIGGER `events_no_delete` BEFORE DELETE ON `events`
BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;
CREATE TRIGGER `events_no_update` BEFORE UPDATE ON `events`
BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;
CREATE TRIGGER `events_organization_fixed` BEFORE UPDATE OF `organization_id` ON `events`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of events cannot change'); END;
CREATE TRIGGER `files_organization_fixed` BEFORE UPDATE OF `organization_id` ON `files`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of files cannot change'); END;
CREATE TRIGGER `files_uploaded_by_id_match_insert` BEFORE INSERT ON `files`
  WHEN NEW.`uploaded_by_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`uploaded_by_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: uploaded_by_id of files points at no row of memberships in the same organization'); END;
CREATE TRIGGER `files_uploaded_by_id_match_update` BEFORE UPDATE OF `uploaded_by_id`, `organization_id` ON `files`
  WHEN NEW.`uploaded_by_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`uploaded_by_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: uploaded_by_id of files points at no row of memberships in the same organization'); END;
CREATE TRIGGER `idempotency_keys_organization_fixed` BEFORE UPDATE OF `organization_id` ON `idempotency_keys`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of idempotency_keys cannot change'); END;
CREATE TRIGGER `identities_organization_fixed` BEFORE UPDATE OF `organization_id` ON `identities`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of identities cannot change'); END;
CREATE TRIGGER `identities_provider_id_match_insert` BEFORE INSERT ON `identities`
  WHEN NEW.`provider_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `sso_providers` WHERE `id` = NEW.`provider_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: provider_id of identities points at no row of sso_providers in the same organization'); END;
CREATE TRIGGER `identities_provider_id_match_update` BEFORE UPDATE OF `provider_id`, `organization_id` ON `identities`
  WHEN NEW.`provider_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `sso_providers` WHERE `id` = NEW.`provider_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: provider_id of identities points at no row of sso_providers in the same organization'); END;
CREATE TRIGGER `invites_invited_by_id_match_insert` BEFORE INSERT ON `invites`
  WHEN NEW.`invited_by_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`invited_by_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: invited_by_id of invites points at no row of memberships in the same organization'); END;
CREATE TRIGGER `invites_invited_by_id_match_update` BEFORE UPDATE OF `invited_by_id`, `organization_id` ON `invites`
  WHEN NEW.`invited_by_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`invited_by_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: invited_by_id of invites points at no row of memberships in the same organization'); END;
CREATE TRIGGER `invites_organization_fixed` BEFORE UPDATE OF `organization_id` ON `invites`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of invites cannot change'); END;
CREATE TRIGGER `ledger_entries_no_delete` BEFORE DELETE ON `ledger_entries`
BEGIN SELECT RAISE(ABORT, 'ledger_entries is append-only'); END;
CREATE TRIGGER `ledger_entries_no_update` BEFORE UPDATE ON `ledger_entries`
BEGIN SELECT RAISE(ABORT, 'ledger_entries is append-only'); END;
CREATE TRIGGER `ledger_entries_organization_fixed` BEFORE UPDATE OF `organization_id` ON `ledger_entries`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of ledger_entries cannot change'); END;
CREATE TRIGGER `ledger_entries_print_id_match_insert` BEFORE INSERT ON `ledger_entries`
  WHEN NEW.`print_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `prints` WHERE `id` = NEW.`print_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: print_id of ledger_entries points at no row of prints in the same organization'); END;
CREATE TRIGGER `ledger_entries_print_id_match_update` BEFORE UPDATE OF `print_id`, `organization_id` ON `ledger_entries`
  WHEN NEW.`print_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `prints` WHERE `id` = NEW.`print_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: print_id of ledger_entries points at no row of prints in the same organization'); END;
CREATE TRIGGER `ledger_entries_spool_id_match_insert` BEFORE INSERT ON `ledger_entries`
  WHEN NEW.`spool_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `spools` WHERE `id` = NEW.`spool_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: spool_id of ledger_entries points at no row of spools in the same organization'); END;
CREATE TRIGGER `ledger_entries_spool_id_match_update` BEFORE UPDATE OF `spool_id`, `organization_id` ON `ledger_entries`
  WHEN NEW.`spool_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `spools` WHERE `id` = NEW.`spool_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: spool_id of ledger_entries points at no row of spools in the same organization'); END;
CREATE TRIGGER `ledger_entries_undo_of_id_match_insert` BEFORE INSERT ON `ledger_entries`
  WHEN NEW.`undo_of_id` IS NOT NULL AND NEW.`undo_of_id` <> NEW.`id` AND NOT EXISTS (SELECT 1 FROM `ledger_entries` WHERE `id` = NEW.`undo_of_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: undo_of_id of ledger_entries points at no row of ledger_entries in the same organization'); END;
CREATE TRIGGER `ledger_entries_undo_of_id_match_update` BEFORE UPDATE OF `undo_of_id`, `organization_id` ON `ledger_entries`
  WHEN NEW.`undo_of_id` IS NOT NULL AND NEW.`undo_of_id` <> NEW.`id` AND NOT EXISTS (SELECT 1 FROM `ledger_entries` WHERE `id` = NEW.`undo_of_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: undo_of_id of ledger_entries points at no row of ledger_entries in the same organization'); END;
CREATE TRIGGER `logins_asked_by_id_match_insert` BEFORE INSERT ON `logins`
  WHEN NEW.`asked_by_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`asked_by_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: asked_by_id of logins points at no row of memberships in the same organization'); END;
CREATE TRIGGER `logins_asked_by_id_match_update` BEFORE UPDATE OF `asked_by_id`, `organization_id` ON `logins`
  WHEN NEW.`asked_by_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`asked_by_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: asked_by_id of logins points at no row of memberships in the same organization'); END;
CREATE TRIGGER `logins_organization_fixed` BEFORE UPDATE OF `organization_id` ON `logins`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of logins cannot change'); END;
CREATE TRIGGER `logins_provider_id_match_insert` BEFORE INSERT ON `logins`
  WHEN NEW.`provider_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `sso_providers` WHERE `id` = NEW.`provider_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: provider_id of logins points at no row of sso_providers in the same organization'); END;
CREATE TRIGGER `logins_provider_id_match_update` BEFORE UPDATE OF `provider_id`, `organization_id` ON `logins`
  WHEN NEW.`provider_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `sso_providers` WHERE `id` = NEW.`provider_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: provider_id of logins points at no row of sso_providers in the same organization'); END;
CREATE TRIGGER `materials_organization_fixed` BEFORE UPDATE OF `organization_id` ON `materials`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of materials cannot change'); END;
CREATE TRIGGER `memberships_organization_fixed` BEFORE UPDATE OF `organization_id` ON `memberships`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of memberships cannot change'); END;
CREATE TRIGGER `notification_messages_event_id_match_insert` BEFORE INSERT ON `notification_messages`
  WHEN NEW.`event_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `events` WHERE `id` = NEW.`event_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: event_id of notification_messages points at no row of events in the same organization'); END;
CREATE TRIGGER `notification_messages_event_id_match_update` BEFORE UPDATE OF `event_id`, `organization_id` ON `notification_messages`
  WHEN NEW.`event_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `events` WHERE `id` = NEW.`event_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: event_id of notification_messages points at no row of events in the same organization'); END;
CREATE TRIGGER `notification_messages_membership_id_match_insert` BEFORE INSERT ON `notification_messages`
  WHEN NEW.`membership_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`membership_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: membership_id of notification_messages points at no row of memberships in the same organization'); END;
CREATE TRIGGER `notification_messages_membership_id_match_update` BEFORE UPDATE OF `membership_id`, `organization_id` ON `notification_messages`
  WHEN NEW.`membership_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`membership_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: membership_id of notification_messages points at no row of memberships in the same organization'); END;
CREATE TRIGGER `notification_messages_organization_fixed` BEFORE UPDATE OF `organization_id` ON `notification_messages`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of notification_messages cannot change'); END;
CREATE TRIGGER `notification_messages_rule_id_match_insert` BEFORE INSERT ON `notification_messages`
  WHEN NEW.`rule_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `notification_rules` WHERE `id` = NEW.`rule_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: rule_id of notification_messages points at no row of notification_rules in the same organization'); END;
CREATE TRIGGER `notification_messages_rule_id_match_update` BEFORE UPDATE OF `rule_id`, `organization_id` ON `notification_messages`
  WHEN NEW.`rule_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `notification_rules` WHERE `id` = NEW.`rule_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: rule_id of notification_messages points at no row of notification_rules in the same organization'); END;
CREATE TRIGGER `notification_preferences_membership_id_match_insert` BEFORE INSERT ON `notification_preferences`
  WHEN NEW.`membership_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`membership_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: membership_id of notification_preferences points at no row of memberships in the same organization'); END;
CREATE TRIGGER `notification_preferences_membership_id_match_update` BEFORE UPDATE OF `membership_id`, `organization_id` ON `notification_preferences`
  WHEN NEW.`membership_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`membership_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: membership_id of notification_preferences points at no row of memberships in the same organization'); END;
CREATE TRIGGER `notification_preferences_organization_fixed` BEFORE UPDATE OF `organization_id` ON `notification_preferences`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of notification_preferences cannot change'); END;
CREATE TRIGGER `notification_preferences_rule_id_match_insert` BEFORE INSERT ON `notification_preferences`
  WHEN NEW.`rule_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `notification_rules` WHERE `id` = NEW.`rule_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: rule_id of notification_preferences points at no row of notification_rules in the same organization'); END;
CREATE TRIGGER `notification_preferences_rule_id_match_update` BEFORE UPDATE OF `rule_id`, `organization_id` ON `notification_preferences`
  WHEN NEW.`rule_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `notification_rules` WHERE `id` = NEW.`rule_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: rule_id of notification_preferences points at no row of notification_rules in the same organization'); END;
CREATE TRIGGER `notification_rules_organization_fixed` BEFORE UPDATE OF `organization_id` ON `notification_rules`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of notification_rules cannot change'); END;
CREATE TRIGGER `notifications_event_id_match_insert` BEFORE INSERT ON `notifications`
  WHEN NEW.`event_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `events` WHERE `id` = NEW.`event_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: event_id of notifications points at no row of events in the same organization'); END;
CREATE TRIGGER `notifications_event_id_match_update` BEFORE UPDATE OF `event_id`, `organization_id` ON `notifications`
  WHEN NEW.`event_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `events` WHERE `id` = NEW.`event_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: event_id of notifications points at no row of events in the same organization'); END;
CREATE TRIGGER `notifications_membership_id_match_insert` BEFORE INSERT ON `notifications`
  WHEN NEW.`membership_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`membership_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: membership_id of notifications points at no row of memberships in the same organization'); END;
CREATE TRIGGER `notifications_membership_id_match_update` BEFORE UPDATE OF `membership_id`, `organization_id` ON `notifications`
  WHEN NEW.`membership_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`membership_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: membership_id of notifications points at no row of memberships in the same organization'); END;
CREATE TRIGGER `notifications_organization_fixed` BEFORE UPDATE OF `organization_id` ON `notifications`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of notifications cannot change'); END;
CREATE TRIGGER `passwords_membership_id_match_insert` BEFORE INSERT ON `passwords`
  WHEN NEW.`membership_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`membership_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: membership_id of passwords points at no row of memberships in the same organization'); END;
CREATE TRIGGER `passwords_membership_id_match_update` BEFORE UPDATE OF `membership_id`, `organization_id` ON `passwords`
  WHEN NEW.`membership_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`membership_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: membership_id of passwords points at no row of memberships in the same organization'); END;
CREATE TRIGGER `passwords_organization_fixed` BEFORE UPDATE OF `organization_id` ON `passwords`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of passwords cannot change'); END;
CREATE TRIGGER `printer_group_printers_printer_group_id_match_insert` BEFORE INSERT ON `printer_group_printers`
  WHEN NEW.`printer_id` IS NOT NULL AND NEW.`printer_group_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `printers` AS a JOIN `printer_groups` AS b ON a.`organization_id` = b.`organization_id` WHERE a.`id` = NEW.`printer_id` AND b.`id` = NEW.`printer_group_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: printer_id and printer_group_id of printer_group_printers point at different organizations'); END;
CREATE TRIGGER `printer_group_printers_printer_group_id_match_update` BEFORE UPDATE OF `printer_id`, `printer_group_id` ON `printer_group_printers`
  WHEN NEW.`printer_id` IS NOT NULL AND NEW.`printer_group_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `printers` AS a JOIN `printer_groups` AS b ON a.`organization_id` = b.`organization_id` WHERE a.`id` = NEW.`printer_id` AND b.`id` = NEW.`printer_group_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: printer_id and printer_group_id of printer_group_printers point at different organizations'); END;
CREATE TRIGGER `printer_groups_organization_fixed` BEFORE UPDATE OF `organization_id` ON `printer_groups`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of printer_groups cannot change'); END;
CREATE TRIGGER `printer_slots_organization_fixed` BEFORE UPDATE OF `organization_id` ON `printer_slots`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of printer_slots cannot change'); END;
CREATE TRIGGER `printer_slots_printer_id_match_insert` BEFORE INSERT ON `printer_slots`
  WHEN NEW.`printer_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `printers` WHERE `id` = NEW.`printer_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: printer_id of printer_slots points at no row of printers in the same organization'); END;
CREATE TRIGGER `printer_slots_printer_id_match_update` BEFORE UPDATE OF `printer_id`, `organization_id` ON `printer_slots`
  WHEN NEW.`printer_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `printers` WHERE `id` = NEW.`printer_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: printer_id of printer_slots points at no row of printers in the same organization'); END;
CREATE TRIGGER `printer_slots_spool_id_match_insert` BEFORE INSERT ON `printer_slots`
  WHEN NEW.`spool_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `spools` WHERE `id` = NEW.`spool_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: spool_id of printer_slots points at no row of spools in the same organization'); END;
CREATE TRIGGER `printer_slots_spool_id_match_update` BEFORE UPDATE OF `spool_id`, `organization_id` ON `printer_slots`
  WHEN NEW.`spool_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `spools` WHERE `id` = NEW.`spool_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: spool_id of printer_slots points at no row of spools in the same organization'); END;
CREATE TRIGGER `printer_tag_printers_printer_tag_id_match_insert` BEFORE INSERT ON `printer_tag_printers`
  WHEN NEW.`printer_id` IS NOT NULL AND NEW.`printer_tag_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `printers` AS a JOIN `printer_tags` AS b ON a.`organization_id` = b.`organization_id` WHERE a.`id` = NEW.`printer_id` AND b.`id` = NEW.`printer_tag_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: printer_id and printer_tag_id of printer_tag_printers point at different organizations'); END;
CREATE TRIGGER `printer_tag_printers_printer_tag_id_match_update` BEFORE UPDATE OF `printer_id`, `printer_tag_id` ON `printer_tag_printers`
  WHEN NEW.`printer_id` IS NOT NULL AND NEW.`printer_tag_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `printers` AS a JOIN `printer_tags` AS b ON a.`organization_id` = b.`organization_id` WHERE a.`id` = NEW.`printer_id` AND b.`id` = NEW.`printer_tag_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: printer_id and printer_tag_id of printer_tag_printers point at different organizations'); END;
CREATE TRIGGER `printer_tags_organization_fixed` BEFORE UPDATE OF `organization_id` ON `printer_tags`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of printer_tags cannot change'); END;
CREATE TRIGGER `printers_organization_fixed` BEFORE UPDATE OF `organization_id` ON `printers`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of printers cannot change'); END;
CREATE TRIGGER `prints_class_id_match_insert` BEFORE INSERT ON `prints`
  WHEN NEW.`class_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `classes` WHERE `id` = NEW.`class_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: class_id of prints points at no row of classes in the same organization'); END;
CREATE TRIGGER `prints_class_id_match_update` BEFORE UPDATE OF `class_id`, `organization_id` ON `prints`
  WHEN NEW.`class_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `classes` WHERE `id` = NEW.`class_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: class_id of prints points at no row of classes in the same organization'); END;
CREATE TRIGGER `prints_file_id_match_insert` BEFORE INSERT ON `prints`
  WHEN NEW.`file_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `files` WHERE `id` = NEW.`file_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: file_id of prints points at no row of files in the same organization'); END;
CREATE TRIGGER `prints_file_id_match_update` BEFORE UPDATE OF `file_id`, `organization_id` ON `prints`
  WHEN NEW.`file_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `files` WHERE `id` = NEW.`file_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: file_id of prints points at no row of files in the same organization'); END;
CREATE TRIGGER `prints_organization_fixed` BEFORE UPDATE OF `organization_id` ON `prints`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of prints cannot change'); END;
CREATE TRIGGER `prints_printer_id_match_insert` BEFORE INSERT ON `prints`
  WHEN NEW.`printer_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `printers` WHERE `id` = NEW.`printer_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: printer_id of prints points at no row of printers in the same organization'); END;
CREATE TRIGGER `prints_printer_id_match_update` BEFORE UPDATE OF `printer_id`, `organization_id` ON `prints`
  WHEN NEW.`printer_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `printers` WHERE `id` = NEW.`printer_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: printer_id of prints points at no row of printers in the same organization'); END;
CREATE TRIGGER `prints_queue_item_id_match_insert` BEFORE INSERT ON `prints`
  WHEN NEW.`queue_item_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `queue_items` WHERE `id` = NEW.`queue_item_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: queue_item_id of prints points at no row of queue_items in the same organization'); END;
CREATE TRIGGER `prints_queue_item_id_match_update` BEFORE UPDATE OF `queue_item_id`, `organization_id` ON `prints`
  WHEN NEW.`queue_item_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `queue_items` WHERE `id` = NEW.`queue_item_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: queue_item_id of prints points at no row of queue_items in the same organization'); END;
CREATE TRIGGER `prints_submitter_id_match_insert` BEFORE INSERT ON `prints`
  WHEN NEW.`submitter_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`submitter_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: submitter_id of prints points at no row of memberships in the same organization'); END;
CREATE TRIGGER `prints_submitter_id_match_update` BEFORE UPDATE OF `submitter_id`, `organization_id` ON `prints`
  WHEN NEW.`submitter_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`submitter_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: submitter_id of prints points at no row of memberships in the same organization'); END;
CREATE TRIGGER `profile_verdicts_organization_fixed` BEFORE UPDATE OF `organization_id` ON `profile_verdicts`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of profile_verdicts cannot change'); END;
CREATE TRIGGER `profile_verdicts_printer_id_match_insert` BEFORE INSERT ON `profile_verdicts`
  WHEN NEW.`printer_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `printers` WHERE `id` = NEW.`printer_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: printer_id of profile_verdicts points at no row of printers in the same organization'); END;
CREATE TRIGGER `profile_verdicts_printer_id_match_update` BEFORE UPDATE OF `printer_id`, `organization_id` ON `profile_verdicts`
  WHEN NEW.`printer_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `printers` WHERE `id` = NEW.`printer_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: printer_id of profile_verdicts points at no row of printers in the same organization'); END;
CREATE TRIGGER `profile_verdicts_profile_id_match_insert` BEFORE INSERT ON `profile_verdicts`
  WHEN NEW.`profile_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `requirement_profiles` WHERE `id` = NEW.`profile_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: profile_id of profile_verdicts points at no row of requirement_profiles in the same organization'); END;
CREATE TRIGGER `profile_verdicts_profile_id_match_update` BEFORE UPDATE OF `profile_id`, `organization_id` ON `profile_verdicts`
  WHEN NEW.`profile_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `requirement_profiles` WHERE `id` = NEW.`profile_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: profile_id of profile_verdicts points at no row of requirement_profiles in the same organization'); END;
CREATE TRIGGER `queue_items_assigned_printer_id_match_insert` BEFORE INSERT ON `queue_items`
  WHEN NEW.`assigned_printer_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `printers` WHERE `id` = NEW.`assigned_printer_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: assigned_printer_id of queue_items points at no row of printers in the same organization'); END;
CREATE TRIGGER `queue_items_assigned_printer_id_match_update` BEFORE UPDATE OF `assigned_printer_id`, `organization_id` ON `queue_items`
  WHEN NEW.`assigned_printer_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `printers` WHERE `id` = NEW.`assigned_printer_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: assigned_printer_id of queue_items points at no row of printers in the same organization'); END;
CREATE TRIGGER `queue_items_class_id_match_insert` BEFORE INSERT ON `queue_items`
  WHEN NEW.`class_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `classes` WHERE `id` = NEW.`class_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: class_id of queue_items points at no row of classes in the same organization'); END;
CREATE TRIGGER `queue_items_class_id_match_update` BEFORE UPDATE OF `class_id`, `organization_id` ON `queue_items`
  WHEN NEW.`class_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `classes` WHERE `id` = NEW.`class_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: class_id of queue_items points at no row of classes in the same organization'); END;
CREATE TRIGGER `queue_items_file_id_match_insert` BEFORE INSERT ON `queue_items`
  WHEN NEW.`file_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `files` WHERE `id` = NEW.`file_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: file_id of queue_items points at no row of files in the same organization'); END;
CREATE TRIGGER `queue_items_file_id_match_update` BEFORE UPDATE OF `file_id`, `organization_id` ON `queue_items`
  WHEN NEW.`file_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `files` WHERE `id` = NEW.`file_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: file_id of queue_items points at no row of files in the same organization'); END;
CREATE TRIGGER `queue_items_organization_fixed` BEFORE UPDATE OF `organization_id` ON `queue_items`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of queue_items cannot change'); END;
CREATE TRIGGER `queue_items_profile_id_match_insert` BEFORE INSERT ON `queue_items`
  WHEN NEW.`profile_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `requirement_profiles` WHERE `id` = NEW.`profile_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: profile_id of queue_items points at no row of requirement_profiles in the same organization'); END;
CREATE TRIGGER `queue_items_profile_id_match_update` BEFORE UPDATE OF `profile_id`, `organization_id` ON `queue_items`
  WHEN NEW.`profile_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `requirement_profiles` WHERE `id` = NEW.`profile_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: profile_id of queue_items points at no row of requirement_profiles in the same organization'); END;
CREATE TRIGGER `queue_items_submitter_id_match_insert` BEFORE INSERT ON `queue_items`
  WHEN NEW.`submitter_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`submitter_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: submitter_id of queue_items points at no row of memberships in the same organization'); END;
CREATE TRIGGER `queue_items_submitter_id_match_update` BEFORE UPDATE OF `submitter_id`, `organization_id` ON `queue_items`
  WHEN NEW.`submitter_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`submitter_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: submitter_id of queue_items points at no row of memberships in the same organization'); END;
CREATE TRIGGER `requirement_profiles_organization_fixed` BEFORE UPDATE OF `organization_id` ON `requirement_profiles`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of requirement_profiles cannot change'); END;
CREATE TRIGGER `roll_overs_class_id_match_insert` BEFORE INSERT ON `roll_overs`
  WHEN NEW.`class_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `classes` WHERE `id` = NEW.`class_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: class_id of roll_overs points at no row of classes in the same organization'); END;
CREATE TRIGGER `roll_overs_class_id_match_update` BEFORE UPDATE OF `class_id`, `organization_id` ON `roll_overs`
  WHEN NEW.`class_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `classes` WHERE `id` = NEW.`class_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: class_id of roll_overs points at no row of classes in the same organization'); END;
CREATE TRIGGER `roll_overs_next_class_id_match_insert` BEFORE INSERT ON `roll_overs`
  WHEN NEW.`next_class_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `classes` WHERE `id` = NEW.`next_class_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: next_class_id of roll_overs points at no row of classes in the same organization'); END;
CREATE TRIGGER `roll_overs_next_class_id_match_update` BEFORE UPDATE OF `next_class_id`, `organization_id` ON `roll_overs`
  WHEN NEW.`next_class_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `classes` WHERE `id` = NEW.`next_class_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: next_class_id of roll_overs points at no row of classes in the same organization'); END;
CREATE TRIGGER `roll_overs_organization_fixed` BEFORE UPDATE OF `organization_id` ON `roll_overs`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of roll_overs cannot change'); END;
CREATE TRIGGER `roster_imports_organization_fixed` BEFORE UPDATE OF `organization_id` ON `roster_imports`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of roster_imports cannot change'); END;
CREATE TRIGGER `scim_group_members_scim_user_id_match_insert` BEFORE INSERT ON `scim_group_members`
  WHEN NEW.`scim_group_id` IS NOT NULL AND NEW.`scim_user_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `scim_groups` AS a JOIN `scim_users` AS b ON a.`organization_id` = b.`organization_id` WHERE a.`id` = NEW.`scim_group_id` AND b.`id` = NEW.`scim_user_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: scim_group_id and scim_user_id of scim_group_members point at different organizations'); END;
CREATE TRIGGER `scim_group_members_scim_user_id_match_update` BEFORE UPDATE OF `scim_group_id`, `scim_user_id` ON `scim_group_members`
  WHEN NEW.`scim_group_id` IS NOT NULL AND NEW.`scim_user_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `scim_groups` AS a JOIN `scim_users` AS b ON a.`organization_id` = b.`organization_id` WHERE a.`id` = NEW.`scim_group_id` AND b.`id` = NEW.`scim_user_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: scim_group_id and scim_user_id of scim_group_members point at different organizations'); END;
CREATE TRIGGER `scim_groups_organization_fixed` BEFORE UPDATE OF `organization_id` ON `scim_groups`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of scim_groups cannot change'); END;
CREATE TRIGGER `scim_groups_provider_id_match_insert` BEFORE INSERT ON `scim_groups`
  WHEN NEW.`provider_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `sso_providers` WHERE `id` = NEW.`provider_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: provider_id of scim_groups points at no row of sso_providers in the same organization'); END;
CREATE TRIGGER `scim_groups_provider_id_match_update` BEFORE UPDATE OF `provider_id`, `organization_id` ON `scim_groups`
  WHEN NEW.`provider_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `sso_providers` WHERE `id` = NEW.`provider_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: provider_id of scim_groups points at no row of sso_providers in the same organization'); END;
CREATE TRIGGER `scim_users_membership_id_match_insert` BEFORE INSERT ON `scim_users`
  WHEN NEW.`membership_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`membership_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: membership_id of scim_users points at no row of memberships in the same organization'); END;
CREATE TRIGGER `scim_users_membership_id_match_update` BEFORE UPDATE OF `membership_id`, `organization_id` ON `scim_users`
  WHEN NEW.`membership_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`membership_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: membership_id of scim_users points at no row of memberships in the same organization'); END;
CREATE TRIGGER `scim_users_organization_fixed` BEFORE UPDATE OF `organization_id` ON `scim_users`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of scim_users cannot change'); END;
CREATE TRIGGER `scim_users_provider_id_match_insert` BEFORE INSERT ON `scim_users`
  WHEN NEW.`provider_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `sso_providers` WHERE `id` = NEW.`provider_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: provider_id of scim_users points at no row of sso_providers in the same organization'); END;
CREATE TRIGGER `scim_users_provider_id_match_update` BEFORE UPDATE OF `provider_id`, `organization_id` ON `scim_users`
  WHEN NEW.`provider_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `sso_providers` WHERE `id` = NEW.`provider_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: provider_id of scim_users points at no row of sso_providers in the same organization'); END;
CREATE TRIGGER `sessions_identity_id_match_insert` BEFORE INSERT ON `sessions`
  WHEN NEW.`identity_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `identities` WHERE `id` = NEW.`identity_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: identity_id of sessions points at no row of identities in the same organization'); END;
CREATE TRIGGER `sessions_identity_id_match_update` BEFORE UPDATE OF `identity_id`, `organization_id` ON `sessions`
  WHEN NEW.`identity_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `identities` WHERE `id` = NEW.`identity_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: identity_id of sessions points at no row of identities in the same organization'); END;
CREATE TRIGGER `sessions_membership_id_match_insert` BEFORE INSERT ON `sessions`
  WHEN NEW.`membership_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`membership_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: membership_id of sessions points at no row of memberships in the same organization'); END;
CREATE TRIGGER `sessions_membership_id_match_update` BEFORE UPDATE OF `membership_id`, `organization_id` ON `sessions`
  WHEN NEW.`membership_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `memberships` WHERE `id` = NEW.`membership_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: membership_id of sessions points at no row of memberships in the same organization'); END;
CREATE TRIGGER `sessions_organization_fixed` BEFORE UPDATE OF `organization_id` ON `sessions`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of sessions cannot change'); END;
CREATE TRIGGER `sessions_provider_id_match_insert` BEFORE INSERT ON `sessions`
  WHEN NEW.`provider_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `sso_providers` WHERE `id` = NEW.`provider_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: provider_id of sessions points at no row of sso_providers in the same organization'); END;
CREATE TRIGGER `sessions_provider_id_match_update` BEFORE UPDATE OF `provider_id`, `organization_id` ON `sessions`
  WHEN NEW.`provider_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `sso_providers` WHERE `id` = NEW.`provider_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: provider_id of sessions points at no row of sso_providers in the same organization'); END;
CREATE TRIGGER `spent_tokens_organization_fixed` BEFORE UPDATE OF `organization_id` ON `spent_tokens`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of spent_tokens cannot change'); END;
CREATE TRIGGER `spent_tokens_provider_id_match_insert` BEFORE INSERT ON `spent_tokens`
  WHEN NEW.`provider_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `sso_providers` WHERE `id` = NEW.`provider_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: provider_id of spent_tokens points at no row of sso_providers in the same organization'); END;
CREATE TRIGGER `spent_tokens_provider_id_match_update` BEFORE UPDATE OF `provider_id`, `organization_id` ON `spent_tokens`
  WHEN NEW.`provider_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `sso_providers` WHERE `id` = NEW.`provider_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: provider_id of spent_tokens points at no row of sso_providers in the same organization'); END;
CREATE TRIGGER `spool_assignments_organization_fixed` BEFORE UPDATE OF `organization_id` ON `spool_assignments`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of spool_assignments cannot change'); END;
CREATE TRIGGER `spool_assignments_printer_id_match_insert` BEFORE INSERT ON `spool_assignments`
  WHEN NEW.`printer_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `printers` WHERE `id` = NEW.`printer_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: printer_id of spool_assignments points at no row of printers in the same organization'); END;
CREATE TRIGGER `spool_assignments_printer_id_match_update` BEFORE UPDATE OF `printer_id`, `organization_id` ON `spool_assignments`
  WHEN NEW.`printer_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `printers` WHERE `id` = NEW.`printer_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: printer_id of spool_assignments points at no row of printers in the same organization'); END;
CREATE TRIGGER `spool_assignments_slot_id_match_insert` BEFORE INSERT ON `spool_assignments`
  WHEN NEW.`slot_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `printer_slots` WHERE `id` = NEW.`slot_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: slot_id of spool_assignments points at no row of printer_slots in the same organization'); END;
CREATE TRIGGER `spool_assignments_slot_id_match_update` BEFORE UPDATE OF `slot_id`, `organization_id` ON `spool_assignments`
  WHEN NEW.`slot_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `printer_slots` WHERE `id` = NEW.`slot_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: slot_id of spool_assignments points at no row of printer_slots in the same organization'); END;
CREATE TRIGGER `spool_assignments_spool_id_match_insert` BEFORE INSERT ON `spool_assignments`
  WHEN NEW.`spool_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `spools` WHERE `id` = NEW.`spool_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: spool_id of spool_assignments points at no row of spools in the same organization'); END;
CREATE TRIGGER `spool_assignments_spool_id_match_update` BEFORE UPDATE OF `spool_id`, `organization_id` ON `spool_assignments`
  WHEN NEW.`spool_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `spools` WHERE `id` = NEW.`spool_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: spool_id of spool_assignments points at no row of spools in the same organization'); END;
CREATE TRIGGER `spools_material_id_match_insert` BEFORE INSERT ON `spools`
  WHEN NEW.`material_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `materials` WHERE `id` = NEW.`material_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: material_id of spools points at no row of materials in the same organization'); END;
CREATE TRIGGER `spools_material_id_match_update` BEFORE UPDATE OF `material_id`, `organization_id` ON `spools`
  WHEN NEW.`material_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `materials` WHERE `id` = NEW.`material_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: material_id of spools points at no row of materials in the same organization'); END;
CREATE TRIGGER `spools_organization_fixed` BEFORE UPDATE OF `organization_id` ON `spools`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of spools cannot change'); END;
CREATE TRIGGER `sso_group_mappings_class_id_match_insert` BEFORE INSERT ON `sso_group_mappings`
  WHEN NEW.`class_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `classes` WHERE `id` = NEW.`class_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: class_id of sso_group_mappings points at no row of classes in the same organization'); END;
CREATE TRIGGER `sso_group_mappings_class_id_match_update` BEFORE UPDATE OF `class_id`, `organization_id` ON `sso_group_mappings`
  WHEN NEW.`class_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `classes` WHERE `id` = NEW.`class_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: class_id of sso_group_mappings points at no row of classes in the same organization'); END;
CREATE TRIGGER `sso_group_mappings_organization_fixed` BEFORE UPDATE OF `organization_id` ON `sso_group_mappings`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of sso_group_mappings cannot change'); END;
CREATE TRIGGER `sso_group_mappings_provider_id_match_insert` BEFORE INSERT ON `sso_group_mappings`
  WHEN NEW.`provider_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `sso_providers` WHERE `id` = NEW.`provider_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: provider_id of sso_group_mappings points at no row of sso_providers in the same organization'); END;
CREATE TRIGGER `sso_group_mappings_provider_id_match_update` BEFORE UPDATE OF `provider_id`, `organization_id` ON `sso_group_mappings`
  WHEN NEW.`provider_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `sso_providers` WHERE `id` = NEW.`provider_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: provider_id of sso_group_mappings points at no row of sso_providers in the same organization'); END;
CREATE TRIGGER `sso_group_mappings_user_group_id_match_insert` BEFORE INSERT ON `sso_group_mappings`
  WHEN NEW.`user_group_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `user_groups` WHERE `id` = NEW.`user_group_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: user_group_id of sso_group_mappings points at no row of user_groups in the same organization'); END;
CREATE TRIGGER `sso_group_mappings_user_group_id_match_update` BEFORE UPDATE OF `user_group_id`, `organization_id` ON `sso_group_mappings`
  WHEN NEW.`user_group_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `user_groups` WHERE `id` = NEW.`user_group_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: user_group_id of sso_group_mappings points at no row of user_groups in the same organization'); END;
CREATE TRIGGER `sso_providers_organization_fixed` BEFORE UPDATE OF `organization_id` ON `sso_providers`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of sso_providers cannot change'); END;
CREATE TRIGGER `user_group_members_membership_id_match_insert` BEFORE INSERT ON `user_group_members`
  WHEN NEW.`user_group_id` IS NOT NULL AND NEW.`membership_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `user_groups` AS a JOIN `memberships` AS b ON a.`organization_id` = b.`organization_id` WHERE a.`id` = NEW.`user_group_id` AND b.`id` = NEW.`membership_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: user_group_id and membership_id of user_group_members point at different organizations'); END;
CREATE TRIGGER `user_group_members_membership_id_match_update` BEFORE UPDATE OF `user_group_id`, `membership_id` ON `user_group_members`
  WHEN NEW.`user_group_id` IS NOT NULL AND NEW.`membership_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `user_groups` AS a JOIN `memberships` AS b ON a.`organization_id` = b.`organization_id` WHERE a.`id` = NEW.`user_group_id` AND b.`id` = NEW.`membership_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: user_group_id and membership_id of user_group_members point at different organizations'); END;
CREATE TRIGGER `user_group_printer_groups_printer_group_id_match_insert` BEFORE INSERT ON `user_group_printer_groups`
  WHEN NEW.`user_group_id` IS NOT NULL AND NEW.`printer_group_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `user_groups` AS a JOIN `printer_groups` AS b ON a.`organization_id` = b.`organization_id` WHERE a.`id` = NEW.`user_group_id` AND b.`id` = NEW.`printer_group_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: user_group_id and printer_group_id of user_group_printer_groups point at different organizations'); END;
CREATE TRIGGER `user_group_printer_groups_printer_group_id_match_update` BEFORE UPDATE OF `user_group_id`, `printer_group_id` ON `user_group_printer_groups`
  WHEN NEW.`user_group_id` IS NOT NULL AND NEW.`printer_group_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `user_groups` AS a JOIN `printer_groups` AS b ON a.`organization_id` = b.`organization_id` WHERE a.`id` = NEW.`user_group_id` AND b.`id` = NEW.`printer_group_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: user_group_id and printer_group_id of user_group_printer_groups point at different organizations'); END;
CREATE TRIGGER `user_groups_organization_fixed` BEFORE UPDATE OF `organization_id` ON `user_groups`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of user_groups cannot change'); END;
CREATE TRIGGER `webhook_deliveries_event_id_match_insert` BEFORE INSERT ON `webhook_deliveries`
  WHEN NEW.`event_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `events` WHERE `id` = NEW.`event_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: event_id of webhook_deliveries points at no row of events in the same organization'); END;
CREATE TRIGGER `webhook_deliveries_event_id_match_update` BEFORE UPDATE OF `event_id`, `organization_id` ON `webhook_deliveries`
  WHEN NEW.`event_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `events` WHERE `id` = NEW.`event_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: event_id of webhook_deliveries points at no row of events in the same organization'); END;
CREATE TRIGGER `webhook_deliveries_organization_fixed` BEFORE UPDATE OF `organization_id` ON `webhook_deliveries`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of webhook_deliveries cannot change'); END;
CREATE TRIGGER `webhook_deliveries_webhook_id_match_insert` BEFORE INSERT ON `webhook_deliveries`
  WHEN NEW.`webhook_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `webhooks` WHERE `id` = NEW.`webhook_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: webhook_id of webhook_deliveries points at no row of webhooks in the same organization'); END;
CREATE TRIGGER `webhook_deliveries_webhook_id_match_update` BEFORE UPDATE OF `webhook_id`, `organization_id` ON `webhook_deliveries`
  WHEN NEW.`webhook_id` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `webhooks` WHERE `id` = NEW.`webhook_id` AND `organization_id` = NEW.`organization_id`)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: webhook_id of webhook_deliveries points at no row of webhooks in the same organization'); END;
CREATE TRIGGER `webhooks_organization_fixed` BEFORE UPDATE OF `organization_id` ON `webhooks`
  WHEN NEW.`organization_id` IS NOT OLD.`organization_id`
BEGIN SELECT RAISE(ABORT, 'organization_id of webhooks cannot change'); END;
