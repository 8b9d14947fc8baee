"""What must hold of issue runs and revocations: name → (sentence, query returning the rows that break it)."""

CHECKS = {
    "I4_issue_runs": (
        "A run has given as many coupons as it says, to nobody two; what merges and gifts moved is still its own.",
        """
        SELECT run.id, run.given, coalesce(copies.n, 0) AS coupons
          FROM issue_run AS run
          FULL JOIN (SELECT issue_run_id, count(*) AS n, count(DISTINCT (member_id, source)) AS sources FROM coupon
                      WHERE issue_run_id IS NOT NULL AND source NOT LIKE 'transfer:%' GROUP BY issue_run_id) AS copies
            ON copies.issue_run_id = run.id
         WHERE run.given IS DISTINCT FROM coalesce(copies.n, 0) OR copies.n > copies.sources
        """,
    ),
    "I5_revocations": (
        "A revocation has taken as many coupons as it says and not given back; a revoked one names it, an exchange or a bill.",
        """
        SELECT revocation.id, revocation.revoked, revocation.restored, coalesce(copies.n, 0) AS coupons
          FROM revocation
          FULL JOIN (SELECT revocation_id, count(*) AS n FROM coupon
                      WHERE status = 'revoked' AND (revocation_id IS NOT NULL
                            OR (source NOT LIKE 'exchange:%' AND source NOT LIKE 'auto:%'))
                      GROUP BY revocation_id) AS copies
            ON copies.revocation_id = revocation.id
         WHERE revocation.revoked - revocation.restored IS DISTINCT FROM coalesce(copies.n, 0)
        """,
    ),
}
