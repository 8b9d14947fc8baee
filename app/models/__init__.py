"""What things are. Importing this package registers every family with the metadata."""

from app.models.campaign import Campaign, Delivery
from app.models.check_in import CheckIn
from app.models.counter import CounterVisit, Purchase, Redemption
from app.models.coupon import Coupon, CouponBatch, CouponTemplate
from app.models.member import Consent, Member, MemberAccount, MemberIdentity, MemberMerge, MemberSession
from app.models.message import FrequencyCounter, MessageTemplate, SubscriptionGrant, SubscriptionGrantEntry
from app.models.platform import (
    AttemptCounter,
    AuditEntry,
    IdempotencyKey,
    JobRun,
    SendSlot,
    WeChatEvent,
    WeChatToken,
)
from app.models.points import PointsEntry, PointsLot, PointsLotUse
from app.models.programme import Programme
from app.models.staff import Staff, StaffSession, StaffStore, Store
from app.models.tier import GrowthEntry, Tier, TierHistory

__all__ = [
    "AttemptCounter",
    "AuditEntry",
    "Campaign",
    "CheckIn",
    "Consent",
    "CounterVisit",
    "Coupon",
    "CouponBatch",
    "CouponTemplate",
    "Delivery",
    "FrequencyCounter",
    "GrowthEntry",
    "IdempotencyKey",
    "JobRun",
    "Member",
    "MemberAccount",
    "MemberIdentity",
    "MemberMerge",
    "MemberSession",
    "MessageTemplate",
    "PointsEntry",
    "PointsLot",
    "PointsLotUse",
    "Programme",
    "Purchase",
    "Redemption",
    "SendSlot",
    "Staff",
    "StaffSession",
    "StaffStore",
    "Store",
    "SubscriptionGrant",
    "SubscriptionGrantEntry",
    "Tier",
    "TierHistory",
    "WeChatEvent",
    "WeChatToken",
]
