"""The tree of coded business errors. HTTP status lives in blueprints/errors.py, texts in app/messages.py.

LoyaltyError
├── InvalidInput      the request cannot be understood or breaks its shape
├── NotSignedIn       no valid token
├── NotAllowed        signed in, but this role, store or owner may not
├── NotFound          no such thing, or not yours to see
├── Conflict          somebody was first, or the state moved on
├── RuleBroken        understood and allowed, but a rule of the programme says no
├── TooMany           over a limit; data carries retry_after_seconds
├── GatewayFailed     an outside system answered nonsense
└── Unavailable       something we need is down; data carries retry_after_seconds
"""

from app.errors.check_ins import (
    MakeupLimitReached,
    MakeupNotPossible,
)
from app.errors.counter import (
    MemberCodeExpired,
    MemberCodeMalformed,
    MemberCodeUsed,
    NothingToSettle,
    PointsNotAccepted,
    SelfService,
    StaffLimitReached,
    VisitEnded,
)
from app.errors.coupons import (
    AlreadyRedeemed,
    AudienceMismatch,
    BatchClosed,
    BatchExhausted,
    BatchNotOpen,
    BudgetBelowCommitted,
    BudgetExhausted,
    ClaimLimitReached,
    CouponExpired,
    CouponHeld,
    CouponNoEffect,
    CouponNotForChannel,
    CouponNotForTier,
    CouponNotNow,
    CouponNotStarted,
    CouponNotUsable,
    CouponsNotCombinable,
    CouponTermsInvalid,
    FirstPurchaseOnly,
    MinimumSpendNotMet,
    NameTaken,
    NoEligibleGoods,
    StockBelowIssued,
    TemplateInUse,
    UndoWindowPassed,
    WrongStore,
)
from app.errors.earning import (
    RuleNotActive,
    RuleTermsInvalid,
    RuleVersionsOverlap,
)
from app.errors.ledger import (
    AdjustmentDecided,
    AlreadyReversed,
    ClockBehind,
    ExpiryTermsInvalid,
    HoldEnded,
    HoldTooLarge,
    InsufficientPoints,
    OrderNumberReused,
    ReversalAboveOriginal,
    RungNotOnTop,
    SecondPersonNeeded,
)
from app.errors.messages import (
    CampaignStateConflict,
    MessageFieldsInvalid,
    MessageTemplateDisabled,
    MessageTemplateTaken,
)
from app.errors.partners import (
    NonceReused,
    SignatureInvalid,
    SignatureStale,
)
from app.errors.people import (
    BirthdayAlreadySet,
    ConsentMissing,
    LastAdmin,
    PhoneInvalid,
    PhoneTaken,
    SignInRefused,
)
from app.errors.purchases import (
    LinesDoNotAddUp,
    PurchaseInFuture,
    PurchaseNotRefundable,
    RefundAbovePaid,
    RefundNumberReused,
)
from app.errors.requests import (
    IdempotencyInFlight,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
)
from app.errors.tiers import (
    LadderNotDraft,
    LadderOverlaps,
    LadderSettling,
)
from app.errors.tree import (
    Conflict,
    GatewayFailed,
    InvalidInput,
    LoyaltyError,
    NotAllowed,
    NotFound,
    NotSignedIn,
    RuleBroken,
    TooMany,
    Unavailable,
)

__all__ = [
    "AdjustmentDecided",
    "AlreadyRedeemed",
    "AlreadyReversed",
    "AudienceMismatch",
    "BatchClosed",
    "BatchExhausted",
    "BatchNotOpen",
    "BirthdayAlreadySet",
    "BudgetBelowCommitted",
    "BudgetExhausted",
    "CampaignStateConflict",
    "ClaimLimitReached",
    "ClockBehind",
    "Conflict",
    "ConsentMissing",
    "CouponExpired",
    "CouponHeld",
    "CouponNoEffect",
    "CouponNotForChannel",
    "CouponNotForTier",
    "CouponNotNow",
    "CouponNotStarted",
    "CouponNotUsable",
    "CouponTermsInvalid",
    "CouponsNotCombinable",
    "ExpiryTermsInvalid",
    "FirstPurchaseOnly",
    "GatewayFailed",
    "HoldEnded",
    "HoldTooLarge",
    "IdempotencyInFlight",
    "IdempotencyKeyMissing",
    "IdempotencyKeyReused",
    "InsufficientPoints",
    "InvalidInput",
    "LadderNotDraft",
    "LadderOverlaps",
    "LadderSettling",
    "LastAdmin",
    "LinesDoNotAddUp",
    "LoyaltyError",
    "MakeupLimitReached",
    "MakeupNotPossible",
    "MemberCodeExpired",
    "MemberCodeMalformed",
    "MemberCodeUsed",
    "MessageFieldsInvalid",
    "MessageTemplateDisabled",
    "MessageTemplateTaken",
    "MinimumSpendNotMet",
    "NameTaken",
    "NoEligibleGoods",
    "NonceReused",
    "NotAllowed",
    "NotFound",
    "NotSignedIn",
    "NothingToSettle",
    "OrderNumberReused",
    "PhoneInvalid",
    "PhoneTaken",
    "PointsNotAccepted",
    "PurchaseInFuture",
    "PurchaseNotRefundable",
    "RefundAbovePaid",
    "RefundNumberReused",
    "ReversalAboveOriginal",
    "RuleBroken",
    "RuleNotActive",
    "RuleTermsInvalid",
    "RuleVersionsOverlap",
    "RungNotOnTop",
    "SecondPersonNeeded",
    "SelfService",
    "SignInRefused",
    "SignatureInvalid",
    "SignatureStale",
    "StaffLimitReached",
    "StockBelowIssued",
    "TemplateInUse",
    "TooMany",
    "Unavailable",
    "UndoWindowPassed",
    "VisitEnded",
    "WrongStore",
]
