"""One row for a privileged change (I17), written as it happens: nothing reads it back."""

from typing import Final

from sqlalchemy import text

_ADD: Final = """
    INSERT INTO audit_entry (recorded_at, actor_kind, actor_id, action, object_kind, object_id, store_id, details, request_id)
    VALUES (:recorded_at, :actor_kind, CAST(:actor_id AS bigint), :action, :object_kind, {object_id},
            CAST(:store_id AS bigint), CAST(:details AS jsonb), CAST(:request_id AS text))
"""
ADD: Final = text(_ADD.format(object_id="CAST(:object_id AS bigint)"))
# Of a bill written in the same round trip, whose key nobody knows yet.
ADD_FOR_CHECKOUT: Final = text(_ADD.format(object_id="(SELECT id FROM checkout WHERE public_id = :public_id)"))
