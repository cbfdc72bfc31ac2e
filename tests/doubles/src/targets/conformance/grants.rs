//! What opens an account: good, over, and renewed.

use super::{Bench, Contract};
use domain::publish::{Probed, Renewed, Went};

/// A grant that opens nothing says so, at every verb that needs one, and nothing appears.
pub async fn a_grant_that_opens_nothing_says_so(contract: fn() -> Contract) {
    for spoilt in ["of-somebody-else", ""] {
        let mut bench = Bench::open(contract).await;
        let name = bench.contract.opens;
        // What renews it is over as well.
        let renews = bench.grant.secret.remove("refresh_token");
        let good = bench.grant.secret(name).unwrap_or_default().to_owned();
        // Of the same shape, as far as it has one.
        let wrong = match spoilt {
            "" => String::new(),
            _ => good.chars().map(|c| if c == '1' { '2' } else { c }).collect::<String>() + "0",
        };
        bench.grant.secret.insert(name.into(), wrong.into());
        let mut sending = bench.sending();
        let told = bench.drive(&mut sending).await;
        assert!(told.grant_over, "{spoilt:?}: {told:?}");
        assert_eq!(bench.seen().0, 0);
        // With the right one it goes on.
        bench.grant.secret.insert(name.into(), good.into());
        bench.grant.secret.extend(renews.map(|token| ("refresh_token".to_owned(), token)));
        let told = bench.drive(&mut sending).await;
        assert!(matches!(told.went, Went::Done(_)), "{told:?}");
        assert_eq!(bench.seen(), (1, true));
    }
}

/// A token that is over is renewed where it can be, and the post appears once.
pub async fn a_token_that_is_over_is_renewed(contract: fn() -> Contract) {
    let mut bench = Bench::open(contract).await;
    let now = crate::conformance::now();
    let Some(whim) = bench.contract.renews else {
        let renewed = bench.spoke.renew(&bench.grant, now).await;
        assert_eq!(renewed, Renewed::Good);
        return;
    };
    bench.double.shop.order_whim(whim);
    bench.posted().await;
    assert_eq!(bench.seen(), (1, true));
    // What was renewed once is not good for another time.
    let used = (bench.contract.grant)(&bench.double.base());
    if bench.grant.secret != used.secret {
        let renewed = bench.spoke.renew(&used, now).await;
        assert!(matches!(renewed, Renewed::Over(_)), "{renewed:?}");
    }
}

/// Whose account it is can be asked, and that asks for nothing else.
pub async fn whose_account_it_is_can_be_asked(contract: fn() -> Contract) {
    let mut bench = Bench::open(contract).await;
    let probed = bench.spoke.probe(&bench.grant).await;
    assert!(matches!(&probed, Probed::Open(name) if !name.is_empty()), "{probed:?}");
    let name = bench.contract.opens;
    bench.grant.secret.insert(name.into(), "0:00".into());
    let other =
        (bench.contract.spoke)(super::line(&bench.double.address.to_string(), super::LIMIT));
    let probed = other.probe(&bench.grant).await;
    assert!(matches!(&probed, Probed::Shut(_)), "{probed:?}");
    let books = bench.double.shop.books();
    assert_eq!((books.shown.len(), books.files.len()), (0, 0));
}
