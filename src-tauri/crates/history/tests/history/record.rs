use crate::sample::served;
use mainstay_history::{Ended, Exchange};

#[test]
fn a_request_is_saved_when_another_member_served_after_a_failure() {
    assert!(served(1, 0, &["a", "b"]).saved());
    assert!(!served(1, 0, &["a"]).saved());
    let repeated = served(1, 0, &["a", "a"]);
    assert!(!repeated.saved() && !repeated.failed_over(), "the same member called again saves nothing");
    let truncated = Exchange { ended: Ended::Truncated, ..served(1, 0, &["a", "b"]) };
    assert!(!truncated.saved() && truncated.failed_over());
    let nobody = Exchange { ended: Ended::Failed, served_by: None, ..served(1, 0, &["a", "b"]) };
    assert!(!nobody.saved() && !nobody.failed_over());
}

#[test]
fn an_exchange_is_counted_under_who_served_or_was_tried_last() {
    let member = |exchange: &Exchange| exchange.member().map(ToString::to_string);
    let both = served(1, 0, &["a", "b"]);
    assert_eq!(member(&both).as_deref(), Some("b"));
    let mut nobody = Exchange { served_by: None, ..both };
    assert_eq!(member(&nobody).as_deref(), Some("b"));
    nobody.attempts.clear();
    assert_eq!(member(&nobody), None);
}
