"""What things are. Importing this package registers every family with the metadata."""

from app.models.adjustment import Adjustment
from app.models.badge import Badge, MemberBadge
from app.models.campaign import Campaign, CampaignRun, CampaignVariant
from app.models.campaign_figure import CampaignCount, CampaignFigure
from app.models.channel import ContactCode, MemberContact, MessageTemplateChannel, OfficialFollower
from app.models.check_in import CheckIn
from app.models.counter import Checkout, CounterVisit, Redemption, RedemptionAttempt, StaffCounter
from app.models.coupon import Coupon
from app.models.coupon_automation import CouponAutomation, CouponOwed
from app.models.coupon_batch import CouponBatch, CouponBucket, MemberList, MemberListEntry
from app.models.coupon_code import CouponCode, CouponCodeRun
from app.models.coupon_exchange import CouponExchange
from app.models.coupon_template import CouponTemplate
from app.models.coupon_transfer import CouponTransfer
from app.models.day_figure import DayFigure, WindowFigure
from app.models.delivery import Delivery
from app.models.earning import Earning, EarningRule, EarningRuleVersion
from app.models.erasure import ErasureRequest
from app.models.figure import FigureRefresh, MemberFigure
from app.models.issue_run import IssueRun, Revocation
from app.models.ladder import Ladder, TierBenefit, TierGift
from app.models.member import Consent, Member, MemberAccount, MemberIdentity, MemberMerge, MemberSession
from app.models.member_event import MemberEvent
from app.models.member_import import MemberImport, MemberImportLine
from app.models.member_note import MemberNote
from app.models.message import (
    FrequencyCounter,
    MessagePreference,
    MessageTemplate,
    MessageTopic,
    SubscriptionGrant,
    SubscriptionGrantEntry,
    SubscriptionScene,
    TopicTouch,
)
from app.models.partner import PartnerKey, PartnerNonce
from app.models.payer import Payer, Settlement
from app.models.platform import (
    AttemptCounter,
    AuditEntry,
    AuditSeal,
    AuditSealEntry,
    IdempotencyKey,
    JobRun,
    SendSlot,
    WeChatEvent,
    WeChatToken,
)
from app.models.points import PointsEntry, PointsHold, PointsHoldLot, PointsLot, PointsLotUse
from app.models.programme import Programme
from app.models.purchase import Purchase, PurchaseLine, PurchaseRefund
from app.models.segment import Segment, SegmentList, SegmentVersion
from app.models.sending import ChannelPace, ChannelQuota, SendBreaker
from app.models.shift import Shift
from app.models.staff import Staff, StaffRecoveryCode, StaffSecondStep, StaffSession, StaffStore, Store
from app.models.tag import MemberTag, Tag
from app.models.tier import GrowthEntry, Tier, TierHistory

__all__ = [
    "Adjustment",
    "AttemptCounter",
    "AuditEntry",
    "AuditSeal",
    "AuditSealEntry",
    "Badge",
    "Campaign",
    "CampaignCount",
    "CampaignFigure",
    "CampaignRun",
    "CampaignVariant",
    "ChannelPace",
    "ChannelQuota",
    "CheckIn",
    "Checkout",
    "Consent",
    "ContactCode",
    "CounterVisit",
    "Coupon",
    "CouponAutomation",
    "CouponBatch",
    "CouponBucket",
    "CouponCode",
    "CouponCodeRun",
    "CouponExchange",
    "CouponOwed",
    "CouponTemplate",
    "CouponTransfer",
    "DayFigure",
    "Delivery",
    "Earning",
    "EarningRule",
    "EarningRuleVersion",
    "ErasureRequest",
    "FigureRefresh",
    "FrequencyCounter",
    "GrowthEntry",
    "IdempotencyKey",
    "IssueRun",
    "JobRun",
    "Ladder",
    "Member",
    "MemberAccount",
    "MemberBadge",
    "MemberContact",
    "MemberEvent",
    "MemberFigure",
    "MemberIdentity",
    "MemberImport",
    "MemberImportLine",
    "MemberList",
    "MemberListEntry",
    "MemberMerge",
    "MemberNote",
    "MemberSession",
    "MemberTag",
    "MessagePreference",
    "MessageTemplate",
    "MessageTemplateChannel",
    "MessageTopic",
    "OfficialFollower",
    "PartnerKey",
    "PartnerNonce",
    "Payer",
    "PointsEntry",
    "PointsHold",
    "PointsHoldLot",
    "PointsLot",
    "PointsLotUse",
    "Programme",
    "Purchase",
    "PurchaseLine",
    "PurchaseRefund",
    "Redemption",
    "RedemptionAttempt",
    "Revocation",
    "Segment",
    "SegmentList",
    "SegmentVersion",
    "SendBreaker",
    "SendSlot",
    "Settlement",
    "Shift",
    "Staff",
    "StaffCounter",
    "StaffRecoveryCode",
    "StaffSecondStep",
    "StaffSession",
    "StaffStore",
    "Store",
    "SubscriptionGrant",
    "SubscriptionGrantEntry",
    "SubscriptionScene",
    "Tag",
    "Tier",
    "TierBenefit",
    "TierGift",
    "TierHistory",
    "TopicTouch",
    "WeChatEvent",
    "WeChatToken",
    "WindowFigure",
]
