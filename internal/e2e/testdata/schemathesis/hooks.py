"""What Schemathesis checks beside its own checks, and what it must not touch.

The environment says SOLOPRINT_URL, where the program runs, and SOLOPRINT_SPARED, the identifiers that the run itself
stands on: its API key and the member who made it.
"""

import json
import os
import re

import schemathesis
from schemathesis.specs.openapi.checks import positive_data_acceptance

URL = os.environ["SOLOPRINT_URL"]
SPARED = os.environ["SOLOPRINT_SPARED"].split(",")

# Every answer has these, whatever its status. None: any value.
CONTRACT = {
    "X-SoLoPrint-API-Series": "v1",
    "X-SoLoPrint-API-Version": "2026-04-02",
    "X-SoLoPrint-API-Docs": URL + "/developers/api-docs",
    "X-SoLoPrint-API-Changelog": URL + "/developers/changelog",
    "X-Request-Id": None,
}

# What the contract refuses and no schema can say: operation, path of the field, its code.
BEYOND = [
    # now, and another field of the request
    (r"api_key_create|api_key_rotate|invite_create", r"expires_at", "out_of_range"),
    (r"queue_item_create|queue_item_update", r"deadline_at", "out_of_range"),
    (r"statistics_get", r"from|to", "out_of_range"),
    (r"class_create|class_update", r"ends_on", "out_of_range|not_allowed"),
    # lists that others keep: ISO 4217, BCP 47, the time zone database
    (r"organization_update|material_create|material_update", r"currency|price_currency|locale|time_zone", "not_allowed"),
    # lists of the program that may grow: types of event and their families
    (r"event_list", r"types", "not_allowed"),
    (r"audit_log_list", r"(subject_)?type\[\d+\]", "not_allowed"),
    (r"webhook_create|webhook_update", r"subscriptions\[\d+\]", "not_allowed"),
    (r"webhook_recover|webhook_delivery_list|notification_rule_\w+|notification_list", r"event_types?\[\d+\]", "not_allowed"),
    # a page's parameter beside stream=true, two names of the cursor
    (r"event_list", r"limit|after", "not_allowed"),
    # the value of another field: null beside a price, a reason beside a success, a channel without its address or audience,
    # one person in two rows
    (r"material_create|material_update", r"price_minor|price_currency", "required"),
    (r"printer_clear_bed", r"failure_reason", "not_allowed"),
    (r"queue_item_create|queue_item_update", r"estimated_g|requirements\.color_match", "not_allowed"),
    (r"notification_rule_create|notification_rule_update", r"condition\.value", "not_allowed|required|invalid_format"),
    (r"notification_rule_create|notification_rule_update", r"webhook_url|chat_url|audience", "required"),
    (r"notification_rule_create|notification_rule_update", r"quiet_hours\.to", "not_allowed"),
    (r"invite_create", r"max_uses", "not_allowed"),
    (r"user_bulk_update", r"updates\[\d+\]\..*", r"duplicate|\w+_not_found"),
    # what an operator takes, a regular expression of RE2, a mapping that grants something, an issuer in its one spelling
    (r"sso_group_mapping_create|sso_group_mapping_update", r"match\.values?", "required|not_allowed|too_long|invalid_format"),
    (r"sso_group_mapping_create|sso_group_mapping_update", r"role|is_teacher", "required|not_allowed"),
    (r"sso_provider_create|sso_provider_update", r"issuer", "required|invalid_format|not_canonical|not_allowed"),
    (r"sso_provider_create|sso_provider_update", r"scopes", "required"),
    (r"sso_provider_create|sso_provider_update", r"(redirect_uris|domains|scopes)\[\d+\]", "invalid_format"),
    # what is stored: the provider's domains, a next class, the item itself, copies that are done, a print without its verdict, the printer's slots,
    # the weight of the empty spool, the density
    (r"sso_provider_verify_domain", r"domain", "invalid_format|not_allowed"),
    (r"class_roll_over", r"next_class_id", "required|not_allowed"),
    (r"queue_item_move", r"before_id|after_id", "not_allowed"),
    (r"queue_item_update", r"copies_requested", "out_of_range"),
    (r"printer_clear_bed", r"verdict", "required"),
    (r"spool_assignment_create", r"slot_index", "not_allowed"),
    (r"spool_measure", r"gross_g", "out_of_range"),
    (r"spool_deduct", r"length_mm", "out_of_range"),
    # a URL that two parsers read alike
    (r"file_upload_from_url", r"url", "invalid_format"),
    (r"webhook_create|webhook_update", r"endpoint_url", "invalid_format"),
    (r"notification_rule_create|notification_rule_update", r"webhook_url|chat_url", "invalid_format"),
    # names divided by single slashes, none of them . or ..; a media type (RFC 2045) with parameters
    (r"file_register|file_update", r"folder", "invalid_format"),
    (r"file_register", r"content_type", "invalid_format"),
    # free-form JSON, whose texts are texts all the same
    (r"printer_create|printer_update", r"connector\.options\..*", "invalid_characters|unknown_field"),
    (r"sso_group_mapping_evaluate", r"claims.*", "invalid_characters"),
    # what this build and this network have
    (r"printer_create|printer_update", r"connector\.kind", "not_supported"),
    (r"file_upload_from_url", r"url", "name_not_resolved"),
]

# And codes that are about something else than the form: what was sent before under the same key, where a cursor is from,
# where an address leads, how much a report would hold, a sign-in that somebody began.
BEYOND_CODES = {"sso_state_invalid", "idempotency_key_reused", "invalid_cursor", "endpoint_address_blocked", "report_too_large"}


@schemathesis.check
def contract_headers(ctx, response, case):
    """No answer lacks a header of the contract."""
    for name, want in CONTRACT.items():
        got = response.headers.get(name.lower())
        if not got or want is not None and got != [want]:
            raise AssertionError(f"{name} is {got}, want {want or 'one'}")


@schemathesis.check
def known_code(ctx, response, case):
    """A refusal carries a code that the operation is said to answer with that status."""
    codes = case.operation.definition.raw.get("x-error-codes", {})
    if str(response.status_code) in codes:
        code = response.json()["error"]
        if code not in codes[str(response.status_code)]:
            raise AssertionError(f"{response.status_code} {code} is not among {codes[str(response.status_code)]}")


@schemathesis.check
def accepted(ctx, response, case):
    """What is of the schema is not refused for its form."""
    if not beyond(case.operation.definition.raw.get("operationId"), response):
        positive_data_acceptance(ctx, response, case)


def beyond(operation, response):
    if response.status_code not in (400, 422):
        return False
    refusal = response.json()
    if refusal["error"] in BEYOND_CODES:
        return True
    fields = refusal.get("fields")
    # a text of nothing but characters without a width: what else is blank, the schema's pattern says
    return bool(fields) and all(
        f["code"] == "required" and f["message"] == "must not be blank"
        or any(re.fullmatch(o, operation) and re.fullmatch(p, f["path"]) and re.fullmatch(c, f["code"]) for o, p, c in BEYOND)
        for f in fields
    )


@schemathesis.hook
def filter_query(ctx, query):
    """A list of one empty text looks on the wire like a list of none: what is wrong about it cannot be seen."""
    return [""] not in (query or {}).values()


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """Puts an identifier that nothing has where the run would saw off the branch it sits on."""
    if case.method == "GET":
        return
    for part in ("path_parameters", "body"):
        given = getattr(case, part)
        if (spared := spare(given)) != given:  # what is set counts as changed
            setattr(case, part, spared)


def spare(value):
    if not isinstance(value, (dict, list, str)):
        return value
    try:
        text = json.dumps(value)
    except (TypeError, ValueError):
        return value
    for id in SPARED:
        text = text.replace(id, id[:4] + "01jd4c0n5xe2vb8w6h3ks9qt7m")
    return json.loads(text)
